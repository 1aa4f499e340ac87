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
    share: float = 0.5,
) -> IntArray:
    """Choose the half of a group that is farthest from one of its ends; both halves hang together."""
    first = int(own[0])
    for _ in range(2):  # start from an end of the group, so that the cut runs across it
        first = _breadth_first([first], start, neighbor, label == group)[-1]
    order = np.array(_breadth_first([first], start, neighbor, label == group))
    held = value[order].cumsum()
    near = max(1, int(np.searchsorted(held, held[-1] * share)))
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


def split_proportional(
    n_parts: int, start: IntArray, neighbor: LabelArray, weight: FloatArray
) -> LabelArray:
    """Cut a connected graph into connected parts of nearly equal weight.

    Each group is cut into shares that fit the number of parts it still has to give; the numbers follow
    the weights that the cut really gave.

    Parameters
    ----------
    n_parts
        Number of parts wanted; not more than the number of nodes.
    start, neighbor
        The graph in compressed rows.
    weight : (n,)
        Not negative.

    Returns
    -------
    (n,)
        Part of each node, 0.. .
    """
    label = np.zeros(weight.size, dtype=np.int32)
    open_ = [(n_parts, 0)]
    new = 0
    while open_:
        parts, group = open_.pop()
        own = np.flatnonzero(label == group)
        if parts <= 1 or own.size <= 1:
            continue
        far = _half(
            own, start, neighbor, weight + 1e-12, label, group, share=1 - (parts // 2) / parts
        )
        total = float(weight[own].sum())
        held = float(weight[far].sum()) / total if total > 0 else far.size / own.size
        away = min(max(round(parts * held), 1), parts - 1)
        away = max(parts - (own.size - far.size), min(away, int(far.size)))
        new += 1
        label[far] = new
        open_ += [(parts - away, group), (away, new)]
    return label


def even_out(
    label: LabelArray,
    start: IntArray,
    neighbor: LabelArray,
    weight: FloatArray,
    *,
    n_moves: int = 2_000,
) -> LabelArray:
    """Move single nodes from heavy parts to lighter neighbours while parts stay connected.

    A plain descent: it stops when no move makes a pair of parts more even.

    Parameters
    ----------
    label : (n,)
        Connected parts, 0.. .
    start, neighbor
        The graph in compressed rows.
    weight : (n,)
        Not negative.
    n_moves
        The most moves that are made.

    Returns
    -------
    (n,)
        Parts with less difference between neighbours.
    """
    out = label.copy()
    held = np.bincount(out, weight).astype(np.float64)
    stuck: set[int] = set()
    for _ in range(n_moves):
        rest = [g for g in np.argsort(-held, kind="stable").tolist() if g not in stuck]
        if not rest:
            break
        move = _best_move(rest[0], out, start, neighbor, weight, held)
        if move is None:
            stuck.add(rest[0])
            continue
        node, to = move
        held[rest[0]] -= weight[node]
        held[to] += weight[node]
        out[node] = to
        stuck.clear()
    return out


def _best_move(
    group: int,
    label: LabelArray,
    start: IntArray,
    neighbor: LabelArray,
    weight: FloatArray,
    held: FloatArray,
) -> tuple[int, int] | None:
    """Find the node whose move to a lighter part lowers the sum of squares most."""
    own = np.flatnonzero(label == group)
    if own.size < 2:
        return None
    found = []
    for u in own.tolist():
        for g in set(label[neighbor[start[u] : start[u + 1]]].tolist()) - {group}:
            gain = float(weight[u]) * (held[group] - held[g] - weight[u])
            if gain > 1e-9 * held[group] ** 2:
                found.append((-gain, u, g))
    for _, u, g in sorted(found):
        open_ = label == group
        open_[u] = False
        first = int(own[0]) if own[0] != u else int(own[1])
        if len(_breadth_first([first], start, neighbor, open_)) == own.size - 1:
            return u, g
    return None
