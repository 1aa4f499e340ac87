"""What is in this file, by its first bytes and not by its name?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from gridkit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES: Final = 500_000_000
"""Largest file that is read."""

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
    (b"fgb\x03", "flatgeobuf"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)
SUFFIXES = {
    "gpkg": (".gpkg",),
    "geojson": (".geojson", ".json"),
    "parquet": (".parquet", ".geoparquet", ".pq"),
    "flatgeobuf": (".fgb",),
    "shapefile": (".shp",),
    "osm": (".pbf", ".osm"),
    "zip": (".zip",),
    "gzip": (".gz",),
    "tiff": (".tif", ".tiff"),
    "dbf": (".dbf",),
    "text": (".csv", ".txt", ".tsv"),
}
"""Kind of content -> suffixes it goes by."""


def existing_file(path: str | Path, *, name: str, max_bytes: int = MAX_BYTES) -> Path:
    """Make sure that a path names a file on this machine and not a web address or a data source in disguise.

    Parameters
    ----------
    path
        As the user gave it.
    name
        What to call the input in the message.
    max_bytes
        Largest size.

    Raises
    ------
    InputError
        If it is no local file, is missing (with the nearest names there are), empty, or too large.
    """
    text = str(path)
    if (
        "://" in text
        or text.lstrip().startswith(("{", "[", "<", "/vsi", "\\\\", "//"))
        or "\x00" in text
    ):
        msg = f"`{name}` is {text[:60]!r}, which is no file on this machine; save it first and give its path."
        raise InputError(msg)
    file = Path(path)
    if file.is_file():
        size = file.stat().st_size
        if size > max_bytes:
            msg = f"`{name}`: '{file}' has {size / 1e6:,.0f} MB, more than the {max_bytes / 1e6:,.0f} MB that are read. Cut it to the town first."
            raise InputError(msg)
        if size == 0:
            msg = f"`{name}`: '{file}' is empty."
            raise InputError(msg)
        return file
    if file.is_dir():
        msg = f"`{name}`: '{file}' is a folder; name a file in it: {_some(p.name for p in file.iterdir())}."
        raise InputError(msg)
    if not file.parent.is_dir():
        msg = f"`{name}`: there is no file '{file}', and no folder '{file.parent}'."
        raise InputError(msg)
    names = sorted(p.name for p in file.parent.iterdir())
    names = [n for n in names if not n.startswith(".")]
    near = did_you_mean(file.name, names) or f". The folder has: {_some(names)}."
    msg = f"`{name}`: there is no file '{file}'{near}"
    raise InputError(msg)


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return (
        ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
        or "nothing"
    )


def sniff(file: Path, *, name: str) -> str:
    """Tell the kind of a file from its first bytes.

    Returns
    -------
    str
        A key of `SUFFIXES`.

    Raises
    ------
    InputError
        If the content is of no kind that is read, or contradicts the suffix.
    """
    with file.open("rb") as stream:
        head = stream.read(4096)
    kind = _kind(head, file.suffix.lower())
    suffix = file.suffix.lower()
    if kind is None:
        msg = (
            f"`{name}`: '{file.name}' is of a kind that is not read (its first bytes are {head[:8]!r}). "
            f"Convert it to GeoPackage, GeoJSON, Parquet, FlatGeobuf, Shapefile, OpenStreetMap or CSV."
        )
        raise InputError(msg)
    for other, suffixes in SUFFIXES.items():
        if suffix in suffixes and other != kind:
            msg = (
                f"`{name}`: '{file.name}' is called {suffix} but holds {kind}. Rename it to {SUFFIXES[kind][0]} "
                f"if that is what it should be."
            )
            raise InputError(msg)
    return kind


def _kind(head: bytes, suffix: str) -> str | None:
    if head.startswith(b"SQLite format 3\x00"):
        return "gpkg" if head[68:72] in {b"GPKG", b"GP10", b"GP11"} else None
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "geojson"
    if head[4:15] == b"\x0a\x09OSMHeader" or _is_osm_xml(text):
        return "osm"
    if suffix == ".dbf" and head[:1] in {b"\x03", b"\x30", b"\x83", b"\x8b", b"\xf5"}:
        return "dbf"
    if text.startswith(b"<") or (
        b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        return None
    return "text"


def _is_osm_xml(text: bytes) -> bool:
    """Whether XML is of OpenStreetMap, with nothing before its root that could be expanded."""
    before, root, _ = text.partition(b"<osm")
    return before.startswith(b"<?xml") and bool(root) and b"<!DOCTYPE" not in before.upper()
