"""How is a connected graph cut into connected groups of roughly even weight?"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


def split_evenly(
    n_groups: int,
    start: IntArray,
    neighbor: LabelArray,
    weight: FloatArray,
    *,
    within: BoolArray | None = None,
) -> LabelArray:
    """Cut a connected graph into connected groups of roughly even weight.

    The heaviest group is cut in two, again and again: the units nearest to one of its ends, up to
    half of its weight, against the largest piece of the rest.

    Parameters
    ----------
    n_groups
        Number of groups wanted; not more than the number of nodes.
    start, neighbor
        The graph in compressed rows.
    weight : (n,)
        Not negative.
    within : (n,), optional
        The nodes to cut up, connected; the others get -1.

    Returns
    -------
    (n,)
        Group of each node, 0.. .
    """
    label = np.zeros(weight.size, dtype=np.int32)
    if within is not None:
        label[~within] = -1
    value = weight + weight.sum() / max(weight.size, 1) * 0.1
    heap = [(-float(value[label == 0].sum()), 0)]
    for new in range(1, n_groups):
        while True:
            _, group = heapq.heappop(heap)
            own = np.flatnonzero(label == group)
            if own.size > 1:
                break
        away = _half(own, start, neighbor, value, label, group)
        label[away] = new
        heapq.heappush(heap, (-float(value[label == group].sum()), group))
        heapq.heappush(heap, (-float(value[away].sum()), new))
    return label


def _half(
    own: IntArray,
    start: IntArray,
    neighbor: LabelArray,
    value: FloatArray,
    label: LabelArray,
    group: int,
) -> IntArray:
    """Choose the half of a group that is farthest from one of its ends; both halves hang together."""
    first = int(own[0])
    for _ in range(2):  # start from an end of the group, so that the cut runs across it
        first = _breadth_first([first], start, neighbor, label == group)[-1]
    order = np.array(_breadth_first([first], start, neighbor, label == group))
    held = value[order].cumsum()
    near = max(1, int(np.searchsorted(held, held[-1] / 2)))
    open_ = np.zeros(label.size, dtype=bool)
    open_[order[near:]] = True
    best: list[int] = []
    while (
        open_.any()
    ):  # what the near half leaves may fall apart: only its largest piece is the far half
        piece = _breadth_first([int(np.argmax(open_))], start, neighbor, open_)
        open_[piece] = False
        best = max(best, piece, key=lambda p: float(value[p].sum()))
    return np.array(sorted(best), dtype=np.int64)


def _breadth_first(
    seeds: list[int], start: IntArray, neighbor: LabelArray, open_: BoolArray
) -> list[int]:
    order, seen = list(seeds), set(seeds)
    for i in order:
        for j in neighbor[start[i] : start[i + 1]].tolist():
            if open_[j] and j not in seen:
                seen.add(j)
                order.append(j)
    return order
