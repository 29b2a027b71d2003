"""The words that the dashboard uses, explained; those of docs/glossary.md that a reader meets."""

from __future__ import annotations

from typing import Final

from twisted_mule.web.language import mark

GLOSSARY: Final = (
    (mark("answer"), mark("a datagram that we owe to somebody who asked")),
    (
        mark("contact"),
        mark("another node as we know it: identifier, destination, version, age, type"),
    ),
    (mark("contract"), mark("the rules that keep all nodes alike on the wire")),
    (mark("cover lookup"), mark("a lookup nobody wants, so that wanted ones do not stand out")),
    (mark("datagram"), mark("one message over I2P; signed, so its sender is certain")),
    (mark("destination"), mark("an address within I2P")),
    (
        mark("distance"),
        mark("the XOR of two identifiers; 128 bits of it are the far half of the network"),
    ),
    (mark("drain"), mark("the last 30 to 120 seconds of a node: it answers and starts nothing")),
    (
        mark("greeting, handshake"),
        mark("how two nodes get to know each other; afterwards a contact is verified"),
    ),
    (mark("hold"), mark("the first 5 to 60 seconds: the node answers and asks nothing")),
    (mark("identifier"), mark("128 random bits: the place of a node, kept for ever")),
    (mark("leaf"), mark("a part of the routing table: at most ten contacts")),
    (mark("lookup"), mark("asking step by step for the contacts nearest to a target")),
    (mark("place"), mark("the right to send one datagram at a certain tick")),
    (mark("practice network"), mark("a router and neighbours inside this program: no anonymity")),
    (mark("request"), mark("a datagram of ours that wants an answer; at most one a tick")),
    (mark("SAM"), mark("how a program speaks to its I2P router")),
    (mark("session"), mark("our presence at the router under one destination")),
    (mark("source"), mark("somebody who has a file")),
    (mark("target"), mark("the identifier that a lookup goes towards")),
    (mark("tick"), mark("a moment when datagrams may leave; about one a second, at random")),
    (
        mark("type"),
        mark("of a contact: 0 proven for hours, 1 and 2 proven lately, 3 new, 4 silent"),
    ),
    (
        mark("verified"),
        mark("known to receive at its destination; only such contacts are handed on"),
    ),
)
