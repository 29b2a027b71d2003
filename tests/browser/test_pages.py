"""Every page in Chromium, scripts off: whole, quiet, readable, at any width, in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.checks import broken, faint, overflow, unnamed
from tests.browser.chromium import chromium, media, viewport
from tests.browser.practising import practising
from twisted_mule.web import views
from twisted_mule.web.language import LANGUAGES

pytestmark = pytest.mark.browser

SHOTS = Path(__file__).resolve().parent.parent.parent / "build" / "screenshots"
PAGES = (*views.PAGES, "/searches?search=1", "/lookups?origin=1", "/peers?sort=heard")
WIDE, HIGH, TALLEST = 1100, 800, 4000


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The link to a node on a practice network."""
    with practising(tmp_path_factory.mktemp("node")) as where:
        yield where


@pytest.fixture(scope="module", params=["light", "dark"])
def reader(
    link: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chrome]:
    """A browser that has opened the link, in one of the themes."""
    with chromium(tmp_path_factory.mktemp("profile"), dark=request.param == "dark") as driver:
        driver.get(link)
        yield driver


def go(driver: Chrome, link: str, path: str) -> None:
    """Open a page; the cookie is enough."""
    driver.get(link.partition("?")[0].rstrip("/") + path)


def shoot(driver: Chrome, path: str) -> None:
    """Keep a picture of the whole page."""
    dark = driver.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    name = path.strip("/").replace("?", "-").replace("=", "-") or "overview"
    SHOTS.mkdir(parents=True, exist_ok=True)
    viewport(driver, WIDE, HIGH)
    height = driver.execute_script("return document.documentElement.scrollHeight")
    viewport(driver, WIDE, min(int(height), TALLEST))
    driver.get_screenshot_as_file(str(SHOTS / f"{name}-{'dark' if dark else 'light'}.png"))
    viewport(driver, WIDE, HIGH)


def test_link_leaves_no_secret(reader: Chrome, link: str) -> None:
    """The link leads to the first page, and its secret is not in the address any more."""
    reader.get(link)
    assert reader.current_url == link.partition("?")[0]
    assert "twisted_mule" in reader.title
    (cookie,) = reader.get_cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"


@pytest.mark.parametrize("path", PAGES)
def test_page(reader: Chrome, link: str, path: str) -> None:
    """It is there, says nothing on the console, is named in all its parts and can be read."""
    viewport(reader, WIDE, HIGH)
    go(reader, link, path)
    shoot(reader, path)
    assert reader.find_element(By.TAG_NAME, "h1").text
    assert overflow(reader) == 0
    for details in reader.find_elements(By.TAG_NAME, "summary"):
        details.click()
    assert unnamed(reader) == []
    assert faint(reader) == []
    assert reader.get_log("browser") == []


@pytest.mark.parametrize("path", PAGES)
def test_narrow(reader: Chrome, link: str, path: str) -> None:
    """At 320 pixels nothing is cut off; that is also a window of 640 at 200 per cent."""
    go(reader, link, path)
    for width, scale in ((320, 1.0), (320, 2.0)):
        viewport(reader, width, HIGH, scale)
        assert overflow(reader) == 0
    viewport(reader, WIDE, HIGH)


def test_high_contrast(reader: Chrome, link: str) -> None:
    """Who wishes more contrast can read everything."""
    for scheme in ("light", "dark"):
        media(reader, **{"prefers-contrast": "more", "prefers-color-scheme": scheme})
        for path in ("/", "/keyspace", "/traffic"):
            go(reader, link, path)
            assert faint(reader) == []


def test_right_to_left(reader: Chrome, link: str) -> None:
    """A page that is written from right to left fits as well, wide and narrow."""
    for path in views.PAGES:
        go(reader, link, path)
        reader.execute_script("document.documentElement.dir = 'rtl'")
        for width in (WIDE, 320):
            viewport(reader, width, HIGH)
            assert overflow(reader) == 0, (path, width)


def test_languages(reader: Chrome, link: str) -> None:
    """Every language fits, and stays chosen."""
    for code, _name in LANGUAGES:
        go(reader, link, f"/?lang={code}")
        for path in views.PAGES:
            go(reader, link, path)
            assert reader.find_element(By.TAG_NAME, "html").get_attribute("lang") == code
            viewport(reader, 320, HIGH)
            assert overflow(reader) == 0, (code, path)
            viewport(reader, WIDE, HIGH)
    go(reader, link, "/?lang=en")


def test_words(reader: Chrome, link: str) -> None:
    """On the contract, the widest of the tables, no word is broken at any width."""
    for code, _name in LANGUAGES:
        go(reader, link, f"/contract?lang={code}")
        assert reader.find_elements(By.CSS_SELECTOR, ".checks")
        for width in (320, 480, 660, 800, WIDE):
            viewport(reader, width, HIGH)
            assert (overflow(reader), broken(reader)) == (0, []), (code, width)
    go(reader, link, "/?lang=en")
    viewport(reader, WIDE, HIGH)


def test_refresh(reader: Chrome, link: str) -> None:
    """A page that reloads itself keeps the choice, without any script."""
    go(reader, link, "/events?refresh=10")
    assert reader.find_elements(By.CSS_SELECTOR, 'meta[http-equiv="refresh"]')
    reader.find_element(By.LINK_TEXT, "Router").click()
    assert reader.current_url.endswith("/router?refresh=10")


def test_keyboard(reader: Chrome, link: str) -> None:
    """The first key leads past the head of the page."""
    go(reader, link, "/")
    first = reader.find_element(By.CSS_SELECTOR, "body a")
    assert (first.get_attribute("href") or "").endswith("#main")


def test_stranger(link: str, tmp_path: Path) -> None:
    """A browser without the cookie finds nothing at all."""
    with chromium(tmp_path) as driver:
        for path in ("/", "/peers", "/style.css"):
            go(driver, link, path)
            told = driver.title + driver.page_source
            assert "mule" not in told.lower()
