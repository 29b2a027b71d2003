"""Where traces come from: whether the laws they are held against are theirs."""

from __future__ import annotations

from collections.abc import Sequence

from twisted_mule.audit.views import Trace


def strange(one: Sequence[Trace], other: Sequence[Trace], own: str) -> tuple[str, ...]:
    """
    A remark on traces of another contract, and one on each class of several programs.

    A trace that does not say whose contract it keeps, as a tap's, gives none.

    :param one: the traces, or class A; ``other`` is class B.
    :param own: the fingerprint of the contract that they are judged by.
    """
    others = sorted(
        {
            f"{_plain(trace.header.contract)} of {_plain(trace.header.software)}"
            for trace in (*one, *other)
            if trace.header.contract not in (None, own)
        }
    )
    found = []
    if others:
        found.append(
            f"Judged by contract {own}, though there are traces of another one "
            f"({', '.join(others)}): what they fail may be lawful there."
        )
    for title, side in (("A" if other else "The traces", one), ("B", other)):
        programs = sorted({_plain(trace.header.software) for trace in side})
        if len(programs) > 1:
            verb = "hold" if title == "The traces" else "holds"
            found.append(
                f"{title} {verb} several programs, taken together as one: {', '.join(programs)}."
            )
    return tuple(found)


def _plain(text: object) -> str:
    """What a header says, fit for a terminal."""
    return ascii(str(text))[1:-1][:40]
