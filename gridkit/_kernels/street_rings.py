"""In which order does a window that grows along streets take up the points around each centre?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import inner, lean

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, Position


@inner
def heap_push(heap_d: FloatArray, heap_v: IntArray, size: Position, d: float, v: int) -> int:
    """Put a node on the heap; returns its new size."""
    i = size
    while i > 0:
        up = (i - 1) // 2
        if heap_d[up] <= d:
            break
        heap_d[i] = heap_d[up]
        heap_v[i] = heap_v[up]
        i = up
    heap_d[i] = d
    heap_v[i] = v
    return size + 1


@inner
def heap_drop(heap_d: FloatArray, heap_v: IntArray, size: int) -> int:
    """Take the nearest node off the heap; returns its new size."""
    size -= 1
    if size > 0:
        d = heap_d[size]
        v = heap_v[size]
        i = 0
        while True:
            c = 2 * i + 1
            if c >= size:
                break
            if c + 1 < size and heap_d[c + 1] < heap_d[c]:
                c += 1
            if heap_d[c] >= d:
                break
            heap_d[i] = heap_d[c]
            heap_v[i] = heap_v[c]
            i = c
        heap_d[i] = d
        heap_v[i] = v
    return size


@inner
def sort_near(near: IntArray, m: Position, away: FloatArray) -> None:
    """Sort the first `m` points by distance, then position (Shell 1959; every gap 4 / 9 of the last)."""
    gap = max(1, 4 * m // 9)
    while gap > 0:
        for i in range(gap, m):
            p = near[i]
            d = away[p]
            j = i
            while j >= gap and (
                away[near[j - gap]] > d or (away[near[j - gap]] == d and near[j - gap] > p)
            ):
                near[j] = near[j - gap]
                j -= gap
            near[j] = p
        gap = max(1, 4 * gap // 9) if gap > 1 else 0


@lean
def street_rings(
    centers: IntArray,
    segment: IntArray,
    at: FloatArray,
    weight: FloatArray,
    point_start: IntArray,
    point: IntArray,
    ends: IntArray,
    length: FloatArray,
    start: IntArray,
    node: IntArray,
    edge: IntArray,
    step: FloatArray,
    most_weight: float,
    most_distance: float,
    is_done: BoolArray,
    popped: IntArray,
    away: FloatArray,
    near: IntArray,
    heap_d: FloatArray,
    heap_v: IntArray,
    done: int,
    used: int,
    out: IntArray,
    out_d: FloatArray,
    first: IntArray,
) -> int:
    """List for each centre the points by distance along streets, as long as their weights stay within a limit.

    Point `p` lies `at[p]` metres along `segment[p]`; `point[point_start[e]:point_start[e + 1]]` are those on
    segment `e`. Ties go to the smaller position; points that no street leads to are left out.
    Begins with centre number `done`, whose list and distances go to ``out[used]`` and ``out_d[used]``;
    ``first[i + 1]`` becomes the end of the list of centre i. Returns how many centres are done: fewer
    than all where `out` has not room for one more list of every point. Scratch: `is_done` (nodes,) all
    false, `popped` (nodes,), `away` (points,) all infinite, `near` (points,), `heap_d` and `heap_v`
    (arcs + 8,).
    """
    for number in range(done, len(centers)):
        if used + len(near) > len(out):
            return number
        i = centers[number]
        e = segment[i]
        m = np.int64(0)
        total = 0.0
        for a in range(point_start[e], point_start[e + 1]):
            p = point[a]
            away[p] = abs(at[p] - at[i])
            near[m] = p
            m += 1
            total += weight[p]
        size = heap_push(heap_d, heap_v, np.int64(0), at[i], ends[e, 0])
        size = heap_push(heap_d, heap_v, size, length[e] - at[i], ends[e, 1])
        stop = most_distance
        bounded = False
        n_popped = 0
        while size > 0:
            if not bounded and total > most_weight:
                # nothing beyond the farthest of these can belong to the list
                bounded = True
                far = 0.0
                for a in range(m):
                    far = max(far, away[near[a]])
                stop = min(stop, far)
            d = heap_d[0]
            v = heap_v[0]
            if d > stop:
                break
            size = heap_drop(heap_d, heap_v, size)
            if is_done[v]:
                continue
            is_done[v] = True
            popped[n_popped] = v
            n_popped += 1
            for a in range(start[v], start[v + 1]):
                f = edge[a]
                for b in range(point_start[f], point_start[f + 1]):
                    p = point[b]
                    w = d + (at[p] if ends[f, 0] == v else length[f] - at[p])
                    if ends[f, 0] == ends[f, 1]:
                        w = d + min(at[p], length[f] - at[p])
                    if w < away[p]:
                        if away[p] == np.inf:
                            near[m] = p
                            m += 1
                            total += weight[p]
                        away[p] = w
                if not is_done[node[a]]:
                    size = heap_push(heap_d, heap_v, size, d + step[a], node[a])
        for a in range(n_popped):
            is_done[popped[a]] = False
        sort_near(near, m, away)
        total = 0.0
        for a in range(m):
            p = near[a]
            total += weight[p]
            if total > most_weight or away[p] > most_distance:
                break
            out[used] = p
            out_d[used] = away[p]
            used += 1
        first[number + 1] = used
        for a in range(m):
            away[near[a]] = np.inf
    return len(centers)
