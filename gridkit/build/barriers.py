"""Which neighbours cannot be reached, because a river, a railway or an expressway lies between?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.build.settings import BarrierRules
from gridkit.errors import CRSError, SchemaError, did_you_mean, some_of
from gridkit.geo.adjacency import border_segments
from gridkit.geo.faces import segments
from gridkit.model.town import nearest_links

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit._typing import BoolArray, GeometryArray, IntArray
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierReport:
    """What barriers did to the contiguity of a town.

    Parameters
    ----------
    removed
        Pairs of unit ids that a barrier parts.
    opened
        Pairs that a bridge, tunnel or level crossing joins across a barrier.
    restored
        Pairs parted by a barrier that were joined again so that a community hangs together.
    n_crossings
        Places where streets cross barriers.
    suggested
        For every piece of the town that hangs on nothing: (unit id, nearest unit id, metres).
    multi_part
        Units in several parts.
    """

    removed: tuple[tuple[str, str], ...]
    opened: tuple[tuple[str, str], ...]
    restored: tuple[tuple[str, str], ...]
    n_crossings: int
    suggested: tuple[tuple[str, str, float], ...]
    multi_part: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in a few lines."""
        lines = [
            f"{len(self.removed)} pairs of neighbors are parted by barriers; {len(self.opened)} stay joined by {self.n_crossings} crossings"
        ]
        if self.restored:
            named = some_of([f"{a}-{b}" for a, b in self.restored])
            lines.append(
                f"{len(self.restored)} borders on barriers are kept open so that communities hang together: {named}"
            )
        if self.suggested:
            near = ", ".join(f"'{a}'-'{b}' ({m:,.0f} m)" for a, b, m in self.suggested[:5])
            more = f" and {len(self.suggested) - 5} more" if len(self.suggested) > 5 else ""
            lines.append(
                f"{len(self.suggested)} pieces hang on nothing; nearest links: {near}{more}"
            )
        if self.multi_part:
            lines.append(
                f"{len(self.multi_part)} units are in several parts: {some_of(self.multi_part)}"
            )
        return "\n".join(lines)


def add_barriers(
    town: Town,
    barriers: gpd.GeoDataFrame | None = None,
    *,
    streets: gpd.GeoDataFrame | None = None,
    rules: BarrierRules | None = None,
) -> tuple[Town, BarrierReport]:
    """Take the contiguity away that runs across barriers, but for crossings.

    A border is a barrier when at least `rules.share` of it is within `rules.near_m` of a barrier line,
    or when less than `rules.near_m` of it lies outside barrier polygons. Streets that cross a barrier (a bridge, a tunnel, a level crossing) open the borders that
    are within `rules.crossing_m` of the crossing. Streets that are barriers themselves (an expressway)
    must not be among `streets`.

    Parameters
    ----------
    town
        With the contiguity of shared borders.
    barriers
        Lines and polygons that cannot be crossed.
    streets
        Lines that can be walked or driven.
    rules
        Distances, declared links, forbidden pairs.

    Returns
    -------
    Town
        With other contiguity.
    BarrierReport
        What was removed, opened, and what hangs on nothing.

    Raises
    ------
    SchemaError
        If a declared pair names an unknown unit.
    CRSError
        If a layer has no reference system.

    Examples
    --------
    >>> from gridkit.datasets import tiny_town
    >>> pairs = (("r1c1", "r1c2"), ("r1c1", "r2c1"))
    >>> town, report = add_barriers(tiny_town(), rules=BarrierRules(forbidden=pairs))
    >>> town.graph
    <UnitGraph: 9 units, 10 edges, 2 pieces>
    """
    rules = rules or BarrierRules()
    forbidden = _positions(town, rules.forbidden, name="forbidden")
    links = _positions(town, rules.links, name="links")
    left, right, _ = town.graph.edges()
    key = left * len(town.units) + right
    shut = np.isin(key, forbidden)
    blocked, open_, n_crossings = _blocked(town, barriers, streets, rules)
    drop = (np.isin(key, blocked) & ~np.isin(key, open_)) | shut
    restored = np.zeros(0, dtype=np.int64)
    if rules.keep_together:
        restored = _restored(town, drop, drop & ~shut)
        drop &= ~np.isin(key, restored)
    graph = town.graph.shut(drop)
    pairs = [(int(k) // len(town.units), int(k) % len(town.units)) for k in links]
    changed = replace(town, graph=graph.with_links(pairs))
    ids = town.units.ids

    def named(keys: IntArray) -> tuple[tuple[str, str], ...]:
        return tuple((ids[int(k) // len(ids)], ids[int(k) % len(ids)]) for k in keys)

    loose = nearest_links(changed, np.zeros(len(ids), dtype=np.int32))
    parts = shapely.get_num_geometries(town.units.shapes) > 1
    report = BarrierReport(
        removed=named(key[drop]),
        opened=named(open_),
        restored=named(restored),
        n_crossings=n_crossings,
        suggested=tuple((ids[a], ids[b], m) for a, b, m in loose),
        multi_part=tuple(ids[i] for i in np.flatnonzero(parts)),
    )
    return changed, report


def _restored(town: Town, drop: BoolArray, may: BoolArray) -> IntArray:
    """Choose the longest dropped borders that join pieces of one community again."""
    n = len(town.units)
    left, right, border = town.graph.edges()
    label = np.zeros(n, dtype=np.int32) if town.community is None else town.community.holder
    piece = town.graph.without(drop).pieces(label).astype(np.int64)
    same = np.flatnonzero(may & (label[left] == label[right]))
    chosen = []
    for e in same[np.lexsort((same, -border[same]))].tolist():
        a, b = piece[left[e]], piece[right[e]]
        if a != b:
            piece[piece == b] = a
            chosen.append(left[e] * n + right[e])
    return np.array(sorted(chosen), dtype=np.int64)


def _positions(town: Town, pairs: tuple[tuple[str, str], ...], *, name: str) -> IntArray:
    """Turn pairs of ids into keys, smaller position first."""
    unknown = sorted({i for pair in pairs for i in pair if i not in town.position})
    if unknown:
        msg = f"`{name}` names units that are not in the town: {some_of(unknown)}{did_you_mean(unknown[0], town.units.ids) or '.'}"
        raise SchemaError(msg)
    at = [(town.position[a], town.position[b]) for a, b in pairs]
    return np.array([min(p) * len(town.units) + max(p) for p in at], dtype=np.int64)


def layer_shapes(frame: gpd.GeoDataFrame | None, town: Town, *, name: str) -> GeometryArray:
    """Give the shapes of a layer in the town's reference system; none for no layer."""
    if frame is None or not len(frame):
        return np.zeros(0, dtype=object)
    if frame.crs is None:
        msg = f"`{name}` has no reference system. Say which one its coordinates are in: {name} = {name}.set_crs('EPSG:...')"
        raise CRSError(msg)
    shapes: GeometryArray = np.asarray(frame.geometry.to_crs(town.units.crs).array, dtype=object)
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _blocked(
    town: Town,
    barriers: gpd.GeoDataFrame | None,
    streets: gpd.GeoDataFrame | None,
    rules: BarrierRules,
) -> tuple[IntArray, IntArray, int]:
    """Find the borders on barriers, and those of them that a crossing opens."""
    nothing = np.zeros(0, dtype=np.int64)
    walls = layer_shapes(barriers, town, name="barriers")
    if not len(walls):
        return nothing, nothing, 0
    left, right, start, end = border_segments(town.units.shapes)
    key = left * len(town.units) + right
    number, at = np.unique(key, return_inverse=True)
    pieces = segments(start, end)
    length = shapely.length(pieces)
    areal = shapely.get_dimensions(walls) == 2
    on_lines = np.bincount(at, weights=_length_near(pieces, walls[~areal], rules.near_m))
    inside = np.bincount(at, weights=_length_near(pieces, walls[areal], 0.0))
    total = np.bincount(at, weights=length)
    # Neighbours on one bank may share a border that runs on into the water; what counts is the dry part.
    is_blocked = (on_lines >= rules.share * total) | (
        (inside > 0) & (total - inside < np.minimum(rules.near_m, (1 - rules.share) * total))
    )
    crossings = _crossings(walls, layer_shapes(streets, town, name="streets"))
    is_open = np.zeros(number.size, dtype=bool)
    if len(crossings):
        tree = shapely.STRtree(crossings)
        hit = tree.query(pieces, predicate="dwithin", distance=rules.crossing_m)[0]
        is_open[at[hit]] = True
    return number[is_blocked], number[is_blocked & is_open], len(crossings)


def _length_near(pieces: GeometryArray, walls: GeometryArray, near_m: float) -> np.ndarray:
    """Measure how much of each piece of border lies on a barrier."""
    if not len(walls):
        return np.zeros(len(pieces))
    wide = shapely.union_all(shapely.buffer(walls, max(near_m, 1e-3), quad_segs=2))
    parts = shapely.get_parts(wide)
    piece, part = shapely.STRtree(parts).query(pieces, predicate="intersects")
    on = shapely.length(shapely.intersection(pieces[piece], parts[part]))
    return np.bincount(piece, weights=on, minlength=len(pieces))


def _crossings(walls: GeometryArray, streets: GeometryArray) -> GeometryArray:
    """Find where streets cross barriers: points on lines, stretches over polygons from bank to bank."""
    if not len(streets):
        return np.zeros(0, dtype=object)
    wall, street = shapely.STRtree(streets).query(walls, predicate="intersects")
    if not wall.size:
        return np.zeros(0, dtype=object)
    areal = shapely.get_dimensions(walls[wall]) == 2
    over_lines = shapely.intersection(walls[wall[~areal]], streets[street[~areal]])
    points = shapely.get_parts(over_lines)
    points = points[
        shapely.get_dimensions(points) == 0
    ]  # what runs along a barrier crosses nothing
    # A bridge may be drawn in several pieces, so those over one polygon are joined first.
    spans = []
    for w in np.unique(wall[areal]):
        own = street[areal & (wall == w)]
        over = shapely.line_merge(shapely.union_all(shapely.intersection(streets[own], walls[w])))
        parts = shapely.get_parts(over)
        spans.append(parts[_reaches_both_banks(parts, walls[w])])
    return np.concatenate([points, *spans])


def _reaches_both_banks(parts: GeometryArray, area: shapely.Geometry) -> BoolArray:
    """Whether both ends of a line lie on the bank."""
    lines = shapely.get_type_id(parts) == 1
    bank = shapely.boundary(area)
    out = np.zeros(len(parts), dtype=bool)
    ends = [shapely.get_point(parts[lines], i) for i in (0, -1)]
    out[lines] = (shapely.distance(ends[0], bank) < 0.5) & (shapely.distance(ends[1], bank) < 0.5)
    return out
