"""Runs as a Parquet file, a row a run; further runs are added to those that are there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pyarrow as pa
from pyarrow import parquet


class ForeignFileError(ValueError):
    """The file is there and no Parquet, or its columns hold something else."""


def flat(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The figures of a run as columns: ``{"a": {"b": 1}}`` is ``a.b``; series stay lists."""
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def table(documents: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The runs, a row each; what a run does not have is null."""
    rows = [dict(flat(document)) for document in documents]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pa.table({name: _column(values) for name, values in columns.items()})


def _column(values: list[Any]) -> pa.Array:
    """Whole numbers stay whole; a column that has a fraction anywhere has floats everywhere."""
    several = any(isinstance(value, list) for value in values)
    each = [one for value in values for one in (value if isinstance(value, list) else [value])]
    kinds = {type(one) for one in each if one is not None}
    kind = pa.float64() if kinds == {int, float} else None
    if kind is None and kinds <= {int, float, bool, str}:
        known = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
        kind = known[kinds.pop()] if len(kinds) == 1 else pa.null()
    return pa.array(values, type=pa.list_(kind) if several else kind)


def read(path: Path) -> pa.Table:
    """
    The runs of a file.

    :raise ForeignFileError: when it is no Parquet.
    :raise OSError: when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return parquet.read_table(file)
    except pa.ArrowException as reason:
        raise ForeignFileError(f"{path} is no Parquet file") from reason


def append(path: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    """
    Add runs to a file, or make it.

    The new file takes the place of the old one at once, so that whoever looks finds one of the two,
    whatever happens meanwhile.

    :raise ForeignFileError: when it holds something else.
    :raise OSError: when it cannot be read or written.
    """
    whole = table(documents)
    if path.exists():
        whole = _joined(path, read(path), whole)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            parquet.write_table(whole, file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, _mode(path))
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _joined(path: Path, before: pa.Table, more: pa.Table) -> pa.Table:
    try:
        return pa.concat_tables([before, more], promote_options="permissive")
    except pa.ArrowException as reason:
        raise ForeignFileError(f"{path} has columns of other kinds") from reason


def _mode(path: Path) -> int:
    """The rights of the file that is there, or those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
