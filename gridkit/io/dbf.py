"""In which encoding is the text of a dBase table (the table of a Shapefile), and what does it hold?"""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridkit.errors import InputError, SchemaError

if TYPE_CHECKING:
    from pathlib import Path

_LANGUAGE = {
    0x4D: "gb18030",
    0x7A: "gb18030",
    0x4F: "cp950",
    0x78: "cp950",
    0x7B: "cp932",
    0x13: "cp932",
    0x03: "cp1252",
    0x57: "",
    0x00: "",
}
"""Language byte of the header -> encoding; an empty text says nothing."""

_CODE_PAGE = {
    "936": "gb18030",
    "54936": "gb18030",
    "65001": "utf-8",
    "950": "cp950",
    "1252": "cp1252",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: bytes
    kind: str
    start: int
    width: int


def dbf_encoding(file: Path, *, name: str) -> str:
    """Find the encoding of a dBase table.

    The ``.cpg`` file beside it is believed; then the language byte of the header; then UTF-8 is tried
    on every text, then GB18030. Latin-1 is never assumed.

    Parameters
    ----------
    file
        The ``.dbf`` file.
    name
        What to call the input in messages.

    Raises
    ------
    InputError
        If the table is missing or broken.
    SchemaError
        If its text is neither UTF-8 nor GB18030.
    """
    beside = [p for p in (file.with_suffix(".cpg"), file.with_suffix(".CPG")) if p.is_file()]
    if beside:
        said = beside[0].read_text(encoding="ascii", errors="replace").strip()
        encoding = _CODE_PAGE.get(said.upper().removeprefix("CP").strip(), said)
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            msg = f"`{name}`: '{beside[0].name}' names the encoding {said!r}, which is not known. Write UTF-8 or GB18030 into it."
            raise SchemaError(msg) from error
        return encoding
    data = _bytes(file, name=name)
    known = _LANGUAGE.get(data[29], "")
    if known:
        return known
    fields, rows = _records(data, file, name=name)
    for encoding in ("utf-8", "gb18030"):
        if _all_decode(fields, rows, encoding):
            return encoding
    msg = f"`{name}`: the text in '{file.name}' is neither UTF-8 nor GB18030. Put a file '{file.stem}.cpg' beside it that names its encoding."
    raise SchemaError(msg)


def read_dbf_rows(file: Path, *, name: str) -> tuple[list[str], list[list[str]]]:
    """Read a dBase table as text, cell by cell.

    Returns
    -------
    columns
        Their names.
    rows
        Cells, blanks at the end taken off; deleted rows are left out.

    Raises
    ------
    InputError, SchemaError
        As `dbf_encoding`.
    """
    encoding = dbf_encoding(file, name=name)
    fields, rows = _records(_bytes(file, name=name), file, name=name)
    names = [_text(f.name, encoding) for f in fields]
    return names, [
        [_text(row[f.start : f.start + f.width], encoding) for f in fields] for row in rows
    ]


def _bytes(file: Path, *, name: str) -> bytes:
    if not file.is_file():
        msg = f"`{name}`: the table '{file.name}' that belongs to the Shapefile is missing; a Shapefile is several files of one name."
        raise InputError(msg)
    data = file.read_bytes()
    if len(data) < 33:
        msg = f"`{name}`: '{file.name}' is no dBase table."
        raise InputError(msg)
    return data


def _records(data: bytes, file: Path, *, name: str) -> tuple[list[_Field], list[bytes]]:
    n_rows, header, width = struct.unpack("<IHH", data[4:12])
    fields, at, start = [], 32, 1
    while at + 32 <= min(header, len(data)) and data[at] != 0x0D:
        size = data[at + 16]
        fields.append(
            _Field(
                name=data[at : at + 11].split(b"\x00")[0],
                kind=chr(data[at + 11]),
                start=start,
                width=size,
            )
        )
        start += size
        at += 32
    if not fields or start > width:
        msg = f"`{name}`: '{file.name}' is no dBase table (its header does not fit)."
        raise InputError(msg)
    rows = [
        data[header + i * width : header + (i + 1) * width]
        for i in range(min(n_rows, (len(data) - header) // width))
    ]
    return fields, [r for r in rows if not r.startswith(b"*")]


def _all_decode(fields: list[_Field], rows: list[bytes], encoding: str) -> bool:
    """Whether every text decodes; a last letter may be cut off, for fields have a fixed width."""
    try:
        for field in fields:
            field.name.decode(encoding)
            if field.kind == "C":
                for row in rows:
                    _decode(row[field.start : field.start + field.width], encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode(raw: bytes, encoding: str) -> str:
    raw = raw.rstrip(b" \x00")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end == len(raw) and len(raw) - error.start <= 3:
            return raw[: error.start].decode(encoding)
        raise


def _text(raw: bytes, encoding: str) -> str:
    return _decode(raw, encoding).strip(" \x00")
