"""
txi2p, imported with its one grammar read once.

It reads the same grammar anew for each of its six protocols, which takes two to four seconds and
17 MiB that never come back; read once, it takes a fifth of a second (docs/decisions/0003).  Import
this before any other module that imports txi2p; like that one it installs the global reactor.
"""

from __future__ import annotations

from typing import Any

from ometa.grammar import OMeta


def _import_with_one_grammar() -> None:
    read, known = OMeta.parseGrammar, {}

    def read_once(grammar: Any, name: str) -> Any:
        text = "".join(grammar.input.data)
        if text not in known:
            known[text] = read(grammar, name)
        return known[text]

    OMeta.parseGrammar = read_once
    try:
        import txi2p.sam  # noqa: F401, PLC0415
    finally:
        OMeta.parseGrammar = read


_import_with_one_grammar()
