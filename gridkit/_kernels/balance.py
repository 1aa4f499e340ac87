"""How is an uneven plan brought into its bands, load travelling from grid to grid?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import lean
from gridkit._kernels.exchange import carry_out
from gridkit._kernels.moves import flip_gain, outside, penalty_change, stay_gain

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray

N_BEST = 12
N_MOST = 4096


def room_to_balance(n: int, k: int, m: int) -> Arrays:
    """Make the scratch arrays of `balance` for n units, k grids and m amounts."""
    return (
        np.empty((2, N_MOST), np.int64), np.empty((2, N_MOST), np.int64), np.empty((2, N_MOST)),
        np.empty(2, np.int64), np.empty(N_BEST), np.empty((2, N_BEST), np.int64), np.empty(m),
        np.empty(2, np.int64), np.zeros(n, np.int64), np.empty(n, np.int32), np.zeros(k, np.int64),
        np.full(k, -1, np.int32), np.full((2, n), -1, np.int32),
    )  # fmt: skip


@lean
def balance(
    graph: Arrays,
    nodes: Arrays,
    grids: Arrays,
    bands: Arrays,
    target: Arrays,
    budget: Arrays,
    weight: FloatArray,
    sharpness: float,
    max_steps: int,
    rest: Arrays,
) -> int:
    """Take best-improving moves and exchanges around the worst grid until every band holds.

    Every step lowers the sum of squared deviations from `target`, so that load also travels
    through grids that are inside their bands.

    Parameters
    ----------
    bands, target
        (low, high, scale) of the hard bands, and of the narrower band aimed at.
    sharpness
        Weight of evenness against the objective.
    max_steps
        Most steps.
    rest
        Scratch of `room_to_balance`.

    Returns
    -------
    Steps made.
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, free = nodes
    label, W, A, P, C, S, _ = grids
    low, high, scale = bands
    t_low, t_high, t_scale = target
    home, _, _, _, stay = budget
    n = len(label)
    k = W.shape[0]
    m = W.shape[1]
    # candidates: [0] units that leave grid a, [1] units that join it
    unit, grid, value, found_of, best, best_at, d, pair, stamp, queue, stuck, head_of, links = rest
    tick = np.int64(1)
    next_of = links[0]
    last_of = links[1]
    for i in range(n):
        r = label[i]
        if r >= 0:
            next_of[i] = head_of[r]
            if head_of[r] >= 0:
                last_of[head_of[r]] = i
            head_of[r] = i
    steps = 0
    for it in range(1, max_steps + 1):
        a = np.int64(-1)
        worst = 1e-12
        n_bad = 0
        for r in range(k):
            x = 0.0
            for j in range(m):
                x += outside(W[r, j], low[r, j], high[r, j], scale[r, j])
            if x > 1e-12:
                n_bad += 1
                if x > worst and stuck[r] < it:
                    worst = x
                    a = np.int64(r)
        if n_bad == 0:
            break
        if a < 0:
            continue
        found_of[0] = 0
        found_of[1] = 0
        v = head_of[a]
        while v >= 0:
            for t in range(start[v], start[v + 1]):
                b = np.int64(label[neighbor[t]])
                if b == a or b < 0 or not is_open[t]:
                    continue
                for side in range(2):
                    u = np.int64(v if side == 0 else neighbor[t])
                    leaves = a if side == 0 else b
                    joins = b if side == 0 else a
                    count = found_of[side]
                    if not free[u] or C[leaves] <= 1 or count >= N_MOST:
                        continue
                    twice = False
                    for q in range(max(0, count - 60), count):
                        if unit[side, q] == u and grid[side, q] == b:
                            twice = True
                    if twice:
                        continue
                    gain = flip_gain(
                        u,
                        leaves,
                        joins,
                        start,
                        neighbor,
                        border,
                        cut,
                        area,
                        edge,
                        feature,
                        label,
                        A,
                        P,
                        S,
                        weight,
                    )
                    unit[side, count] = u
                    grid[side, count] = b
                    value[side, count] = gain + stay_gain(u, leaves, joins, home, stay)
                    found_of[side] = count + 1
            v = next_of[v]
        found = 0
        for i in range(-1, found_of[0]):
            for jj in range(-1, found_of[1]):
                if i < 0 and jj < 0:
                    continue
                if i >= 0 and jj >= 0 and grid[0, i] != grid[1, jj]:
                    continue
                b = grid[0, i] if i >= 0 else grid[1, jj]
                for j in range(m):
                    d[j] = (amount[unit[0, i], j] if i >= 0 else 0.0) - (
                        amount[unit[1, jj], j] if jj >= 0 else 0.0
                    )
                fall = penalty_change(a, b, d, W, t_low, t_high, t_scale)
                if fall >= -1e-10:
                    continue
                worth = -sharpness * fall
                if i >= 0:
                    worth += value[0, i]
                if jj >= 0:
                    worth += value[1, jj]
                if found < N_BEST or worth > best[found - 1]:
                    if found < N_BEST:
                        found += 1
                    p = found - 1
                    while p > 0 and best[p - 1] < worth:
                        best[p] = best[p - 1]
                        best_at[0, p] = best_at[0, p - 1]
                        best_at[1, p] = best_at[1, p - 1]
                        p -= 1
                    best[p] = worth
                    best_at[0, p] = i
                    best_at[1, p] = jj
        moved = False
        for c in range(found):
            for i in range(2):
                at = best_at[i, c]
                pair[i] = -1
                if at >= 0:
                    pair[i] = unit[i, at]
                    b = grid[i, at]
            tick += 4
            if not carry_out(pair, a, b, graph, nodes, grids, budget, stamp, tick, queue):
                continue
            for i in range(2):
                u = pair[i]
                if u < 0:
                    continue
                joins = b if i == 0 else a
                leaves = a if i == 0 else b
                if last_of[u] >= 0:
                    next_of[last_of[u]] = next_of[u]
                else:
                    head_of[leaves] = next_of[u]
                if next_of[u] >= 0:
                    last_of[next_of[u]] = last_of[u]
                next_of[u] = head_of[joins]
                last_of[u] = -1
                if head_of[joins] >= 0:
                    last_of[head_of[joins]] = u
                head_of[joins] = u
            moved = True
            steps += 1
            break
        if not moved:
            stuck[a] = it + k // 4 + 20
    return steps
