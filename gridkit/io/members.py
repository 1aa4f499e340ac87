"""How is a roster read, and put on the map of its town?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import GridkitWarning, InputError, SchemaError, did_you_mean, some_of
from gridkit.geo.crs import turn_between
from gridkit.io.tables import read_table, to_numbers
from gridkit.io.vector import read_layer
from gridkit.model.members import Members
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit.model.town import Town

COLUMNS = (
    "member_id",
    "x_m",
    "y_m",
    "lon",
    "lat",
    "skills",
    "base_grid_id",
    "team",
    "pinned",
    "seniority_years",
    "name",
)


def read_members(
    source: str | Path | Any,
    town: Town,
    *,
    columns: Mapping[str, str] | None = None,
    is_synthetic: bool = False,
) -> Members:
    """Read members from a CSV file, a GIS file of points, or a frame.

    Parameters
    ----------
    source
        Path of a table (``.csv``, ``.dbf``; UTF-8 or GB18030) or of a vector file of points, or a frame.
    town
        Homes are brought into its CRS.
    columns
        Names in the file for the columns that gridkit knows: ``{"member_id": "staff_no"}``. Known are
        ``member_id``; ``x_m, y_m`` (in the CRS of the town) or ``lon, lat`` (WGS 84); ``skills``
        (``"fire;lead"``); ``base_grid_id``; ``team``; ``pinned``; ``seniority_years``. Everything else,
        names of people too, is left behind.
    is_synthetic
        Whether these people are made up.

    Returns
    -------
    Members

    Raises
    ------
    InputError
        If the file is missing or cannot be read.
    SchemaError
        If a column is missing, or ids are empty or occur twice.

    Warns
    -----
    GridkitWarning
        If homes lie far outside the town (wrong datum or swapped coordinates).
    """
    frame = _frame(source)
    for known, theirs in (columns or {}).items():
        if known not in COLUMNS:
            msg = f"`columns` maps '{known}', which gridkit does not know{did_you_mean(known, COLUMNS) or '.'} Known: {', '.join(COLUMNS)}."
            raise SchemaError(msg)
        need_column(frame, theirs, name="members")
    renamed = frame.rename(columns={theirs: known for known, theirs in (columns or {}).items()})
    renamed = _as_numbers(renamed)
    homes = _homes(renamed, town)
    plain = renamed[[c for c in renamed.columns if c in COLUMNS and c not in {"lon", "lat"}]].copy()
    if homes is not None:
        plain["x_m"], plain["y_m"] = homes[:, 0], homes[:, 1]
    members = Members.from_frame(plain, is_synthetic=is_synthetic)
    _look_at_homes(members, town)
    return members


def _frame(source: str | Path | Any) -> Any:
    """Open the table."""
    if not isinstance(source, str | Path):
        return source
    file = Path(source)
    if not file.is_file():
        near = did_you_mean(file.name, [p.name for p in file.parent.glob("*.*")])
        msg = f"there is no members file '{file}'{near or '.'} Check the path, or use `n_synthetic` for made-up members."
        raise InputError(msg)
    if file.suffix.lower() in {".csv", ".tsv", ".txt", ".dbf"}:
        return read_table(file, name="members")
    return read_layer(file, name="members")


def _as_numbers(frame: Any) -> Any:
    """Turn the columns that hold numbers from the text of a table into numbers."""
    out = frame.copy()
    for column in ("x_m", "y_m", "lon", "lat", "seniority_years"):
        if column in out.columns:
            out[column] = to_numbers(out, column, name="members")
    if "seniority_years" in out.columns:
        out["seniority_years"] = out["seniority_years"].fillna(0.0)
    return out


def _homes(frame: Any, town: Town) -> np.ndarray | None:
    """Bring homes into the CRS of the town; None where the table says nothing or says metres."""
    if hasattr(frame, "geometry") and getattr(frame, "crs", None) is not None:
        points = frame.geometry.to_crs(town.units.crs)
        return np.column_stack([points.x.to_numpy(), points.y.to_numpy()]).astype(np.float64)
    if "lon" not in frame.columns and "lat" not in frame.columns:
        return None
    for column in ("lon", "lat"):
        need_column(frame, column, name="members")
    lon = frame["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
    lat = frame["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero((np.abs(lon) > 180) | (np.abs(lat) > 90))
    if bad.size:
        msg = f"`lon, lat` of members are not degrees in {bad.size} rows (row {bad[0] + 1}: {lon[bad[0]]:g}, {lat[bad[0]]:g}). Give metres of the town's CRS as `x_m, y_m`."
        raise SchemaError(msg)
    to = turn_between("EPSG:4326", town.units.crs)
    x, y = to.transform(lon, lat)
    out = np.column_stack([x, y])
    out[~np.isfinite(out).all(axis=1)] = np.nan
    return out


def _look_at_homes(members: Members, town: Town) -> None:
    """Warn when homes lie more than two town sizes away."""
    import warnings  # noqa: PLC0415  used when something is odd

    low, high = town.units.xy.min(axis=0), town.units.xy.max(axis=0)
    reach = 2 * max(float((high - low).max()), 1000.0)
    home = members.home_xy
    far = np.flatnonzero(((home < low - reach) | (home > high + reach)).any(axis=1))
    if far.size:
        msg = (
            f"{far.size} of {len(members)} members live more than {reach / 1000:.0f} km outside the town: "
            f"{some_of([members.ids[i] for i in far])}. Check their datum and the order of coordinates."
        )
        warnings.warn(msg, GridkitWarning, stacklevel=3)
