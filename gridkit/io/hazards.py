"""Which reports can be used, which cannot and why, and where in the town do they lie?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyproj
import shapely

from gridkit.errors import ConfigError, CRSError, InputError, SchemaError, did_you_mean, some_of
from gridkit.geo.crs import read_crs, turn_between
from gridkit.geo.datum import convert, read_datum
from gridkit.geo.points import locate
from gridkit.hotspots.duplicates import link_duplicates
from gridkit.io.cleaning import CleaningReport, Sieve
from gridkit.io.hazard_files import read_rows
from gridkit.model.hazards import STAGES, Hazards, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, LabelArray
    from gridkit.io.hazard_files import Rows
    from gridkit.model.hazard_source import HazardSource
    from gridkit.model.hazards import TimeArray
    from gridkit.model.town import Town

__all__ = ["CleaningReport", "parse_times", "read_hazards"]


def read_hazards(source: HazardSource, town: Town) -> tuple[Hazards, CleaningReport]:
    """Read, clean and locate reports.

    Parameters
    ----------
    source
        The file and what its columns mean.
    town
        In whose reference system and units the reports are wanted.

    Returns
    -------
    hazards
        In the order of the file; those outside the town have unit position -1.
    report
        Rows read = kept + refused, and why.

    Raises
    ------
    InputError
        If the file cannot be read, holds no row, more rows are refused than `max_refused_share`
        allows, or no report lies anywhere near the town.
    SchemaError, CRSError, ConfigError
        If a column is missing, a reference system is missing or contradicts, or a zone is unknown.
    """
    rows = read_rows(source)
    if len(rows.frame) + len(rows.broken) == 0:
        msg = f"'{source.label}' has no rows."
        raise InputError(msg)
    ids = _ids(rows, source)
    sieve = Sieve(rows, ids)
    _judge_ids(sieve, ids)
    xy = _project(rows, source, town, sieve)
    times = _all_times(rows, source, sieve)
    category = _words(rows, source.category_column, source.categories, source, sieve, "category")
    if source.categories_kept:
        _keep_categories(category, source, sieve)
    traits = _traits(rows, source, sieve)
    marks = {k: _marks(rows, c, sieve) for k, c in source.mark_columns.items()}
    keep = sieve.kept
    _check_share(sieve, rows, source)
    unit_pos = locate(xy[keep], town.units.shapes)
    n_snapped = _snap(xy[keep], unit_pos, town, source)
    _check_near(xy[keep], unit_pos, town, source)
    when = times["reported"][keep]
    first = link_duplicates(
        xy[keep],
        when,
        category.codes[keep],
        distance_m=source.duplicate_m,
        hours=source.duplicate_h,
        reporter=traits["reporter"].codes[keep] if "reporter" in traits else None,
        by=source.duplicate_reporter,
    )
    hazards = Hazards(
        ids=tuple(ids[keep].tolist()),
        xy=xy[keep],
        crs=town.units.crs,
        category=category.take(keep),
        times={k: v[keep] for k, v in times.items()},
        traits={k: v.take(keep) for k, v in traits.items()},
        marks={k: v[keep] for k, v in marks.items()},
        unit_pos=unit_pos,
        first_pos=first,
    )
    return hazards, _report(hazards, sieve, rows, source, n_snapped)


def _snap(xy: FloatArray, unit_pos: LabelArray, town: Town, source: HazardSource) -> int:
    """Give reports just outside the town to the nearest unit; returns how many."""
    out = np.flatnonzero(unit_pos < 0)
    if source.snap_m <= 0 or out.size == 0:
        return 0
    tree = shapely.STRtree(town.units.shapes)
    points = shapely.points(xy[out])
    who, unit = tree.query_nearest(points, max_distance=source.snap_m, all_matches=True)
    order = np.lexsort((unit, who))
    own, first = np.unique(who[order], return_index=True)
    unit_pos[out[own]] = unit[order][first]
    return int(own.size)


def _report(
    hazards: Hazards, sieve: Sieve, rows: Rows, source: HazardSource, n_snapped: int
) -> CleaningReport:
    """Put the outcome of every row together."""
    gone = np.flatnonzero(~sieve.kept)
    refused = [(int(rows.line[i]), str(sieve.ids[i]), str(sieve.reason[i])) for i in gone]
    refused += [(n, "", "wrong number of fields") for n, _ in rows.broken]
    notes = list(rows.notes)
    n_linked = int((~hazards.is_first).sum())
    if n_linked:
        notes.append(
            f"{n_linked:,} reports repeat an earlier one of their category within {source.duplicate_m:g} m and "
            f"{source.duplicate_h:g} h; they stay in the list (`same_as`) and count once{_by_whom(hazards)}."
        )
    if n_snapped:
        notes.append(
            f"{n_snapped:,} reports lie outside the town but within {source.snap_m:g} m of a unit and count in it."
        )
    return CleaningReport(
        n_read=len(rows.frame) + len(rows.broken),
        n_kept=len(hazards),
        n_outside=int((~hazards.is_inside).sum()),
        n_linked=n_linked,
        refused=tuple(sorted(refused)),
        doubtful=tuple(sorted(sieve.doubtful)),
        notes=tuple(notes),
    )


def _by_whom(hazards: Hazards) -> str:
    """Say how many repeated reports come from the same reporter; another one confirms the hazard."""
    if "reporter" not in hazards.traits:
        return ""
    n_same, n_other = (int((hazards.repeated_by == w).sum()) for w in ("same", "other"))
    return (
        f"; {n_same:,} are by the same reporter, {n_other:,} by another, which confirms the hazard"
    )


def _ids(rows: Rows, source: HazardSource) -> np.ndarray:
    """Read ids as text; without a column the line is the id."""
    if not source.id_column:
        return np.array([str(i) for i in rows.line], dtype=object)
    values = rows.frame[source.id_column]
    if values.dtype.kind == "f":
        whole = values.dropna()
        if not (whole == np.floor(whole)).all():
            msg = f"column `{source.id_column}` of `hazards` holds decimals, which are no ids; store ids as text."
            raise SchemaError(msg)
        return np.array(["" if v != v else str(int(v)) for v in values.tolist()], dtype=object)  # noqa: PLR0124  NaN differs from itself
    texts = ["" if v is None or v != v else str(v).strip() for v in values.tolist()]  # noqa: PLR0124  the same
    return np.array(texts, dtype=object)


def _judge_ids(sieve: Sieve, ids: np.ndarray) -> None:
    """Refuse rows without id, and all but the first of rows with the same id."""
    sieve.refuse(ids == "", "no id")
    sieve.refuse(pd.Series(ids).duplicated().to_numpy(), "id occurs again")


def _project(rows: Rows, source: HazardSource, town: Town, sieve: Sieve) -> FloatArray:
    """Bring coordinates into the reference system of the town."""
    crs = _source_crs(rows, source)
    sieve.refuse(~rows.is_point, "not a point")
    x, y = rows.x, rows.y
    sieve.refuse(~(np.isfinite(x) & np.isfinite(y)), "no coordinates")
    sieve.refuse((x == 0) & (y == 0), "coordinates are 0, 0")
    if crs.is_geographic:
        sieve.refuse((np.abs(x) > 180) | (np.abs(y) > 90), "no longitude and latitude")
        x, y = _undo_datum(x, y, source)
    elif read_datum(source.datum) in {"GCJ02", "BD09"}:
        msg = f"datum '{source.datum}' is of longitudes and latitudes, but the coordinates are in {crs.to_string()}."
        raise CRSError(msg)
    turn = turn_between(crs, town.units.crs)
    ok = sieve.kept
    xy = np.full((len(x), 2), np.nan)
    xy[ok, 0], xy[ok, 1] = turn.transform(x[ok], y[ok])
    sieve.refuse(
        ~np.isfinite(xy).all(axis=1), "coordinates outside the reach of the reference system"
    )
    return xy


def _source_crs(rows: Rows, source: HazardSource) -> pyproj.CRS:
    """Find the reference system, declared and said by the file; they may not contradict."""
    if not source.crs and rows.crs is None:
        if read_datum(source.datum) in {"GCJ02", "BD09"}:
            return read_crs("EPSG:4326")
        msg = f"'{source.label}' does not say in which reference system its coordinates are. Declare it: crs = 'EPSG:4326'"
        raise CRSError(msg)
    if not source.crs:
        return read_crs(rows.crs, name="hazards")
    declared = read_crs(source.crs, name="crs")
    if rows.crs is not None and not declared.equals(read_crs(rows.crs), ignore_axis_order=True):
        msg = (
            f"`crs` of the hazards is {source.crs}, but '{source.label}' says {read_crs(rows.crs).to_string()}. "
            f"Correct the file, or leave `crs` empty."
        )
        raise CRSError(msg)
    return declared


def _undo_datum(
    x: FloatArray, y: FloatArray, source: HazardSource
) -> tuple[FloatArray, FloatArray]:
    """Turn the Chinese map datums into WGS 84 (CGCS2000 is the same within a metre)."""
    if read_datum(source.datum) in {"WGS84", "CGCS2000"}:
        return x, y
    out = np.column_stack([x, y]).astype(np.float64)
    ok = np.isfinite(out).all(axis=1)
    out[ok] = convert(out[ok], source.datum, "WGS84")
    return out[:, 0], out[:, 1]


def _all_times(rows: Rows, source: HazardSource, sieve: Sieve) -> dict[str, TimeArray]:
    """Read the time of reporting, which is needed, and the others, which may be missing."""
    values = rows.frame[source.time_column]
    when, empty, bad = parse_times(values, source)
    sieve.refuse(empty, "no time")
    sieve.refuse(bad, "time cannot be read", values)
    now = np.datetime64((datetime.now(UTC) + timedelta(hours=14)).replace(tzinfo=None), "s")
    sieve.refuse(when > now, "reported in the future", when)
    for name, day in (("first_day", source.first_day), ("last_day", source.last_day)):
        if day:
            limit = _day(day, name)
            off = when < limit if name == "first_day" else when >= limit + np.timedelta64(1, "D")
            sieve.refuse(off, f"reported {'before' if name == 'first_day' else 'after'} {day}")
    times = {"reported": when}
    for stage in (*STAGES[1:], "due"):
        column = source.time_columns.get(stage)
        if column is None:
            continue
        at, _, bad = parse_times(rows.frame[column], source)
        sieve.doubt(bad, f"the time '{stage}' cannot be read and counts as unknown")
        early = at < when
        sieve.doubt(early, f"the time '{stage}' lies before the report and counts as unknown")
        times[stage] = np.where(early, np.datetime64("NaT", "s"), at)
    return times


def _day(text: str, name: str) -> np.datetime64:
    """Read a day as its first second."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        msg = f"`{name}` must be a day like '2016-01-31'; got '{text}'"
        raise ConfigError(msg) from error
    return np.datetime64(datetime(day.year, day.month, day.day), "s")  # noqa: DTZ001  local time of the town


def parse_times(values: pd.Series, source: HazardSource) -> tuple[TimeArray, BoolArray, BoolArray]:
    """Read times as local times of the town.

    Returns
    -------
    when : (n,)
        Whole seconds; NaT where empty or not readable.
    is_empty, is_bad : (n,)
        Why there is none.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        local = values.dt.tz_convert(_zone(source)).dt.tz_localize(None)
        when = local.to_numpy().astype("datetime64[s]")
        return when, np.isnat(when), np.zeros(len(when), dtype=bool)
    if values.dtype.kind == "M":
        when = values.to_numpy().astype("datetime64[s]")
        return when, np.isnat(when), np.zeros(len(when), dtype=bool)
    text = values.astype("str").str.strip()
    empty = np.asarray(values.isna() | text.isin(["", "nan", "None", "NaT"]), dtype=bool)
    text = text.mask(empty)
    with_zone = np.asarray(
        text.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True).fillna(value=False), dtype=bool
    )
    if with_zone.any():
        utc = pd.to_datetime(text.where(with_zone), format="ISO8601", errors="coerce", utc=True)
        local = utc.dt.tz_convert(_zone(source)).dt.tz_localize(None)
        when = local.to_numpy().astype("datetime64[s]")
        # a time without zone among times with one could be either
        return when, empty, np.asarray(~empty & np.isnat(when))
    parsed = pd.to_datetime(text, format=source.time_format or "ISO8601", errors="coerce")
    when = parsed.to_numpy().astype("datetime64[s]")
    return when, empty, np.asarray(~empty & np.isnat(when))


def _zone(source: HazardSource) -> str:
    """Give the town's time zone, which must be declared and known."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  only for times with an offset

    if not source.time_zone:
        msg = f"times in '{source.label}' carry an offset from UTC. Declare the town's zone: time_zone = 'Asia/Shanghai'"
        raise ConfigError(msg)
    try:
        ZoneInfo(source.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"`time_zone` is '{source.time_zone}', which is not known. Write it as 'Asia/Shanghai' or 'America/New_York'."
        raise ConfigError(msg) from error
    return source.time_zone


def _texts(rows: Rows, column: str) -> pd.Series:
    values = rows.frame[column]
    return values.astype("str").str.strip().mask(values.isna(), "")


def _words(
    rows: Rows,
    column: str,
    vocabulary: Mapping[str, str],
    source: HazardSource,
    sieve: Sieve,
    what: str,
) -> Words:
    """Code a column of words, translated where there is a vocabulary."""
    if not column:
        return Words(codes=np.zeros(len(rows.frame), dtype=np.int32), words=("hazard",))
    codes, found = pd.factorize(_texts(rows, column), sort=True)
    words = [str(w) for w in found]
    if vocabulary:
        spare = "other" if source.unknown_word == "other" else ""
        made = ["" if not w else vocabulary.get(w, spare) for w in words]
    else:
        made = words
    final = tuple(sorted(set(made) - {""}))
    number = {w: i for i, w in enumerate(final)}
    turn = np.array([number.get(w, -1) for w in made] + [-1], dtype=np.int32)
    out = turn[codes]
    if what == "category":
        is_empty = np.array([not w for w in words] + [True])[codes]
        sieve.refuse(is_empty, "no category")
    unknown = (out < 0) & np.array([bool(w) for w in words] + [False])[codes]
    sieve.refuse(unknown, f"unknown {what}", np.array([*words, ""], dtype=object)[codes])
    return Words(codes=out, words=final)


def _keep_categories(category: Words, source: HazardSource, sieve: Sieve) -> None:
    """Set aside the categories that are not asked for: they are refused by name."""
    known = set(category.words) | set(source.categories.values())
    missing = [c for c in source.categories_kept if c not in known]
    if missing:
        msg = (
            f"`categories_kept` names {some_of(missing)}{did_you_mean(missing[0], known)} "
            f"The file has: {some_of(category.words, most=12)}."
        )
        raise ConfigError(msg)
    off = ~np.isin(category.texts(), source.categories_kept)
    sieve.refuse(off, "category not asked for")


def _traits(rows: Rows, source: HazardSource, sieve: Sieve) -> dict[str, Words]:
    """Read urgency, channel, department, reporter."""
    out = {}
    if source.urgency_column:
        out["urgency"] = _words(
            rows, source.urgency_column, source.urgencies, source, sieve, "urgency"
        )
    for name, column in source.trait_columns.items():
        out[name] = _words(rows, column, {}, source, sieve, name)
    return out


def _marks(rows: Rows, column: str, sieve: Sieve) -> LabelArray:
    """Read numbers of times, or yes and no."""
    values = rows.frame[column]
    if values.dtype.kind == "b":
        return values.to_numpy().astype(np.int32)
    text = values.astype("str").str.strip().str.lower()
    text = text.replace({"true": "1", "yes": "1", "false": "0", "no": "0"})
    number = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(number) | (number < 0) | (number != np.floor(number))
    said = ~np.asarray(values.isna() | text.isin(["", "nan", "none"]), dtype=bool)
    sieve.doubt(bad & said, f"`{column}` is no number of times and counts as unknown")
    return np.where(bad, -1, number).astype(np.int32)


def _check_share(sieve: Sieve, rows: Rows, source: HazardSource) -> None:
    """Stop when too many rows are refused (rows that nobody asked for do not count)."""
    asked = np.array(
        [
            r != "category not asked for"
            and not r.startswith("reported before")
            and not r.startswith("reported after")
            for r in sieve.reason
        ]
    )
    n_bad = int((~sieve.kept & asked).sum()) + len(rows.broken)
    n_read = int(asked.sum()) + len(rows.broken)
    if not sieve.kept.any() or n_bad > source.max_refused_share * n_read:
        gone = pd.Series(
            [r.split(" '")[0] for r in sieve.reason if r]
            + ["wrong number of fields"] * len(rows.broken)
        )
        why = ", ".join(
            f"{n} {k}"
            for k, n in sorted(gone.value_counts().items(), key=lambda t: (-t[1], t[0]))[:5]
        )
        first = (
            int(rows.line[np.flatnonzero(~sieve.kept)[0]])
            if (~sieve.kept).any()
            else rows.broken[0][0]
        )
        msg = (
            f"{n_bad:,} of {n_read:,} rows of '{source.label}' had to be refused ({why}; the first in line {first}), more than "
            f"`max_refused_share` = {source.max_refused_share:.0%} allows. Correct the file or its column settings."
        )
        raise InputError(msg)


def _check_near(xy: FloatArray, unit_pos: LabelArray, town: Town, source: HazardSource) -> None:
    """Stop when no report lies in the town: the reference system is wrong, or x and y are swapped."""
    if (unit_pos >= 0).any():
        return
    middle = town.units.xy.mean(axis=0)
    away = float(np.hypot(*(np.median(xy, axis=0) - middle))) / 1000
    msg = (
        f"none of {len(xy):,} hazards of '{source.label}' lies in {town.name}; their middle is {away:,.1f} km away. "
        f"Check `crs`, `datum`, and that x is the longitude or easting."
    )
    raise CRSError(msg)
