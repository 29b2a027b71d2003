"""What a claim for the request place may be for."""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

from twisted_mule.kad.contact import Contact
from twisted_mule.kad.lookup import Lookup


class Step(NamedTuple):  # a tuple, for these are looked up more often than all others
    """
    The next request of a lookup; whom it goes to is decided when it is drawn.

    :ivar lane: tells apart the claims that one lookup may have at once.
    """

    lookup: Lookup
    lane: int


class Reserve(NamedTuple):
    """
    The next request of the lookup in reserve, where no other lookup can ask anybody.

    :ivar lane: tells apart the claims that it may have at once.
    """

    lane: int


@frozen
class Greeting:
    """A HELLO to some contact that has not had its greetings; who is decided by lot."""


@frozen
class Check:
    """A HELLO to a contact whose time is up."""

    contact: Contact


@frozen
class Probe:
    """The one Kad2 HELLO to a contact that is only known to speak Kad1."""

    contact: Contact


@frozen
class Challenge:
    """Whatever makes a contact below version 8 prove that it receives at its destination."""

    contact: Contact


@frozen
class AskSeed:
    """A BOOTSTRAP_REQ to some seed; which one is decided by lot."""


Wish = Step | Reserve | Greeting | Check | Probe | Challenge | AskSeed
