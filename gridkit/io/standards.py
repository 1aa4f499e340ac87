"""How are staffing standards read from a table?"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridkit.errors import ConfigError, InputError, SchemaError, did_you_mean
from gridkit.staffing.standards import CYCLES, ClassStandard, Standards

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "object_class",
    "risk",
    "share",
    "visits_per_month",
    "cycle",
    "on_site_min",
    "hazard_share",
    "revisit_min",
    "source",
)


def read_standards(
    path: str | Path, *, base: Standards | None = None, **settings: Any
) -> Standards:
    """Read visits and minutes by object class from a CSV table.

    Parameters
    ----------
    path
        UTF-8 CSV with the columns ``object_class``, ``visits_per_month`` (or ``cycle``: a name such
        as ``weekly``), ``on_site_min``; optional ``risk, share, hazard_share, revisit_min, source``.
        Lines that start with ``#`` are remarks.
    base
        Standards whose other settings are kept.
    **settings
        Other settings of `Standards`, for example ``support_share=0.15``.

    Returns
    -------
    Standards
        With the classes of the table.

    Raises
    ------
    InputError
        If the file is missing.
    SchemaError, ConfigError
        If a column is missing or unknown, or a value cannot be: with its row.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    file = Path(path)
    if not file.is_file():
        near = did_you_mean(file.name, [p.name for p in file.parent.glob("*.csv")])
        msg = f"there is no standards file '{file}'{near or '.'} Check the path, or leave `standards_file` out."
        raise InputError(msg)
    try:
        frame = pd.read_csv(
            io.BytesIO(_without_remarks(file)), dtype=str, keep_default_na=False, encoding="utf-8"
        )
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        msg = f"'{file.name}' cannot be read as a CSV table in UTF-8: {error}. Save it again as CSV UTF-8."
        raise SchemaError(msg) from error
    frame.columns = [str(c).strip() for c in frame.columns]
    for column in frame.columns:
        if column not in COLUMNS:
            msg = f"'{file.name}' has an unknown column `{column}`{did_you_mean(column, COLUMNS) or '.'} Known: {', '.join(COLUMNS)}."
            raise SchemaError(msg)
    for column in ("object_class", "on_site_min"):
        if column not in frame.columns:
            msg = f"'{file.name}' has no column `{column}`; it has {', '.join(frame.columns)}."
            raise SchemaError(msg)
    rows = tuple(_row(file.name, i, r) for i, r in enumerate(frame.to_dict("records"), start=1))
    return replace(base or Standards(), classes=rows, **settings)


def _without_remarks(file: Path) -> bytes:
    """Leave out the lines that start with ``#``, and a byte order mark."""
    lines = file.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"#"))


def write_standards(standards: Standards, path: str | Path) -> None:
    """Write the classes as the CSV table that `read_standards` reads."""
    _frame(standards).to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _frame(standards: Standards) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    columns = [c for c in COLUMNS if c != "cycle"]
    return pd.DataFrame(
        [[getattr(c, name) for name in columns] for c in standards.classes], columns=columns
    )


def _row(name: str, number: int, row: dict[Any, Any]) -> ClassStandard:
    """Make one standard of a row of text."""

    def value(column: str, default: float) -> float:
        text = str(row.get(column, "")).strip()
        if not text:
            return default
        try:
            return float(text)
        except ValueError:
            msg = f"row {number} of '{name}': `{column}` is '{text}'; a number is needed."
            raise SchemaError(msg) from None

    cycle = str(row.get("cycle", "")).strip()
    if cycle and cycle not in CYCLES:
        msg = f"row {number} of '{name}': unknown cycle '{cycle}'{did_you_mean(cycle, CYCLES) or '.'} Known: {', '.join(CYCLES)}."
        raise SchemaError(msg)
    visits = CYCLES[cycle] if cycle else value("visits_per_month", float("nan"))
    minutes = value("on_site_min", float("nan"))
    if visits != visits or minutes != minutes:  # noqa: PLR0124  NaN differs from itself
        msg = f"row {number} of '{name}' needs `on_site_min`, and `visits_per_month` or `cycle`."
        raise SchemaError(msg)
    try:
        return ClassStandard(
            object_class=str(row.get("object_class", "")).strip(),
            risk=str(row.get("risk", "")).strip(),
            share=value("share", 1.0),
            visits_per_month=visits,
            on_site_min=minutes,
            hazard_share=value("hazard_share", 0.0),
            revisit_min=value("revisit_min", 0.0),
            source=str(row.get("source", "")).strip() or "assumed",
        )
    except ConfigError as error:
        msg = f"row {number} of '{name}': {error}"
        raise SchemaError(msg) from error
