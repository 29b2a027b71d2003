"""
The one grammar of txi2p, read from its text once for all of its protocols.

Reading it leaves 15 MiB of small holes in the memory, so the earlier it is done, the more of what
is imported later fits into them (docs/decisions/0004).
"""

from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

from ometa.grammar import OMeta

_parse: Final = OMeta.parseGrammar
_known: Final[dict[str, Any]] = {}


def read_once(grammar: Any, name: str) -> Any:
    """What ``OMeta.parseGrammar`` gives, which is not done twice for the same text."""
    text = "".join(grammar.input.data)
    if text not in _known:
        _known[text] = _parse(grammar, name)
    return _known[text]


def read_early() -> None:
    """Read the grammar before txi2p, which would import half of Twisted first, is imported."""
    package = find_spec("txi2p")
    if package is None or package.origin is None:
        return  # whoever imports it says so
    path = Path(package.origin).with_name("grammar.py")
    spec = spec_from_file_location("_txi2p_grammar", path)
    if spec is None or spec.loader is None or not path.exists():
        return  # txi2p was rearranged: then it is read when txi2p is imported
    texts = module_from_spec(spec)
    spec.loader.exec_module(texts)
    read_once(OMeta(texts.samGrammarSource), "Grammar")
