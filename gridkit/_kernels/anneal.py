"""How are grids made rounder by moving a unit, or exchanging two, uphill now and then?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.moves import (
    book_change,
    borders_of,
    draw,
    keeps_together,
    move_unit,
    penalty_change,
    shape_value,
    stay_gain,
)

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray, IntArray, SeedArray

N_LOOK = 30
"""Units looked at in search of one to give back."""


@kernel
def anneal(
    order: IntArray,
    graph: Arrays,
    nodes: Arrays,
    grids: Arrays,
    bands: Arrays,
    budget: Arrays,
    weight: FloatArray,
    schedule: FloatArray,
    lift: FloatArray,
    rest: Arrays,
    state: SeedArray,
) -> tuple[int, int, int]:
    """Simulated annealing with moves and exchanges; grids stay in one piece.

    A unit whose moves are all far too bad sleeps for some sweeps; when it wakes, its chance counts as
    many times as it slept, so that sleeping saves work and changes little else. A move wakes the
    neighbours.

    Parameters
    ----------
    order
        Units to try, in this order, once a sweep.
    graph, nodes, grids, bands, budget
        Tuples of arrays, see `gridkit.solver.problem.Problem`.
    weight
        Weights of the objective: roundness, then one for each feature.
    schedule
        Temperature at the first and last sweep, penalty at the first and last sweep, number of
        sweeps. Temperature 0 only climbs, and ends when nothing moves.
    lift : (k,)
        What one unit of load more is worth in each grid: it draws load over long distances.
    rest
        ``wake, slept`` (n,) int32: when each unit looks again, in sweeps, and how long it slept.
    state : (1,) uint64
        Of the generator.

    Returns
    -------
    moves made, exchanges made, moves looked at
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, free = nodes
    label, W, A, P, C, S, loose = grids
    low, high, scale = bands
    home, change, spent, cap, stay = budget
    wake, slept = rest
    n = len(label)
    m = W.shape[1]
    n_features = S.shape[1]
    stamp = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    d = np.empty(m)
    pair = np.empty(2, np.int64)
    tick = 1
    n_moves = 0
    n_swaps = 0
    n_looks = 0
    sweeps = int(schedule[4])
    round_weight = weight[0]
    for s in range(sweeps):
        f = s / max(1, sweeps - 1)
        climb = schedule[0] <= 0.0
        T = 1e-9 if climb else schedule[0] * (schedule[1] / schedule[0]) ** f
        gamma = schedule[2] * (schedule[3] / schedule[2]) ** f
        before = n_moves + n_swaps
        for q in range(len(order)):
            u = order[q]
            if wake[u] > s:
                continue
            a = np.int64(label[u])
            t0 = start[u]
            t1 = start[u + 1]
            count = 0
            other = -1
            several = False
            for t in range(t0, t1):
                r = label[neighbor[t]]
                if r != a and is_open[t]:
                    count += 1
                    if other >= 0 and r != other:
                        several = True
                    other = r
            if count == 0 or C[a] <= 1:
                wake[u] = s + (1 << 20 if count == 0 else 8)
                slept[u] = 1
                continue
            b = np.int64(other)
            if several:
                pick = int(draw(state) * count)
                for t in range(t0, t1):
                    r = label[neighbor[t]]
                    if r != a and is_open[t]:
                        if pick == 0:
                            b = np.int64(r)
                            break
                        pick -= 1
            n_looks += 1
            limit = 1e-9 if climb else T * np.log((draw(state) + 1e-300) / slept[u])
            to_a, to_b, cost = borders_of(u, a, b, start, neighbor, border, cut, label)
            base = shape_value(A[a], P[a]) + shape_value(A[b], P[b])
            Pa = P[a] - edge[u] + 2 * to_a
            Pb = P[b] + edge[u] - 2 * to_b
            Aa = A[a] - area[u]
            Ab = A[b] + area[u]
            gain = round_weight * (shape_value(Aa, Pa) + shape_value(Ab, Pb) - base) - cost
            gain += stay_gain(u, a, b, home, stay)
            for j in range(n_features):
                x = feature[u, j]
                gain += weight[1 + j] * (
                    (S[a, j] - x) ** 2 / Aa
                    + (S[b, j] + x) ** 2 / Ab
                    - S[a, j] ** 2 / A[a]
                    - S[b, j] ** 2 / A[b]
                )
            pair[0] = u
            pair[1] = -1
            for j in range(m):
                d[j] = amount[u, j]
            rise = penalty_change(a, b, d, W, low, high, scale)
            pull = lift[b] - lift[a]
            gain += pull * amount[u, 0]
            total = gain - gamma * rise
            if total < limit and (rise <= 0 or gain < limit):
                x = max(total, gain) / T
                nap = 1
                if x < -2.5:
                    nap = 3
                if x < -4.0:
                    nap = 8
                if x < -6.5:
                    nap = 24
                if several:
                    nap = (nap + 1) // 2
                wake[u] = s + nap
                slept[u] = nap
                continue
            slept[u] = 1
            wake[u] = s
            if total < limit:
                # only the bands forbid the move: look nearby for the best unit of b to give back
                tick += 2
                best = limit
                head = 0
                tail = 1
                queue[0] = u
                stamp[u] = tick
                while head < tail < N_LOOK:
                    y = queue[head]
                    head += 1
                    touches = False
                    for t in range(start[y], start[y + 1]):
                        v = neighbor[t]
                        r = label[v]
                        if r == a and v != u and is_open[t]:
                            touches = True
                        if (r == b or r == a) and stamp[v] != tick and tail < N_LOOK:
                            stamp[v] = tick
                            queue[tail] = v
                            tail += 1
                    if label[y] != b or not touches or not free[y]:
                        continue
                    fall = 0.0
                    for j in range(m):
                        d[j] = amount[u, j] - amount[y, j]
                    fall = penalty_change(a, b, d, W, low, high, scale)
                    if gain - pull * amount[y, 0] + 0.05 - gamma * fall < best:
                        continue
                    n_looks += 1
                    y_b, y_a, back = borders_of(y, b, a, start, neighbor, border, cut, label)
                    for t in range(t0, t1):
                        if neighbor[t] == y:
                            y_a -= border[t]
                            to_c = to_b - border[t]
                            back += 2 * cut[t]
                            break
                    else:
                        to_c = to_b
                    Pa = P[a] - edge[u] + 2 * to_a + edge[y] - 2 * y_a
                    Pb = P[b] - edge[y] + 2 * y_b + edge[u] - 2 * to_c
                    Aa = A[a] - area[u] + area[y]
                    Ab = A[b] - area[y] + area[u]
                    both = (
                        round_weight * (shape_value(Aa, Pa) + shape_value(Ab, Pb) - base)
                        - cost
                        - back
                    )
                    both += stay_gain(u, a, b, home, stay) + stay_gain(y, b, a, home, stay)
                    for j in range(n_features):
                        x = feature[u, j] - feature[y, j]
                        both += weight[1 + j] * (
                            (S[a, j] - x) ** 2 / Aa
                            + (S[b, j] + x) ** 2 / Ab
                            - S[a, j] ** 2 / A[a]
                            - S[b, j] ** 2 / A[b]
                        )
                    both += pull * (amount[u, 0] - amount[y, 0]) - gamma * fall
                    if both >= best:
                        best = both
                        pair[1] = y
                if pair[1] < 0:
                    wake[u] = s + 3
                    continue
            fine = True
            for i in range(2):
                x1 = pair[i]
                if x1 < 0 or not fine:
                    continue
                if i == 1:
                    # the unit that goes to b must touch b without the one that leaves it
                    fine = False
                    for t in range(t0, t1):
                        if is_open[t] and neighbor[t] != x1 and label[neighbor[t]] == b:
                            fine = True
                    if not fine:
                        continue
                tick += 2
                if not loose[label[x1]]:
                    fine = keeps_together(x1, start, neighbor, is_open, label, stamp, tick, queue)
            if fine and cap.shape[0] > 0:
                fine = book_change(pair, a, b, home, change, spent, cap)
            if not fine:
                wake[u] = s + 4
                continue
            to = b
            for i in range(2):
                x1 = pair[i]
                if x1 < 0:
                    continue
                move_unit(
                    x1,
                    to,
                    start,
                    neighbor,
                    border,
                    amount,
                    area,
                    edge,
                    feature,
                    label,
                    W,
                    A,
                    P,
                    C,
                    S,
                )
                to = a
                wake[x1] = 0
                slept[x1] = 1
                for t in range(start[x1], start[x1 + 1]):
                    v = neighbor[t]
                    wake[v] = 0
                    slept[v] = 1
            if pair[1] < 0:
                n_moves += 1
            else:
                n_swaps += 1
        if climb and n_moves + n_swaps == before and s >= 8:
            break
    for q in range(len(order)):
        u = order[q]
        wake[u] = max(0, wake[u] - sweeps)
    return n_moves, n_swaps, n_looks
