"""How is an uneven plan brought into its bands, load travelling from grid to grid?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.anneal import book_change, change_fits
from gridkit._kernels.moves import flip_gain, keeps_together, move_unit, outside, penalty_change

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray, LabelArray


N_BEST = 12
N_MOST = 4096


@kernel
def _fits(
    u: int, a: int, b: int, home: LabelArray, change: FloatArray, spent: FloatArray, cap: FloatArray
) -> bool:
    return cap.shape[0] == 0 or change_fits(u, a, b, home, change, spent, cap)


@kernel
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
) -> int:
    """Take best-improving moves and swaps around the worst grid until every band holds.

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

    Returns
    -------
    Steps made.
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, free = nodes
    label, W, A, P, C, S, loose = grids
    low, high, scale = bands
    t_low, t_high, t_scale = target
    home, change, spent, cap, stay = budget
    n = len(label)
    k = W.shape[0]
    m = W.shape[1]
    stamp = np.zeros(n, np.int64)
    seen = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    d = np.empty(m)
    tick = 1
    mark = 0
    stuck = np.zeros(k, np.int64)
    best = np.empty(N_BEST)
    best_i = np.empty(N_BEST, np.int64)
    best_j = np.empty(N_BEST, np.int64)
    out_unit = np.empty(N_MOST, np.int64)
    out_grid = np.empty(N_MOST, np.int64)
    out_gain = np.empty(N_MOST)
    in_unit = np.empty(N_MOST, np.int64)
    in_grid = np.empty(N_MOST, np.int64)
    in_gain = np.empty(N_MOST)
    members = np.empty(n, np.int32)
    steps = 0
    for it in range(1, max_steps + 1):
        a = -1
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
                    a = r
        if n_bad == 0:
            break
        if a < 0:
            continue
        mark += 1
        tail = 0
        for u in range(n):
            if label[u] == a:
                members[tail] = u
                tail += 1
        n_out = 0
        n_in = 0
        for i in range(tail):
            u = members[i]
            for t in range(start[u], start[u + 1]):
                v = neighbor[t]
                b = label[v]
                if b == a or b < 0 or not is_open[t]:
                    continue
                if free[u] and n_out < N_MOST:
                    twice = False
                    for q in range(max(0, n_out - 8), n_out):
                        if out_unit[q] == u and out_grid[q] == b:
                            twice = True
                    if not twice and C[a] > 1:
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
                        if home[u] == a:
                            gain -= stay[u]
                        elif home[u] == b:
                            gain += stay[u]
                        out_unit[n_out] = u
                        out_grid[n_out] = b
                        out_gain[n_out] = gain
                        n_out += 1
                if seen[v] != mark and free[v] and n_in < N_MOST and C[b] > 1:
                    seen[v] = mark
                    gain, _, _ = flip_gain(
                        v,
                        b,
                        a,
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
                    if home[v] == b:
                        gain -= stay[v]
                    elif home[v] == a:
                        gain += stay[v]
                    in_unit[n_in] = v
                    in_grid[n_in] = b
                    in_gain[n_in] = gain
                    n_in += 1
        found = 0
        for i in range(-1, n_out):
            for jj in range(-1, n_in):
                if i < 0 and jj < 0:
                    continue
                if i >= 0 and jj >= 0 and out_grid[i] != in_grid[jj]:
                    continue
                b = out_grid[i] if i >= 0 else in_grid[jj]
                for j in range(m):
                    d[j] = (amount[out_unit[i], j] if i >= 0 else 0.0) - (
                        amount[in_unit[jj], j] if jj >= 0 else 0.0
                    )
                fall = penalty_change(a, b, d, W, t_low, t_high, t_scale)
                if fall >= -1e-10:
                    continue
                value = -sharpness * fall
                if i >= 0:
                    value += out_gain[i]
                if jj >= 0:
                    value += in_gain[jj]
                if found < N_BEST or value > best[found - 1]:
                    if found < N_BEST:
                        found += 1
                    p = found - 1
                    while p > 0 and best[p - 1] < value:
                        best[p] = best[p - 1]
                        best_i[p] = best_i[p - 1]
                        best_j[p] = best_j[p - 1]
                        p -= 1
                    best[p] = value
                    best_i[p] = i
                    best_j[p] = jj
        moved = False
        for c in range(found):
            i = best_i[c]
            jj = best_j[c]
            b = out_grid[i] if i >= 0 else in_grid[jj]
            if i >= 0:
                u = out_unit[i]
                tick += 2
                if not _fits(u, a, b, home, change, spent, cap):
                    continue
                if not (
                    loose[a]
                    or keeps_together(u, start, neighbor, is_open, label, stamp, tick, queue)
                ):
                    continue
                book_change(u, a, b, home, change, spent)
                move_unit(
                    u, b, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
                )
                moved = jj < 0
            if jj >= 0:
                v = in_unit[jj]
                fine = False
                for t in range(start[v], start[v + 1]):
                    if is_open[t] and label[neighbor[t]] == a:
                        fine = True
                fine = fine and _fits(v, b, a, home, change, spent, cap)
                if fine:
                    tick += 2
                    fine = loose[b] or keeps_together(
                        v, start, neighbor, is_open, label, stamp, tick, queue
                    )
                if fine:
                    book_change(v, b, a, home, change, spent)
                    move_unit(
                        v,
                        a,
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
                    moved = True
                elif i >= 0:
                    u = out_unit[i]
                    book_change(u, b, a, home, change, spent)
                    move_unit(
                        u,
                        a,
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
            if moved:
                steps += 1
                break
        if not moved:
            stuck[a] = it + k // 4 + 20
    return steps
