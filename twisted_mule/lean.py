"""
Import this first in the node's process, before Twisted's endpoints, and it stays small.

It saves a third of the resident memory of a node (docs/decisions/0004).
"""

from __future__ import annotations

from typing import Final

from twisted_mule import sparing  # isort: skip (before what fills the heap)
from twisted_mule.sam import reading

#: What the modules on the right do without when it is not installed.  Nothing here speaks TLS, and
#: pycryptodome is as fast with ctypes as with cffi, which reads C for that.
_UNUSED: Final = (
    (
        "OpenSSL",
        ("twisted.internet.endpoints", "twisted.internet.posixbase", "twisted.protocols.amp"),
    ),
    ("cffi", ("Crypto.Util._raw_api",)),
)


def tidy() -> None:
    """
    Give back what importing has left behind, before the node's own data comes.

    And what was begun elsewhere is taken in, before ``twistd`` becomes another process.
    """
    reading.collect()
    sparing.tidy()


reading.begin()
for unused, users in _UNUSED:
    sparing.import_without(unused, *users)
