"""Into which neighbour does a piece go that is too small to stand alone?"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.geo.adjacency import rook_edges

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, GeometryArray, LabelArray


def merge_small(
    shapes: GeometryArray,
    size: FloatArray,
    *,
    least: float = 0.0,
    n_most: int | None = None,
    min_width_m: float = 0.0,
    keep: BoolArray | None = None,
    within: LabelArray | None = None,
) -> LabelArray:
    """Unite each piece that is too small or too thin with the neighbour it shares the longest border with.

    The smallest piece goes first; a united piece counts as one, so it may go on. Ties are decided
    by position. A piece without a neighbour stays.

    Parameters
    ----------
    shapes : (n,), metres
        A valid coverage.
    size : (n,)
        What must reach `least`: area, or any load; it adds up.
    least
        Pieces below this are united.
    n_most
        Go on, smallest first, until at most so many pieces are left.
    min_width_m : m
        Pieces thinner than this are united too; the width is twice the area by the perimeter.
    keep : (n,), optional
        Pieces that take others but never go.
    within : (n,), optional
        Only pieces with the same number are united.

    Returns
    -------
    (n,)
        Number of the united piece, 0.., in the order of its first member.
    """
    n = len(shapes)
    around = _neighbors(shapes, within)
    total, area = size.astype(np.float64).tolist(), shapely.area(shapes).tolist()
    rim = shapely.length(shapes).tolist()
    stays = np.zeros(n, dtype=bool) if keep is None else keep
    into = list(range(n))

    def is_poor(i: int) -> bool:
        return bool(total[i] < least or 2 * area[i] < min_width_m * rim[i])

    heap = [(total[i], i) for i in range(n) if not stays[i] and (n_most is not None or is_poor(i))]
    heapq.heapify(heap)
    alive = n
    while heap:
        value, i = heapq.heappop(heap)
        if into[i] != i or value != total[i] or not around[i]:
            continue
        if not is_poor(i) and (n_most is None or alive <= n_most):
            continue
        j = min(around[i], key=lambda k: (-around[i][k], k))
        into[i] = j
        alive -= 1
        total[j] += value
        area[j] += area[i]
        rim[j] += rim[i] - 2 * around[i][j]
        for k, w in around[i].items():
            del around[k][i]
            if k != j:
                around[j][k] = around[k][j] = around[j].get(k, 0.0) + w
        around[i] = {}
        if not stays[j]:
            heapq.heappush(heap, (total[j], j))
    root = np.array([_root(into, i) for i in range(n)], dtype=np.int64)
    _, first, label = np.unique(root, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank[label].astype(np.int32)


def _neighbors(shapes: GeometryArray, within: LabelArray | None) -> list[dict[int, float]]:
    """Give the border length to each neighbour that a piece may be united with."""
    left, right, border = rook_edges(shapes)
    if within is not None:
        same = within[left] == within[right]
        left, right, border = left[same], right[same], border[same]
    around: list[dict[int, float]] = [{} for _ in range(len(shapes))]
    for a, b, w in zip(left.tolist(), right.tolist(), border.tolist(), strict=True):
        around[a][b] = w
        around[b][a] = w
    return around


def _root(into: list[int], i: int) -> int:
    while into[i] != i:
        into[i] = into[into[i]]
        i = into[i]
    return i
