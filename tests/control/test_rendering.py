"""The snapshot as JSON."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.control.nodes import snapshot
from twisted_mule.control.rendering import status_document, status_json


class RenderingTests(SynchronousTestCase):
    """Every field arrives, in JSON's own kinds."""

    def test_round_trip(self) -> None:
        """The JSON is the document, and enumerations are their words."""
        document = json.loads(status_json(snapshot()))
        self.assertEqual(json.dumps(status_document(snapshot())), json.dumps(document))
        self.assertEqual(("running", "online"), (document["phase"], document["router"]["state"]))
        self.assertEqual("done", document["router"]["steps"][0]["state"])
        self.assertEqual([[1.5, "Started"]], document["events"])

    def test_ready(self) -> None:
        """Whether the node is in the network is said outright."""
        self.assertIs(True, status_document(snapshot())["ready"])
        self.assertIs(False, status_document(snapshot(ready=False))["ready"])

    def test_one_line(self) -> None:
        """A snapshot is one line, for logs and pipes."""
        self.assertNotIn(b"\n", status_json(snapshot()))
