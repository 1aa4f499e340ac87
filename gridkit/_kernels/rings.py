"""In which order does a growing circle take up the units around each centre?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gridkit._kernels._jit import lean

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray

ROUNDING = 1e-6
"""Share of a cell that is never lost to rounding."""


@lean
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
    near: LabelArray,
    bucket: LabelArray,
    d2: FloatArray,
    count: LabelArray,
    ids: IntArray,
    away2: FloatArray,
    done: int,
    used: int,
    out: IntArray,
    start: IntArray,
) -> int:
    """List for each centre the units by distance, as long as their weights stay within a limit.

    Ties go to the smaller position. Begins with centre number `done`, whose list goes to
    ``out[used]``; ``start[i + 1]`` becomes the end of the list of centre i. Returns how many centres
    are done: fewer than all where `out` has not room for one more list of every unit. `near`,
    `bucket`, `d2`, `ids`, `away2` (n,) and `count` (n + 1,) are scratch arrays.
    """
    n = len(x)
    diagonal = side * (columns + rows)
    radius = 3.0 * side
    for number in range(done, len(centers)):
        if used + n > len(out):
            return number
        i = centers[number]
        x0 = x[i]
        y0 = y[i]
        radius = min(radius, most_radius)
        while True:
            r0 = max(0, int((y0 - radius - south) / side))
            r1 = min(rows - 1, int((y0 + radius - south) / side))
            m = 0
            total = 0.0
            r2 = radius * radius
            for r in range(r0, r1 + 1):
                # a row of cells is crossed where the circle is as wide as at its nearer edge
                dy = max(south + r * side - y0, y0 - south - (r + 1) * side, 0.0) - ROUNDING * side
                half = math.sqrt(max(r2 - dy * abs(dy), 0.0)) + ROUNDING * side
                c0 = max(0, int((x0 - half - west) / side))
                c1 = min(columns - 1, int((x0 + half - west) / side))
                for s in range(cell_start[r * columns + c0], cell_start[r * columns + c1 + 1]):
                    j = order[s]
                    dx = x[j] - x0
                    dy = y[j] - y0
                    q = dx * dx + dy * dy
                    if q <= r2:
                        near[m] = j
                        d2[m] = q
                        total += weight[j]
                        m += 1
            if total > most_weight or radius >= diagonal or radius >= most_radius:
                break
            grow = 1.05 * math.sqrt(most_weight / total) if 4.0 * total > most_weight else 2.0
            radius = min(radius * grow, most_radius)
        # squared distances are even in the plane: buckets of equal width hold about as many
        scale = m / (r2 * (1.0 + 1e-9)) if r2 > 0 else 0.0
        for b in range(m + 1):
            count[b] = 0
        for a in range(m):
            b = int(d2[a] * scale)
            bucket[a] = b
            count[b + 1] += 1
        for b in range(m):
            count[b + 1] += count[b]
        for a in range(m):
            b = bucket[a]
            ids[count[b]] = near[a]
            away2[count[b]] = d2[a]
            count[b] += 1
        for a in range(1, m):  # insertion inside the buckets
            j = ids[a]
            q = away2[a]
            b = a - 1
            while b >= 0 and (away2[b] > q or (away2[b] == q and ids[b] > j)):
                ids[b + 1] = ids[b]
                away2[b + 1] = away2[b]
                b -= 1
            ids[b + 1] = j
            away2[b + 1] = q
        total = 0.0
        k = 0
        while k < m and total + weight[ids[k]] <= most_weight:
            total += weight[ids[k]]
            out[used + k] = ids[k]
            k += 1
        used += k
        start[number + 1] = used
        if 0 < k < m:
            radius = 1.05 * math.sqrt(away2[k]) + 1e-9 * side
    return len(centers)


@lean
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
    fill: IntArray,
    found: LabelArray,
) -> None:
    """List for each point the others within a distance, in rising order.

    ``fill[i]`` is where the next one of point i goes in `found`, which may be empty: then they are
    only counted.
    """
    limit = band * band
    for j in range(len(x)):  # every point enters itself into the lists of its neighbours
        c0 = max(0, int((x[j] - band - west) / side))
        c1 = min(columns - 1, int((x[j] + band - west) / side))
        r0 = max(0, int((y[j] - band - south) / side))
        r1 = min(rows - 1, int((y[j] + band - south) / side))
        for r in range(r0, r1 + 1):
            for s in range(cell_start[r * columns + c0], cell_start[r * columns + c1 + 1]):
                i = order[s]
                dx = x[j] - x[i]
                dy = y[j] - y[i]
                if j != i and dx * dx + dy * dy <= limit:
                    if len(found) > 0:
                        found[fill[i]] = j
                    fill[i] += 1
