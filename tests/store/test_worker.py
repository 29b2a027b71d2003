"""The thread of the store: work in order, off the reactor."""

from __future__ import annotations

from threading import get_ident

from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from twisted_mule.store.worker import Worker


@implementer(IReactorFromThreads)
class DirectReactor:
    """A reactor whose turn is always now."""

    def callFromThread(self, callable: object, *args: object, **kwargs: object) -> None:  # noqa: A002, N802
        """Call it at once."""
        assert callable is not None
        callable(*args, **kwargs)  # type: ignore[operator]


class WorkerTests(SynchronousTestCase):
    """A worker between start and stop."""

    def test_in_order_elsewhere(self) -> None:
        """All work is done by one other thread, in order, before the service has stopped."""
        worker = Worker(DirectReactor())
        worker.startService()
        done: list[tuple[int, int]] = []
        results: list[object] = []
        for number in range(20):

            def work(number: int = number) -> int:
                done.append((number, get_ident()))
                return number

            worker.run(work).addCallback(results.append)
        worker.stopService()
        self.assertEqual(list(range(20)), [number for number, _ in done])
        self.assertEqual(list(range(20)), results)
        self.assertEqual(1, len({thread for _, thread in done} - {get_ident()}))

    def test_failure(self) -> None:
        """What the work raises fails its Deferred and nothing else."""
        worker = Worker(DirectReactor())
        worker.startService()

        def broken() -> None:
            raise RuntimeError("no")

        failed, fine = worker.run(broken), worker.run(lambda: "fine")
        worker.stopService()
        self.failureResultOf(failed, RuntimeError)
        self.assertEqual("fine", self.successResultOf(fine))
