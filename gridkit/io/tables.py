"""How does a table come in with its letters and its ids unharmed?"""

from __future__ import annotations

import codecs
import csv
import io
import logging
import re
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from gridkit.errors import GridkitWarning, InputError, SchemaError, did_you_mean
from gridkit.io.dbf import read_dbf_rows
from gridkit.io.sniff import existing_file, sniff
from gridkit.io.unpack import unpacked
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridkit._typing import FloatArray

_LOG = logging.getLogger(__name__)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
MAX_COLUMNS: Final = 500
MAX_CELL: Final = 1_000_000
MOJIBAKE: Final = 0.3
"""Pairs of Latin-1 letters per letter that is not ASCII, from which text looks wrongly decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEncoding:
    """How the bytes of a text file were read.

    Parameters
    ----------
    name
        ``"utf-8-sig"``, ``"utf-8"``, ``"utf-16"`` or ``"gb18030"``.
    why
        What decided it, for the log.
    """

    name: str
    why: str


def text_encoding(data: bytes, *, name: str) -> TextEncoding:
    """Find the encoding of a text: a byte order mark, then UTF-8 to the letter, then GB18030.

    Parameters
    ----------
    data
        The whole file.
    name
        What to call it in messages.

    Raises
    ------
    SchemaError
        If it is neither; Latin-1 is never assumed, because it decodes everything, wrongly.

    Examples
    --------
    >>> text_encoding("厚街".encode("gb18030"), name="shops").name
    'gb18030'
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return TextEncoding(name=encoding, why="it has a byte order mark")
    for encoding, why in (
        ("utf-8", "every byte is UTF-8"),
        ("gb18030", "it is not UTF-8, but every byte is GB18030"),
    ):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return TextEncoding(name=encoding, why=why)
    msg = f"`{name}` is neither UTF-8 nor GB18030. Say which encoding it has: encoding = 'big5', or save it again as UTF-8."
    raise SchemaError(msg)


def read_table(
    path: str | Path,
    *,
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    name: str = "table",
) -> pd.DataFrame:
    """Read a CSV, DBF or Parquet table; every cell of a CSV or DBF stays the text it is.

    So ids keep leading zeros, 18 to 25 digits, and an ``1E5`` that is no number. Turn
    columns that hold numbers into numbers with `to_numbers`.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.txt`` (comma, semicolon, tab or bar), ``.dbf``, ``.parquet``, or one of
        them packed.
    columns
        Read only these columns.
    encoding
        By default found (see `text_encoding`); which one it was is logged.
    name
        What to call the table in messages.

    Returns
    -------
    DataFrame
        Of text; a blank cell is the empty text.

    Raises
    ------
    InputError
        If the file is missing or of another kind.
    SchemaError
        If it cannot be decoded, a row has too many cells, or a column is missing.
    """
    file = existing_file(path, name=name)
    kind = sniff(file, name=name)
    if kind in {"zip", "gzip"}:
        with unpacked(file, kind, name=name) as inner:
            return _read(inner, sniff(inner, name=name), columns, encoding, name=name)
    return _read(file, kind, columns, encoding, name=name)


def _read(
    file: Path, kind: str, columns: Sequence[str] | None, encoding: str | None, *, name: str
) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    if kind == "parquet":
        frame = pd.read_parquet(file)
        _need(columns, [str(c) for c in frame.columns], name=name)
        return frame if columns is None else frame[list(columns)]
    if kind == "dbf":
        header, rows = read_dbf_rows(file, name=name)
    elif kind == "text":
        header, rows = _rows(file, encoding, name=name)
    else:
        msg = f"`{name}`: '{file.name}' holds {kind}, where a table is needed (CSV, DBF, Parquet)."
        raise InputError(msg)
    _need(columns, header, name=name)
    frame = pd.DataFrame(rows, columns=header, dtype=str)
    return frame if columns is None else frame[list(columns)]


def _need(columns: Sequence[str] | None, header: Sequence[str], *, name: str) -> None:
    for column in columns or ():
        if column not in header:
            msg = f"`{name}` has no column `{column}`{did_you_mean(column, header) or '.'} It has: {', '.join(header[:12])}."
            raise SchemaError(msg)


def _rows(file: Path, encoding: str | None, *, name: str) -> tuple[list[str], list[list[str]]]:
    """Decode and split a text file."""
    data = file.read_bytes()
    found = (
        TextEncoding(name=encoding, why="the caller says so")
        if encoding
        else text_encoding(data, name=name)
    )
    _LOG.info("%s: '%s' is read as %s: %s", name, file.name, found.name, found.why)
    try:
        text = data.decode(found.name)
    except (UnicodeDecodeError, LookupError) as error:
        msg = f"`{name}`: '{file.name}' cannot be read as {found.name}: {error}."
        raise SchemaError(msg) from error
    _look_for_mojibake(text, file, name=name)
    if "\x00" in text:
        msg = f"`{name}`: '{file.name}' holds zero bytes, so it is no text table."
        raise SchemaError(msg)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    old = csv.field_size_limit(MAX_CELL)
    try:
        table = [row for row in lines if row]
    except csv.Error as error:
        msg = (
            f"`{name}`: line {lines.line_num} of '{file.name}' cannot be split into cells: {error}."
        )
        raise SchemaError(msg) from error
    finally:
        csv.field_size_limit(old)
    header = [h.strip() for h in table[0]] if table else []
    _check_header(header, file, name=name)
    wrong = [i for i, row in enumerate(table[1:], start=2) if len(row) != len(header)]
    if wrong:
        rows = ", ".join(str(i) for i in wrong[:5])
        msg = (
            f"`{name}`: {len(wrong)} rows of '{file.name}' do not have the {len(header)} cells of the header (rows {rows}; "
            f"row {wrong[0]} has {len(table[wrong[0] - 1])}). A comma or quote inside a cell needs quotes around the cell."
        )
        raise SchemaError(msg)
    return header, table[1:]


def _check_header(header: list[str], file: Path, *, name: str) -> None:
    if not header or len(header) > MAX_COLUMNS:
        msg = f"`{name}`: '{file.name}' has {len(header)} columns; 1 to {MAX_COLUMNS} are read."
        raise SchemaError(msg)
    twice = sorted({h for h in header if header.count(h) > 1})
    if twice or "" in header:
        what = f"`{twice[0]}` twice" if twice and twice[0] else "a column without a name"
        msg = f"`{name}`: the header of '{file.name}' has {what}. Give every column a name of its own."
        raise SchemaError(msg)


def _delimiter(text: str) -> str:
    """Choose the mark that occurs most often in the first line."""
    first = text.split("\n", maxsplit=1)[0]
    return max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))


def _look_for_mojibake(text: str, file: Path, *, name: str) -> None:
    """Warn when Latin-1 letters stand beside each other, as they do in no language."""
    head = text[:200_000]
    odd = np.frombuffer(head.encode("utf-32-le"), dtype="<u4")
    foreign = odd > 0x7F
    latin = (odd >= 0x80) & (odd <= 0xFF)
    pairs = latin[:-1] & latin[1:]
    if foreign.sum() >= 20 and pairs.sum() > MOJIBAKE * foreign.sum():
        sample = "".join(c for c in head if ord(c) > 0x7F)[:8]
        msg = f"`{name}`: the text in '{file.name}' looks as if it had been decoded wrongly before ('{sample}'). Look at the source."
        warnings.warn(msg, GridkitWarning, stacklevel=5)


def to_numbers(frame: pd.DataFrame, column: str, *, name: str = "table") -> FloatArray:
    """Turn a column of text into numbers.

    ``1,234`` and full-width digits are read as what they are; a blank becomes ``nan``.

    Parameters
    ----------
    frame
        As `read_table` gives it.
    column
        Which column.
    name
        What to call the table in messages.

    Returns
    -------
    (n,)
        ``nan`` where the cell is blank.

    Raises
    ------
    SchemaError
        If the column is missing, or cells hold something that is no number, with rows.

    Examples
    --------
    >>> import pandas as pd
    >>> to_numbers(pd.DataFrame({"people": ["1,234", "１２", ""]}), "people").tolist()
    [1234.0, 12.0, nan]
    """
    need_column(frame, column, name=name)
    out = np.full(len(frame), np.nan)
    bad: list[str] = []
    for i, cell in enumerate(frame[column].tolist()):
        if isinstance(cell, str):
            text = unicodedata.normalize("NFKC", cell).strip()
            text = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
            if not text:
                continue
        elif cell is None or cell != cell:  # noqa: PLR0124  NaN differs from itself
            continue
        else:
            text = str(cell)
        try:
            out[i] = float(text) if "_" not in text else np.inf
        except ValueError:
            out[i] = np.inf
        if not np.isfinite(out[i]):
            bad.append(f"{cell!r} in row {i + 1}")
    if bad:
        more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
        msg = f"column `{column}` of `{name}` holds {len(bad)} cells that are no numbers: {', '.join(bad[:5])}{more}."
        raise SchemaError(msg)
    return out
