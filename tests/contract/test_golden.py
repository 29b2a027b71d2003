"""Clause 7: nothing drifts unseen."""

from __future__ import annotations

from functools import cache

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from tests.contract import golden
from tests.contract.golden import Golden


@cache
def made() -> Golden:
    """The transcript of this code."""
    return golden.made()


class GoldenTests(SynchronousTestCase):
    """The fixed scenario against the transcript of the last review."""

    def test_the_transcript(self) -> None:
        """Time, size and kind of place of every datagram of an hour are the reviewed ones."""
        self.assertEqual("", golden.complaint(made(), golden.stored()))

    def test_the_profile(self) -> None:
        """So are delay, order, rate and mix, whatever the bytes."""
        self.assertEqual([], golden.departures(made().profile, golden.stored().profile))

    def test_bytes_that_move_alone_are_said_so(self) -> None:
        """Another digest with the same profile is a matter of review, not of behaviour."""
        moved = evolve(made(), digest="0" * 64)
        said = golden.complaint(moved, made())
        self.assertIn("are as they were", said)

    def test_behaviour_that_moves_is_named(self) -> None:
        """A delay or a mix that is another one stands in the message."""
        now = made()
        mix = dict(now.profile.mix, pong=0.5)
        profile = evolve(now.profile, delay_mean=1.0, mix=mix)
        said = golden.complaint(evolve(now, digest="0" * 64, profile=profile), now)
        self.assertIn("delay_mean was", said)
        self.assertIn("the share of pong", said)
