"""What sort of node a person runs: the real one, unless a study puts a rival in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import frozen

from twisted_mule.kad.core import Kad
from twisted_mule.node import MuleNode

#: Makes the node of a core: called as :class:`MuleNode` is, without a gate.
MakeNode = Callable[..., MuleNode]


@frozen
class Breed:
    """
    A sort of node.

    :ivar core: the protocol; a subclass where something is to differ.
    :ivar node: what runs it.
    """

    core: type[Kad] = Kad
    node: MakeNode = MuleNode


#: The code that runs under ``twistd mule``.
REAL: Final = Breed()
