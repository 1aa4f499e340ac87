"""Which tables does a run hand to its writers and pages? One row a grid, units in every name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from gridkit.geo.order import band_order
from gridkit.metrics import compactness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.build import CodeBook
    from gridkit.model.plan import Plan
    from gridkit.model.workload import HeadCounts, Workload
    from gridkit.staffing.what_if import Transfers

LEADING = ("residents", "households", "n_objects")
"""Measures with a place of their own in the contract; null where the town has no such data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffed:
    """Workload and head counts of the base grids of a plan, when they were worked out.

    `today` are the members who work in each grid today, `transfers` the fewest of them to move.
    """

    workload: Workload
    heads: HeadCounts
    today: LabelArray | None = None
    transfers: Transfers | None = None


def grid_frame(
    plan: Plan,
    *,
    level: str,
    staffed: Staffed | None = None,
    codes: Mapping[str, Sequence[str]] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Describe every grid of a level.

    Parameters
    ----------
    plan
        The plan.
    level
        ``"base_grid"`` or ``"community_grid"``.
    staffed
        Workload and members of the base grids; community grids add theirs up.
    codes
        Codes of the grids by level; by default those of `grid_codes`.
    kinds
        Kinds of grids by id, where they are not of the plan's layer: entity grids.

    Returns
    -------
    GeoDataFrame
        ``grid_id, code, name, kind, parent_id, n_units, area_km2, residents, households, n_objects,
        density_per_km2, workload_h, members, load, compactness`` and every other measure of the
        town, in the CRS of the town, in plan order.
    """
    own = plan.level(level)
    k = len(own)
    area_km2 = plan.total("area_m2", level=level) / 1e6
    columns: dict[str, Any] = {
        "grid_id": list(own.ids),
        "code": list((codes if codes and level in codes else grid_codes(plan))[level]),
        "name": list(own.names),
        "kind": [(kinds or {}).get(i, plan.layer) for i in own.ids],
        "parent_id": _parents(plan, level),
        "n_units": plan.n_units(level=level).astype(np.int64),
        "area_km2": np.round(area_km2, 6),
    }
    measures = plan.town.units.measures
    for name in LEADING:
        columns[name] = _amounts(plan, name, level) if name in measures else np.full(k, np.nan)
    density = np.full(k, np.nan)
    if "residents" in measures:
        np.divide(columns["residents"], area_km2, out=density, where=area_km2 > 0)
    columns["density_per_km2"] = np.round(density, 1)
    columns |= _staff_columns(plan, level, staffed)
    columns["compactness"] = np.round(compactness(plan, level=level), 4)
    for name in measures:
        if name not in columns:
            columns[name] = _amounts(plan, name, level)
    columns |= _today_columns(plan, level, staffed)
    return gpd.GeoDataFrame(
        columns, geometry=list(plan.shapes(level=level)), crs=plan.town.units.crs
    )


def grid_codes(plan: Plan) -> dict[str, list[str]]:
    """Number communities with three digits, and base grids with three more inside each.

    Both west to east in bands from north to south.

    Returns
    -------
    dict
        Level name -> one code for each grid: ``"004"``, ``"004012"``.
    """
    xy = plan.town.units.xy
    top = plan.levels[-1].name
    labels = plan.labels(top)
    middle = np.array(
        [
            xy[labels == i].mean(axis=0) if (labels == i).any() else xy.mean(axis=0)
            for i in range(len(plan.levels[-1]))
        ]
    )
    rank = np.empty(len(middle), dtype=np.int64)
    rank[band_order(middle)] = np.arange(1, len(middle) + 1)
    codes = {top: [f"{r:03d}" for r in rank]}
    if len(plan.levels) == 1:
        return {top: [f"{r:06d}" for r in rank]}
    if len(plan.levels) > 2:  # a level below: its grids are known by their ids
        codes |= {v.name: list(v.ids) for v in plan.levels[:-1]}
        return codes
    base = plan.levels[0]
    points = np.array(
        [
            xy[plan.base == i].mean(axis=0) if (plan.base == i).any() else xy.mean(axis=0)
            for i in range(len(base))
        ]
    )
    out = [""] * len(base)
    for parent in range(-1, len(plan.levels[1])):
        inside = np.flatnonzero(plan.levels[1].holder == parent)
        head = codes[top][parent] if parent >= 0 else "000"
        for number, i in enumerate(inside[band_order(points[inside])], start=1):
            out[int(i)] = f"{head}{number:03d}"
    codes[base.name] = out
    return codes


def named_codes(plan: Plan, book: CodeBook, holder: str) -> dict[str, list[str]]:
    """Give the codes of a book by level: whole for base grids, up to the part `holder` for communities."""
    base, given = plan.levels[0], book.current
    codes = {base.name: [given[i] for i in base.ids]}
    if len(plan.levels) > 1 and holder:
        scheme = book.scheme
        names = [p.name for p in scheme.parts]
        heads = names[: names.index(holder) + 1]
        above = [""] * len(plan.levels[1])
        for i, h in zip(base.ids, plan.levels[1].holder.tolist(), strict=True):
            if h >= 0:
                read = scheme.read(given[i])
                above[h] = scheme.separator.join(read[n] for n in heads)
        codes[plan.levels[1].name] = above
    return codes


def unit_frame(plan: Plan) -> gpd.GeoDataFrame:
    """Describe every unit: its grids and its measures, in the CRS of the town."""
    frame = gpd.GeoDataFrame(
        plan.to_frame(), geometry=list(plan.town.units.shapes), crs=plan.town.units.crs
    )
    frame["area_m2"] = np.round(plan.town.units.area_m2, 2)
    for measure in plan.town.units.measures.values():
        frame[measure.name] = _tidy(measure.values)
    return frame[[*(c for c in frame.columns if c != "geometry"), "geometry"]]


def _parents(plan: Plan, level: str) -> list[str | None]:
    names = [v.name for v in plan.levels]
    at = names.index(level)
    if at + 1 == len(names):
        return [None] * len(plan.levels[at])
    above = plan.levels[at + 1]
    return [above.ids[p] if p >= 0 else None for p in above.holder]


def _amounts(plan: Plan, name: str, level: str) -> Any:
    return _tidy(plan.total(name, level=level))


def _tidy(values: FloatArray) -> Any:
    """Show whole amounts as whole numbers and others without digits that mean nothing."""
    if (values == np.floor(values)).all():
        return values.astype(np.int64)
    return np.round(values, 2)


def _staff_columns(plan: Plan, level: str, staffed: Staffed | None) -> dict[str, Any]:
    if staffed is None:
        blank = np.full(len(plan.level(level)), np.nan)
        return {"workload_h": blank, "members": blank, "load": blank}
    hours, members, load = _loads(plan, level, staffed, staffed.heads.members)
    return {"workload_h": np.round(hours, 2), "members": members, "load": np.round(load, 4)}


def _today_columns(plan: Plan, level: str, staffed: Staffed | None) -> dict[str, Any]:
    """Members and load of today, where the roster says who works where."""
    if staffed is None or staffed.today is None:
        return {}
    _, members, load = _loads(plan, level, staffed, staffed.today)
    return {"members_today": members, "load_today": np.round(load, 4)}


def _loads(
    plan: Plan, level: str, staffed: Staffed, counts: LabelArray
) -> tuple[FloatArray, Any, FloatArray]:
    """Hours of work, members, and load of each grid; nobody there gives no load."""
    k = len(plan.level(level))
    hours: Any = staffed.workload.workload_h
    members: Any = counts.astype(np.int64)
    if level != plan.levels[0].name:
        holder = plan.levels[1].holder
        ok = holder >= 0
        hours = np.bincount(holder[ok], hours[ok], k)
        members = np.bincount(holder[ok], members[ok], k).astype(np.int64)
    time_h = members * staffed.heads.available_min / 60
    load = np.full(k, np.nan)
    np.divide(hours, time_h, out=load, where=time_h > 0)
    return hours, members, load
