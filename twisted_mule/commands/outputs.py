"""Where figures of runs go: files that are looked at before hours are computed, then added to."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from twisted_mule.commands.verb import Exit, Refusal

#: Packages with which traces are audited.
AUDIT: Final = ("matplotlib", "numpy", "scipy", "sklearn")
_PARQUET: Final = ".parquet"


def demand(*packages: str, extra: str = "simulate") -> None:
    """
    See that the packages of an extra are there.

    :raise Refusal: when it is not, with the next step.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise Refusal(
            f"This needs packages that are not installed ({', '.join(missing)}); "
            f"install them with: pip install 'twisted-mule[{extra}]'",
            Exit.USAGE,
        )


def checked_file(path: Path, *, lines: bool = False) -> None:
    """
    See that runs can be added to ``path``.

    :param lines: whether it takes lines only.
    :raise Refusal: when they cannot, with the reason.
    """
    if not path.parent.is_dir():
        raise Refusal(f"{path} cannot be written: there is no folder {path.parent}; make it first.")
    if path.is_dir():
        raise Refusal(f"{path} is a folder; name a file in it.")
    replaced = path.suffix == _PARQUET or not path.exists()
    if not os.access(path.parent if replaced else path, os.W_OK):
        raise Refusal(f"{path} cannot be written: this user may not.")
    if path.suffix == _PARQUET:
        if lines:
            raise Refusal(
                f"{path} would be a table, and lines are written here; name another file."
            )
        demand("pyarrow")
        if path.exists():
            _demand_parquet(path)


def _demand_parquet(path: Path) -> None:
    from twisted_mule.figures import parquet  # noqa: PLC0415

    try:
        parquet.read(path)
    except parquet.ForeignFileError as reason:
        raise Refusal(f"{reason}, so nothing can be added to it; name another one.") from reason
    except OSError as reason:
        raise Refusal(f"{path} cannot be read ({reason.strerror}).") from reason


def checked_folder(path: Path) -> None:
    """
    Make a folder for pictures, if there is none.

    :raise Refusal: when that cannot be done, or they cannot be drawn.
    """
    demand("matplotlib")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise Refusal(f"{path} cannot be a folder for pictures ({reason.strerror}).") from reason
    if not os.access(path, os.W_OK):
        raise Refusal(f"{path} cannot be written: this user may not.")


def append(path: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    """
    Add runs to a file, a row or a line each; what is there stays, whatever goes wrong.

    :raise Refusal: when they cannot be written.
    """
    try:
        if path.suffix == _PARQUET:
            _append_rows(path.resolve(), documents)
        else:
            append_lines(path, [json.dumps(document) for document in documents])
    except OSError as reason:
        raise Refusal(f"{path} cannot be written ({reason.strerror}).") from reason


def _append_rows(path: Path, documents: Sequence[Mapping[str, Any]]) -> None:
    from twisted_mule.figures import parquet  # noqa: PLC0415

    with _alone(path.parent):
        try:
            parquet.append(path, documents)
        except parquet.ForeignFileError as reason:
            raise Refusal(f"{reason}, so nothing was added to it; name another one.") from reason


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one of us who replaces files in ``folder``."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def append_lines(path: Path, lines: Sequence[str]) -> None:
    """
    Add lines in one piece: all of them or none, beside whoever else adds lines.

    A last line that was cut off, as by a machine that went out, is left as it is and ended.

    :raise OSError: when they cannot be written.
    """
    with path.open("ab+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end, text = _end(file), "".join(line + "\n" for line in lines).encode()
        if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
            text = b"\n" + text
        try:
            written = 0
            while written < len(text):
                written += file.write(text[written:]) or 0
        except OSError:
            if end is not None:
                file.truncate(end)
            raise


def _end(file: Any) -> int | None:
    """Where a file ends; ``None`` for what is no file, such as a terminal."""
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def draw(folder: Path, documents: Sequence[Mapping[str, Any]]) -> list[Path]:
    """
    Draw runs into ``folder``; the files, which take the place of those of the same name.

    :raise Refusal: when they cannot be written.
    """
    from twisted_mule.figures.plots import drawn  # noqa: PLC0415

    files = {folder / f"{name}.svg": text for name, text in drawn(documents).items()}
    try:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as reason:
        raise Refusal(f"The pictures cannot be written ({reason.strerror}).") from reason
    return list(files)
