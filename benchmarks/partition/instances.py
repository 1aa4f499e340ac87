"""Which towns is the plan engine measured on? Made-up ones, equal on every machine.

``syn1k syn5k syn20k syn100k``: Voronoi cells of clustered points in a town that is not convex and
has a river in it; lognormal loads (sigma 0.8); n / 40 grids. ``isl1k``: the same with an island of
ten units that holds 0.31 of an ideal grid, so that no plan keeps a band of 5 %.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import Voronoi

from gridkit.geo.adjacency import rook_edges

SCALE = 1e6
SEED = 20260101
SIZES = {"syn1k": 1000, "syn5k": 5000, "syn20k": 20_000, "syn100k": 100_000, "isl1k": 1000}
SHELL = [
    (300, 1200), (2600, 200), (5200, 900), (8600, 300), (9900, 2900), (8300, 4200), (9700, 6100),
    (9300, 9200), (6700, 9800), (5900, 7300), (4700, 6900), (3600, 9600), (900, 9100), (200, 6400),
    (1900, 4700),
]  # fmt: skip
RIVER = [
    (1500, 2600),
    (3000, 3400),
    (4300, 2700),
    (5600, 4300),
    (6800, 4000),
    (7600, 5600),
    (8200, 7600),
]
ISLAND = [(10600, 7000), (11900, 7300), (11700, 8800), (10500, 8500)]


def make(name: str) -> tuple[gpd.GeoDataFrame, int]:
    """Make the units of an instance (columns ``id, load``) and its number of grids."""
    n, island = SIZES[name], name.startswith("isl")
    rng = np.random.default_rng([SEED, n, int(island)])
    town = shapely.Polygon(SHELL).difference(shapely.LineString(RIVER).buffer(160, quad_segs=4))
    if island:
        town = shapely.union_all([town, shapely.Polygon(ISLAND)])
    shapely.prepare(town)
    points = _points(rng, town, n)
    cells = _cells(points, town)
    load = np.maximum(1, np.round(100 * rng.lognormal(0.0, 0.8, n)))
    frame = gpd.GeoDataFrame(
        {"id": [f"u{i:06d}" for i in range(n)], "load": load}, geometry=cells, crs="EPSG:32650"
    )
    frame.geometry = frame.geometry.translate(400_000, 2_500_000)
    return frame, max(2, n // 40)


def _points(rng: np.random.Generator, town: shapely.Geometry, n: int) -> np.ndarray:
    x0, y0, x1, y1 = town.bounds
    m = max(8, n // 400)
    middle = np.empty((0, 2))
    while len(middle) < m:
        c = rng.uniform((x0, y0), (x1, y1), (4 * m, 2))
        middle = np.vstack([middle, c[shapely.contains_xy(town, c)]])
    middle = middle[:m]
    spread = rng.lognormal(np.log(0.35 * 10_000 / np.sqrt(m)), 0.5, m)
    weight = rng.dirichlet(np.full(m, 1.5))
    points = np.empty((0, 2))
    while len(points) < n:
        kind = rng.random(2 * n) < 0.55
        who = rng.choice(m, 2 * n, p=weight)
        near = middle[who] + rng.normal(size=(2 * n, 2)) * spread[who][:, None]
        anywhere = rng.uniform((x0, y0), (x1, y1), (2 * n, 2))
        c = np.where(kind[:, None], near, anywhere)
        points = np.vstack([points, c[shapely.contains_xy(town, c)]])
    return points[:n]


def _cells(points: np.ndarray, town: shapely.Geometry) -> np.ndarray:
    """Clip Voronoi cells; a cell cut in two keeps the piece with its point, the rest goes next door."""
    n = len(points)
    x0, y0, x1, y1 = town.bounds
    big = 20 * max(x1 - x0, y1 - y0)
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    far = np.c_[(x0 + x1) / 2 + big * np.cos(angle), (y0 + y1) / 2 + big * np.sin(angle)]
    diagram = Voronoi(np.vstack([points, far]))
    cells = np.empty(n, dtype=object)
    for i in range(n):
        corners = diagram.vertices[diagram.regions[diagram.point_region[i]]]
        cells[i] = shapely.Polygon(np.round(corners * SCALE) / SCALE)
    cut = np.flatnonzero(~shapely.contains_properly(town, cells))
    clipped = shapely.transform(
        shapely.intersection(cells[cut], town), lambda c: np.round(c * SCALE) / SCALE
    )
    loose = []
    for i, shape in zip(cut, clipped, strict=True):
        parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
        own = int(np.argmin([p.distance(shapely.Point(points[i])) for p in parts]))
        loose += [p for j, p in enumerate(parts) if j != own]
        cells[i] = parts[own]
    while loose:
        everything = np.array([*cells, *loose], dtype=object)
        left, right, length = rook_edges(everything)
        rest = []
        for t, piece in enumerate(loose):
            at = (right == n + t) & (left < n)
            if not at.any():
                rest.append(piece)
                continue
            j = left[at][np.argmax(length[at])]
            cells[j] = shapely.union(cells[j], piece)
        if len(rest) == len(loose):
            break
        loose = rest
    return cells
