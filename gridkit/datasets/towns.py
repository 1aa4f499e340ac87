"""What does a town look like that nobody lives in? Made-up towns for tests, examples and benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gridkit.datasets._blocks import bisect, wobbly_ring
from gridkit.errors import InputError
from gridkit.geo.coverage import dissolve
from gridkit.geo.faces import pieces_within, segments
from gridkit.geo.merging import merge_small
from gridkit.geo.order import band_order
from gridkit.geo.points import inner_points
from gridkit.geo.splitting import split_evenly
from gridkit.model.graph import UnitGraph
from gridkit.model.plan import Level
from gridkit.model.town import Town
from gridkit.model.units import Measure, Units

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, LabelArray

CRS = "EPSG:4547"
CENTER = (466_000.0, 2_538_000.0)
"""Near Houjie, 113.67 E 22.94 N, in metres of `CRS`."""

OBJECTS = {
    # class: (objects per unit, minutes a visit, visits a month, how unevenly it is spread)
    "rental_houses": (5.5, 20, 1.0, 0.9),
    "small_places": (7.5, 15, 0.5, 0.6),
    "enterprises": (2.0, 40, 0.5, 0.25),
    "public_places": (1.0, 30, 0.5, 0.5),
    "other_objects": (4.0, 10, 0.25, 0.8),
}
"""Classes of objects in made-up towns; the minutes are round figures, not a norm."""


def make_town(
    n_units: int,
    seed: int = 0,
    *,
    n_communities: int = 0,
    river: bool = True,
    residents_per_unit: float = 100.0,
    area_per_unit_m2: float = 31_500.0,
    name: str = "",
) -> Town:
    """Make a town with irregular blocks, a river, and loads with a heavy tail.

    Streets split the ground again and again, more often near the centres, so blocks are small
    there; then everything is bent a little and cut along the town line and the river banks. The
    river is a hole: it belongs to no unit, and both of its ends lie inside the town, so the units
    hang together. Same `n_units`, `seed` and options, same bytes.

    Measures: ``residents``, ``households``, ``n_rental_houses``, ``n_small_places``,
    ``n_enterprises``, ``n_public_places``, ``n_other_objects``, ``n_objects`` (their sum) and
    ``workload_min`` (minutes a month that visits and reports take), all whole numbers.

    Parameters
    ----------
    n_units
        Number of units, at least 4.
    seed
        Chooses the town.
    n_communities
        Number of community grids, contiguous groups of units of similar load; 0 for none.
    river
        Whether a river runs through the middle.
    residents_per_unit
        Mean; single units have from none to fifty times as many.
    area_per_unit_m2 : m²
        Mean area; Houjie has 31,500 with 4,000 units on 126 km².
    name
        By default made of the number and the seed.

    Returns
    -------
    Town
        In EPSG:4547 near 113.67 E 22.94 N, `is_synthetic`.

    Raises
    ------
    InputError
        If there are fewer than 4 units, or fewer than 3 for each community.

    Examples
    --------
    >>> make_town(60, seed=1, n_communities=3)
    <Town made-60-1: 60 units, 1.89 km², 3 communities, synthetic>
    """
    if n_units < 4 or n_units < 3 * n_communities or n_communities < 0:
        msg = (
            f"expected n_units >= 4 and n_units >= 3 * n_communities >= 0; "
            f"got n_units={n_units}, n_communities={n_communities}."
        )
        raise InputError(msg)
    rng = np.random.default_rng([seed, n_units])
    reach = float(np.sqrt(n_units * area_per_unit_m2 / np.pi))
    area = _outline(rng, n_units * area_per_unit_m2, river=river and n_units >= 30)
    centers = _centers(rng, reach, n_units)
    shapes = _blocks(rng, reach, n_units, area, centers)
    shapes = shapes[band_order(inner_points(shapes))]
    width = max(4, len(str(n_units)))
    ids = tuple(f"U{i:0{width}d}" for i in range(1, n_units + 1))
    units = Units(ids=ids, shapes=shapes, crs=pyproj.CRS.from_user_input(CRS))
    units = units.with_measures(*_loads(rng, units, centers, residents_per_unit))
    graph = UnitGraph.build_rook(units)
    community = None
    if n_communities:
        weight = units.measures["residents"].values + 5 * units.measures["n_objects"].values
        community = _community_level(graph, weight, units.xy, n_communities)
    return Town(
        name=name or f"made-{n_units}-{seed}",
        units=units,
        graph=graph,
        community=community,
        is_synthetic=True,
    )


def big_town(seed: int = 1) -> Town:
    """Make the town of 20,000 units that speed is measured on.

    Parameters
    ----------
    seed
        Of the shapes and the amounts.

    Returns
    -------
    Town
        In EPSG:4547, metres.
    """
    return make_town(20_000, seed, n_communities=24, name="big")


def _outline(rng: np.random.Generator, area_m2: float, *, river: bool) -> shapely.Geometry:
    """Draw the town line, and take the river out; the area comes out right."""
    ring = wobbly_ring(rng)
    across = float(rng.uniform(0, np.pi))
    t = np.linspace(-0.62, 0.62, 60)
    side = 0.16 * np.sin(t * 7 + rng.uniform(0, 6)) + 0.06 * np.sin(t * 17)
    turn = np.array([[np.cos(across), np.sin(across)], [-np.sin(across), np.cos(across)]])
    bank = shapely.buffer(shapely.LineString(np.column_stack([t, side]) @ turn), 0.022, quad_segs=4)
    area: shapely.Geometry = shapely.Polygon(ring)
    if river:
        area = shapely.difference(area, bank)
    largest = max(shapely.get_parts(area), key=lambda p: float(shapely.area(p)))
    scale = float(np.sqrt(area_m2 / shapely.area(largest)))
    moved: shapely.Geometry = shapely.transform(largest, lambda xy: xy * scale + np.array(CENTER))
    return moved


def _centers(rng: np.random.Generator, reach: float, n_units: int) -> FloatArray:
    """Choose centres of density: (c, 4) with x, y, radius and weight."""
    n = 1 + min(7, int(np.log2(n_units) / 2))
    angle, far = rng.uniform(0, 2 * np.pi, n), reach * 0.75 * np.sqrt(rng.uniform(0, 1, n))
    far[0] *= 0.3
    x, y = CENTER[0] + far * np.cos(angle), CENTER[1] + far * np.sin(angle)
    return np.column_stack(
        [x, y, reach * rng.uniform(0.10, 0.28, n), 1 / np.arange(1, n + 1) ** 0.7]
    )


def _nearness(xy: FloatArray, centers: FloatArray) -> FloatArray:
    """Say how central places are: 0.05 far out, 1 and more in a centre."""
    far = np.hypot(xy[:, None, 0] - centers[:, 0], xy[:, None, 1] - centers[:, 1])
    return np.asarray(0.05 + (np.exp(-far / centers[:, 2]) * centers[:, 3]).sum(axis=1))


def _blocks(
    rng: np.random.Generator,
    reach: float,
    n_units: int,
    area: shapely.Geometry,
    centers: FloatArray,
) -> GeometryArray:
    """Cut the area into exactly `n_units` blocks."""
    turn, phase = rng.uniform(0, np.pi / 2), rng.uniform(0, 2 * np.pi, (4, 2))
    wave = rng.uniform(0.6, 1.5, (4, 2)) * np.array([[1.0], [2.0], [4.0], [7.0]])

    def bend(unit: FloatArray) -> FloatArray:
        """Turn the unit square into the bent ground around the town."""
        p = (unit - 0.5) * 3.6
        shift = np.zeros_like(p)
        for w, f in zip(wave, phase, strict=True):
            shift[:, 0] += 0.16 / w[0] * np.sin(w[0] * p[:, 1] + f[0])
            shift[:, 1] += 0.16 / w[1] * np.sin(w[1] * p[:, 0] + f[1])
        p = p + shift
        c, s = np.cos(turn), np.sin(turn)
        return np.column_stack([c * p[:, 0] - s * p[:, 1], s * p[:, 0] + c * p[:, 1]]) * reach + (
            CENTER
        )

    def density(unit: FloatArray) -> FloatArray:
        xy = bend(unit)
        inside = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
        return np.where(inside, _nearness(xy, centers), 0.0)

    shapely.prepare(area)
    n_leaves, chance = n_units + 2 + n_units // 50, int(rng.integers(2**62))
    while True:
        net = bisect(n_leaves, density, np.random.default_rng(chance))
        faces = pieces_within(segments(bend(net.start), bend(net.end)), area)
        faces = faces[np.lexsort(inner_points(faces).T)]
        least = float(shapely.area(area)) / n_units * 0.02
        faces = _united(faces, merge_small(faces, shapely.area(faces), least=least))
        if len(faces) >= n_units:
            return _united(faces, merge_small(faces, shapely.area(faces), n_most=n_units))
        n_leaves += max(2, (n_units - len(faces)) * 11 // 10)


def _united(shapes: GeometryArray, label: LabelArray) -> GeometryArray:
    return dissolve(shapes, label, int(label.max()) + 1)


def _loads(
    rng: np.random.Generator,
    units: Units,
    centers: FloatArray,
    residents_per_unit: float,
) -> list[Measure]:
    """Give units residents, households, objects and work."""
    n = len(units)
    near = _nearness(units.xy, centers)
    lived_in = rng.uniform(size=n) > 0.12 + 0.30 * (near < np.median(near))
    crowd = units.area_m2 * near**1.4 * np.exp(0.75 * rng.normal(size=n)) * lived_in
    share = crowd / max(float(crowd.sum()), 1e-9)
    residents = rng.multinomial(round(residents_per_unit * n), share).astype(np.float64)
    households = np.ceil(residents / rng.uniform(2.1, 3.3, n))
    made = [
        Measure(name="residents", values=residents, unit="persons"),
        Measure(name="households", values=households, unit="households"),
    ]
    work, total = np.zeros(n), np.zeros(n)
    works = 0.15 + ~lived_in * 1.0  # where nobody lives there are workshops
    for name, (mean, minutes, visits, with_people) in OBJECTS.items():
        pull = (
            with_people * crowd / max(float(crowd.mean()), 1e-9)
            + (1 - with_people) * works * units.area_m2 / units.area_m2.mean()
        )
        pull = pull * rng.gamma(1.2, 1 / 1.2, n)
        count = rng.poisson(mean * pull / max(float(pull.mean()), 1e-9)).astype(np.float64)
        made.append(
            Measure(name=f"n_{name}", values=count, unit="objects", label=name.replace("_", " "))
        )
        total += count
        work += count * minutes * visits
    reports = rng.poisson(0.02 * residents + 0.1 * total)
    work = np.rint(work + 25 * reports + 10)
    made.append(Measure(name="n_objects", values=total, unit="objects", label="objects"))
    made.append(Measure(name="workload_min", values=work, unit="min", label="workload a month"))
    return made


def _community_level(graph: UnitGraph, weight: FloatArray, xy: FloatArray, n: int) -> Level:
    """Group units into communities numbered west to east in bands from north to south."""
    group = split_evenly(n, graph.start, graph.neighbor, weight)
    size = np.bincount(group, minlength=n)
    middle = np.column_stack([np.bincount(group, xy[:, i], n) / size for i in (0, 1)])
    rank = np.empty(n, dtype=np.int32)
    rank[band_order(middle)] = np.arange(n, dtype=np.int32)
    holder: LabelArray = rank[group]
    width = max(2, len(str(n)))
    return Level(
        name="community_grid",
        ids=tuple(f"C{i:0{width}d}" for i in range(1, n + 1)),
        holder=holder,
        names=tuple(f"Community {i}" for i in range(1, n + 1)),
    )
