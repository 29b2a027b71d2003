"""
Streams between real routers: our destination for them, and a file from a web server.

Run with ``-m slow_routers``: it passes by itself, and failed once behind the tests that kill
routers, for a reason that is not found yet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.routers.network import RouterNetwork

pytestmark = pytest.mark.slow_routers

ROOT: Final = Path(__file__).parents[2]


def test_calls_and_errands(network: RouterNetwork) -> None:
    """A call is accepted and closed after some seconds; a file comes whole from another router."""
    first, second, *_ = network.routers
    ports = (f"{first.ports.sam}", f"{second.ports.sam}")
    printed = network.namespace.run(
        sys.executable, "-m", "tests.routers.visit", *ports, cwd=ROOT, timeout=900.0
    )
    report = json.loads(printed)
    assert (report["heard"], report["accepted"], report["state"]) == ("", 1, "online")
    assert 2.0 < report["stayed"] < 30.0
    assert report["whole"]
    assert "does not know nobody.i2p" in report["nobody"]
