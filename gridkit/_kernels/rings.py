"""In which order does a growing circle take up the units around each centre?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray


@kernel
def cell_index(
    x: FloatArray, y: FloatArray, west: float, south: float, side: float, columns: int, rows: int
) -> tuple[IntArray, IntArray]:
    """Sort points into square cells: points in the order of cells, and where each cell starts."""
    n = x.size
    of = np.empty(n, np.int64)
    start = np.zeros(columns * rows + 1, np.int64)
    for i in range(n):
        c = min(int((x[i] - west) / side), columns - 1)
        r = min(int((y[i] - south) / side), rows - 1)
        of[i] = r * columns + c
        start[of[i] + 1] += 1
    for c in range(columns * rows):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    order = np.empty(n, np.int64)
    for i in range(n):
        order[fill[of[i]]] = i
        fill[of[i]] += 1
    return order, start


@kernel
def growing_rings(
    centers: IntArray,
    x: FloatArray,
    y: FloatArray,
    weight: FloatArray,
    most_weight: float,
    most_radius: float,
    west: float,
    south: float,
    side: float,
    columns: int,
    rows: int,
    order: IntArray,
    cell_start: IntArray,
) -> tuple[IntArray, IntArray]:
    """List for each centre the units by distance, as long as their weights stay within a limit.

    Ties go to the smaller position. Returns the lists one after another, and where each starts.
    """
    n = x.size
    near = np.empty(n, np.int64)
    d2 = np.empty(n)
    rank = np.empty(n, np.int64)
    count = np.zeros(n + 2, np.int64)
    capacity = 1024
    out = np.empty(capacity, np.int64)
    start = np.zeros(centers.size + 1, np.int64)
    diagonal = side * (columns + rows)
    radius = 3.0 * side
    used = 0
    for number in range(centers.size):
        i = centers[number]
        radius = min(radius, most_radius)
        while True:
            c0 = max(0, int((x[i] - radius - west) / side))
            c1 = min(columns - 1, int((x[i] + radius - west) / side))
            r0 = max(0, int((y[i] - radius - south) / side))
            r1 = min(rows - 1, int((y[i] + radius - south) / side))
            m = 0
            total = 0.0
            r2 = radius * radius
            for r in range(r0, r1 + 1):
                for s in range(cell_start[r * columns + c0], cell_start[r * columns + c1 + 1]):
                    j = order[s]
                    dx = x[j] - x[i]
                    dy = y[j] - y[i]
                    q = dx * dx + dy * dy
                    if q <= r2:
                        near[m] = j
                        d2[m] = q
                        total += weight[j]
                        m += 1
            if total > most_weight or radius >= diagonal or radius >= most_radius:
                break
            radius = min(radius * 1.3, most_radius)
        # counting sort by squared distance (even in the plane), then insertion inside buckets
        for b in range(m + 1):
            count[b] = 0
        scale = m / (r2 * (1.0 + 1e-9)) if r2 > 0 else 0.0
        for a in range(m):
            count[min(int(d2[a] * scale), m - 1) + 1] += 1
        for b in range(m):
            count[b + 1] += count[b]
        for a in range(m):
            b = min(int(d2[a] * scale), m - 1)
            rank[count[b]] = a
            count[b] += 1
        for a in range(1, m):
            v = rank[a]
            b = a - 1
            while b >= 0 and (
                d2[rank[b]] > d2[v] or (d2[rank[b]] == d2[v] and near[rank[b]] > near[v])
            ):
                rank[b + 1] = rank[b]
                b -= 1
            rank[b + 1] = v
        while used + m > capacity:
            wider = np.empty(2 * capacity, np.int64)
            wider[:used] = out[:used]
            out = wider
            capacity *= 2
        total = 0.0
        k = 0
        while k < m and total + weight[near[rank[k]]] <= most_weight:
            total += weight[near[rank[k]]]
            out[used] = near[rank[k]]
            used += 1
            k += 1
        start[number + 1] = used
        if 0 < k < m:
            radius = 1.05 * np.sqrt(d2[rank[k]]) + 1e-9 * side
    return out[:used].copy(), start


@kernel
def band_lists(
    x: FloatArray,
    y: FloatArray,
    band: float,
    west: float,
    south: float,
    side: float,
    columns: int,
    rows: int,
    order: IntArray,
    cell_start: IntArray,
) -> tuple[IntArray, LabelArray]:
    """List for each point the others within a distance, in rising order."""
    n = x.size
    start = np.zeros(n + 1, np.int64)
    found = np.empty(0, np.int32)
    limit = band * band
    for turn in range(2):  # count, then fill
        if turn == 1:
            for i in range(n):
                start[i + 1] += start[i]
            found = np.empty(start[n], np.int32)
        for i in range(n):
            c0 = max(0, int((x[i] - band - west) / side))
            c1 = min(columns - 1, int((x[i] + band - west) / side))
            r0 = max(0, int((y[i] - band - south) / side))
            r1 = min(rows - 1, int((y[i] + band - south) / side))
            m = 0
            for r in range(r0, r1 + 1):
                for s in range(cell_start[r * columns + c0], cell_start[r * columns + c1 + 1]):
                    j = order[s]
                    dx = x[j] - x[i]
                    dy = y[j] - y[i]
                    if j != i and dx * dx + dy * dy <= limit:
                        if turn == 1:
                            found[start[i] + m] = j
                        m += 1
            if turn == 0:
                start[i + 1] = m
            else:
                found[start[i] : start[i] + m].sort()
    return start, found
