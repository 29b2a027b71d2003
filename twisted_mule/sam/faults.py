"""The ways in which a router, or what stands in its place, can fail us; pure."""

from __future__ import annotations


class RouterError(Exception):
    """The router, or what stands in its place, did not do what we asked."""


class NotSam(RouterError):  # noqa: N818
    """
    Something else than SAM answers.

    :ivar first: the first bytes that came; empty when it closed without a word.
    """

    def __init__(self, first: bytes) -> None:
        super().__init__(first)
        self.first = first


class Unreadable(RouterError):  # noqa: N818
    """
    The router greeted well, and then said something that is no SAM.

    :ivar first: the first bytes of it.
    """

    def __init__(self, first: bytes) -> None:
        super().__init__(first)
        self.first = first


class Refused(RouterError):  # noqa: N818
    """
    The router answered a command with another ``RESULT`` than ``OK``.

    :ivar command: ``HELLO``, ``DEST GENERATE``, ``SESSION CREATE`` or ``NAMING LOOKUP``.
    :ivar result: the router's word.
    :ivar message: the router's sentence, if it gave one.
    """

    def __init__(self, command: str, result: str, message: str | None = None) -> None:
        super().__init__(command, result, message)
        self.command = command
        self.result = result
        self.message = message or ""


class WrongIdentity(RouterError):  # noqa: N818
    """
    The router made, or answers with, an identity that this node cannot have.

    :ivar sentence: what is wrong with it.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class KeysNotKept(RouterError):  # noqa: N818
    """Fresh keys could not be put into the data directory, and so are not used."""
