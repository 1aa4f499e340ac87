"""Which colour class does each grid get, so that neighbours differ?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridkit._typing import IntArray, LabelArray

N_COLORS = 6


def color_pairs(k: int, a: IntArray, b: IntArray) -> IntArray:
    """Colour the nodes of a graph one after another, those with most coloured neighbours first.

    Parameters
    ----------
    k
        Number of nodes.
    a, b : (e,)
        Neighbours.

    Returns
    -------
    (k,)
        0..; neighbours differ. On maps four or five colours nearly always do.

    Examples
    --------
    >>> color_pairs(3, np.array([0, 1]), np.array([1, 2])).tolist()
    [1, 0, 1]
    """
    near: list[set[int]] = [set() for _ in range(k)]
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        if i != j:
            near[i].add(j)
            near[j].add(i)
    color = np.full(k, -1, dtype=np.int64)
    seen: list[set[int]] = [set() for _ in range(k)]
    left = set(range(k))
    while left:
        i = min(left, key=lambda v: (-len(seen[v]), -len(near[v]), v))
        left.remove(i)
        color[i] = next(c for c in range(k + 1) if c not in seen[i])
        for j in near[i]:
            seen[j].add(int(color[i]))
    return color


def first_colors(label: LabelArray, k: int, start: IntArray, neighbor: LabelArray) -> IntArray:
    """Colour the grids of a plan; more than `N_COLORS` wrap around."""
    source = np.repeat(np.arange(label.size), np.diff(start))
    a, b = label[source].astype(np.int64), label[neighbor].astype(np.int64)
    key = np.unique(a[(a < b) & (a >= 0)] * k + b[(a < b) & (a >= 0)])
    return color_pairs(k, key // k, key % k) % N_COLORS


def recolor(
    color: IntArray,
    touched: Iterable[int],
    label: LabelArray,
    start: IntArray,
    neighbor: LabelArray,
    size: IntArray,
) -> list[int]:
    """Give another colour to grids that now touch one of their own colour; `color` is changed.

    Returns
    -------
    list of int
        Slots with a new colour.
    """
    changed = []
    for slot in sorted(touched, key=lambda s: int(size[s])):
        own = np.flatnonzero(label == slot)
        if not own.size:
            continue
        at = neighbor[_spans(start[own], start[own + 1])]
        near = np.unique(label[at])
        near = near[(near >= 0) & (near != slot)]
        taken = np.bincount(color[near], minlength=N_COLORS)
        if taken[color[slot]]:
            best = int(np.argmin(taken))
            if taken[best] < taken[color[slot]]:
                color[slot] = best
                changed.append(slot)
    return changed


def _spans(first: IntArray, end: IntArray) -> IntArray:
    """List the positions of several half-open ranges."""
    n = end - first
    shift = np.repeat(first - np.concatenate([[0], np.cumsum(n)[:-1]]), n)
    out: IntArray = np.arange(int(n.sum()), dtype=np.int64) + shift
    return out
