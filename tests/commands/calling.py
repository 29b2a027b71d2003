"""A shell for tests of the ``mule`` command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import frozen
from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from tests.control.nodes import FakeNode, nodes_file, seed
from twisted_mule.cli import main
from twisted_mule.commands import asking, contacts
from twisted_mule.commands.client import Imported
from twisted_mule.control.rendering import status_json
from twisted_mule.store import nodes_dat
from twisted_mule.store.directory import StateDirectory

NOW = 1_795_347_000.0


@frozen
class FakeClient:
    """A running node, without the socket between."""

    node: FakeNode

    def status(self) -> dict[str, Any]:
        """Its snapshot, through JSON."""
        document: dict[str, Any] = json.loads(status_json(self.node.status()))
        return document

    def export_nodes(self) -> bytes:
        """Its contacts."""
        return nodes_file(*(one.kad_id.value for one in self.node.contacts()))

    def import_nodes(self, content: bytes) -> Imported:
        """Take them."""
        found = nodes_dat.read(content).contacts
        new = self.node.learn(tuple(seed(node.kad_id.value) for node in found))
        return Imported(len(found), new, 0)


class CommandCase(SynchronousTestCase):
    """A state directory, and the command with it."""

    def setUp(self) -> None:
        """An empty place, with no settings of this machine."""
        self.data = Path(self.mktemp()).absolute() / "state"
        empty = self.data.with_name("empty.toml")
        empty.parent.mkdir()
        empty.touch()
        self.environment = {"MULE_CONFIG": str(empty), "MULE_DATA": str(self.data)}

    def mule(self, *words: str, code: int = 0, stdin: bytes | None = None) -> Result:
        """Run it, and see that it ends as it should, without a trace."""
        result = CliRunner(env=self.environment).invoke(main, list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.assertEqual(code, result.exit_code, result.output)
        return result

    def answer(self, *words: str, code: int = 0) -> Any:
        """What it says to a program."""
        return json.loads(self.mule(*words, "--json", code=code).stdout)

    def sentence(self, *words: str, code: int = 1) -> str:
        """The one line that it says on failing."""
        result = self.mule(*words, code=code)
        self.assertEqual("", result.stdout)
        self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)
        return result.stderr

    def prepared(self) -> StateDirectory:
        """The state directory, made."""
        directory = StateDirectory(self.data, lambda: NOW)
        directory.prepare()
        return directory

    def file(self, content: bytes, name: str = "given.dat") -> str:
        """A file with this content."""
        path = self.data.with_name(name)
        path.write_bytes(content)
        return str(path)

    @contextmanager
    def running(self, node: FakeNode) -> Iterator[None]:
        """While this node runs."""

        @contextmanager
        def connected(data: Path) -> Iterator[FakeClient]:
            self.assertEqual(self.data, data)
            yield FakeClient(node)

        with (
            patch.object(asking, "connected", connected),
            patch.object(contacts, "connected", connected),
        ):
            yield
