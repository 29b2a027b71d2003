"""``mule audit``: what an observer could learn from traces, with a verdict for each check."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from attrs import evolve

from twisted_mule.clauses import fingerprint
from twisted_mule.commands import outputs
from twisted_mule.commands.judging import judging
from twisted_mule.commands.numbers import Finite
from twisted_mule.commands.verb import Exit, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from twisted_mule.audit.findings import Finding
    from twisted_mule.audit.report import Audit
    from twisted_mule.audit.views import Trace, View

#: How it ends when it is undecided.
EXTEND: Final = 3
#: Of a folder, everything but what a simulation writes beside its traces.
_LABELS: Final = "labels.jsonl"


@click.command()
@click.argument("trace", nargs=-1, required=True, type=Path)
@click.option(
    "--against", multiple=True, type=Path, metavar="TRACE", help="Traces of the other class, B."
)
@click.option(
    "--view",
    "names",
    multiple=True,
    metavar="VIEW",
    help="Who compares: all, peer, coal:SHARE, link [default: all, peer, coal:0.05].",
)
@click.option("--window", type=Finite(1.0), help="Seconds of a window of comparison.")
@click.option(
    "--skip",
    type=Finite(0.0),
    help="Seconds after the begin of each trace that are not compared [default: 120].",
)
@click.option(
    "--twins",
    is_flag=True,
    help="Number i of A and of B are twins: whether they are identical decides alone.",
)
@click.option("--json", "as_json", metavar="FILE", type=Path, help="Write it for programs.")
@click.option("--html", "as_html", metavar="FILE", type=Path, help="Write it as a page.")
def audit(
    trace: tuple[Path, ...],
    *,
    against: tuple[Path, ...],
    names: tuple[str, ...],
    window: float | None,
    skip: float | None,
    twins: bool,
    as_json: Path | None,
    as_html: Path | None,
) -> None:
    """
    Say what an observer could learn from traces (see docs/audit.md).

    One TRACE or several of the same software are held against the laws and bounds of the
    contract.  With --against they are class A, compared with those of class B: can the two be
    told apart?  A folder stands for all traces in it.

    \b
    Examples:
      mule simulate quiet --traces traces/
      mule audit traces/1
      mule audit fast/ --against slow/ --view all --view peer --html report.html

    \b
    Ends with:
      0  PASS: nothing found, and enough data to say so
      1  FAIL: something that chance does not explain
      2  it cannot be judged: the command line, a trace or the audit itself is wrong
      3  EXTEND: undecided; more data are needed, or types and ticks that no trace holds
    """  # noqa: D301
    outputs.demand(*outputs.AUDIT, extra="audit")
    _consistent(against=against, view=names, window=window, skip=skip, twins=twins)
    with judging():
        _writable(as_json, as_html)
        views = _views(names, twins=twins)
        one, other = _loaded(trace), _loaded(against)
        if twins:
            done = _identical(one, other, views)
        else:
            done = _compared(one, other, views, window, skip) if other else _alone(one)
        done = _remarked(done)
        # Rich ends the program when nobody reads on; the verdict stands all the same.
        with suppress(SystemExit):
            _show(done)
        _written(done, as_json, as_html)
    sys.exit(_code(done))


def _consistent(*, against: tuple[Path, ...], twins: bool, **options: object) -> None:
    """No option is ignored in silence."""
    given = [f"--{name}" for name, value in options.items() if value not in (None, ())]
    if twins and not against:
        raise Refusal("Twins of what? Name them with --against.", Exit.USAGE)
    if given and not against:
        raise Refusal(
            f"{given[0]} is for comparing; name what to compare with by --against.", Exit.USAGE
        )
    whole = [name for name in given if name != "--view"]
    if twins and whole:
        raise Refusal(f"Twins are compared as a whole; leave out {whole[0]}.", Exit.USAGE)


def _writable(*files: Path | None) -> None:
    """An audit may take minutes: whether its report can be written is seen before."""
    for path in files:
        if path is None:
            continue
        if path.is_dir():
            raise Refusal(f"{path} is a folder; name a file in it.", Exit.USAGE)
        if not path.parent.is_dir():
            raise Refusal(f"There is no folder {path.parent}; make it first.", Exit.USAGE)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise Refusal(f"{path} cannot be written: this user may not.", Exit.USAGE)


def _views(names: tuple[str, ...], *, twins: bool) -> list[View]:
    from twisted_mule.audit.views import LINK, view  # noqa: PLC0415

    try:
        found = [view(name) for name in names or ("all", "peer", "coal:0.05")]
    except ValueError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    if twins and LINK in found:
        raise Refusal("Boots of one node are no twins; leave out --view link.", Exit.USAGE)
    return found


def _loaded(paths: Sequence[Path]) -> list[Trace]:
    from twisted_mule.audit.views import load  # noqa: PLC0415
    from twisted_mule.recording.rows import TraceError  # noqa: PLC0415

    try:
        found = [load(file) for path in paths for file in _files(path)]
    except TraceError as reason:
        raise Refusal(str(reason), Exit.USAGE) from reason
    empty = [one.name for one in found if not len(one.t)]
    if empty:
        raise Refusal(f"{empty[0]} has no datagrams.", Exit.USAGE)
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.glob("*.jsonl") if one.name != _LABELS)
    if not found:
        raise Refusal(f"There is no trace in {path}; their names end in .jsonl.", Exit.USAGE)
    return found


def _alone(traces: list[Trace]) -> Audit:
    from twisted_mule.audit.report import Audit  # noqa: PLC0415
    from twisted_mule.audit.single import audited  # noqa: PLC0415

    return Audit(audited(traces), tuple(traces))


def _compared(
    one: list[Trace],
    other: list[Trace],
    views: list[View],
    window: float | None,
    skip: float | None,
) -> Audit:
    from twisted_mule.audit.comparing import SKIP, compared  # noqa: PLC0415
    from twisted_mule.audit.report import Audit  # noqa: PLC0415

    found = compared(one, other, views, window, SKIP if skip is None else skip)
    return Audit(found.findings, tuple(one), tuple(other), found.null, found.bits)


def _identical(one: list[Trace], other: list[Trace], views: list[View]) -> Audit:
    """Twins: one difference is certain and none is enough, so nothing else is asked."""
    from twisted_mule.audit.findings import settled  # noqa: PLC0415
    from twisted_mule.audit.report import Audit  # noqa: PLC0415
    from twisted_mule.audit.twins import identical  # noqa: PLC0415

    if len(one) != len(other):
        raise Refusal(
            f"Each of A has a twin in B, but there are {len(one)} and {len(other)}.", Exit.USAGE
        )
    found = settled([identical(one, other, by) for by in views])
    return Audit(found, tuple(one), tuple(other))


def _remarked(done: Audit) -> Audit:
    from twisted_mule.audit.origin import strange  # noqa: PLC0415

    return evolve(done, remarks=strange(done.traces, done.against, fingerprint()))


def _show(done: Audit) -> None:
    from rich.console import Console  # noqa: PLC0415

    from twisted_mule.audit.report import remarks, summary  # noqa: PLC0415

    console = Console()
    console.print(_table("Findings", done.findings, done.lacks))
    if done.null:
        console.print(_table("The same on one half of A against the other", done.null, done.lacks))
    for line in remarks(done):
        console.print(line, highlight=False, markup=False)
    console.print(summary(done), highlight=False, markup=False)
    console.print("What may be learnt all the same: docs/contract.md.", highlight=False)


def _table(title: str, findings: Sequence[Finding], lacks: frozenset[str]) -> Table:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from twisted_mule.audit.report import shown  # noqa: PLC0415

    colours = {"PASS": "green", "FAIL": "bold red", "EXTEND": "yellow"}
    table = Table(title=title)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what, and who sees it")
    for name in ("effect", "limit", "n", "needs"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in findings:
        row = shown(one, lacks)
        what = f"{row.what} ({row.adversary})"
        cells = (what, row.effect, row.limit, row.n, row.needs)
        table.add_row(Text(row.verdict, style=colours[row.verdict]), *map(Text, cells))
    return table


def _written(done: Audit, as_json: Path | None, as_html: Path | None) -> None:
    from twisted_mule.audit.report import document, page  # noqa: PLC0415

    try:
        if as_json is not None:
            as_json.write_text(json.dumps(document(done), indent=2) + "\n", encoding="utf-8")
        if as_html is not None:
            as_html.write_text(page(done), encoding="utf-8", errors="backslashreplace")
    except OSError as reason:
        raise Refusal(f"The report cannot be written ({reason}).", Exit.USAGE) from reason


def _code(done: Audit) -> int:
    from twisted_mule.audit.findings import Verdict  # noqa: PLC0415

    return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.EXTEND: EXTEND}[done.verdict]
