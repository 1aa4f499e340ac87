"""How does a made-up street network cut a town into blocks?"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridkit._typing import FloatArray, IntArray

RASTER = 384


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Straight streets that split a square again and again.

    Parameters
    ----------
    start, end : (s, 2), in 0..1
        Ends of the pieces between two corners; pieces meet at their ends only.
    street : (s,)
        Number of the street a piece belongs to; the first streets are the longest.
    """

    start: FloatArray
    end: FloatArray
    street: IntArray


def bisect(
    n_leaves: int, density: Callable[[FloatArray], FloatArray], rng: np.random.Generator
) -> Network:
    """Split the unit square until it has `n_leaves` blocks, the fullest block first.

    Each street runs across one block only, so streets meet in T corners, early streets are long
    (they are the main roads), and blocks are small where the density is high.

    Parameters
    ----------
    n_leaves
        Number of blocks; blocks without any density are never split.
    density
        Takes (m, 2) points of the unit square and gives how many blocks should be near each.
    rng
        Source of chance.
    """
    at = (np.arange(RASTER) + 0.5) / RASTER
    grid = np.stack(np.meshgrid(at, at, indexing="ij"), axis=-1).reshape(-1, 2)
    table = np.zeros((RASTER + 1, RASTER + 1))
    table[1:, 1:] = density(grid).reshape(RASTER, RASTER).cumsum(0).cumsum(1)

    rows = table.tolist()

    def below(x: float, y: float) -> float:
        """Density summed over everything south-west of a place."""
        i, j = min(int(x * RASTER), RASTER - 1), min(int(y * RASTER), RASTER - 1)
        u, v = x * RASTER - i, y * RASTER - j
        west, east = rows[i], rows[i + 1]
        return float(
            (west[j] * (1 - v) + west[j + 1] * v) * (1 - u)
            + (east[j] * (1 - v) + east[j + 1] * v) * u
        )

    def mass(x0: float, y0: float, x1: float, y1: float) -> float:
        return below(x1, y1) - below(x0, y1) - below(x1, y0) + below(x0, y0)

    cut = rng.uniform(0.36, 0.64, max(n_leaves, 1)).tolist()
    across: list[list[float]] = [[], [], [], []]
    fixed = [0.0, 1.0, 0.0, 1.0]
    upright = [True, True, False, False]
    ends: list[tuple[float, float]] = [(0.0, 1.0)] * 4
    # A block: its four sides, then the streets that run along them (west, east, south, north).
    heap = [(-mass(0, 0, 1, 1), 0, (0.0, 0.0, 1.0, 1.0), (0, 1, 2, 3))]
    for step in range(n_leaves - 1):
        value, _, (x0, y0, x1, y1), (west, east, south, north) = heapq.heappop(heap)
        if value >= 0:
            break
        new = len(fixed)
        if x1 - x0 >= y1 - y0:
            x = x0 + (x1 - x0) * cut[step]
            fixed.append(x)
            ends.append((y0, y1))
            across[south].append(x)
            across[north].append(x)
            parts = [
                ((x0, y0, x, y1), (west, new, south, north)),
                ((x, y0, x1, y1), (new, east, south, north)),
            ]
        else:
            y = y0 + (y1 - y0) * cut[step]
            fixed.append(y)
            ends.append((x0, x1))
            across[west].append(y)
            across[east].append(y)
            parts = [
                ((x0, y0, x1, y), (west, east, south, new)),
                ((x0, y, x1, y1), (west, east, new, north)),
            ]
        upright.append(x1 - x0 >= y1 - y0)
        across.append([])
        for i, (box, sides) in enumerate(parts):
            heapq.heappush(heap, (-mass(*box), 2 * step + i + 1, box, sides))
    return _pieces(fixed, upright, ends, across)


def _pieces(
    fixed: list[float],
    upright: list[bool],
    ends: list[tuple[float, float]],
    across: list[list[float]],
) -> Network:
    """Cut each street where another one meets it; the frame (the first four) is left out."""
    start, end, street = [], [], []
    for i in range(4, len(fixed)):
        at = np.unique(np.array([ends[i][0], *across[i], ends[i][1]]))
        still = np.full(at.size, fixed[i])
        xy = np.column_stack([still, at] if upright[i] else [at, still])
        start.append(xy[:-1])
        end.append(xy[1:])
        street.append(np.full(at.size - 1, i - 4))
    if not start:
        nothing = np.zeros((0, 2))
        return Network(start=nothing, end=nothing, street=np.zeros(0, dtype=np.int64))
    return Network(
        start=np.concatenate(start), end=np.concatenate(end), street=np.concatenate(street)
    )


def wobbly_ring(rng: np.random.Generator, *, n_points: int = 240) -> FloatArray:
    """Draw a closed line around the origin whose radius wanders between about 0.75 and 1.25.

    Returns
    -------
    (n_points, 2)
        Counter-clockwise; the enclosed area is pi.
    """
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    radius = np.ones(n_points)
    for wave in range(2, 8):
        radius += 0.22 / wave * rng.normal() * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.6, 1.5)
    ring = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(ring * np.sqrt(np.pi / shapely.area(shapely.Polygon(ring))))
