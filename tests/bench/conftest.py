"""The table of the benchmarks, and their verdict; pytest reads this."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.bench.pace import Pace, Row, table

_ROWS: Final = pytest.StashKey[list[Row]]()


@pytest.fixture
def pace(request: pytest.FixtureRequest, benchmark: Any) -> Pace:
    """The judge of this benchmark, whose name is the first line of its docstring."""
    rows = request.config.stash.setdefault(_ROWS, [])
    name = (request.function.__doc__ or request.node.name).strip().rstrip(".")
    value = getattr(request.node, "callspec", None)
    if value is not None:
        name = name.format(**value.params)
    return Pace(benchmark, rows, name)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table."""
    rows = config.stash.get(_ROWS, [])
    if rows:
        terminalreporter.section("against the budgets")
        for line in table(rows):
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail when something is over its budget."""
    rows = session.config.stash.get(_ROWS, [])
    if any(not row.kept for row in rows) and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)  # known where pytest-benchmark is installed
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Leave out what names the machine."""
    machine_info.pop("node", None)
