"""The prober tells the populations apart: scripted peers, and the production node."""

from __future__ import annotations

from functools import cache

from twisted.trial.unittest import SynchronousTestCase

from tests.contract.probing import SELF, Stage, contacts
from tests.probing.imule import IMuleLike, crowd
from tests.probing.rust import RustLike
from tests.probing.street import Production, Street, fits, verdict
from twisted_mule.probing.pace import Pace
from twisted_mule.probing.populations import (
    IMULE,
    NOT_OURS,
    NOT_RUST,
    OURS,
    RUST,
    NeedsTrace,
    Population,
    Populations,
    Undecided,
)
from twisted_mule.probing.report import Report
from twisted_mule.simulation.clock import HeapClock

#: As the verb has it.
USUAL = Pace()


@cache
def imule() -> Report:
    """A run against the iMule-like peer."""
    return Street(IMuleLike(HeapClock(100.0), crowd(60))).run()


@cache
def rust() -> Report:
    """A run against the rust-mule-like peer, who knows two contacts by their requests alone."""
    return Street(RustLike(HeapClock(100.0), (*crowd(60), *crowd(62, version=6)[60:]))).run()


@cache
def ours() -> Report:
    """A run against the production node."""
    return Street(Production(Stage(contacts(60)), SELF.destination)).run()


#: What each row says of iMule, of rust-mule and of our node; ``None`` where it is not decided.
ROWS: dict[str, tuple[Populations | None, Populations | None, Populations | None]] = {
    "F1": (NOT_RUST, RUST, NOT_RUST),
    "F2": (None, RUST, None),
    "F3": (None, RUST, NOT_RUST),
    "F4": (NOT_RUST, RUST, NOT_RUST),
    "F5": (NOT_RUST, RUST, NOT_RUST),
    "F6": (NOT_RUST, RUST, NOT_RUST),
    "F7": (NOT_RUST, RUST, NOT_RUST),
    "F8": (NOT_RUST, RUST, NOT_RUST),
    "F9": (NOT_RUST, RUST, NOT_RUST),
    "F10": (IMULE, RUST, OURS),
    "F11": (NOT_RUST, RUST, NOT_RUST),
    "F12": (NOT_RUST, RUST, NOT_RUST),
    "F13": (NOT_RUST, RUST, NOT_RUST),
    "F14": (None, None, None),
    "F15": (None, None, None),
    "F16": (None, None, None),
    "F17": (None, RUST, None),
    "F18": (NOT_OURS, NOT_OURS, OURS),
    "F19": (NOT_RUST, RUST, NOT_RUST),
    "F20": (None, None, None),
    "F21": (NOT_OURS, NOT_OURS, OURS),
    "F22": (None, None, None),
    "F23": (None, RUST, None),
    "F24": (None, None, None),
}


class RegisterTests(SynchronousTestCase):
    """All rows, against each of the three."""

    def test_rows(self) -> None:
        """Each row says of each of the three what the register says of it."""
        for row, wanted in ROWS.items():
            self.assertEqual(wanted, tuple(fits(one(), row) for one in (imule, rust, ours)), row)

    def test_none_is_left_out(self) -> None:
        """F1 to F24 are all in the report, whatever can be said."""
        for told in (imule(), rust(), ours()):
            self.assertEqual([f"F{n}" for n in range(1, 25)], [f.row.name for f in told.findings])

    def test_rows_that_need_a_trace_say_why(self) -> None:
        """Six rows cannot be probed; each gives a reason."""
        needy = [f for f in ours().findings if isinstance(f.verdict, NeedsTrace)]
        names = [f.row.name for f in needy]
        self.assertEqual(["F14", "F15", "F16", "F20", "F22", "F24"], names)
        reasons = {one.verdict.because for one in needy}
        self.assertIn("one has to ask again 5 h and 24 h after a publish", reasons)
        self.assertTrue(all(reasons))

    def test_apart(self) -> None:
        """The three are told apart, and no row contradicts any of the three answers."""
        for told, one in (
            (imule(), Population.IMULE),
            (rust(), Population.RUST),
            (ours(), Population.OURS),
        ):
            self.assertEqual({one}, told.resembles.populations)
            self.assertTrue(told.resembles.pure)
            self.assertTrue(told.whole)

    def test_by_what_ours_and_imule_differ(self) -> None:
        """Notes, delay and order, which are decisions of the contract, and nothing else."""
        self.assertEqual(("F10", "F18", "F21"), ours().resembles.against[Population.IMULE])
        self.assertEqual(("F10", "F18", "F21"), imule().resembles.against[Population.OURS])


class PatientTests(SynchronousTestCase):
    """A long ear."""

    def test_an_hour_and_a_half(self) -> None:
        """Rows about what a node sends unasked are decided for ours when one listens on."""
        node = Production(Stage(contacts(60)), SELF.destination)
        told = Street(node, Pace(listen=5400.0)).run(most=7200.0)
        for row in ("F2", "F3", "F4", "F17", "F19"):
            self.assertEqual(NOT_RUST, fits(told, row), row)
        self.assertTrue(told.whole)
        self.assertTrue(told.resembles.pure)


class WeatherTests(SynchronousTestCase):
    """Ways that lose and scatter."""

    def test_loss(self) -> None:
        """A tenth of all datagrams lost each way: the conclusion stands, for every one of them."""
        for seed in range(3):
            for made, one in (
                (IMuleLike(HeapClock(), crowd(60)), Population.IMULE),
                (RustLike(HeapClock(), crowd(60)), Population.RUST),
                (Production(Stage(contacts(60)), SELF.destination), Population.OURS),
            ):
                street = Street(made, USUAL, loss=0.1, seed=seed)
                self.assertEqual({one}, street.run().resembles.populations, (one, seed))

    def test_scatter_hides_the_delay(self) -> None:
        """Where datagrams to ourselves come apart as well, F18 is left open."""
        for made in (
            IMuleLike(HeapClock(), crowd(60)),
            Production(Stage(contacts(60)), SELF.destination),
        ):
            told = Street(made, USUAL, scatter=2.0).run()
            self.assertIsInstance(verdict(told, "F18"), Undecided)
            self.assertIn("scatters", verdict(told, "F18").because)

    def test_delay_is_ours_over_many_boots(self) -> None:
        """Whatever the key of a boot: our node never counts as one without a delay."""
        for boot in range(6):
            stage = Stage(contacts(60), boot=b"boot %d" % boot)
            street = Street(Production(stage, SELF.destination), Pace(listen=0.0), seed=boot)
            self.assertIn(fits(street.run(), "F18"), (OURS, None), boot)


class SmallTableTests(SynchronousTestCase):
    """Nodes that know nobody."""

    def test_empty_table(self) -> None:
        """Rows about contacts stay open; the others are enough."""
        told = Street(IMuleLike(HeapClock(), ()), USUAL).run()
        self.assertIsNone(fits(told, "F12"))
        self.assertIn("21 of 21 RES were empty", verdict(told, "F16").because)
        self.assertEqual({Population.IMULE}, told.resembles.populations)

    def test_order_shows_in_results_alone(self) -> None:
        """The files that it publishes itself are enough to see an order, or that there is none."""
        self.assertEqual(
            NOT_OURS, fits(Street(IMuleLike(HeapClock(), crowd(2)), USUAL).run(), "F21")
        )
        node = Production(Stage(), SELF.destination)
        self.assertEqual(OURS, fits(Street(node, USUAL).run(), "F21"))
