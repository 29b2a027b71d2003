"""
The one grammar of txi2p, read from its text once for all of its protocols.

Reading it takes 15 MiB for a moment and leaves small holes there, so the node has it read in a
process of its own, while it imports what else it needs (docs/decisions/0004).
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

from ometa.grammar import OMeta
from terml.nodes import Tag, Term

_parse: Final = OMeta.parseGrammar
_known: Final[dict[str, Any]] = {}
_under_way: Final[list[subprocess.Popen[str]]] = []
#: Seconds that reading may take: a hundred times as long as usual.
_PATIENCE: Final = 30.0


def read_once(grammar: Any, name: str) -> Any:
    """What ``OMeta.parseGrammar`` gives, which is not done twice for the same text."""
    text = "".join(grammar.input.data)
    collect()
    if text not in _known:
        _known[text] = _parse(grammar, name)
    return _known[text]


def begin() -> None:
    """Have the grammar read elsewhere; whatever goes wrong there, it is read here when needed."""
    if not sys.executable or _known or _under_way:
        return
    # Not from the current directory, which may be anybody's.
    command = [sys.executable, "-P", "-m", __name__]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    except OSError:
        return
    _under_way.append(process)


def collect() -> None:
    """Take what has been read elsewhere, which is waited for."""
    while _under_way:
        process = _under_way.pop()
        try:
            said, _ = process.communicate(timeout=_PATIENCE)
            text, tree = json.loads(said)
        except (subprocess.TimeoutExpired, ValueError):
            process.kill()
            process.communicate()
            continue
        tags: dict[str, Tag] = {}
        _known[text] = _term(tree, tags)


def main() -> None:
    """Print the text of the grammar and what is read out of it, for :func:`collect`."""
    text = _text()
    if text is not None:
        print(json.dumps([text, _plain(_parse(OMeta(text), "Grammar"))]))  # noqa: T201


def _text() -> str | None:
    """The grammar, without importing txi2p, which would import half of Twisted first."""
    package = find_spec("txi2p")
    if package is None or package.origin is None:
        return None  # whoever imports it says so
    path = Path(package.origin).with_name("grammar.py")
    spec = spec_from_file_location("_txi2p_grammar", path)
    if spec is None or spec.loader is None or not path.exists():
        return None  # txi2p was rearranged: then it is read when txi2p is imported
    texts = module_from_spec(spec)
    spec.loader.exec_module(texts)
    return str(texts.samGrammarSource)


def _plain(term: Any) -> list[Any]:
    return [term.tag.name, term.data, [_plain(one) for one in term.args], term.span]


def _term(plain: list[Any], tags: dict[str, Tag]) -> Any:
    name, data, args, span = plain
    tag = tags.setdefault(name, Tag(name))
    return Term(tag, data, [_term(one, tags) for one in args], span and tuple(span))


if __name__ == "__main__":
    main()
