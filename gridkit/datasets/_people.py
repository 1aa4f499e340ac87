"""Where do the people of a made-up town live, and who are they?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gridkit.geo.points import inner_points
from gridkit.geo.raster import Raster

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray, IntArray
    from gridkit.datasets._ground import GroundLayers
    from gridkit.datasets.specs import TownSpec

EMPTY_SHARE = 0.31
"""Share of the area without residents."""
THIN_SHARE = 0.05
"""Share of residents who live thinly spread, on all the ground that the others leave."""
BY_RESIDENT = (
    (THIN_SHARE, 2_000.0),
    (0.1, 7_300.0),
    (0.5, 21_100.0),
    (0.9, 47_800.0),
    (1.0, 110_000.0),
)
"""Density per km² at which the given share of residents lives, or less densely."""
PERSONS_PER_HOUSEHOLD = 2.6
ELDERLY = (0.16, 0.02)
"""Share of registered residents and of migrants who are 60 and older; assumed."""
CELL_M = 100.0


def people_by_block(spec: TownSpec, ground: GroundLayers, rng: np.random.Generator) -> FloatArray:
    """Give blocks residents so that density is spread as measured in real towns."""
    area = shapely.area(ground.blocks) / 1e6
    dry = ground.community >= 0
    field_ = np.log(ground.nearness) + 0.45 * rng.normal(size=area.size)
    field_[~dry] = -np.inf
    field_[ground.parks] = -np.inf
    order = np.argsort(-field_, kind="stable")
    middle = area[order].cumsum() - area[order] / 2
    room = (1 - EMPTY_SHARE) * area.sum()
    share, density = _density_curve(spec.residents, room)
    used = np.concatenate([[0.0], (np.diff(share) / _log_mean(density)).cumsum()]) * spec.residents
    out = np.zeros(area.size)
    here = np.exp(np.interp(middle, used, np.log(density), right=-np.inf))
    out[order] = here * area[order]
    out[~np.isfinite(field_)] = 0.0
    return rng.multinomial(spec.residents, out / out.sum()).astype(np.float64)


def _density_curve(residents: int, room_km2: float) -> tuple[FloatArray, FloatArray]:
    """Give density by share of residents, densest first; the thinly peopled share fills the room that is left."""
    at, known = np.array(BY_RESIDENT).T
    share = np.linspace(at[0], 1, 400)
    density = np.exp(np.interp(share, at, np.log(known)))
    used = float((np.diff(share) / _log_mean(density)).sum()) * residents
    thin = residents * THIN_SHARE / max(room_km2 - used, 0.02 * room_km2)
    share = np.concatenate([[0.0, THIN_SHARE], share])
    density = np.concatenate([[thin, thin], density])
    return 1 - share[::-1], density[::-1]


def _log_mean(density: FloatArray) -> FloatArray:
    """Mean density between neighbours of a curve (geometric)."""
    return np.asarray(np.sqrt(density[:-1] * density[1:]))


def population_cells(
    spec: TownSpec, ground: GroundLayers, residents: FloatArray, rng: np.random.Generator
) -> dict[str, Raster]:
    """Put residents in cells, household by household, and split them.

    Returns
    -------
    dict
        ``residents``, ``households``, ``registered``, ``migrants`` (who add up to residents), and
        ``elderly``, who are some of both.
    """
    size = np.where(residents > 0, np.ceil(residents / PERSONS_PER_HOUSEHOLD), 0).astype(np.int64)
    where = np.repeat(np.arange(residents.size), size)
    people = (residents / np.maximum(size, 1))[where]
    middle = inner_points(ground.blocks)[where]
    edge = along_edges(ground.blocks, where, rng)
    xy = middle + (edge - middle) * np.sqrt(rng.uniform(size=where.size))[:, None]
    west, south, east, north = shapely.bounds(ground.area)
    west, north = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    n_columns, n_rows = int(np.ceil((east - west) / CELL_M)), int(np.ceil((north - south) / CELL_M))
    column = np.clip(((xy[:, 0] - west) // CELL_M).astype(int), 0, n_columns - 1)
    row = np.clip(((north - xy[:, 1]) // CELL_M).astype(int), 0, n_rows - 1)
    settled = _registered_share(residents, spec.registered / spec.residents, rng)[where]
    parts = {
        "residents": people,
        "households": np.ones(where.size),
        "registered": people * settled,
        "migrants": people * (1 - settled),
        "elderly": people * (settled * ELDERLY[0] + (1 - settled) * ELDERLY[1]),
    }
    crs = pyproj.CRS.from_user_input(spec.crs)

    def cells(amount: FloatArray) -> Raster:
        held = np.bincount(row * n_columns + column, amount, n_rows * n_columns)
        return Raster(
            values=held.astype(np.float64).reshape(n_rows, n_columns),
            west=float(west),
            north=float(north),
            cell_x=CELL_M,
            cell_y=CELL_M,
            crs=crs,
        )

    return {name: cells(amount) for name, amount in parts.items()}


def _registered_share(residents: FloatArray, share: float, rng: np.random.Generator) -> FloatArray:
    """Draw the share of registered residents of each block, so that the town's comes out."""
    lean = 1.2 * rng.normal(size=residents.size)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        got = float((residents / (1 + np.exp(-(lean + middle)))).sum()) / residents.sum()
        low, high = (middle, high) if got < share else (low, middle)
    return np.asarray(1 / (1 + np.exp(-(lean + low))))


def along_edges(blocks: GeometryArray, where: IntArray, rng: np.random.Generator) -> FloatArray:
    """Choose places 5 to 20 m behind the edge of a block, towards its inner point."""
    rings = shapely.get_exterior_ring(blocks)
    several = shapely.is_missing(rings)
    if several.any():
        largest = [max(shapely.get_parts(b), key=lambda p: p.area) for b in blocks[several]]
        rings[several] = shapely.get_exterior_ring(np.array(largest, dtype=object))
    at = shapely.line_interpolate_point(rings[where], rng.uniform(size=where.size), normalized=True)
    xy, middle = shapely.get_coordinates(at), inner_points(blocks)[where]
    far = np.maximum(np.hypot(*(middle - xy).T), 1e-6)
    step = np.minimum(rng.uniform(5, 20, where.size) / far, 0.9)
    return np.asarray(xy + (middle - xy) * step[:, None])
