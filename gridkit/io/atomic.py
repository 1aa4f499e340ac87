"""How is a file written so that nobody ever sees half of it?"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gridkit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def write_atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside the target, and put it in the target's place when all went well.

    The temporary file lies in the same folder and keeps the suffix, so that writers which look at
    it are content. When the block ends without an error the file is flushed to the disk and renamed
    over the target in one step; on any error, Ctrl-C included, it is removed and an older target
    stays as it was.

    Parameters
    ----------
    path
        Where the file is to be. Its folder is made when it is missing.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    InputError
        If the folder cannot be made, or the target is a folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with write_atomic(Path(folder, "a.txt")) as part:
    ...         _ = part.write_text("whole")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    target = Path(path)
    if target.is_dir():
        msg = f"'{target}' is a folder; name a file in it."
        raise InputError(msg)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder '{target.parent}' cannot be made: {error.strerror}."
        raise InputError(msg) from error
    part = target.with_name(f".part-{secrets.token_hex(4)}-{target.name}")
    try:
        yield part
        if not part.exists():
            msg = f"nothing was written for '{target}'."
            raise InputError(msg)
        _to_disk(part)
        part.replace(target)
        _to_disk(target.parent)
    finally:
        for left in target.parent.glob(f"{part.name}*"):  # with sidecars of SQLite and GDAL
            left.unlink()


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write bytes in one step (see `write_atomic`)."""
    with write_atomic(path) as part:
        part.write_bytes(data)


def write_text(path: str | Path, text: str) -> None:
    """Write text as UTF-8 with line feeds, on every system the same bytes, in one step."""
    write_bytes(path, text.encode("utf-8"))


def _to_disk(path: Path) -> None:
    """Ask the system to put a file, or the list of files in a folder, on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows has no way to open a folder
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
