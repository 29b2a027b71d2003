"""Answers find their arrivals, and what is doubtful is left out by a rule that knows no delay."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.audit.made import HEADER, rows
from twisted_mule.audit.matching import answers, called_for, family
from twisted_mule.audit.views import of_rows
from twisted_mule.recording.rows import PlaceKind, Row, Way


def came(at: float, kind: str, peer: str = "a") -> Row:
    """Something came."""
    return Row(at, Way.IN, peer, 50, kind)


def left(at: float, kind: str, peer: str = "a") -> Row:
    """An answer left."""
    return Row(at, Way.OUT, peer, 50, kind, 1, PlaceKind.ANSWER)


class MatchingTests(SynchronousTestCase):
    """Who answers what."""

    def delays(self, *made: Row) -> list[float]:
        """The delays that are beyond doubt."""
        return [round(one, 3) for one in answers(of_rows("x", HEADER, made)).delay.tolist()]

    def test_one(self) -> None:
        """A request and its answer, of one peer and one family."""
        self.assertEqual([2.0], self.delays(came(1.0, "ping"), left(3.0, "pong")))
        self.assertEqual([], self.delays(came(1.0, "ping"), left(3.0, "hello_response")))
        self.assertEqual([], self.delays(came(1.0, "ping", "b"), left(3.0, "pong")))

    def test_parts(self) -> None:
        """Parts of one answer are all of it, and are known as parts."""
        found = answers(
            of_rows(
                "x",
                HEADER,
                [
                    came(1.0, "search_key_request"),
                    *(left(2.0 + n, "search_response") for n in (0, 1)),
                ],
            )
        )
        self.assertEqual([1.0, 2.0], found.delay.tolist())
        self.assertEqual([0, 0], found.alone.tolist())

    def test_doubt(self) -> None:
        """Two requests that may both be meant count for nothing, whichever was answered when."""
        two = came(1.0, "ping"), came(3.0, "ping")
        self.assertEqual([], self.delays(*two, left(4.0, "pong")))
        apart = came(1.0, "ping"), came(9.0, "ping")
        self.assertEqual([0.1, 1.0], self.delays(*apart, left(1.1, "pong"), left(10.0, "pong"))[:2])

    def test_families(self) -> None:
        """What calls for what."""
        pairs = {
            "ping": "pong",
            "hello_request": "hello_response",
            "hello_response": "hello_response_ack",
            "publish_response": "publish_response_ack",
            "search_notes_request": "search_response",
            "legacy_find_node_request": "find_response",
            "find_node_response": "",
        }
        self.assertEqual(pairs, {kind: called_for(kind) for kind in pairs})
        for kind in ("pong", "hello_response_ack"):
            self.assertEqual(kind, family(kind))
        self.assertEqual("find_response", family("legacy_find_node_response"))

    def test_most_are_matched(self) -> None:
        """Of a node at work nearly all answers are, and none wrongly."""
        made = rows(1)
        found = answers(of_rows("x", HEADER, made))
        all_answers = sum(row.place is PlaceKind.ANSWER for row in made)
        self.assertGreater(len(found.delay), 0.7 * all_answers)
        self.assertGreater(float(found.delay.min()), 0.5)
        self.assertLess(float(found.delay.max()), 3.25)
