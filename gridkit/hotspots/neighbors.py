"""Which units are looked at together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.rings import band_lists
from gridkit.hotspots.rings import cell_index, square_cells

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


def subgraph(start: IntArray, neighbor: LabelArray, keep: BoolArray) -> tuple[IntArray, LabelArray]:
    """Leave units out of a list of neighbours and number the others anew.

    Parameters
    ----------
    start : (n + 1,), neighbor : (m,)
        Neighbours of all units.
    keep : (n,)
        Which units stay.

    Returns
    -------
    start, neighbor
        Of the units that stay.
    """
    new = np.cumsum(keep) - 1
    owner = np.repeat(np.arange(start.size - 1), np.diff(start))
    ok = keep[owner] & keep[neighbor]
    count = np.bincount(new[owner[ok]], minlength=int(keep.sum()))
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64), new[neighbor[ok]].astype(
        np.int32
    )


def typical_band(xy: FloatArray, *, n_neighbors: int = 12) -> float:
    """Find the distance within which a unit in the middle of the ranking has so many others.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    n_neighbors
        How many.

    Returns
    -------
    float, metres
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415  only where neighbours are found by distance

    k = min(n_neighbors, len(xy) - 1)
    if k < 1:
        return 0.0
    return float(np.median(cKDTree(xy).query(xy, k=[k + 1])[0]))


def band_neighbors(
    xy: FloatArray, band_m: float, start: IntArray, neighbor: LabelArray
) -> tuple[IntArray, LabelArray]:
    """Add to the units that touch those within a distance.

    Parameters
    ----------
    xy : (n, 2), metres
        Places of the units.
    band_m : m
        Distance; 0 adds nothing.
    start : (n + 1,), neighbor : (m,)
        The units that touch; both may be empty lists.

    Returns
    -------
    start, neighbor
        In rising order, each neighbour once.
    """
    n = len(xy)
    if band_m <= 0 or n == 0:
        return start, neighbor
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    cells = square_cells(x, y)
    table = (x, y, float(band_m), *cells, *cell_index(x, y, *cells))
    near_start, near = np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    band_lists(*table, near_start[1:], near)  # counts
    np.cumsum(near_start, out=near_start)
    near = np.empty(near_start[-1], dtype=np.int32)
    band_lists(*table, near_start[:-1].copy(), near)
    if neighbor.size == 0:
        return near_start, near
    owner = np.repeat(np.arange(n), np.diff(start))
    far = np.hypot(*(xy[owner] - xy[neighbor]).T) > band_m  # touching, but their points are apart
    owner_near = np.repeat(np.arange(n), np.diff(near_start))
    owners = np.concatenate([owner_near, owner[far]])
    every = np.concatenate([near, neighbor[far]])
    order = np.lexsort((every, owners))
    ends = np.searchsorted(owners[order], np.arange(n + 1))
    return ends.astype(np.int64), every[order].astype(np.int32)
