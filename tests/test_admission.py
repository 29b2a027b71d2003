"""Tests for :mod:`twisted_mule.admission`: hard caps at arrival."""

from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule import contract
from twisted_mule.admission import Admission


def admitted(admission: Admission, seed: int, now: float) -> bool:
    """Whether a datagram of peer ``seed`` is let in at ``now``."""
    admission.arrival(destination(seed), now)
    return admission.admit(destination(seed), now)


class AdmissionTests(SynchronousTestCase):
    """Every datagram costs one token of its sender and one of all."""

    def test_one_peer(self) -> None:
        """One peer gets a burst of 4 and then 12 a minute, however fast it asks."""
        admission = Admission(0.0)
        let_in = sum(admitted(admission, 1, n * 0.05) for n in range(1200))
        self.assertEqual(contract.PEER_BURST + 11, let_in)

    def test_all_peers(self) -> None:
        """Two hundred peers together get a burst of 20 and then 3 a second."""
        admission = Admission(0.0)
        let_in = sum(admitted(admission, n % 200, n * 0.01) for n in range(6000))
        self.assertLessEqual(abs(let_in - (contract.GLOBAL_BURST + 3 * 60)), 1)

    def test_refusal_by_all_costs_the_peer_nothing(self) -> None:
        """Who is refused because of the others keeps its own tokens."""
        admission = Admission(0.0)
        for seed in range(20):
            admitted(admission, seed, 0.0)
        self.assertFalse(admitted(admission, 99, 0.0))
        self.assertEqual((0, 1), (admission.refused_peer, admission.refused_global))
        self.assertEqual([True] * 4, [admitted(admission, 99, 10.0) for _ in range(4)])

    def test_arrivals_are_counted_from_one(self) -> None:
        """The number of a datagram is that of its own source, whatever others send."""
        admission = Admission(0.0)
        numbers = [admission.arrival(destination(seed), 0.0) for seed in (1, 2, 1, 1)]
        self.assertEqual([1, 1, 2, 3], numbers)

    def test_what_answers_us_is_counted_apart(self) -> None:
        """Whether we asked a peer does not change the number of what it sends by itself."""
        admission = Admission(0.0)
        numbers = [
            admission.arrival(destination(1), 0.0, answers=own)
            for own in (False, True, True, False)
        ]
        self.assertEqual([1, -1, -2, 2], numbers)

    def test_bounded_memory(self) -> None:
        """The longest-silent peer is forgotten first."""
        self.patch(contract, "PEERS_REMEMBERED", 3)
        admission = Admission(0.0)
        for seed in (1, 2, 3, 1, 4):
            admission.arrival(destination(seed), 0.0)
        self.assertEqual(3, admission.arrival(destination(1), 0.0))
        self.assertEqual(1, admission.arrival(destination(2), 0.0))

    def test_clock_never_gives_tokens_back(self) -> None:
        """A time before the last one refills nothing."""
        admission = Admission(100.0)
        for _ in range(4):
            admitted(admission, 1, 100.0)
        self.assertFalse(admitted(admission, 1, 40.0))
        self.assertFalse(admitted(admission, 1, 100.0))
