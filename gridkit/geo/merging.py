"""Into which neighbour does a piece go that is too small to stand alone?"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from gridkit.geo.adjacency import rook_edges

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, GeometryArray, LabelArray


def merge_small(
    shapes: GeometryArray,
    size: FloatArray,
    *,
    least: float = 0.0,
    n_most: int | None = None,
    fixed: BoolArray | None = None,
    within: LabelArray | None = None,
) -> LabelArray:
    """Unite each piece that is too small with the neighbour it shares the longest border with.

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
    fixed : (n,), optional
        Pieces that neither go nor take.
    within : (n,), optional
        Only pieces with the same number are united.

    Returns
    -------
    (n,)
        Number of the united piece, 0.., in the order of its first member.
    """
    n = len(shapes)
    left, right, border = rook_edges(shapes)
    keep = np.ones(left.size, dtype=bool)
    if fixed is not None:
        keep &= ~(fixed[left] | fixed[right])
    if within is not None:
        keep &= within[left] == within[right]
    around: list[dict[int, float]] = [{} for _ in range(n)]
    for a, b, w in zip(
        left[keep].tolist(), right[keep].tolist(), border[keep].tolist(), strict=True
    ):
        around[a][b] = w
        around[b][a] = w
    total = size.astype(np.float64).tolist()
    into = list(range(n))
    heap = [(s, i) for i, s in enumerate(total) if n_most is not None or s < least]
    heapq.heapify(heap)
    alive = n
    while heap:
        value, i = heapq.heappop(heap)
        if into[i] != i or value != total[i] or not around[i]:
            continue
        if value >= least and (n_most is None or alive <= n_most):
            break
        j = min(around[i], key=lambda k: (-around[i][k], k))
        into[i] = j
        alive -= 1
        total[j] += value
        for k, w in around[i].items():
            del around[k][i]
            if k != j:
                around[j][k] = around[k][j] = around[j].get(k, 0.0) + w
        around[i] = {}
        heapq.heappush(heap, (total[j], j))
    root = np.array([_root(into, i) for i in range(n)], dtype=np.int64)
    _, first, label = np.unique(root, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return rank[label].astype(np.int32)


def _root(into: list[int], i: int) -> int:
    while into[i] != i:
        into[i] = into[into[i]]
        i = into[i]
    return i
