"""How are grids made rounder by moving one unit at a time, uphill now and then?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.moves import (
    draw,
    excess_change,
    flip_gain,
    keeps_together,
    move_unit,
    penalty_change,
)

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray, IntArray, LabelArray, SeedArray


@kernel
def change_fits(
    u: int, a: int, b: int, home: LabelArray, change: FloatArray, spent: FloatArray, cap: FloatArray
) -> bool:
    """Tell whether moving `u` from `a` to `b` stays within every budget of change."""
    h = home[u]
    if h < 0:
        return True
    sign = 0.0
    if h == a:
        sign = 1.0
    elif h == b:
        sign = -1.0
    for j in range(cap.shape[0]):
        x = spent[j] + sign * change[u, j]
        if x > cap[j] and sign > 0:
            return False
    return True


@kernel
def book_change(
    u: int, a: int, b: int, home: LabelArray, change: FloatArray, spent: FloatArray
) -> None:
    """Book the move of `u` from `a` to `b` on the budgets of change."""
    h = home[u]
    if h < 0:
        return
    for j in range(spent.shape[0]):
        if h == a:
            spent[j] += change[u, j]
        elif h == b:
            spent[j] -= change[u, j]


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
    state: SeedArray,
) -> tuple[int, int]:
    """Simulated annealing with flips and two-unit swaps; grids stay in one piece.

    Parameters
    ----------
    order
        Units to try, in this order, once a sweep.
    graph, nodes, grids, bands, budget
        Tuples of arrays, see `gridkit.solve.problem`.
    weight
        Weights of the objective: roundness, then one for each feature.
    schedule
        Temperature at the first and last sweep, penalty at the first and last sweep, number of
        sweeps, share of tries for swaps.
    state : (1,) uint64
        Of the generator.

    Returns
    -------
    flips, swaps made.
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, free = nodes
    label, W, A, P, C, S, loose = grids
    low, high, scale = bands
    home, change, spent, cap, stay = budget
    n = len(label)
    m = W.shape[1]
    stamp = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    d = np.empty(m)
    tick = 1
    n_flips = 0
    n_swaps = 0
    sweeps = int(schedule[4])
    for s in range(sweeps):
        f = s / max(1, sweeps - 1)
        T = schedule[0] * (schedule[1] / schedule[0]) ** f
        gamma = schedule[2] * (schedule[3] / schedule[2]) ** f
        for q in range(len(order)):
            u = order[q]
            a = label[u]
            t0 = start[u]
            degree = start[u + 1] - t0
            if degree == 0:
                continue
            # one of the neighbours in another grid, each with the same chance
            count = 0
            for t in range(t0, t0 + degree):
                if label[neighbor[t]] != a and is_open[t]:
                    count += 1
            if count == 0 or C[a] <= 1:
                continue
            pick = int(draw(state) * count)
            b = a
            for t in range(t0, t0 + degree):
                if label[neighbor[t]] != a and is_open[t]:
                    if pick == 0:
                        b = label[neighbor[t]]
                        break
                    pick -= 1
            limit = T * np.log(draw(state) + 1e-300)
            gain, _, _ = flip_gain(
                u, a, b, start, neighbor, border, cut, area, edge, feature, label, A, P, S, weight
            )
            if home[u] >= 0:
                if home[u] == a:
                    gain -= stay[u]
                elif home[u] == b:
                    gain += stay[u]
            if gain < limit - 0.03:
                continue
            for j in range(m):
                d[j] = amount[u, j]
            rise = penalty_change(a, b, d, W, low, high, scale)
            if gain - gamma * rise >= limit:
                if cap.shape[0] > 0 and not change_fits(u, a, b, home, change, spent, cap):
                    continue
                tick += 2
                if loose[a] or keeps_together(
                    u, start, neighbor, is_open, label, stamp, tick, queue
                ):
                    book_change(u, a, b, home, change, spent)
                    move_unit(
                        u,
                        b,
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
                    n_flips += 1
                continue
            if rise <= 0:
                continue
            # only the bands forbid the move: look for a unit of b to give back
            x = neighbor[t0 + int(draw(state) * degree)]
            y = neighbor[start[x] + int(draw(state) * (start[x + 1] - start[x]))]
            if label[y] != b or not free[y]:
                y = x
            if label[y] != b or y == u or not free[y]:
                continue
            touches = False
            for t in range(start[y], start[y + 1]):
                if is_open[t] and neighbor[t] != u and label[neighbor[t]] == a:
                    touches = True
                    break
            if not touches:
                continue
            for j in range(m):
                d[j] = amount[u, j] - amount[y, j]
            rise = penalty_change(a, b, d, W, low, high, scale)
            if gain - gamma * rise < limit - 0.05:
                continue
            if cap.shape[0] > 0 and not change_fits(u, a, b, home, change, spent, cap):
                continue
            tick += 2
            if not (
                loose[a] or keeps_together(u, start, neighbor, is_open, label, stamp, tick, queue)
            ):
                continue
            book_change(u, a, b, home, change, spent)
            move_unit(
                u, b, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
            )
            back, _, _ = flip_gain(
                y, b, a, start, neighbor, border, cut, area, edge, feature, label, A, P, S, weight
            )
            if home[y] >= 0:
                if home[y] == b:
                    back -= stay[y]
                elif home[y] == a:
                    back += stay[y]
            fine = gain + back - gamma * rise >= limit
            if fine and cap.shape[0] > 0:
                fine = change_fits(y, b, a, home, change, spent, cap)
            if fine:
                tick += 2
                fine = loose[b] or keeps_together(
                    y, start, neighbor, is_open, label, stamp, tick, queue
                )
            if fine:
                book_change(y, b, a, home, change, spent)
                move_unit(
                    y, a, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
                )
                n_swaps += 1
            else:
                book_change(u, b, a, home, change, spent)
                move_unit(
                    u, a, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
                )
    return n_flips, n_swaps


@kernel
def settle(
    order: IntArray,
    graph: Arrays,
    nodes: Arrays,
    grids: Arrays,
    bands: Arrays,
    budget: Arrays,
    weight: FloatArray,
    sweeps: int,
) -> int:
    """Climb with single moves: excess over the bands must not grow, ties go to the objective.

    Returns
    -------
    Moves made.
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, _ = nodes
    label, W, A, P, C, S, loose = grids
    low, high, scale = bands
    home, change, spent, cap, stay = budget
    n = len(label)
    m = W.shape[1]
    stamp = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    d = np.empty(m)
    tick = 1
    total = 0
    for _ in range(sweeps):
        moved = 0
        for q in range(len(order)):
            u = order[q]
            a = label[u]
            if C[a] <= 1:
                continue
            best = 1e-9
            to = -1
            last = -1
            for j in range(m):
                d[j] = amount[u, j]
            for t in range(start[u], start[u + 1]):
                b = label[neighbor[t]]
                if b == a or not is_open[t] or b == last:
                    continue
                last = b
                rise = excess_change(a, b, d, W, low, high, scale)
                if rise > 1e-12:
                    continue
                gain, _, _ = flip_gain(
                    u,
                    a,
                    b,
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
                if home[u] >= 0:
                    if home[u] == a:
                        gain -= stay[u]
                    elif home[u] == b:
                        gain += stay[u]
                value = gain + (1e6 if rise < -1e-12 else 0.0)
                if value > best:
                    best = value
                    to = b
            if to < 0:
                continue
            if cap.shape[0] > 0 and not change_fits(u, a, to, home, change, spent, cap):
                continue
            tick += 2
            if not (
                loose[a] or keeps_together(u, start, neighbor, is_open, label, stamp, tick, queue)
            ):
                continue
            book_change(u, a, to, home, change, spent)
            move_unit(
                u, to, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
            )
            moved += 1
        total += moved
        if moved == 0:
            break
    return total
