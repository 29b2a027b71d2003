"""The control socket for real: a UNIX socket, and the command's client at its other end."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.threads import deferToThread

from tests.control.actions import FakeActions, found_file, shared_file
from tests.control.nodes import FakeNode, nodes_file, seed, snapshot
from twisted_mule.commands.client import (
    ControlClient,
    ControlError,
    NoNodeError,
    NotYetError,
    connected,
)
from twisted_mule.control.address import address
from twisted_mule.control.rendering import status_json
from twisted_mule.control.server import ControlService
from twisted_mule.kad.filters import Filters
from twisted_mule.store.directory import CONTROL, StateDirectory, StateError

T = TypeVar("T")


class Listening:
    """A node with its control socket."""

    def __init__(self, root: Path) -> None:
        self.node, self.actions = FakeNode(), FakeActions()
        self.directory = StateDirectory(root, lambda: 0.0)
        self.directory.prepare()
        self.directory.acquire()
        self.path = self.directory.path(CONTROL)
        self.service = self.another()

    def another(self) -> ControlService:
        """A service for the same place."""
        return ControlService(
            reactor, self.directory, self.node, self.node, self.actions, deferToThread
        )

    async def asked(self, question: Callable[[ControlClient], T]) -> T:
        """What a client in another thread is told."""

        def ask() -> T:
            with connected(self.directory.root) as client:
                return question(client)

        answer: T = await deferToThread(ask)
        return answer


@pytest_twisted.async_yield_fixture(params=["short", "long"])
async def listening(tmp_path: Path, request: Any) -> AsyncIterator[Listening]:
    """A running one, in a directory whose name fits a socket address, and in one that is longer."""
    root = tmp_path / "state" if request.param == "short" else tmp_path / ("x" * 120)
    made = Listening(root)
    made.service.startService()
    yield made
    await made.service.stopService()
    made.directory.release()


@pytest_twisted.ensureDeferred
async def test_status(listening: Listening) -> None:
    """The client is told the whole snapshot."""
    told = await listening.asked(lambda client: client.status())
    assert told["headline"] == snapshot().headline
    assert len(status_json(snapshot())) > 500


@pytest_twisted.ensureDeferred
async def test_contacts_in_and_out(listening: Listening) -> None:
    """Files of many parts go both ways whole."""
    content = nodes_file(*range(1, 501))
    outcome = await listening.asked(lambda client: client.import_nodes(content))
    assert (outcome.read, outcome.new, outcome.skipped) == (500, 500, 0)
    assert await listening.asked(lambda client: client.export_nodes()) == content
    assert seed(500) in listening.node.contacts()


@pytest_twisted.ensureDeferred
async def test_refusal(listening: Listening) -> None:
    """What the node refuses reaches the client as its sentence, and the connection goes on."""

    def ask(client: ControlClient) -> str:
        with pytest.raises(ControlError) as caught:
            client.import_nodes(b"junk")
        assert client.status()["ready"]
        return str(caught.value)

    assert "not a nodes.dat file" in await listening.asked(ask)


@pytest_twisted.ensureDeferred
async def test_searching(listening: Listening) -> None:
    """A search is wanted, watched page by page, stopped and listed over the real socket."""
    listening.actions.arriving = [tuple(found_file(number) for number in range(1, 1001)), ()]
    number = await listening.asked(lambda client: client.search_files("film -dvd", Filters()))
    document = await listening.asked(lambda client: client.whole_search(number))
    assert (document["found"], document["state"]) == (0, "waiting")
    document = await listening.asked(lambda client: client.whole_search(number))
    assert [int(one["hash"], 16) for one in document["results"]] == list(range(1, 1001))
    await listening.asked(lambda client: client.stop_search(number))
    (listed,) = await listening.asked(lambda client: client.searches())
    assert (listed["wish"], listed["stopped"]) == ("film -dvd", True)


@pytest_twisted.ensureDeferred
async def test_sharing(listening: Listening) -> None:
    """A folder with a strange name is shared, its files are listed in parts, it is taken out."""
    path = os.fsdecode(b"/srv/\xff")
    listening.actions.files = tuple(shared_file(number) for number in range(1, 1001))
    assert await listening.asked(lambda client: client.share_add(path)) == path
    shared = await listening.asked(lambda client: client.shared())
    assert [file["name"] for file in shared["files"]] == [
        file.name for file in listening.actions.files
    ]
    assert await listening.asked(lambda client: client.share_remove(path)) == path


@pytest_twisted.ensureDeferred
async def test_not_ready(listening: Listening) -> None:
    """What the node cannot do yet reaches the client as such."""
    listening.actions.begun = False
    with pytest.raises(NotYetError, match="no identity yet"):
        await listening.asked(lambda client: client.look_up("0" * 32))


@pytest_twisted.ensureDeferred
async def test_for_the_owner_only(listening: Listening) -> None:
    """The socket has mode 0600, and is gone when the node is."""
    assert stat.S_IMODE(listening.path.lstat().st_mode) == 0o600
    await listening.service.stopService()
    assert not listening.path.exists()


@pytest_twisted.ensureDeferred
async def test_after_the_end(listening: Listening) -> None:
    """Without a node, and with only its left-over socket, there is none to be found."""
    await listening.service.stopService()
    with pytest.raises(NoNodeError):
        await listening.asked(lambda client: client.status())


@pytest_twisted.ensureDeferred
async def test_a_leftover_is_replaced(listening: Listening) -> None:
    """A socket that a crash left behind does not stop the next start."""
    await listening.service.stopService()
    with address(listening.path) as name, socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(name)
    again = listening.another()
    again.startService()
    told = await listening.asked(lambda client: client.status())
    assert told["ready"]
    await again.stopService()


@pytest_twisted.ensureDeferred
async def test_no_place(tmp_path: Path) -> None:
    """Where no socket can be, the start fails with a sentence."""
    made = Listening(tmp_path / "state")
    made.directory.root.chmod(0o700)
    made.directory.release()
    made.directory.root.rename(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="control socket"):
        made.service.startService()
    await made.service.stopService()
