"""What do random plans look like that keep the same rules?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.moves import draw

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, LabelArray, RowArray, SeedArray


@kernel
def recombine(
    start: RowArray,
    neighbor: RowArray,
    is_open: BoolArray,
    source: LabelArray,
    amount: FloatArray,
    label: LabelArray,
    frozen: BoolArray,
    low: FloatArray,
    high: FloatArray,
    tries: int,
    state: SeedArray,
) -> int:
    """Merge two touching grids, draw a random spanning tree, cut it where both sides keep their bands.

    Trees are uniform (Wilson's algorithm); of the cuts that keep the bands one is drawn.

    Parameters
    ----------
    source : (2e,)
        The unit each row entry belongs to.
    frozen : (k,)
        Grids that take no part.
    low, high : (k, m)
        Bands.
    tries
        Trees drawn.

    Returns
    -------
    Tries that changed the plan.

    References
    ----------
    DeFord, D., Duchin, M., Solomon, J. (2021). Recombination: a family of Markov chains for
    redistricting. Harvard Data Science Review 3(1). Wilson, D. (1996). Generating random spanning
    trees more quickly than the cover time. STOC.
    """
    n = len(label)
    m = amount.shape[1]
    n_edges = len(neighbor)
    mark = np.zeros(n, np.int64)
    nodes = np.empty(n, np.int32)
    parent = np.full(n, -1, np.int32)
    inside = np.zeros(n, np.bool_)
    order = np.empty(n, np.int32)
    below = np.zeros((n, m))
    good = np.empty(2 * n, np.int64)
    side = np.zeros(n, np.bool_)
    total = np.zeros(m)
    steps = 0
    tick = 0
    for _ in range(tries):
        u = np.int64(-1)
        a = np.int64(-1)
        b = np.int64(-1)
        for _attempt in range(1000):
            t = int(draw(state) * n_edges)
            u = np.int64(source[t])
            a = np.int64(label[u])
            b = np.int64(label[neighbor[t]])
            if a != b and is_open[t] and a >= 0 and b >= 0 and not frozen[a] and not frozen[b]:
                break
            u = np.int64(-1)
        if u < 0:
            break
        tick += 1
        nodes[0] = u
        mark[u] = tick
        head = 0
        tail = 1
        total[:] = 0.0
        while head < tail:
            x = nodes[head]
            head += 1
            inside[x] = False
            for j in range(m):
                total[j] += amount[x, j]
            for t in range(start[x], start[x + 1]):
                y = neighbor[t]
                if is_open[t] and mark[y] != tick and (label[y] == a or label[y] == b):
                    mark[y] = tick
                    nodes[tail] = y
                    tail += 1
        root = nodes[int(draw(state) * tail)]
        inside[root] = True
        parent[root] = -1
        order[0] = root
        count = 1
        for i in range(tail):
            x = nodes[i]
            y = x
            while not inside[y]:
                t = start[y] + int(draw(state) * (start[y + 1] - start[y]))
                z = neighbor[t]
                if not is_open[t] or mark[z] != tick:
                    continue
                parent[y] = z
                y = z
            y = x
            first = count
            while not inside[y]:
                inside[y] = True
                order[count] = y
                count += 1
                y = parent[y]
            i0 = first
            i1 = count - 1
            while i0 < i1:  # a branch is listed leaf first: parents must come first
                z = order[i0]
                order[i0] = order[i1]
                order[i1] = z
                i0 += 1
                i1 -= 1
        n_good = 0
        for i in range(tail):
            x = order[i]
            for j in range(m):
                below[x, j] = amount[x, j]
        for i in range(tail - 1, 0, -1):
            x = order[i]
            for way in range(2):
                fits = True
                p = a if way == 0 else b
                q = b if way == 0 else a
                for j in range(m):
                    s = below[x, j]
                    rest = total[j] - s
                    if s < low[p, j] or s > high[p, j] or rest < low[q, j] or rest > high[q, j]:
                        fits = False
                if fits:
                    good[n_good] = 2 * np.int64(x) + way
                    n_good += 1
            for j in range(m):
                below[parent[x], j] += below[x, j]
        if n_good == 0:
            continue
        pick = good[int(draw(state) * n_good)]
        top = pick // 2
        p = a if pick % 2 == 0 else b
        q = b if pick % 2 == 0 else a
        for i in range(tail):
            x = order[i]
            side[x] = x == top or (parent[x] >= 0 and side[parent[x]])
        for i in range(tail):
            x = order[i]
            label[x] = p if side[x] else q
        steps += 1
    return steps
