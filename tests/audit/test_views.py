"""Traces are read with care, and each adversary sees no more than it can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from tests.audit import made
from twisted_mule.audit.views import (
    ALL,
    COAL,
    NONE,
    PEER,
    Kind,
    View,
    load,
    number_of,
    of_rows,
    seen,
    start_of,
    view,
)
from twisted_mule.recording.rows import Row, TraceError, Way

HEAD = made.HEADER.line
ROW = '{"t":1.5,"dir":"out","peer":"ab","size":67,"type":"ping"}\n'


class LoadTests(SynchronousTestCase):
    """A file becomes columns, or one sentence."""

    def put(self, content: str | bytes) -> Path:
        """A file that holds this."""
        path = Path(self.mktemp())
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def test_whole(self) -> None:
        """What was written is read."""
        trace = load(self.put(made.written(1, 120.0)))
        again = made.trace(1, 120.0)
        self.assertEqual(len(again.t), len(trace.t))
        self.assertLess(float(abs(again.t - trace.t).max()), 1e-6)
        self.assertEqual(again.kinds, trace.kinds)

    def test_bad_files(self) -> None:
        """Whatever is wrong, one sentence names the file and says what."""
        bad: dict[str, str | bytes] = {
            "empty": "",
            "not JSON": "hello\n",
            "another format": HEAD.replace('"trace":1', '"trace":2'),
            "no source": '{"trace":1,"software":"x"}\n',
            "not text": b"\xff\xfe\x00\x01",
            "a list": "[]\n",
            "very deep": "[" * 100_000 + "\n",
            "no time": HEAD + '{"dir":"out","peer":"ab","size":1,"type":null}\n',
            "a time that is none": HEAD + ROW.replace("1.5", "NaN"),
            "an endless time": HEAD + ROW.replace("1.5", "Infinity"),
            "a time beyond all": HEAD + ROW.replace("1.5", "1e300"),
            "a time of 400 digits": HEAD + ROW.replace("1.5", "9" * 400),
            "a time far from the others": HEAD + ROW + ROW.replace("1.5", "9e11"),
            "a type that cannot be printed": HEAD + ROW.replace("ping", "\\ud800"),
            "a size below zero": HEAD + ROW.replace("67", "-1"),
            "a time of too many digits": HEAD + ROW.replace("1.5", "9" * 400),
            "an endless size": HEAD + ROW.replace("67", "Infinity"),
            "a huge size": HEAD + ROW.replace("67", "9" * 40),
            "a tick in words": HEAD + ROW.replace('"type"', '"tick":"two","type"'),
            "half a tick": HEAD + ROW.replace('"type"', '"tick":1.5,"type"'),
            "a type that is a list": HEAD + ROW.replace('"ping"', "[]"),
            "no way": HEAD + ROW.replace("out", "up"),
            "no such place": HEAD + ROW.replace('"type"', '"place":"x","type"'),
        }
        for what, content in bad.items():
            path = self.put(content)
            error = self.assertRaises(TraceError, load, path)
            self.assertIn(str(path), str(error), what)
            self.assertNotIn("\n", str(error), what)

    def test_odd_name(self) -> None:
        """A file whose name is no UTF-8 gets one that a report can hold."""
        path = Path(self.mktemp() + "\udcff")
        path.write_text(HEAD + ROW)
        self.assertTrue(load(path).name.endswith("\ufffd"))

    def test_no_file(self) -> None:
        """A file that is not there, or is a folder, is a sentence too."""
        for path in (Path("nowhere.jsonl"), Path()):
            self.assertIn("cannot be read", str(self.assertRaises(TraceError, load, path)))

    def test_cut_off(self) -> None:
        """A last line without its end is left out."""
        self.assertEqual(1, len(load(self.put(HEAD + ROW + ROW[:20])).t))

    def test_restart(self) -> None:
        """Ticks that begin anew belong to another start; a late one does not."""
        ticks = (1, 2, 30, 29, 31, 0, 1)
        rows = [Row(float(at), Way.OUT, "a", 1, "ping", tick) for at, tick in enumerate(ticks)]
        trace = of_rows("restart", made.HEADER, rows)
        self.assertEqual([0, 0, 0, 0, 0, 1, 1], start_of(trace.tick).tolist())
        self.assertEqual(list(ticks), number_of(trace.tick).tolist())

    def test_answers_by_type(self) -> None:
        """Where no place is known the type says what a datagram is; where neither is, nobody."""
        rows = [Row(float(at), Way.OUT, "a", 1, kind) for at, kind in enumerate(("ping", "pong"))]
        trace = of_rows("tap", made.HEADER, [*rows, Row(3.0, Way.OUT, "a", 1)])
        self.assertEqual([True, False, False], trace.request.tolist())
        self.assertEqual([False, True, False], trace.answer.tolist())


class ViewTests(SynchronousTestCase):
    """What each sees."""

    def test_names(self) -> None:
        """Views are named as on the command line."""
        self.assertEqual((ALL, PEER, COAL), (view("all"), view("PEER"), view("coal")))
        self.assertEqual(View(Kind.COAL, 0.2), view("coal:0.2"))
        self.assertEqual("COAL(0.2)", view("coal:0.2").name)
        for wrong in ("", "everything", "coal:2", "coal:x", "peer:0.1", "coal:-1"):
            self.assertRaises(ValueError, view, wrong)

    def test_all(self) -> None:
        """ALL sees what leaves, in fragments, and neither peers nor types nor ticks."""
        whole = made.trace(1)
        found = seen(whole, ALL)
        self.assertTrue(found.out.all())
        self.assertEqual(int(whole.out.sum()), len(found.t))
        self.assertEqual({0}, set(found.peer.tolist()))
        self.assertEqual({NONE}, set(found.kind.tolist()) | set(found.tick.tolist()))
        self.assertEqual({1}, set(found.size.tolist()))
        self.assertFalse(found.request.any() or found.answer.any())

    def test_peer(self) -> None:
        """PEER is the one who sends most, and sees both ways, but no ticks."""
        whole = made.trace(1)
        found = seen(whole, PEER)
        (peer,) = set(found.peer.tolist())
        counts = np.bincount(whole.peer[~whole.out])
        self.assertEqual(counts.max(), counts[peer])
        self.assertTrue(found.out.any() and not found.out.all())
        self.assertEqual({NONE}, set(found.tick.tolist()))

    def test_coalition(self) -> None:
        """COAL(f) is a share of all peers; all of them together see everything that has a peer."""
        whole = made.trace(1)
        everybody = len(set(whole.peer.tolist()))
        few = seen(whole, View(Kind.COAL, 0.1))
        self.assertEqual(-(-everybody // 10), len(set(few.peer.tolist())))
        self.assertEqual(len(whole.t), len(seen(whole, View(Kind.COAL, 1.0)).t))
