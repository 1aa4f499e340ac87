"""How do streets, rail, water and a town line become units?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely

from gridkit.build._divide import divide_large, divide_loaded
from gridkit.build.layers import Ground
from gridkit.build.settings import UnitRules
from gridkit.errors import ConfigError, GeometryError, some_of
from gridkit.geo.banks import share_water
from gridkit.geo.coverage import dissolve
from gridkit.geo.faces import node, pieces_within
from gridkit.geo.lines import close_gaps, loose_ends, only_lines
from gridkit.geo.merging import merge_small
from gridkit.geo.order import band_order
from gridkit.geo.points import inner_points, locate
from gridkit.model.units import text_ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import geopandas as gpd
    import pyproj

    from gridkit._typing import BoolArray, FloatArray, GeometryArray, LabelArray


class LoadOf(Protocol):
    """A function that says how much of a load each polygon holds."""

    def __call__(self, shapes: GeometryArray, *, crs: pyproj.CRS) -> FloatArray:
        """Give the amount of each polygon."""
        ...


LARGEST_SHARE = 0.25
"""A unit that holds more of the town than this makes one ask whether the streets close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReport:
    """What became of the layers.

    Parameters
    ----------
    n_enclosed
        Pieces that the lines enclose.
    n_merged
        Pieces united with a neighbour because they were too small or too thin.
    merged_area_m2 : m²
        Their area.
    n_divided
        Pieces that were too large and were divided.
    n_units
        Units in the end.
    n_gaps
        Gaps between streets that were closed.
    n_dead_ends
        Street ends that enclose nothing and were ignored.
    town_m2, units_m2 : m²
        Area of the town line (without water that is a hole) and of all units.
    median_m2, largest_m2 : m²
        Sizes of units.
    notes
        Everything else that was done or looks odd, one sentence each.
    """

    n_enclosed: int
    n_merged: int
    merged_area_m2: float
    n_divided: int
    n_units: int
    n_gaps: int
    n_dead_ends: int
    town_m2: float
    units_m2: float
    median_m2: float
    largest_m2: float
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a few lines."""
        lines = [
            f"{self.n_units:,} units on {self.units_m2 / 1e6:.2f} km² (median {self.median_m2:,.0f} m², largest {self.largest_m2:,.0f} m²)",
            f"{self.n_enclosed:,} pieces enclosed by lines; {self.n_divided:,} too large divided",
            f"{self.n_merged:,} too small or too thin united with the neighbor of the longest border ({self.merged_area_m2 / 1e4:,.1f} ha)",
            f"{self.n_gaps:,} gaps closed; {self.n_dead_ends:,} dead ends ignored",
            f"area of the town line less the units: {self.town_m2 - self.units_m2:+.3f} m²",
        ]
        return "\n".join([*lines, *self.notes])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuiltUnits:
    """Units made from layers.

    Parameters
    ----------
    frame
        ``unit_id, kind, area_m2`` and, when communities were given, ``community_id``; a valid coverage
        in a metric system. `kind` is ``block``, ``whole`` (never cut) or ``water``.
    report
        What became of the layers.
    """

    frame: gpd.GeoDataFrame
    report: UnitReport


def build_units(
    town_line: gpd.GeoDataFrame,
    *,
    streets: gpd.GeoDataFrame | None = None,
    rail: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame | None = None,
    whole: gpd.GeoDataFrame | None = None,
    buildings: gpd.GeoDataFrame | None = None,
    communities: gpd.GeoDataFrame | None = None,
    community_id: str = "id",
    rules: UnitRules | None = None,
    load_of: Mapping[str, LoadOf] | None = None,
    crs: str = "",
) -> BuiltUnits:
    """Make units from the layers of a town.

    Streets, rail, banks, the borders of communities and the town line are cut where they cross; what
    they enclose are the pieces; dead ends enclose nothing. Pieces that are too small or too thin are
    united, smallest first, with the neighbour they share the longest border with (never across a
    community border); pieces that are too large are divided. Nothing is lost: the units cover the town
    line (less water, when that is a hole).

    Parameters
    ----------
    town_line
        Polygons of the town.
    streets, rail
        Lines.
    water
        Polygons, or lines that only cut.
    whole
        Polygons that are never cut: estates, campuses, parks.
    buildings
        Polygons, to divide large pieces by.
    communities
        Polygons that cover the town; each unit lies in one.
    community_id
        Their column of ids.
    rules
        Sizes, and what to do with water.
    load_of
        For every load that `rules.max_load` names, a function from polygons and their system to amounts.
    crs
        Projected system; by default chosen (see `Ground`).

    Returns
    -------
    BuiltUnits

    Raises
    ------
    CRSError
        If a layer has no reference system.
    GeometryError
        If the town line crosses itself, a layer does not overlap the town, polygons of `whole` overlap
        each other or leave the town, or communities leave a part of it out.
    """
    rules = rules or UnitRules()
    ground = Ground.from_frame(town_line, crs=crs)
    area = ground.area
    wet, banks = _water(ground.bring(water, name="water"), rules, area)
    if rules.water == "hole" and wet is not None:
        area = shapely.set_precision(shapely.difference(area, wet), 1e-3)
    kept = _whole(ground, whole)
    lines, n_gaps, n_dead = _lines(ground, streets, rail, gap_m=rules.gap_m)
    parents, parent_ids = _parents(ground, communities, community_id)
    borders = [banks, only_lines(kept), only_lines(parents)]
    if len(kept):
        lines = only_lines(shapely.difference(lines, shapely.union_all(kept)))
    enclosed = pieces_within(np.concatenate([lines, *borders]), area)
    faces, n_small, small_m2 = _without_small(enclosed, rules, kept, parents, wet)
    if wet is not None and rules.water == "share":
        faces = share_water(faces, wet, area)
    houses = ground.bring(buildings, name="buildings")
    faces, n_divided = divide_large(faces, area, rules, crs=ground.crs, buildings=houses, keep=kept)
    for name, most in sorted(rules.max_load.items()):
        measured = partial(_load_of(load_of, name), crs=ground.crs)
        faces, n_loaded = divide_loaded(
            faces,
            area,
            rules,
            crs=ground.crs,
            buildings=houses,
            keep=kept,
            load=measured,
            most=most,
        )
        n_divided += n_loaded
    units, n_crumbs, crumbs_m2 = _without_small(faces, rules, kept, parents, None)
    units = units[band_order(inner_points(units))]
    as_units = wet if rules.water == "unit" else None
    frame = _frame(units, ground, kept, as_units, parents, parent_ids)
    size = shapely.area(units)
    report = UnitReport(
        n_enclosed=len(enclosed),
        n_merged=n_small + n_crumbs,
        merged_area_m2=small_m2 + crumbs_m2,
        n_divided=n_divided,
        n_units=len(units),
        n_gaps=n_gaps,
        n_dead_ends=n_dead,
        town_m2=float(shapely.area(area)),
        units_m2=float(size.sum()),
        median_m2=float(np.median(size)),
        largest_m2=float(size.max()),
        notes=_notes(shapely.area(enclosed), rules, has_lines=len(lines) > 0)
        + tuple(_over(units, rules, load_of, ground)),
    )
    return BuiltUnits(frame=frame, report=report)


def _load_of(load_of: Mapping[str, LoadOf] | None, name: str) -> LoadOf:
    if load_of is None or name not in load_of:
        msg = f"`max_load` limits '{name}', but `load_of` does not say how much of it a polygon holds."
        raise ConfigError(msg)
    return load_of[name]


def _over(
    units: GeometryArray,
    rules: UnitRules,
    load_of: Mapping[str, LoadOf] | None,
    ground: Ground,
) -> Iterator[str]:
    """Say how many units still hold more of a load than was asked for, and why."""
    for name, most in sorted(rules.max_load.items()):
        held = _load_of(load_of, name)(units, crs=ground.crs)
        over = held > most * (1 + 1e-9)
        if over.any():
            yield (
                f"{int(over.sum())} units hold more than {most:g} {name} (the fullest {held.max():,.0f}): they are never "
                f"cut, or as small as min_area_m2 ({rules.min_area_m2:g}) lets them be."
            )


def _notes(size: FloatArray, rules: UnitRules, *, has_lines: bool) -> tuple[str, ...]:
    share = float(size.max() / size.sum())
    if not has_lines or share <= LARGEST_SHARE:
        return ()
    note = (
        f"the largest piece that lines enclose holds {share:.0%} of the town: the streets may not close there; raise gap_m "
        f"(now {rules.gap_m:g} m), set max_area_m2, or complete the streets."
    )
    return (note,)


def _lines(
    ground: Ground,
    streets: gpd.GeoDataFrame | None,
    rail: gpd.GeoDataFrame | None,
    *,
    gap_m: float,
) -> tuple[GeometryArray, int, int]:
    """Give streets and rail with small gaps closed, the number of gaps, and of dead ends."""
    layers = [
        only_lines(ground.bring(streets, name="streets")),
        only_lines(ground.bring(rail, name="rail")),
    ]
    lines = np.concatenate(layers)
    if not len(lines):
        return lines, 0, 0
    bridges = close_gaps(lines, gap_m=gap_m)
    lines = node(np.concatenate([lines, bridges]))
    ends = loose_ends(lines)[0]
    # A bridge runs a centimetre past the line it reaches; such an end is none.
    long_ends = shapely.length(lines[loose_ends(lines)[1]]) > 0.02
    inside = shapely.contains_xy(ground.area, ends[:, 0], ends[:, 1])
    return lines, len(bridges), int((inside & long_ends).sum())


def _without_small(
    faces: GeometryArray,
    rules: UnitRules,
    kept: GeometryArray,
    parents: GeometryArray,
    wet: shapely.Geometry | None,
) -> tuple[GeometryArray, int, float]:
    """Unite what is too small or too thin, never across a community border or a bank.

    Returns the pieces that are left, how many went, and their area in m².
    """
    within = _parent_of(faces, parents)
    if wet is not None:
        side = _inside(faces, shapely.get_parts(wet)).astype(np.int32)
        within = side if within is None else within * 2 + side
    label = merge_small(
        faces,
        shapely.area(faces),
        least=rules.min_area_m2,
        min_width_m=rules.min_width_m,
        keep=_inside(faces, kept),
        within=within,
    )
    n = int(label.max()) + 1
    gone = float(shapely.area(faces).sum()) - _largest_of(faces, label)
    return dissolve(faces, label, n), len(faces) - n, gone


def _water(
    shapes: GeometryArray, rules: UnitRules, area: shapely.Geometry
) -> tuple[shapely.Geometry | None, GeometryArray]:
    """Unite water that is large enough; give it and its banks, and lines as they are."""
    areal = shapely.get_dimensions(shapes) == 2
    lines = only_lines(shapes[~areal])
    if not areal.any():
        return None, lines
    united = shapely.intersection(
        shapely.union_all(shapely.make_valid(shapes[areal]), grid_size=1e-3), area
    )
    parts = shapely.get_parts(united)
    parts = parts[
        (shapely.get_dimensions(parts) == 2) & (shapely.area(parts) >= rules.min_water_m2)
    ]
    if not len(parts):
        return None, lines
    wet = shapely.union_all(parts)
    return wet, np.concatenate([lines, only_lines(np.array([wet], dtype=object))])


def _whole(ground: Ground, frame: gpd.GeoDataFrame | None) -> GeometryArray:
    """Check the polygons that are never cut."""
    shapes = ground.bring(frame, name="whole")
    if not len(shapes):
        return shapes
    shapes = shapely.set_precision(shapes, 1e-3)
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    over = left < right
    left, right = left[over], right[over]
    both = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    problems = [
        f"polygons {a + 1} and {b + 1} of `whole` overlap by {m:,.0f} m²"
        for a, b, m in zip(left, right, both, strict=True)
        if m > 1
    ]
    outside = shapely.area(shapely.difference(shapes, ground.area))
    problems += [
        f"polygon {i + 1} of `whole` lies {m:,.0f} m² outside the town"
        for i, m in enumerate(outside)
        if m > max(1.0, 0.01 * shapely.area(shapes[i]))
    ]
    if problems:
        msg = f"{'; '.join(problems[:5])}{f'; and {len(problems) - 5} more' if len(problems) > 5 else ''}. Correct the layer."
        raise GeometryError(msg, problems=problems)
    return np.asarray(shapely.intersection(shapes, ground.area), dtype=object)


def _parents(
    ground: Ground, frame: gpd.GeoDataFrame | None, column: str
) -> tuple[GeometryArray, tuple[str, ...]]:
    """Check the communities: they have ids and cover the town."""
    if frame is None:
        return np.zeros(0, dtype=object), ()
    ids = text_ids(frame, column, name="communities")
    shapes = ground.bring_all(frame, name="communities")
    missing = float(shapely.area(shapely.difference(ground.area, shapely.union_all(shapes))))
    if missing > 1e-3 * ground.area_m2:
        msg = (
            f"`communities` leave {missing / 1e6:.3f} km² of the town out ({missing / ground.area_m2:.1%}). "
            f"Complete them, or leave communities out."
        )
        raise GeometryError(msg)
    return shapes, ids


def _parent_of(faces: GeometryArray, parents: GeometryArray) -> LabelArray | None:
    """Find the community of each piece: the one it lies in, or the nearest."""
    if not len(parents):
        return None
    xy = inner_points(faces)
    found = locate(xy, parents)
    lost = np.flatnonzero(found < 0)
    if lost.size:
        found[lost] = shapely.STRtree(parents).nearest(shapely.points(xy[lost]))
    return found


def _inside(faces: GeometryArray, areas: GeometryArray) -> BoolArray:
    if not len(areas):
        return np.zeros(len(faces), dtype=bool)
    return np.asarray(locate(inner_points(faces), areas) >= 0)


def _largest_of(faces: GeometryArray, label: LabelArray) -> float:
    """Area of the largest piece of every unit, summed."""
    size = shapely.area(faces)
    largest = np.zeros(int(label.max()) + 1)
    np.maximum.at(largest, label, size)
    return float(largest.sum())


def _frame(
    units: GeometryArray,
    ground: Ground,
    kept: GeometryArray,
    wet: shapely.Geometry | None,
    parents: GeometryArray,
    parent_ids: tuple[str, ...],
) -> gpd.GeoDataFrame:
    """Name the units."""
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    width = max(4, len(str(len(units))))
    kind = np.where(_inside(units, kept), "whole", "block").astype(object)
    if wet is not None:
        kind[_inside(units, shapely.get_parts(wet))] = "water"
    columns: dict[str, object] = {
        "unit_id": [f"U{i:0{width}d}" for i in range(1, len(units) + 1)],
        "kind": kind,
        "area_m2": shapely.area(units),
    }
    holder = _parent_of(units, parents)
    if holder is not None:
        named = [parent_ids[p] for p in holder.tolist()]
        columns["community_id"] = named
        empty = sorted(set(parent_ids) - set(named))
        if empty:
            msg = f"no unit lies in communities {some_of(empty)}. They may be smaller than min_area_m2, or lie outside the town."
            raise GeometryError(msg)
    return gpd.GeoDataFrame(columns, geometry=units, crs=ground.crs)
