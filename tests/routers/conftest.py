"""The network of real routers that these tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.routers.network import RouterNetwork, private_network

ROUTERS: Final = 4


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RouterNetwork]:
    """Four routers that run; started once for all tests, cleared away after the last."""
    with private_network(tmp_path_factory.mktemp("routers"), ROUTERS) as running:
        yield running
