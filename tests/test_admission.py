"""Tests for :mod:`twisted_mule.admission`: hard caps at arrival."""

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from tests.samples import destination
from twisted_mule import contract
from twisted_mule.admission import Admission, Saturation
from twisted_mule.kad.chance import Chance

CHANCE = Chance(b"admission")


def admitted(admission: Admission, seed: int, now: float) -> bool:
    """Whether a datagram of peer ``seed`` is let in at ``now``."""
    admission.arrival(destination(seed), now)
    return admission.admit(destination(seed), now)


class AdmissionTests(SynchronousTestCase):
    """Every datagram costs one token of its sender and one of all."""

    def test_one_peer(self) -> None:
        """One peer gets a burst of 4 and then 12 a minute, however fast it asks."""
        admission = Admission(0.0, CHANCE)
        let_in = sum(admitted(admission, 1, n * 0.05) for n in range(1200))
        self.assertEqual(contract.PEER_BURST + 11, let_in)

    def test_all_peers(self) -> None:
        """Two hundred peers together get a burst of 20 and then 3 a second."""
        admission = Admission(0.0, CHANCE)
        let_in = sum(admitted(admission, n % 200, n * 0.01) for n in range(6000))
        self.assertLessEqual(abs(let_in - (contract.GLOBAL_BURST + 3 * 60)), 1)

    def test_refusal_by_all_costs_the_peer_nothing(self) -> None:
        """Who is refused because of the others keeps its own tokens."""
        admission = Admission(0.0, CHANCE)
        for seed in range(20):
            admitted(admission, seed, 0.0)
        self.assertFalse(admitted(admission, 99, 0.0))
        self.assertEqual((0, 1), (admission.refused_peer, admission.refused_global))
        self.assertEqual([True] * 4, [admitted(admission, 99, 10.0) for _ in range(4)])

    def test_arrivals_are_counted_from_one(self) -> None:
        """The number of a datagram is that of its own source, whatever others send."""
        admission = Admission(0.0, CHANCE)
        numbers = [admission.arrival(destination(seed), 0.0) for seed in (1, 2, 1, 1)]
        self.assertEqual([1, 1, 2, 3], numbers)

    def test_what_answers_us_is_counted_apart(self) -> None:
        """Whether we asked a peer does not change the number of what it sends by itself."""
        admission = Admission(0.0, CHANCE)
        numbers = [
            admission.arrival(destination(1), 0.0, answers=own)
            for own in (False, True, True, False)
        ]
        self.assertEqual([1, -1, -2, 2], numbers)

    def test_bounded_memory(self) -> None:
        """The longest-silent peer is forgotten first."""
        self.patch(contract, "PEERS_REMEMBERED", 3)
        admission = Admission(0.0, CHANCE)
        for seed in (1, 2, 3, 1, 4):
            admission.arrival(destination(seed), 0.0)
        self.assertEqual(3, admission.arrival(destination(1), 0.0))
        self.assertEqual(1, admission.arrival(destination(2), 0.0))

    def test_clock_never_gives_tokens_back(self) -> None:
        """A time before the last one refills nothing."""
        admission = Admission(100.0, CHANCE)
        for _ in range(4):
            admitted(admission, 1, 100.0)
        self.assertFalse(admitted(admission, 1, 40.0))
        self.assertFalse(admitted(admission, 1, 100.0))


class SaturationTests(SynchronousTestCase):
    """Under overload a coarse step decides how much is let in, for minutes."""

    LONGEST = contract.SATURATION_EPOCH[1]

    def steps(self, rate: float, epochs: int) -> list[int]:
        """The steps after each datagram of steady demand from very many peers."""
        admission, steps = Admission(0.0, CHANCE), []
        for number in range(int(rate * epochs * self.LONGEST)):
            admitted(admission, number, number / rate)
            steps.append(admission.saturation.step)
        return steps

    def test_steps(self) -> None:
        """Up to the rate of all nothing is thinned; beyond it half, beyond twice that a quarter."""
        for rate, step in ((2.5, 0), (4.0, 1), (7.0, 2)):
            seen = self.steps(rate, 3)
            self.assertEqual((0, step), (seen[0], seen[-1]), rate)

    def test_sticky(self) -> None:
        """A step is kept for at least eight minutes, however demand changes."""
        admission, changes = Admission(0.0, CHANCE), [0.0]
        now, step = 0.0, 0
        while now < 4 * 3600:
            now += 0.1 if int(now / 60) % 2 else 2.0  # now this, now that
            admitted(admission, int(now * 10), now)
            if admission.saturation.step != step:
                step = admission.saturation.step
                changes.append(now)
        spans = [later - sooner for sooner, later in pairwise(changes)]
        self.assertGreater(len(spans), 0)
        self.assertGreaterEqual(min(spans), contract.SATURATION_EPOCH[0])

    def test_by_lot(self) -> None:
        """What is thinned out is drawn for each datagram anew, by its number alone."""
        saturation = Saturation(CHANCE, 0.0)
        saturation.step = 2
        draws = [saturation.lets_in(destination(1), number, 1.0) for number in range(4000)]
        self.assertLess(abs(sum(draws) / 4000 - 0.25), 0.03)
        again = Saturation(CHANCE, 0.0)
        again.step = 2
        self.assertEqual(draws[7], again.lets_in(destination(1), 7, 100.0))
