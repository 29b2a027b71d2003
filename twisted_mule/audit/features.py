"""What one window of a view shows, as numbers: what an attacker would look at by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from attrs import frozen

from twisted_mule import contract
from twisted_mule.audit.arrays import Floats
from twisted_mule.audit.matching import answers
from twisted_mule.audit.order import NEAR
from twisted_mule.audit.views import FRAGMENT, NONE, Kind, Trace, View, seen
from twisted_mule.selfcheck.caps import kind_of

_SHARES: Final = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
#: A pause as long as this parts two batches.
_APART: Final = contract.BATCH_SPAN
#: A comb that timers often make: the phase of what leaves within it.
_COMB: Final = 0.050
#: Classes of size classes, in fragments.
_BANDS: Final = ((1, 1), (2, 2), (3, 5), (6, 10))
_FAMILIES: Final = ("hello", "bootstrap", "find", "search", "publish", "ping", "pong")
#: What stands where there is nothing to measure: within the range of what there is.
_NOTHING: Final = 0.0


@frozen(eq=False)
class Windows:
    """
    The windows of one trace, in order.

    :ivar names: of the features; ``values`` has a row a window.
    """

    names: tuple[str, ...]
    values: Floats


Window = Callable[[Trace, float], dict[str, float]]


def windows(trace: Trace, by: View, length: float, skip: float) -> Windows:
    """
    What ``by`` measures in each whole window of ``trace``.

    :param skip: seconds at the begin that are left out: the start is a matter of its own.
    """
    measure = {Kind.ALL: _all, Kind.LINK: _all, Kind.PEER: _peer, Kind.COAL: _coalition}[by.kind]
    view = seen(trace, by)
    begin = (float(trace.t[0]) if len(trace.t) else 0.0) + skip
    end = float(trace.t[-1]) if len(trace.t) else 0.0
    rows = [
        measure(view.between(at, at + length), length)
        for at in np.arange(begin, end - length + 1e-9, length)
    ]
    names = tuple(measure(view.between(0.0, 0.0), length))
    values = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)
    return Windows(names, values.reshape(len(rows), len(names)))


def _quantiles(name: str, values: Floats, otherwise: float) -> dict[str, float]:
    found = np.quantile(values, _SHARES) if len(values) else np.full(len(_SHARES), otherwise)
    return {f"{name} {share:g}": float(one) for share, one in zip(_SHARES, found, strict=True)}


def _all(window: Trace, length: float) -> dict[str, float]:
    """Times and size classes of all that leaves."""
    gaps = np.diff(window.t)
    breaks = np.flatnonzero(gaps > _APART)
    batches = np.diff(np.concatenate([[-1], breaks, [len(gaps)]])) if len(window.t) else gaps
    phase = np.exp(2j * np.pi * window.t / _COMB)
    return {
        "datagrams": float(len(window.t)),
        "fragments": float(window.size.sum()),
        **_quantiles("gap", gaps, length),
        "gap deviation": float(gaps.std()) if len(gaps) else _NOTHING,
        "gap memory": _correlation(gaps),
        "batches": float(len(batches)),
        "largest batch": float(batches.max(initial=0)),
        "comb of 50 ms": float(abs(phase.mean())) if len(phase) else _NOTHING,
        **{
            f"of {low} to {high} fragments": float(
                ((window.size >= low) & (window.size <= high)).sum()
            )
            for low, high in _BANDS
        },
    }


def _correlation(values: Floats) -> float:
    if len(values) < 3 or values.std() == 0.0:
        return _NOTHING
    off = values - values.mean()
    return float((off[1:] * off[:-1]).mean() / values.var())


def _peer(window: Trace, length: float) -> dict[str, float]:
    """What one peer sees: how long its answers took, how many came, in which order."""
    del length
    known = answers(window)
    delay = known.delay
    came = ~window.out
    sizes = window.size[window.answer].astype(np.float64)
    return {
        "came": float(came.sum()),
        "answers": float(window.answer.sum()),
        "share answered": float(window.answer.sum()) / max(float(came.sum()), 1.0),
        **_quantiles("delay", delay, contract.DELAY_LEAST),
        "delay mean": float(delay.mean()) if len(delay) else contract.DELAY_LEAST,
        "delay deviation": float(delay.std()) if len(delay) else _NOTHING,
        "order of close probes": _inversions(known.arrived, known.left),
        "unasked": float(window.request.sum()),
        "size mean": float(sizes.mean()) if len(sizes) else _NOTHING,
        "size most": float(sizes.max(initial=0.0)),
        **_types(window),
    }


def _inversions(arrived: Floats, left: Floats) -> float:
    order = np.argsort(arrived, kind="stable")
    gaps, signs = np.diff(arrived[order]), np.sign(np.diff(left[order]))
    close = (gaps > 0.0) & (gaps <= NEAR)
    return float(signs[close].mean()) if close.any() else _NOTHING


def _types(window: Trace) -> dict[str, float]:
    """How many of each family left, of the node's own will or to answer."""
    kinds = [kind_of(kind) for kind in window.kinds]
    counts = {f"{side} {name}": _NOTHING for side in ("asked", "answered") for name in _FAMILIES}
    for side, chosen in (("asked", window.request), ("answered", window.answer)):
        codes = window.kind[chosen & (window.kind != NONE)]
        for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
            name = f"{side} {kinds[int(code)]}"
            if name in counts:
                counts[name] += float(count)
    return counts


def _coalition(window: Trace, length: float) -> dict[str, float]:
    """What those who work together see: types, and how many of them the node turned to."""
    turned = len(np.unique(window.peer[window.request]))
    return {
        **_types(window),
        "members asked": float(turned),
        "fragments": float((-(-window.size[window.out] // FRAGMENT)).sum()),
        **_quantiles("gap between requests", np.diff(window.t[window.request]), length),
    }
