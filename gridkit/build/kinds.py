"""How do entity grids, overlays and levels below base grids come about?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import GeometryError, SchemaError, some_of
from gridkit.geo.splitting import split_proportional
from gridkit.model.plan import Level, Plan
from gridkit.model.units import Measure, text_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray
    from gridkit.model.town import Town

HELD = 0.5
"""A unit belongs to the entity that holds at least this share of its area."""


# ---------------------------------------------------------------------- entity grids
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Carved:
    """Dedicated grids taken out of a town before it is divided.

    Parameters
    ----------
    town
        The town with the rest of the load.
    units
        Units of each entity, for `Locks.carved`.
    frame
        ``grid_id`` as index, ``kind``, the load that moved by measure, and the outline.
    """

    town: Town
    units: Mapping[str, tuple[str, ...]]
    frame: gpd.GeoDataFrame


def carve_entities(
    town: Town,
    entities: gpd.GeoDataFrame,
    *,
    id_column: str,
    kind_column: str = "",
    measures: Sequence[str] = ("n_objects", "workload_min"),
    share: float = 1.0,
) -> Carved:
    """Make grids of parks, markets, schools, and move a share of their load to staff of their own.

    Parameters
    ----------
    town
        The town; build it with these polygons as `whole`, so that units follow them.
    entities
        Polygons.
    id_column, kind_column
        Columns of `entities`.
    measures
        Loads that move; the town's other measures stay.
    share : 0..1
        How much of them moves: 1 when the entity looks after itself entirely.

    Returns
    -------
    Carved

    Raises
    ------
    GeometryError
        If an entity overlaps another, lies outside the town, or holds no unit.
    SchemaError
        If a measure is unknown, or `share` is not in 0..1.
    """
    if not 0 <= share <= 1:
        msg = f"`share` is {share:g}; 0..1 is expected (0.8 is 80 %)."
        raise SchemaError(msg)
    ids = text_ids(entities, id_column, name="entities")
    shapes = np.asarray(entities.geometry.to_crs(town.units.crs).array, dtype=object)
    holder = _held_by(town, shapes, ids)
    moved = {m: town.units.measure(m).values * (holder >= 0) * share for m in measures}
    rest = [
        Measure(
            name=m,
            values=_kept(town, m, v),
            unit=town.units.measure(m).unit,
            label=town.units.measure(m).label,
        )
        for m, v in moved.items()
    ]
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    n = len(ids)
    columns: dict[str, object] = {
        "kind": text_ids(entities, kind_column, name="entities") if kind_column else ["entity"] * n
    }
    for m, v in moved.items():
        columns[m] = np.bincount(holder[holder >= 0], weights=v[holder >= 0], minlength=n)
    outline = [shapely.coverage_union_all(town.units.shapes[holder == i]) for i in range(n)]
    frame = gpd.GeoDataFrame(columns, geometry=outline, crs=town.units.crs, index=list(ids))
    frame.index.name = "grid_id"
    units = {
        i: tuple(town.units.ids[u] for u in np.flatnonzero(holder == p)) for p, i in enumerate(ids)
    }
    return Carved(town=town.with_measures(*rest), units=units, frame=frame)


def _kept(town: Town, measure: str, moved: FloatArray) -> FloatArray:
    """What stays; whole numbers stay whole."""
    whole = town.units.measure(measure)
    return np.asarray(whole.values - (np.rint(moved) if whole.is_whole else moved))


def _held_by(town: Town, shapes: GeometryArray, ids: tuple[str, ...]) -> LabelArray:
    """Find the entity of each unit, and everything that is wrong with entities."""
    problems = []
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    for a, b in zip(left[once].tolist(), right[once].tolist(), strict=True):
        both = float(shapely.area(shapely.intersection(shapes[a], shapes[b])))
        if both > 1:
            problems.append(f"entities '{ids[a]}' and '{ids[b]}' overlap by {both:,.0f} m²")
    entity, unit = shapely.STRtree(town.units.shapes).query(shapes, predicate="intersects")
    part = shapely.area(shapely.intersection(shapes[entity], town.units.shapes[unit]))
    inside = np.bincount(entity, weights=part, minlength=len(ids))
    size = shapely.area(shapes)
    problems += [
        f"entity '{ids[i]}' lies {size[i] - inside[i]:,.0f} m² outside the town"
        for i in np.flatnonzero(inside < 0.99 * size).tolist()
    ]
    holder = np.full(len(town.units), -1, dtype=np.int32)
    own = part >= HELD * town.units.area_m2[unit]
    holder[unit[own]] = entity[own]
    empty = [ids[i] for i in range(len(ids)) if not (holder == i).any()]
    if empty:
        problems.append(
            f"entities {some_of(empty)} hold no unit by half; build the units with them as `whole`"
        )
    if problems:
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise GeometryError("; ".join(problems[:5]) + more + ".", problems=problems)
    return holder


# ---------------------------------------------------------------------- overlays and levels
def overlay(plan: Plan, groups: Mapping[str, str], *, name: str = "overlay_grid") -> Plan:
    """Group base grids by another rule than their community (a party branch, a police post).

    Parameters
    ----------
    plan
        The plan.
    groups
        Overlay grid of each base grid, by id; a base grid may be left out.
    name
        Of the level.

    Returns
    -------
    Plan
        With the base grids and the overlay above them, as layer ``"overlay"``.

    Raises
    ------
    SchemaError
        If a base grid is unknown.
    """
    base = plan.levels[0]
    unknown = sorted(set(groups) - set(base.ids))
    if unknown:
        msg = f"the overlay groups base grids that the plan does not have: {some_of(unknown)}."
        raise SchemaError(msg)
    ids = tuple(sorted(set(groups.values())))
    number = {g: p for p, g in enumerate(ids)}
    holder = np.array([number.get(groups.get(b, ""), -1) for b in base.ids], dtype=np.int32)
    return Plan(
        town=plan.town, levels=(base, Level(name=name, ids=ids, holder=holder)), layer="overlay"
    )


def add_level_below(
    plan: Plan, *, measure: str, high: float, name: str = "micro_grid"
) -> tuple[Plan, tuple[str, ...]]:
    """Divide every base grid further, into the fewest connected grids of at most `high`.

    Parameters
    ----------
    plan
        The plan; its base grids become the second level.
    measure
        For example ``"households"``.
    high
        The most that a new grid may hold (a micro-grid: 100 households).
    name
        Of the new level.

    Returns
    -------
    Plan
        With the new level first; ids are made of the base grid's id and a number.
    tuple of str
        New grids that hold more than `high`, because one unit alone does.

    Raises
    ------
    SchemaError
        If the town has no such measure, or `high` is not positive.
    """
    if not high > 0:
        msg = f"`high` is {high:g}; more than 0 is expected."
        raise SchemaError(msg)
    amount, graph, base = plan.town.units.measure(measure).values, plan.town.graph, plan.base
    holder = np.full(base.size, -1, dtype=np.int32)
    above: list[int] = []
    pieces = graph.pieces(base)
    for piece in np.unique(pieces[base >= 0]):
        own = np.flatnonzero((pieces == piece) & (base >= 0))
        label = _fewest(own, graph.start, graph.neighbor, amount[own], high)
        holder[own] = label + len(above)
        above += [int(base[own[0]])] * (int(label.max()) + 1)
    seen: Counter[int] = Counter()
    ids = []
    for grid in above:
        seen[grid] += 1
        ids.append(f"{plan.levels[0].ids[grid]}-{seen[grid]:02d}")
    held = np.bincount(holder[holder >= 0], amount[holder >= 0], len(ids))
    first = Level(name=name, ids=tuple(ids), holder=holder)
    second = replace(plan.levels[0], holder=np.array(above, dtype=np.int32))
    deeper = Plan(town=plan.town, levels=(first, second, *plan.levels[1:]), layer=plan.layer)
    return deeper, tuple(ids[i] for i in np.flatnonzero(held > high))


def _fewest(
    own: IntArray, start: IntArray, neighbor: LabelArray, amount: FloatArray, high: float
) -> LabelArray:
    """Raise the number of parts until each is small enough, or cannot be smaller."""
    local = {int(u): i for i, u in enumerate(own)}
    around = [
        [local[int(v)] for v in neighbor[start[u] : start[u + 1]] if int(v) in local] for u in own
    ]
    begin = np.concatenate([[0], np.cumsum([len(a) for a in around])]).astype(np.int64)
    flat = np.array([v for a in around for v in a], dtype=np.int32)
    parts = max(1, int(np.ceil(amount.sum() / high)))
    while True:
        label = split_proportional(min(parts, own.size), begin, flat, amount)
        label = np.unique(label, return_inverse=True)[1].astype(np.int32)
        held = np.bincount(label, amount)
        size = np.bincount(label)
        if ((held <= high) | (size == 1)).all() or parts >= own.size:
            return label
        parts += 1
