"""Tests for :mod:`twisted_mule.kad.survey`: the figures of a core's table."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.kad.people import NOW, ask, kad_of, seed
from tests.samples import destination
from twisted_mule.kad import messages as m
from twisted_mule.kad.verify import verify_key


class SurveyTests(SynchronousTestCase):
    """The figures for those who look."""

    def test_empty(self) -> None:
        """An empty table is one empty leaf and no network."""
        survey = kad_of().survey(NOW)
        self.assertEqual((0, 0, 1), (survey.contacts, survey.network_size, len(survey.leaves)))
        self.assertEqual(("", None), (survey.leaves[0].prefix, survey.leaves[0].oldest))

    def test_counts(self) -> None:
        """Types, verified and heard ones are counted by leaf and in all."""
        kad = kad_of(*(seed(n) for n in range(25)))
        ask(kad, seed(3), m.Ping(), now=NOW + 10)
        survey = kad.survey(NOW + 30)
        self.assertEqual((25, 25, 1), (survey.contacts, survey.verified, survey.heard))
        self.assertEqual(25, sum(leaf.types[2] for leaf in survey.leaves))
        ages = {(leaf.oldest, leaf.newest) for leaf in survey.leaves if leaf.oldest is not None}
        self.assertEqual({(20.0, 20.0)}, ages)

    def test_network_size(self) -> None:
        """The estimate grows with the depth of the tree and the crowd near us."""
        shallow = kad_of(*(seed(n) for n in range(25))).survey(NOW).network_size
        near = [seed(n, (1 << 110) + n * (1 << 100)) for n in range(30)]
        deep = kad_of(*near).survey(NOW).network_size
        self.assertTrue(10 < shallow < 200)
        self.assertGreater(deep, 1000)

    def test_own_key(self) -> None:
        """The key we issue to a peer depends on our secret and its destination."""
        peer = destination(3)
        self.assertEqual(verify_key(0xDEADBEEF, peer.dest_hash), kad_of().own_key(peer))
