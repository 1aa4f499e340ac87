"""How is every step on the disk before anybody sees it? An append-only file of JSON lines.

Each line ends with a checksum of itself. A torn last line (the power went while it was written) is
cut off when the file is opened; a damaged line elsewhere is an error.
"""

from __future__ import annotations

import errno
import json
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridkit.errors import InputError

if TYPE_CHECKING:
    from gridkit._typing import Json

LOG, LOCK = "log.jsonl", "lock"
_SUM = ',"sum":"'


def to_line(event: Json) -> bytes:
    r"""Write an event as a line with its checksum.

    Examples
    --------
    >>> to_line({"a": 1})
    b'{"a":1,"sum":"a702fc6e"}\n'
    """
    text = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))[:-1]
    return f'{text}{_SUM}{zlib.crc32(text.encode("utf-8")):08x}"}}\n'.encode()


def from_line(line: bytes) -> Json | None:
    """Read a line back; None when it is not whole.

    Examples
    --------
    >>> from_line(to_line({"a": 1}))
    {'a': 1}
    >>> from_line(to_line({"a": 1})[:-9]) is None
    True
    """
    head, mark, tail = line.rstrip(b"\n").rpartition(_SUM.encode())
    if not mark or not line.endswith(b"\n") or tail != f'{zlib.crc32(head):08x}"}}'.encode():
        return None
    event: Json = json.loads(head + b"}")
    return event


class Log:
    """The log of one folder, held by one process.

    Parameters
    ----------
    folder
        Where the log lies; made when it is not there. None keeps nothing on the disk.
    is_read_only
        Take no lock and write nothing.
    """

    def __init__(self, folder: Path | None, *, is_read_only: bool = False) -> None:
        self.folder, self.is_read_only = folder, is_read_only
        self._lock: int | None = None
        self._file: int | None = None
        self._seen = 0
        if folder is None or is_read_only:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _hold(folder / LOCK)
        self._file = os.open(folder / LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    @property
    def is_writing(self) -> bool:
        """Whether events go to the disk."""
        return self._file is not None

    def read(self) -> list[Json]:
        """Read every event; cut a torn last line off.

        Raises
        ------
        InputError
            If a line that is not the last one is damaged.
        """
        if self.folder is None:
            return []
        events, whole = read_events(self.folder / LOG)
        self._seen = whole
        if self._file is None:
            return events
        if whole < os.fstat(self._file).st_size:
            os.ftruncate(self._file, whole)
            os.fsync(self._file)
        return events

    def more(self) -> list[Json]:
        """Read what another process has written since the last time; only for a log that is not written here.

        Raises
        ------
        InputError
            If a line that is not the last one is damaged.
        """
        if self.folder is None or self._file is not None:
            return []
        events, whole = read_events(self.folder / LOG, start=self._seen)
        self._seen += whole
        return events

    def append(self, event: Json) -> None:
        """Write an event; when this returns it is on the disk.

        Raises
        ------
        InputError
            If the disk is full or gone; nothing of the event is kept then.
        """
        if self._file is None:
            return
        line = to_line(event)
        before = os.fstat(self._file).st_size
        try:
            _write_all(self._file, line)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, before)
            msg = f"the step could not be written to the log ({error.strerror}); it was not made. Free some space and do it again."
            raise InputError(msg) from error

    def close(self) -> None:
        """Let the folder go."""
        for number in (self._file, self._lock):
            if number is not None:
                os.close(number)
        if self._lock is not None and self.folder is not None:
            (self.folder / LOCK).unlink(missing_ok=True)
        self._file = self._lock = None


def _write_all(number: int, line: bytes) -> None:
    """Write a line and wait until the disk has it."""
    if os.write(number, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(number)


def read_events(path: Path, *, start: int = 0) -> tuple[list[Json], int]:
    """Read the events of a log that another process may be writing.

    Returns
    -------
    list of events from byte `start` on, and the length of what is whole of them in bytes.
    """
    if not path.exists() or path.stat().st_size <= start:
        return [], 0
    events: list[Json] = []
    whole = 0
    with path.open("rb") as stream:
        stream.seek(start)
        lines = stream.readlines()
    for number, line in enumerate(lines, start=1):
        event = from_line(line)
        if event is None:
            if number == len(lines):
                break
            msg = (
                f"line {number} of {len(lines)} of {path} is damaged, so the steps after it cannot be trusted. "
                f"Keep the first {number - 1} lines in the file (and a copy of the whole) to go on from there."
            )
            raise InputError(msg)
        events.append(event)
        whole += len(line)
    return events, whole


def holder(folder: Path) -> Json | None:
    """Tell which process has a folder open: ``{"pid", "port", "since"}``, or None."""
    with suppress(OSError, ValueError):
        found: Any = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else None
    return None


def _hold(path: Path) -> int:
    """Take the lock of a folder; it ends with the process, however that ends."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock_file(number)
    except OSError as error:
        os.close(number)
        other = holder(path.parent) or {}
        who = f"process {other['pid']} since {other['since']}" if other else "another process"
        msg = f"{path.parent} is being edited by {who}. Use that window; or work on a copy: gridkit edit DIR --fork"
        raise InputError(msg) from error
    os.ftruncate(number, 0)
    return number


def note_holder(folder: Path, *, since: str, port: int | None = None) -> None:
    """Write into the lock who holds it, for the message to a second process."""
    text = json.dumps({"pid": os.getpid(), "since": since, "port": port})
    with (folder / LOCK).open("r+", encoding="utf-8") as stream:
        stream.write(text)


def _lock_file(number: int) -> None:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415  only there on this system

        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        return
    import fcntl  # noqa: PLC0415  only there on other systems

    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
