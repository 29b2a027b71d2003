"""
txi2p, imported with its one grammar read once.

It reads the same grammar anew for each of its six protocols, which takes two to four seconds and
17 MiB that never come back; read once, it takes a fifth of a second (docs/decisions/0003).  Import
this before any other module that imports txi2p; like that one it installs the global reactor.
"""

from __future__ import annotations

from ometa.grammar import OMeta

from twisted_mule.sam.reading import read_once


def _import_with_one_grammar() -> None:
    read, OMeta.parseGrammar = OMeta.parseGrammar, read_once
    try:
        import txi2p.sam  # noqa: F401, PLC0415
    finally:
        OMeta.parseGrammar = read


_import_with_one_grammar()
