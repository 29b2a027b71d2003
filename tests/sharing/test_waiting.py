"""The queue of files that wait for their hash."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from twisted.trial.unittest import SynchronousTestCase

from twisted_mule.sharing.sights import Found
from twisted_mule.sharing.waiting import Waiting


def file(path: str, size: int = 1, root: str = "/r") -> Found:
    """A file."""
    return Found(root, path, size, 0)


class WaitingTests(SynchronousTestCase):
    """A queue."""

    def test_small_ones_first(self) -> None:
        """Of the files whose time has come the smallest is taken first, then by path."""
        waiting = Waiting()
        for found in (file("b", 5), file("c", 1), file("a", 5)):
            waiting.put(found, 0.0)
        self.assertEqual(["c", "a", "b"], [getattr(waiting.pop(0.0), "path", None) for _ in "123"])
        self.assertIsNone(waiting.pop(0.0))

    def test_not_before(self) -> None:
        """No file is taken before its time."""
        waiting = Waiting()
        waiting.put(file("late"), 10.0)
        waiting.put(file("early", 100), 5.0)
        self.assertIsNone(waiting.pop(4.9))
        self.assertEqual(5.0, waiting.next_at())
        self.assertEqual(file("early", 100), waiting.pop(5.0))
        self.assertIsNone(waiting.pop(9.9))
        self.assertEqual(file("late"), waiting.pop(10.0))
        self.assertIsNone(waiting.next_at())

    def test_put_again(self) -> None:
        """What is put again has the new size and time, and is taken once."""
        waiting = Waiting()
        waiting.put(file("a", 1), 0.0)
        waiting.put(file("b", 2), 0.0)
        self.assertEqual(file("a", 1), waiting.pop(0.0))
        waiting.put(file("b", 3), 7.0)
        self.assertIsNone(waiting.pop(0.0))
        self.assertEqual(file("b", 3), waiting.pop(7.0))
        self.assertIsNone(waiting.pop(7.0))

    def test_by_root(self) -> None:
        """Files are counted by the path they belong to, ready ones apart."""
        waiting = Waiting()
        waiting.put(file("a", 1, "/1"), 0.0)
        waiting.put(file("b", 1, "/2"), 9.0)
        waiting.put(file("c", 1, "/2"), 1.0)
        self.assertEqual([file("a", 1, "/1")], waiting.of("/1"))
        self.assertEqual(
            {
                "/1": [(file("a", 1, "/1"), True)],
                "/2": [(file("b", 1, "/2"), False), (file("c", 1, "/2"), True)],
            },
            waiting.by_root(1.0),
        )


class WaitingMachine(RuleBasedStateMachine):
    """The queue against a plain table, whatever is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Waiting()
        self.table: dict[str, tuple[float, Found]] = {}
        self.now = 0.0

    @rule(path=st.sampled_from("abcd"), size=st.integers(1, 3), wait=st.integers(0, 3))
    def put(self, path: str, size: int, wait: int) -> None:
        """Put a file."""
        found = file(path, size)
        self.waiting.put(found, self.now + wait)
        self.table[path] = (self.now + wait, found)

    @rule(path=st.sampled_from("abcd"))
    def drop(self, path: str) -> None:
        """Drop a file."""
        self.waiting.drop(path)
        self.table.pop(path, None)

    @rule()
    def pop(self) -> None:
        """Take a file: the smallest whose time has come."""
        ready = [found for due, found in self.table.values() if due <= self.now]
        wanted = min(ready, key=lambda found: (found.size, found.path), default=None)
        assert self.waiting.pop(self.now) == wanted
        if wanted is not None:
            del self.table[wanted.path]

    @rule(passed=st.integers(0, 2))
    def wait(self, passed: int) -> None:
        """Let time pass."""
        self.now += passed

    @invariant()
    def same(self) -> None:
        """Both hold the same."""
        assert len(self.waiting) == len(self.table)
        assert self.waiting.next_at() == min((due for due, _ in self.table.values()), default=None)
        for path in "abcd":
            assert self.waiting.get(path) == self.table.get(path, (0.0, None))[1]


class WaitingMachineTests(SynchronousTestCase):
    """The machine above."""

    def test_machine(self) -> None:
        """No order of calls makes the queue differ from a plain table."""
        run_state_machine_as_test(WaitingMachine, settings=settings(max_examples=30, deadline=None))
