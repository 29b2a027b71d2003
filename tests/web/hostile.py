"""What strangers may call themselves, and a node of which every string is such a name."""

from __future__ import annotations

from attrs import evolve

from tests.web.parts import bins, contract, routing
from tests.web.pictures import FixedStatus
from tests.web.samples import NOW, waiting
from twisted_mule.status import Counter, Disconnect, NodeStatus, Problem, Step, StepState

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></style></svg><script>",
    "\u202e\u2066txt.exe\u0000\u001b[31m",
    "&lt;b&gt; &amp; javascript:alert(1)",
    "a\ud800b",
)


def infested(text: str) -> NodeStatus:
    """A node of which every string is ``text``."""
    status = waiting(Problem(text, text), 2, Disconnect(NOW - 5, text))
    router = evolve(
        status.router,
        endpoint=text,
        sam_version=text,
        steps=(Step(text, StepState.NOW, None, text),),
    )
    clauses = tuple(
        evolve(
            each,
            title=text,
            rule=text,
            kept_by=text,
            figures=((text, text, text),),
            checks=tuple(evolve(check, name=text, label=text) for check in each.checks),
        )
        for each in contract()
    )
    return evolve(
        status,
        version=text,
        kad_id=text,
        destination=text,
        dashboard=text,
        data=text,
        headline=text,
        router=router,
        routing=evolve(routing(), bins=tuple(evolve(each, prefix=text) for each in bins())),
        contract=clauses,
        counters={text: Counter(1, 2)},
        events=((NOW, text),),
    )


def stuffed(text: str) -> FixedStatus:
    """The same, with all that strangers may name on every page."""
    return FixedStatus(infested(text), text, text)
