"""What pytest needs besides; trial does not read this file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.logger import capturedLogs


@pytest.fixture(autouse=True)
def _no_logged_failures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test function that left a failure in the log, as a trial test case does by itself."""
    if request.cls is not None:
        yield
        return
    with capturedLogs() as events:
        yield
        gc.collect()  # an unhandled Deferred is only logged once it is collected
    failures = [event["log_failure"] for event in events if "log_failure" in event]
    assert not failures, "\n".join(failure.getTraceback() for failure in failures)


@pytest.fixture(autouse=True)
def _fresh_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where trial's ``mktemp`` does no harm; trial itself runs in ``_trial_temp``."""
    monkeypatch.chdir(tmp_path)
