"""Which unit is given back for another, and how are both moved with every rule kept?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import inner
from gridkit._kernels.moves import (
    book_change,
    borders_of,
    keeps_together,
    move_unit,
    penalty_change,
    shape_value,
    spread_gain,
    stay_gain,
)

if TYPE_CHECKING:
    from gridkit._typing import Arrays, FloatArray, IntArray, Position, RowArray

N_LOOK = 26
"""Units looked at in search of one to give back."""
HOPE = 0.05
"""The most that a unit given back is thought to win by its shape."""


@inner
def best_return(
    u: Position,
    a: Position,
    b: Position,
    to_a: float,
    to_b: float,
    cost: float,
    least: float,
    gain: float,
    pull: float,
    gamma: float,
    graph: Arrays,
    nodes: Arrays,
    grids: Arrays,
    bands: Arrays,
    budget: Arrays,
    weight: FloatArray,
    stamp: IntArray,
    tick: Position,
    queue: RowArray,
    d: FloatArray,
) -> Position:
    """Find the unit of grid `b` near `u` that is best given back to `a` when `u` goes to `b`.

    Both moves are valued together, exactly. `least` is what the exchange must be worth, `gain` what
    the move of `u` alone is worth, pull included and penalties apart; -1 where there is none.
    """
    start, neighbor, border, cut, is_open = graph
    amount, area, edge, feature, free = nodes
    label, W, A, P, _, S, _ = grids
    low, high, scale = bands
    home, _, _, _, stay = budget
    base = shape_value(A[a], P[a]) + shape_value(A[b], P[b])
    found = np.int64(-1)
    best = least
    head = 0
    tail = 1
    queue[0] = u
    stamp[u] = tick
    while head < tail < N_LOOK:
        y = np.int64(queue[head])
        head += 1
        touches = False
        between = 0.0
        between_cut = 0.0
        for t in range(start[y], start[y + 1]):
            v = neighbor[t]
            r = label[v]
            if v == u:
                between = border[t]
                between_cut = cut[t]
            elif r == a and is_open[t]:
                touches = True
            if (r == b or r == a) and stamp[v] != tick and tail < N_LOOK:
                stamp[v] = tick
                queue[tail] = v
                tail += 1
        if label[y] != b or not touches or not free[y]:
            continue
        for j in range(W.shape[1]):
            d[j] = amount[u, j] - amount[y, j]
        fall = penalty_change(a, b, d, W, low, high, scale)
        if gain - pull * amount[y, 0] + HOPE - gamma * fall < best:
            continue
        y_b, y_a, back = borders_of(y, b, a, start, neighbor, border, cut, label)
        back += 2 * between_cut
        Pa = P[a] - edge[u] + 2 * to_a + edge[y] - 2 * (y_a - between)
        Pb = P[b] - edge[y] + 2 * y_b + edge[u] - 2 * (to_b - between)
        Aa = A[a] - area[u] + area[y]
        Ab = A[b] - area[y] + area[u]
        both = weight[0] * (shape_value(Aa, Pa) + shape_value(Ab, Pb) - base) - cost - back
        both += stay_gain(u, a, b, home, stay) + stay_gain(y, b, a, home, stay)
        both += spread_gain(u, y, a, b, Aa, Ab, feature, A, S, weight)
        both += pull * (amount[u, 0] - amount[y, 0]) - gamma * fall
        if both >= best:
            best = both
            found = y
    return found


@inner
def carry_out(
    pair: IntArray,
    a: Position,
    b: Position,
    graph: Arrays,
    nodes: Arrays,
    grids: Arrays,
    budget: Arrays,
    stamp: IntArray,
    tick: Position,
    queue: RowArray,
) -> bool:
    """Move ``pair[0]`` from `a` to `b` and ``pair[1]`` back, unless contiguity or a budget forbids it.

    -1 in `pair` stands for no unit. `tick` must rise by 4 each call.
    """
    start, neighbor, border, _, is_open = graph
    amount, area, edge, feature, _ = nodes
    label, W, A, P, C, S, loose = grids
    home, change, spent, cap, _ = budget
    for i in range(2):
        u = pair[i]
        if u < 0:
            continue
        other = pair[1 - i]
        if other >= 0:
            # an exchange: each must touch its new grid without the other
            joins = b if i == 0 else a
            touches = False
            for t in range(start[u], start[u + 1]):
                v = neighbor[t]
                if is_open[t] and v != other and label[v] == joins:
                    touches = True
            if not touches:
                return False
        if not loose[label[u]] and not keeps_together(
            u, start, neighbor, is_open, label, stamp, tick + 2 * i, queue
        ):
            return False
    if cap.shape[0] > 0 and not book_change(pair, a, b, home, change, spent, cap):
        return False
    for i in range(2):
        u = pair[i]
        if u >= 0:
            to = b if i == 0 else a
            move_unit(
                u, to, start, neighbor, border, amount, area, edge, feature, label, W, A, P, C, S
            )
    return True
