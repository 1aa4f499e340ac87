"""How is an uneven plan brought into its bands, load travelling from grid to grid?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import lean
from gridkit._kernels.exchange import carry_out
from gridkit._kernels.moves import flip_gain, outside, penalty_change, stay_gain

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray

N_TRIES, N_MOST = 12, 4096
"""Moves tried around the worst grid before it has to wait; candidates looked at on either side."""


def room_to_balance(n: int, k: int, m: int) -> Arrays:
    """Make the scratch arrays of `balance` for n units, k grids and m amounts."""
    nobody = np.full((2, N_MOST), -1, np.int64)
    return (
        nobody, nobody.copy(), np.zeros((2, N_MOST)), np.zeros((2, N_MOST, m)),
        np.empty(2, np.int64), np.empty(m), np.empty(2, np.int64), np.zeros(n, np.int64),
        np.empty(n, np.uint32), np.zeros(k, np.int64), np.full(k, -1, np.int32),
        np.empty(n, np.int32),
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
    # candidates: [0] units that leave grid a, [1] units that join it; the first of each is nobody
    unit, grid, value, load, found_of, d, pair, stamp, queue, stuck, head_of, next_of = rest
    tick = np.int64(1)
    for i in range(n):
        r = label[i]
        if r >= 0:
            next_of[i] = head_of[r]
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
        found_of[:] = 1
        v = head_of[a]
        while v >= 0:
            for t in range(start[v], start[v + 1]):
                b = np.int64(label[neighbor[t]])
                if b == a or b < 0 or not is_open[t]:
                    continue
                for side in range(2):
                    u = np.int64(neighbor[t])
                    leaves = b
                    joins = a
                    if side == 0:
                        u = np.int64(v)
                        leaves = a
                        joins = b
                    count = found_of[side]
                    if not free[u] or C[leaves] <= 1 or count >= N_MOST:
                        continue
                    twice = False
                    for q in range(max(1, count - 60), count):
                        if unit[side, q] == u and grid[side, q] == b:
                            twice = True
                    if twice:
                        continue
                    gain = flip_gain(
                        u, leaves, joins, start, neighbor, border, cut, area, edge, feature, label,
                        A, P, S, weight,
                    )  # fmt: skip
                    unit[side, count] = u
                    grid[side, count] = b
                    value[side, count] = gain + stay_gain(u, leaves, joins, home, stay)
                    for j in range(m):
                        load[side, count, j] = amount[u, j]
                    found_of[side] = count + 1
            v = next_of[v]
        moved = False
        limit = np.inf
        for _ in range(N_TRIES):
            best = -np.inf
            for i in range(found_of[0]):
                for h in range(found_of[1]):
                    c = max(grid[0, i], grid[1, h])
                    if c < 0 or (i > 0 and grid[0, i] != c) or (h > 0 and grid[1, h] != c):
                        continue
                    for j in range(m):
                        d[j] = load[0, i, j] - load[1, h, j]
                    fall = penalty_change(a, c, d, W, t_low, t_high, t_scale)
                    worth = value[0, i] + value[1, h] - sharpness * fall
                    if fall < -1e-10 and best < worth < limit:
                        best = worth
                        b = c
                        pair[0] = unit[0, i]
                        pair[1] = unit[1, h]
            if best == -np.inf:
                break
            limit = best
            tick += 4
            if not carry_out(pair, a, b, graph, nodes, grids, budget, stamp, tick, queue):
                continue
            for i in range(2):
                u = pair[i]
                if u < 0:
                    continue
                joins = b if i == 0 else a
                leaves = a if i == 0 else b
                last = np.int32(-1)
                v = head_of[leaves]
                while v != u:
                    last = v
                    v = next_of[v]
                if last >= 0:
                    next_of[last] = next_of[u]
                else:
                    head_of[leaves] = next_of[u]
                next_of[u] = head_of[joins]
                head_of[joins] = u
            moved = True
            steps += 1
            break
        if not moved:
            stuck[a] = it + k // 4 + 20
    return steps
