"""What a node may have to hide: two classes of runs a secret, who looks, what may be seen."""

from __future__ import annotations

from math import ceil
from typing import Final

from attrs import evolve, frozen

from twisted_mule import contract
from twisted_mule.studies.leaks.scene import Scene

#: Seconds of a window of one peer and of a coalition, in each of which are so many of all.
SLOT: Final = 300.0
ALL_WINDOW: Final = 60.0
ALL_A_SLOT: Final = round(SLOT / ALL_WINDOW)

#: Handlers of a slow machine (anonymity.md section 2).
SLOW: Final = 0.080
#: Longer windows of one peer, of a coalition and of all (anonymity.md section 7).
HOUR: Final = 3600.0
#: So many of them has a run in a row: 40 runs have 800 of one prober's view at the least.
_HOURS: Final = 5
_USUAL: Final = Scene("usual", demand=0.4, probers=8)
#: Under load there are few probers: they are load themselves.
_LOADED: Final = Scene("idle", demand=0.05, probers=4)
#: What the probers of a loaded scene ask: a pair every twenty seconds each.
_PROBED: Final = 4 * 2 / 20.0
_HOUR_OLD: Final = 2400.0
#: Of LINK: seconds of either boot.
BOOT: Final = 1020.0


#: The same where nobody publishes files: what is published to a node, its cover publishes.
_UNPUBLISHED: Final = evolve(_LOADED, name="unpublished", publishing=False)


def _asked(name: str, share: float, like: Scene) -> Scene:
    """Everybody together asks for this share of what is let in."""
    return evolve(like, name=name, demand=share * contract.GLOBAL_RATE - _PROBED)


SCENES: Final[dict[str, Scene]] = {
    scene.name: scene
    for scene in (
        _USUAL,
        evolve(_USUAL, name="other"),
        evolve(_USUAL, name="slow", cost=SLOW),
        evolve(_USUAL, name="cached", cost=SLOW, hit=0.001),
        evolve(_USUAL, name="pausing", pausing=True),
        evolve(_USUAL, name="searching", searching=True),
        evolve(_USUAL, name="valid", cost=SLOW, before="valid"),
        evolve(_USUAL, name="malformed", cost=SLOW, before="malformed"),
        _LOADED,
        _asked("load30", 0.30, _LOADED),
        _asked("load60", 0.60, _LOADED),
        _asked("load100", 1.00, _LOADED),
        _UNPUBLISHED,
        _asked("asked30", 0.30, _UNPUBLISHED),
        _asked("asked60", 0.60, _UNPUBLISHED),
        evolve(_USUAL, name="steady", warm=_HOUR_OLD),
        evolve(_USUAL, name="restarted", warm=_HOUR_OLD, restarts=True),
        evolve(_USUAL, name="rebooting", warm=BOOT, restarts=True),
    )
}


@frozen
class Secret:
    """
    Two classes of runs that differ in one thing.

    :ivar one, other: the names of their scenes.
    :ivar limits: by view, what the upper bound of the AUC may be (anonymity.md section 7).
    :ivar most: what the AUC itself may be besides, where the section says so.
    :ivar slots: windows of a run, if it matters; else as many as are needed.
    :ivar window: seconds of each; what ALL sees has shorter ones if this is :data:`SLOT`.
    :ivar rivals: whether the other designs are asked as well.
    :ivar shown: whether it is reported only: no verdict hangs on it.
    """

    name: str
    one: str
    other: str
    limits: dict[str, float]
    most: float = 1.0
    slots: int = 0
    window: float = SLOT
    rivals: bool = True
    shown: bool = False


def _hours(name: str, one: str, other: str, limits: dict[str, float], most: float = 1.0) -> Secret:
    """The same secret to whom looks for hours."""
    return Secret(name, one, other, limits, most, slots=_HOURS, window=HOUR, rivals=False)


_EVERY: Final = {"ALL": 0.55, "PEER": 0.55, "COAL": 0.55}
#: One node in a hundred, and one in five.
_OTHERS: Final = {"COAL 1%": 0.55, "COAL 20%": 0.55}
_IN_HOURS: Final = {"ALL": 0.60, "COAL": 0.60, "COAL 1%": 0.60, "COAL 20%": 0.60}

SECRETS: Final[dict[str, Secret]] = {
    secret.name: secret
    for secret in (
        Secret("null", "usual", "other", _EVERY),
        Secret("cpu", "usual", "slow", _EVERY),
        Secret("pauses", "usual", "pausing", _EVERY),
        Secret("role", "usual", "searching", _EVERY | _OTHERS),
        _hours("role-hours", "usual", "searching", _IN_HOURS),
        Secret("cache", "slow", "cached", _EVERY),
        Secret("validity", "valid", "malformed", _EVERY),
        Secret("load30", "idle", "load30", {"PEER": 0.55}, most=0.52),
        Secret("load60", "idle", "load60", {"PEER": 0.55, "COAL": 0.62}),
        Secret(
            "load100", "idle", "load100", {"PEER": 0.55, "COAL": 0.62}, rivals=False, shown=True
        ),
        _hours("load30-hours", "idle", "load30", {"PEER": 0.55}, most=0.52),
        _hours("load60-hours", "idle", "load60", {"PEER": 0.55}),
        Secret("asked30", "unpublished", "asked30", {"PEER": 0.55}, most=0.52, rivals=False),
        Secret("asked60", "unpublished", "asked60", {"PEER": 0.55, "COAL": 0.62}, rivals=False),
        Secret(
            "restart",
            "steady",
            "restarted",
            {"ALL": 0.60, "PEER": 0.60, "COAL": 0.60},
            slots=12,
            rivals=False,
        ),
        Secret("link", "rebooting", "rebooting", {"LINK": 0.60}, rivals=False),
    )
}
#: Nodes with two boots each that LINK needs.
LINKED: Final = 112


@frozen
class Scale:
    """
    How much is played: so many windows of each class at least, out of so many runs.

    :ivar runs: of each class, at the first look; every further look has twice as many.
    """

    windows: int
    runs: int

    def slots(self, secret: Secret) -> int:
        """Windows in a row, of each run."""
        scene = SCENES[secret.one]
        return secret.slots or ceil(self.windows / (self.runs * min(ALL_A_SLOT, scene.probers)))

    def wanted(self, secret: Secret, look: int) -> int:
        """Runs of each class at look 0, 1 or 2."""
        first = LINKED * self.windows // OURS.windows if "LINK" in secret.limits else self.runs
        return max(first, 4) << look


OURS: Final = Scale(2000, 40)
#: A design that leaks needs fewer windows to show it.
RIVALS: Final = Scale(400, 20)
