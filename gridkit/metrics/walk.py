"""How far is it from one end of a grid to the other, on foot and without leaving it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gridkit.metrics.registry import metric

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.model.plan import Plan

FEW = 120
"""Grids of up to this many units are measured from every unit at once."""


@metric(unit="m", better="lower")
def longest_walk_m(plan: Plan, *, level: str = "base_grid") -> FloatArray:
    """Longest walk inside the grid: between the two units farthest apart, from unit to touching unit."""
    graph, at = plan.town.graph, plan.labels(level)
    piece = graph.pieces(at)
    walk = longest_walks(graph.start, graph.neighbor, plan.town.units.xy, piece)
    out = np.zeros(len(plan.level(level)))
    ok = at >= 0
    np.maximum.at(out, at[ok], walk[piece[ok]])
    return out


def longest_walks(
    start: IntArray, neighbor: LabelArray, xy: FloatArray, label: LabelArray
) -> FloatArray:
    """Measure the longest walk inside every label.

    A step from a unit to one it touches is as long as the straight line between their points. Each
    label must be connected.

    Parameters
    ----------
    start, neighbor
        Compressed rows of who touches whom.
    xy : (n, 2), m
        Points of the units.
    label : (n,)
        Labels from 0; -1 is left out.

    Returns
    -------
    (largest label + 1,), m

    Examples
    --------
    Three units in a row, 100 m apart:

    >>> row = np.array([[0.0, 0], [100, 0], [200, 0]])
    >>> longest_walks(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]), row, np.zeros(3, int))
    array([200.])
    """
    k = int(label.max(initial=-1)) + 1
    out = np.zeros(k)
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    source = np.repeat(np.arange(label.size), np.diff(start))
    keep = (label[source] == label[neighbor]) & (label[source] >= 0)
    rank = np.full(label.size, -1, dtype=np.int64)
    rank[order] = np.arange(order.size)
    a, b = source[keep], neighbor[keep]
    length = np.maximum(np.hypot(*(xy[a] - xy[b]).T), 1e-6)
    whole = csr_array((length, (rank[a], rank[b])), shape=(order.size, order.size))
    first = np.searchsorted(label[order], np.arange(k + 1))
    for g in range(k):
        low, high = int(first[g]), int(first[g + 1])
        if high - low < 2:
            continue
        at = whole.indptr[low : high + 1]
        inside = slice(int(at[0]), int(at[-1]))
        block = csr_array(
            (whole.data[inside], whole.indices[inside] - low, at - at[0]),
            shape=(high - low, high - low),
        )
        out[g] = _farthest(block)
    return out


def _farthest(matrix: csr_array) -> float:
    """Longest of all shortest ways in a connected graph, by bounds on how far each end is from all.

    References
    ----------
    Takes, F. W., Kosters, W. A. (2011). Determining the diameter of small world networks. CIKM.
    """
    n = matrix.shape[0]
    if n <= FEW:
        return float(dijkstra(matrix, directed=False).max())
    low, high = np.zeros(n), np.full(n, np.inf)
    best, at, widest = 0.0, 0, True
    while True:
        away = np.asarray(dijkstra(matrix, directed=False, indices=[at]))[0]
        reach = float(away.max())
        best = max(best, reach)
        low = np.maximum(low, np.maximum(reach - away, away))
        high = np.minimum(high, reach + away)
        low[at] = high[at] = reach
        open_ = high > best * (1 + 1e-12)
        if not open_.any():
            return best
        rank = np.where(open_, high, -1.0) if widest else np.where(open_, -low, -np.inf)
        at, widest = int(np.argmax(rank)), not widest
