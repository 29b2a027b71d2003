"""Debian's Chromium, with scripts switched off and nothing asked of the Internet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSER: Final = "/usr/bin/chromium"
DRIVER: Final = "/usr/bin/chromedriver"
_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    # The dashboard's address needs no name, and no other may be asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: The content setting that stands for "block".
_BLOCKED: Final = 2


@contextmanager
def chromium(profile: Path, *, dark: bool = False) -> Iterator[Chrome]:
    """A browser with a fresh profile; it ends with the block."""
    options = ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.add_experimental_option(
        "prefs", {"profile.managed_default_content_settings.javascript": _BLOCKED}
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, Service(DRIVER))
    try:
        media(driver, **{"prefers-color-scheme": "dark" if dark else "light"})
        yield driver
    finally:
        driver.quit()


def media(driver: Chrome, **features: str) -> None:
    """What the reader wishes, such as ``prefers-contrast``."""
    wishes = [{"name": name, "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wishes})


def viewport(driver: Chrome, width: int, height: int, scale: float = 1.0) -> None:
    """A window of so many pixels of CSS."""
    metrics: dict[str, Any] = {
        "width": width,
        "height": height,
        "deviceScaleFactor": scale,
        "mobile": False,
    }
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
