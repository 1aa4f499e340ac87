"""How are grids made rounder by moving a unit, or exchanging two, uphill now and then?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import lean
from gridkit._kernels.exchange import best_return, carry_out
from gridkit._kernels.moves import borders_of, draw, gain_of, penalty_change, stay_gain

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray, RowArray, SeedArray

BLOCK, TURN = 4096, 10
"""Of large towns so many units are swept so many times before the next ones: they stay in the cache."""
PATIENCE, FARTHEST = 0.7, 4.0
"""Share of the time a refused move would take that its unit sleeps; the worst move told apart, in
temperatures."""
LONGEST = int(PATIENCE * np.exp(FARTHEST))
"""The longest such sleep, in sweeps."""


@lean
def anneal(
    order: RowArray,
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

    A unit whose move is refused sleeps for about as many sweeps as it would take to be accepted, and
    when it wakes its chance counts as many times: sleeping saves work and changes little else. A
    move wakes the neighbours.

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
        Then scratch: ``stamp`` (n,) int64, ``queue`` (n,) uint32, ``d`` (m,), ``pair`` (2,) int64.
    state : (1,) uint64
        Of the generator.

    Returns
    -------
    moves made, exchanges made, moves looked at
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, _ = nodes
    label, W, A, P, C, S, _ = grids
    low, high, scale = bands
    home, _, _, _, stay = budget
    wake, slept, stamp, queue, d, pair = rest
    m = W.shape[1]
    tick = np.int64(1)
    stamp[:] = 0
    n_moves = 0
    n_swaps = 0
    n_looks = 0
    sweeps = int(schedule[4])
    climb = schedule[0] <= 0.0
    n = len(order)
    block = BLOCK if n > 4 * BLOCK else max(n, 1)
    before = -1
    for turn in range(0, sweeps, TURN):
        if climb and turn > 8 and n_moves + n_swaps == before:
            break
        before = n_moves + n_swaps
        for first in range(0, n, block):
            for s in range(turn, min(turn + TURN, sweeps)):
                f = s / max(1, sweeps - 1)
                T = 1e-9 if climb else schedule[0] * (schedule[1] / schedule[0]) ** f
                gamma = schedule[2] * (schedule[3] / schedule[2]) ** f
                for q in range(first, min(first + block, n)):
                    u = np.int64(order[q])
                    if wake[u] > s:
                        continue
                    a = np.int64(label[u])
                    b = np.int64(-1)
                    count = 0
                    several = False
                    is_plain = True
                    to_a = 0.0
                    to_b = 0.0
                    cost = 0.0
                    for t in range(start[u], start[u + 1]):
                        r = label[neighbor[t]]
                        if r == a:
                            to_a += border[t]
                            cost += cut[t]
                        elif is_open[t]:
                            count += 1
                            if b >= 0 and r != b:
                                several = True
                            b = np.int64(r)
                            to_b += border[t]
                            cost -= cut[t]
                        else:
                            is_plain = False
                    if count == 0 or C[a] <= 1:
                        wake[u] = s + (1 << 20 if count == 0 else 8)
                        slept[u] = 1
                        continue
                    if several:
                        pick = int(draw(state) * count)
                        for t in range(start[u], start[u + 1]):
                            r = label[neighbor[t]]
                            if r != a and is_open[t]:
                                b = np.int64(r)
                                if pick == 0:
                                    break
                                pick -= 1
                    if several or not is_plain:
                        to_a, to_b, cost = borders_of(u, a, b, start, neighbor, border, cut, label)
                    n_looks += 1
                    pull = lift[b] - lift[a]
                    for j in range(m):
                        d[j] = amount[u, j]
                    rise = penalty_change(a, b, d, W, low, high, scale)
                    gain = gain_of(u, a, b, to_a, to_b, cost, area, edge, feature, A, P, S, weight)
                    gain += stay_gain(u, a, b, home, stay) + pull * amount[u, 0]
                    total = gain - gamma * rise
                    limit = 1e-9
                    if not climb:
                        limit = 0.0
                        chance = draw(state) + 1e-300
                        if total < 0.0:
                            limit = T * np.log(chance / slept[u])
                    if total < limit and (rise <= 0 or gain < limit):
                        far = -max(total, gain) / T
                        nap = 1
                        if far > FARTHEST:
                            nap = LONGEST
                        elif far > 1.0:
                            nap = int(PATIENCE * np.exp(far))
                        if several:
                            nap = (nap + 1) // 2
                        wake[u] = s + nap
                        slept[u] = nap
                        continue
                    slept[u] = 1
                    wake[u] = s
                    pair[0] = u
                    pair[1] = -1
                    tick += 6
                    if total < limit:
                        # only the bands forbid the move
                        pair[1] = best_return(
                            u, a, b, to_a, to_b, cost, limit, gain, pull, gamma, graph, nodes, grids, bands, budget, weight,
                            stamp, tick, queue, d,
                        )  # fmt: skip
                        if pair[1] < 0:
                            wake[u] = s + 4
                            continue
                    if not carry_out(
                        pair, a, b, graph, nodes, grids, budget, stamp, tick + 2, queue
                    ):
                        wake[u] = s + 4
                        continue
                    for i in range(2):
                        if pair[i] >= 0:
                            wake[pair[i]] = 0
                            slept[pair[i]] = 1
                            for t in range(start[pair[i]], start[pair[i] + 1]):
                                wake[neighbor[t]] = 0
                                slept[neighbor[t]] = 1
                    if pair[1] < 0:
                        n_moves += 1
                    else:
                        n_swaps += 1
    for q in range(len(order)):
        wake[order[q]] = max(0, wake[order[q]] - sweeps)
    return n_moves, n_swaps, n_looks
