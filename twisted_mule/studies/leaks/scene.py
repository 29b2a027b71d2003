"""One class of runs of a study: what is secret about its node, and how much is asked of it."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from twisted_mule.studies.leaks.demand import Before, malformed, nothing, valid


@frozen
class Scene:
    """
    One class of runs: everything that may be secret about a node, and how much is asked of it.

    :ivar cost: seconds to handle a message, ``hit`` one whose like was handled before.
    :ivar pausing: whether the machine stands still now and then.
    :ivar searching: whether somebody searches, in bursts.
    :ivar before: what the probers send before each pair, by its name.
    :ivar demand: requests of strangers a second; ``probers`` ask besides.
    :ivar publishing: whether strangers publish files, which cover publishes once more.
    :ivar warm: seconds before which nothing is compared.
    :ivar restarts: whether the process is another one from then on.
    """

    name: str
    cost: float = 0.001
    hit: float | None = None
    pausing: bool = False
    searching: bool = False
    before: str = "nothing"
    demand: float = 0.8
    probers: int = 5
    publishing: bool = True
    warm: float = 120.0
    restarts: bool = False


BEFORE: Final[dict[str, Before]] = {"nothing": nothing, "valid": valid, "malformed": malformed}
