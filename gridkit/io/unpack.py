"""What lies inside a packed file, and is it safe to unpack?"""

from __future__ import annotations

import gzip
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from gridkit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ENTRIES: Final = 100
MAX_UNPACKED_BYTES: Final = 1_000_000_000
MAX_RATIO: Final = 100
RATIO_FROM_BYTES: Final = 10_000_000
DATA = (
    ".gpkg",
    ".geojson",
    ".json",
    ".shp",
    ".fgb",
    ".parquet",
    ".csv",
    ".tif",
    ".tiff",
    ".dbf",
    ".osm",
    ".pbf",
)
BESIDE = (
    ".shx",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qix",
    ".xml",
    ".txt",
    ".md",
    ".pdf",
    ".qmd",
    ".html",
)
_CHUNK = 1 << 20


@contextmanager
def unpacked(file: Path, kind: str, *, name: str, member: str | None = None) -> Iterator[Path]:
    """Unpack a zip or gzip file into a temporary folder and give the one data file in it.

    Parameters
    ----------
    file
        The packed file.
    kind
        ``"zip"`` or ``"gzip"``.
    name
        What to call the input in messages.
    member
        Which data file of a zip with several, by its name with or without suffix.

    Yields
    ------
    Path
        The data file, until the block ends.

    Raises
    ------
    InputError
        If the archive is broken, too large, hides links or paths, or holds no data file or several.
    """
    with tempfile.TemporaryDirectory(prefix="gridkit-") as folder:
        if kind == "gzip":
            yield _gunzip(file, Path(folder), name=name)
        else:
            yield _unzip(file, Path(folder), name=name, member=member)


def _gunzip(file: Path, folder: Path, *, name: str) -> Path:
    out = folder / file.name.removesuffix(".gz")
    try:
        with gzip.open(file) as source, out.open("wb") as sink:
            written = 0
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                _within_limits(written, file.stat().st_size, file, name=name)
                sink.write(chunk)
    except (gzip.BadGzipFile, EOFError, OSError) as error:
        msg = f"`{name}`: '{file.name}' cannot be unpacked: {error}."
        raise InputError(msg) from error
    return out


def _unzip(file: Path, folder: Path, *, name: str, member: str | None) -> Path:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [
                i for i in archive.infolist() if not i.is_dir() and not _is_clutter(i.filename)
            ]
            _check_entries(infos, file, name=name)
            written = 0
            for info in infos:
                target = folder / PurePosixPath(info.filename).name
                with archive.open(info) as source, target.open("wb") as sink:
                    while chunk := source.read(_CHUNK):
                        written += len(chunk)
                        _within_limits(written, file.stat().st_size, file, name=name)
                        sink.write(chunk)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        msg = f"`{name}`: '{file.name}' cannot be unpacked: {error}."
        raise InputError(msg) from error
    return _choose(folder, file, name=name, member=member)


def _is_clutter(path: str) -> bool:
    return path.startswith("__MACOSX/") or PurePosixPath(path).name in {".DS_Store", "Thumbs.db"}


def _check_entries(infos: list[zipfile.ZipInfo], file: Path, *, name: str) -> None:
    """Refuse archives that are too many, lead outside, or hide something."""
    seen: set[str] = set()
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        why = None
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            why = "leads outside the archive"
        elif (info.external_attr >> 16) & 0o170000 == 0o120000:
            why = "is a link"
        elif info.flag_bits & 1:
            why = "is locked with a password"
        elif path.name.lower() in seen:
            why = "occurs twice"
        elif path.suffix.lower() not in DATA + BESIDE:
            why = "is of a kind that has no place there"
        if why:
            msg = f"`{name}`: '{info.filename}' in '{file.name}' {why}; pack the data file alone."
            raise InputError(msg)
        seen.add(path.name.lower())
    if len(infos) > MAX_ENTRIES:
        msg = f"`{name}`: '{file.name}' has {len(infos)} files, {MAX_ENTRIES} are allowed; pack the data file alone."
        raise InputError(msg)


def _within_limits(written: int, packed: int, file: Path, *, name: str) -> None:
    if written > MAX_UNPACKED_BYTES or (
        written > RATIO_FROM_BYTES and written > MAX_RATIO * packed
    ):
        msg = (
            f"`{name}`: '{file.name}' unpacks to more than {min(written, MAX_UNPACKED_BYTES) / 1e6:,.0f} MB "
            f"({written / packed:.0f} times its size), which no map does. Unpack it yourself if you trust it."
        )
        raise InputError(msg)


def _choose(folder: Path, file: Path, *, name: str, member: str | None) -> Path:
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in DATA)
    shapes = {p.stem for p in found if p.suffix.lower() == ".shp"}
    found = [p for p in found if not (p.suffix.lower() == ".dbf" and p.stem in shapes)]
    if not found:
        msg = f"`{name}`: '{file.name}' holds no data file ({', '.join(DATA)})."
        raise InputError(msg)
    if len(found) == 1:
        return found[0]
    names = [p.name for p in found]
    if member is not None:
        for p in found:
            if member in {p.name, p.stem}:
                return p
        msg = f"`{name}`: '{file.name}' has no layer '{member}'{did_you_mean(member, names) or '.'} It has: {', '.join(names)}."
        raise InputError(msg)
    msg = f"`{name}`: '{file.name}' holds {len(found)} data files; say which: layer = '{found[0].stem}'. It has: {', '.join(names)}."
    raise InputError(msg)
