"""How do tables and JSON go out? Text, formula-safe, the same bytes every time."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.io.atomic import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula to a spreadsheet (CWE-1236)."""


def write_csv(path: Path, frame: pd.DataFrame, *, index: bool = False) -> None:
    """Write a table as `csv_bytes`; an old file is replaced in one step."""
    write_bytes(path, csv_bytes(frame, index=index))


def csv_bytes(frame: pd.DataFrame, *, index: bool = False) -> bytes:
    """Make a table UTF-8 CSV with Unix line ends.

    Parameters
    ----------
    frame
        The table. Missing values become empty cells; texts that a spreadsheet would run as a formula
        get a leading ``'`` (numbers do not), which `unguarded` takes off again.
    index
        Whether the index is the first column.
    """
    table = frame.reset_index() if index else frame
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell_text(str(c)) for c in table.columns])
    columns = [
        # a bare carriage return ends a row for some readers, and what follows starts a cell
        [cell_text(v).replace("\r\n", "\n").replace("\r", "\n") for v in table[c].tolist()]
        for c in table.columns
    ]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8")


def unguarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Take off the ``'`` that `write_csv` put before texts that a spreadsheet would run.

    Examples
    --------
    >>> import pandas as pd
    >>> unguarded(pd.DataFrame({"unit_id": ["'=1", "''=1", "007", "'tis"]}))["unit_id"].tolist()
    ['=1', "'=1", '007', "'tis"]
    """

    def plain(value: Any) -> Any:
        guarded = isinstance(value, str) and value.startswith("'") and _is_dangerous(value)
        return value[1:] if guarded else value

    return frame.map(plain)


def cell_text(value: Any) -> str:
    """Make the text of one cell.

    Examples
    --------
    >>> cell_text("=1+1"), cell_text(-3), cell_text("007"), cell_text(float("nan")), cell_text(2.50)
    ("'=1+1", '-3', '007', '', '2.5')
    """
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return ""
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return f"{value:.12g}"
    text = str(value)
    return "'" + text if _is_dangerous(text) and not _is_number(text) else text


def _is_dangerous(text: str) -> bool:
    """Tell a formula, or one behind quotes: that gets one more, so that no two texts look alike."""
    return text.lstrip("'").startswith(DANGEROUS)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def write_json(path: Path, value: Any) -> None:
    """Write JSON: UTF-8, two spaces, keys in the order given, no NaN.

    Raises
    ------
    ValueError
        If a number is not finite; a result that cannot be written down is our fault.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)
    write_bytes(path, (text + "\n").encode("utf-8"))


def _plain(value: Any) -> Any:
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.ndarray | tuple | set | frozenset):
        return list(value)
    msg = f"cannot write a {type(value).__name__} as JSON"
    raise TypeError(msg)
