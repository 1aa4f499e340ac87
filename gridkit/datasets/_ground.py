"""Where do streets, water, rail, communities and parks of a made-up town run?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from gridkit.datasets._blocks import bisect, wobbly_ring
from gridkit.geo.adjacency import rook_edges
from gridkit.geo.banks import holder_of, share_water
from gridkit.geo.coverage import dissolve
from gridkit.geo.crs import turn_between
from gridkit.geo.faces import pieces_within, segments
from gridkit.geo.merging import merge_small
from gridkit.geo.order import band_order
from gridkit.geo.points import inner_points, locate
from gridkit.geo.splitting import split_evenly

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray, LabelArray
    from gridkit.datasets.specs import TownSpec

CLASSES = ("primary", "secondary", "tertiary", "residential")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroundLayers:
    """The made-up ground, in metres of the town's zone.

    Parameters
    ----------
    area
        The town.
    streets, street_class, street_number
        Pieces of streets, their class (position in `CLASSES`) and the street they belong to.
    river, rail
        Polygon and line.
    blocks, community
        What streets, banks and rail enclose, and the community of each.
    parks
        Positions of blocks that are entities with a line of their own.
    nearness
        How central each block is.
    """

    area: shapely.Geometry
    streets: GeometryArray
    street_class: IntArray
    street_number: IntArray
    river: shapely.Geometry
    rail: shapely.Geometry
    blocks: GeometryArray
    community: LabelArray
    parks: IntArray
    nearness: FloatArray


def lay_ground(spec: TownSpec, rng: np.random.Generator) -> GroundLayers:
    """Lay out the ground of a made-up town."""
    to = turn_between("EPSG:4326", spec.crs)
    center = np.rint(np.array(to.transform(spec.lon, spec.lat)))
    reach = float(np.sqrt(spec.area_km2 * 1e6 / np.pi))
    ring = wobbly_ring(rng) * reach + center
    area = shapely.set_precision(shapely.Polygon(ring), 1e-3)
    river = _across(rng, center, reach, sway=0.12)
    wet = shapely.intersection(shapely.buffer(river, 55.0, quad_segs=4), area)
    rail = shapely.intersection(_across(rng, center, reach, sway=0.04), area)
    n = 1 + min(9, spec.n_communities // 3)
    angle, far = rng.uniform(0, 2 * np.pi, n), reach * 0.8 * np.sqrt(rng.uniform(0, 1, n))
    far[0] *= 0.3
    centers = np.column_stack(
        [
            center[0] + far * np.cos(angle),
            center[1] + far * np.sin(angle),
            reach * rng.uniform(0.08, 0.2, n),
            1 / np.arange(1, n + 1) ** 0.5,
        ]
    )
    net_start, net_end, number = _streets(spec, rng, center, reach, area, centers)
    lines = segments(net_start, net_end)
    kind = np.searchsorted(spec.n_blocks * np.array([0.006, 0.03, 0.12]), number, side="right")
    lines, kind, number = _cut_at_barriers(lines, kind, number, wet, rail)
    lines, row = shapely.get_parts(shapely.intersection(lines, area), return_index=True)
    straight = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0.01)
    lines, kind, number = lines[straight], kind[row[straight]], number[row[straight]]
    blocks, side = _enclosed(lines, wet, rail, area)
    is_wet = side < 0
    near = nearness(inner_points(blocks), centers)
    community = _communities(spec, blocks, near, side)
    size = shapely.area(blocks)
    large = np.flatnonzero(
        ~is_wet & (size > np.quantile(size, 0.6)) & (size < np.quantile(size, 0.97))
    )
    parks = np.sort(rng.choice(large, min(spec.n_parks, large.size), replace=False))
    return GroundLayers(
        area=area,
        streets=lines,
        street_class=kind.astype(np.int64),
        street_number=number,
        river=wet,
        rail=rail,
        blocks=blocks,
        community=community,
        parks=parks,
        nearness=near,
    )


def nearness(xy: FloatArray, centers: FloatArray) -> FloatArray:
    """Say how central places are."""
    out = np.full(len(xy), 0.03)
    for x, y, radius, weight in centers:
        out += weight * np.exp(-np.hypot(xy[:, 0] - x, xy[:, 1] - y) / radius)
    return out


def _across(
    rng: np.random.Generator, center: FloatArray, reach: float, *, sway: float
) -> shapely.LineString:
    """Draw a bent line through the town from edge to edge."""
    turn, off = rng.uniform(0, np.pi), rng.uniform(-0.3, 0.3)
    t = np.linspace(-2.0, 2.0, 160)
    side = off + sway * np.sin(t * 4 + rng.uniform(0, 6)) + sway / 3 * np.sin(t * 11)
    c, s = np.cos(turn), np.sin(turn)
    return shapely.LineString(
        np.column_stack([c * t - s * side, s * t + c * side]) * reach + center
    )


def _streets(
    spec: TownSpec,
    rng: np.random.Generator,
    center: FloatArray,
    reach: float,
    area: shapely.Geometry,
    centers: FloatArray,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Split the ground into blocks, smaller where it is central."""
    turn, phase = rng.uniform(0, np.pi / 2), rng.uniform(0, 2 * np.pi, (3, 2))
    wave = np.array([0.9, 1.9, 4.1])

    def bend(unit: FloatArray) -> FloatArray:
        p = (unit - 0.5) * 3.7
        for w, f in zip(wave, phase, strict=True):
            p = p + 0.16 / w * np.column_stack(
                [np.sin(w * p[:, 1] + f[0]), np.sin(w * p[:, 0] + f[1])]
            )
        c, s = np.cos(turn), np.sin(turn)
        return np.column_stack([c * p[:, 0] - s * p[:, 1], s * p[:, 0] + c * p[:, 1]]) * reach + (
            center
        )

    shapely.prepare(area)

    def density(unit: FloatArray) -> FloatArray:
        xy = bend(unit)
        inside = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
        return np.where(inside, nearness(xy, centers) ** 0.12, 0.0)

    net = bisect(spec.n_blocks, density, rng)
    return bend(net.start), bend(net.end), net.street


def _cut_at_barriers(
    lines: GeometryArray,
    kind: IntArray,
    number: IntArray,
    wet: shapely.Geometry,
    rail: shapely.Geometry,
) -> tuple[GeometryArray, IntArray, IntArray]:
    """End small streets at the bank and one metre before the rails; main roads cross."""
    shapely.prepare(wet)
    shapely.prepare(rail)
    over_water = (kind >= 1) & shapely.intersects(lines, wet)
    over_rail = (kind >= 2) & shapely.intersects(lines, rail)
    out = lines.copy()
    out[over_water] = shapely.difference(lines[over_water], wet)
    out[over_rail] = shapely.difference(out[over_rail], shapely.buffer(rail, 1.0, quad_segs=1))
    parts, row = shapely.get_parts(out, return_index=True)
    there = (shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 0.01)
    return parts[there], kind[row[there]], number[row[there]]


def _enclosed(
    lines: GeometryArray, wet: shapely.Geometry, rail: shapely.Geometry, area: shapely.Geometry
) -> tuple[GeometryArray, LabelArray]:
    """Give the blocks, slivers united, and on which side of river and railway each lies."""
    more = np.concatenate([shapely.get_parts(shapely.boundary(wet)), shapely.get_parts(rail)])
    closed = [*lines, *more]  # the last metre to the rails closes the blocks
    near = shapely.buffer(rail, 1.5, quad_segs=1)
    ends = np.concatenate([shapely.get_point(lines, i) for i in (0, -1)])
    ends = ends[shapely.intersects(ends, near)]
    closed += list(shapely.shortest_line(ends, rail))
    faces = pieces_within(np.array(closed, dtype=object), area)
    faces = faces[np.lexsort(inner_points(faces).T)]
    parted = shapely.difference(area, shapely.union_all([wet, shapely.buffer(rail, 0.5)]))
    sides, water = shapely.get_parts(parted), shapely.get_parts(wet)
    side = _side(faces, sides, water)
    label = merge_small(faces, shapely.area(faces), least=1_500.0, min_width_m=10.0, within=side)
    united = dissolve(faces, label, int(label.max()) + 1)
    return united, _side(united, sides, water)


def _side(faces: GeometryArray, sides: GeometryArray, water: GeometryArray) -> LabelArray:
    """On which side of river and railway each face lies; -1 for water."""
    xy = inner_points(faces)
    side = holder_of(xy, sides)
    side[locate(xy, water) >= 0] = -1
    return side


def _communities(
    spec: TownSpec, blocks: GeometryArray, near: FloatArray, side: LabelArray
) -> LabelArray:
    """Group blocks into communities that neither river nor railway cuts; water has none (-1)."""
    dry = np.flatnonzero(side >= 0)
    left, right, _ = rook_edges(blocks[dry])
    same = side[dry[left]] == side[dry[right]]
    left, right = left[same], right[same]
    source, target = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((target, source))
    start = np.searchsorted(source[order], np.arange(dry.size + 1))
    neighbor = target[order].astype(np.int32)
    weight = shapely.area(blocks[dry]) * near[dry] ** 0.7
    links = csr_array((np.ones(source.size), (source, target)), shape=(dry.size, dry.size))
    bank = connected_components(links, directed=False)[1]
    held = np.bincount(bank, weight)
    large = np.flatnonzero(held > 0.3 * held.sum() / spec.n_communities)
    share = np.maximum(held[large] / held[large].sum() * spec.n_communities, 1.0)
    n_each = np.floor(share).astype(np.int64)
    while n_each.sum() != spec.n_communities:
        step = 1 if n_each.sum() < spec.n_communities else -1
        n_each[np.argmax(step * (share - n_each))] += step
    group = np.full(dry.size, -1, dtype=np.int32)
    for piece, n in zip(large.tolist(), n_each.tolist(), strict=True):
        label = split_evenly(n, start, neighbor, weight, within=bank == piece)
        group[bank == piece] = label[bank == piece] + int(group.max()) + 1
    small = np.flatnonzero(group < 0)
    if small.size:
        known = np.flatnonzero(group >= 0)
        nearest = shapely.STRtree(blocks[dry[known]]).nearest(blocks[dry[small]])
        group[small] = group[known[nearest]]
    size = np.bincount(group, minlength=spec.n_communities)
    xy = inner_points(blocks[dry])
    at = np.column_stack([np.bincount(group, xy[:, i]) / size for i in (0, 1)])
    rank = np.empty(spec.n_communities, dtype=np.int32)
    rank[band_order(at)] = np.arange(spec.n_communities, dtype=np.int32)
    out = np.full(len(blocks), -1, dtype=np.int32)
    out[dry] = rank[group]
    return out


def community_polygons(ground: GroundLayers) -> GeometryArray:
    """Unite blocks to communities; the river belongs to the communities on its banks."""
    dry = ground.community >= 0
    n = int(ground.community.max()) + 1
    land = dissolve(ground.blocks[dry], ground.community[dry], n)
    faces = np.concatenate([shapely.get_parts(land), ground.blocks[~dry]])
    shared = share_water(faces, ground.river, ground.area)
    at = locate(inner_points(land), shared)
    holder = locate(inner_points(shared), land)
    holder[at[at >= 0]] = np.flatnonzero(at >= 0)
    known = np.flatnonzero(holder >= 0)
    lost = np.flatnonzero(holder < 0)
    if lost.size:
        nearest = shapely.STRtree(shared[known]).nearest(shared[lost])
        holder[lost] = holder[known[nearest]]
    return dissolve(shared, holder, n)
