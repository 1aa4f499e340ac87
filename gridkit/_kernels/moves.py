"""How is one unit moved from a grid to another, with every total kept exact?

The editor's draft and every search of the solver move units through `move_unit`, and ask
`keeps_together` whether the grid it leaves stays in one piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import inline, inner, lean

if TYPE_CHECKING:
    from gridkit._typing import (
        BoolArray,
        FloatArray,
        IntArray,
        LabelArray,
        Position,
        RowArray,
        SeedArray,
    )


FOUR_PI = 4 * np.pi
RAGGED = 0.5
"""Polsby-Popper scores below this are fined, see `shape_value`."""
FINE = 3.0


@inline
def draw(state: SeedArray) -> float:
    """Draw a number in [0, 1) (Marsaglia 2003, xorshift64); `state` (1,) uint64 is changed."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@lean
def count_totals(
    start: RowArray,
    neighbor: RowArray,
    border: FloatArray,
    amount: FloatArray,
    area: FloatArray,
    edge: FloatArray,
    feature: FloatArray,
    label: LabelArray,
    W: FloatArray,
    A: FloatArray,
    P: FloatArray,
    C: IntArray,
    S: FloatArray,
) -> None:
    """Add everything up afresh: amounts, areas, perimeters, counts and features of every grid."""
    W[:] = 0.0
    A[:] = 0.0
    P[:] = 0.0
    C[:] = 0
    S[:] = 0.0
    for u in range(len(label)):
        r = label[u]
        if r < 0:
            continue
        for j in range(W.shape[1]):
            W[r, j] += amount[u, j]
        for j in range(S.shape[1]):
            S[r, j] += feature[u, j]
        A[r] += area[u]
        P[r] += edge[u]
        C[r] += 1
        for t in range(start[u], start[u + 1]):
            if label[neighbor[t]] == r:
                P[r] -= border[t]


@lean
def move_unit(
    u: Position,
    to: Position,
    start: RowArray,
    neighbor: RowArray,
    border: FloatArray,
    amount: FloatArray,
    area: FloatArray,
    edge: FloatArray,
    feature: FloatArray,
    label: LabelArray,
    W: FloatArray,
    A: FloatArray,
    P: FloatArray,
    C: IntArray,
    S: FloatArray,
) -> None:
    """Put unit `u` into grid `to` (-1 takes it out) and bring every total up to date."""
    a = label[u]
    if a == to:
        return
    to_a = 0.0
    to_b = 0.0
    for t in range(start[u], start[u + 1]):
        r = label[neighbor[t]]
        if r == a:
            to_a += border[t]
        elif r == to:
            to_b += border[t]
    label[u] = to
    if a >= 0:
        for j in range(W.shape[1]):
            W[a, j] -= amount[u, j]
        for j in range(S.shape[1]):
            S[a, j] -= feature[u, j]
        A[a] -= area[u]
        P[a] += 2 * to_a - edge[u]
        C[a] -= 1
    if to >= 0:
        for j in range(W.shape[1]):
            W[to, j] += amount[u, j]
        for j in range(S.shape[1]):
            S[to, j] += feature[u, j]
        A[to] += area[u]
        P[to] += edge[u] - 2 * to_b
        C[to] += 1


@lean
def move_units(
    units: IntArray,
    to: LabelArray,
    start: RowArray,
    neighbor: RowArray,
    border: FloatArray,
    amount: FloatArray,
    area: FloatArray,
    edge: FloatArray,
    feature: FloatArray,
    label: LabelArray,
    W: FloatArray,
    A: FloatArray,
    P: FloatArray,
    C: IntArray,
    S: FloatArray,
) -> None:
    """Put each of several units into a grid of its own, in order (see `move_unit`)."""
    for i in range(len(units)):
        move_unit(
            units[i], to[i], start, neighbor, border, amount, area, edge, feature, label,
            W, A, P, C, S,
        )  # fmt: skip


@lean
def keeps_together(
    u: Position,
    start: RowArray,
    neighbor: RowArray,
    is_open: BoolArray,
    label: LabelArray,
    stamp: IntArray,
    tick: Position,
    queue: RowArray,
) -> bool:
    """Tell whether the grid of unit `u` falls into no more pieces when `u` leaves it.

    Exact, with early exit: first a search among the neighbours of `u` only, then through the grid
    until all of them are reached. `stamp` (n,) is a scratch array, `tick` must rise by 2 each call.
    """
    a = label[u]
    wanted = 0
    first = -1
    for t in range(start[u], start[u + 1]):
        v = neighbor[t]
        if is_open[t] and label[v] == a:
            stamp[v] = tick
            wanted += 1
            first = v
    if wanted <= 1:
        return True
    seen = 1
    stamp[first] = tick + 1
    queue[0] = first
    head = 0
    tail = 1
    while head < tail:
        x = queue[head]
        head += 1
        for t in range(start[x], start[x + 1]):
            y = neighbor[t]
            if stamp[y] == tick and y != u and is_open[t]:
                stamp[y] = tick + 1
                seen += 1
                if seen == wanted:
                    return True
                queue[tail] = y
                tail += 1
    head = 0
    while head < tail:
        x = queue[head]
        head += 1
        for t in range(start[x], start[x + 1]):
            y = neighbor[t]
            if y == u or label[y] != a or stamp[y] == tick + 1 or not is_open[t]:
                continue
            if stamp[y] == tick:
                seen += 1
                if seen == wanted:
                    return True
            stamp[y] = tick + 1
            queue[tail] = y
            tail += 1
    return False


@inline
def borders_of(
    u: Position,
    a: Position,
    b: Position,
    start: RowArray,
    neighbor: RowArray,
    border: FloatArray,
    cut: FloatArray,
    label: LabelArray,
) -> tuple[float, float, float]:
    """Add up the borders of unit `u` with grids `a` and `b`, and what its move from a to b cuts."""
    to_a = 0.0
    to_b = 0.0
    cost = 0.0
    for t in range(start[u], start[u + 1]):
        r = label[neighbor[t]]
        if r == a:
            to_a += border[t]
            cost += cut[t]
        elif r == b:
            to_b += border[t]
            cost -= cut[t]
    return to_a, to_b, cost


@lean
def stay_gain(u: Position, a: Position, b: Position, home: LabelArray, stay: FloatArray) -> float:
    """Value of `u` going from `a` to `b` for the likeness to the current plan."""
    if home[u] == a:
        return float(-stay[u])
    if home[u] == b:
        return float(stay[u])
    return 0.0


@inner
def book_change(
    pair: IntArray,
    a: Position,
    b: Position,
    home: LabelArray,
    change: FloatArray,
    spent: FloatArray,
    cap: FloatArray,
) -> bool:
    """Book that ``pair[0]`` goes from a to b and ``pair[1]`` back, unless a budget forbids it."""
    for once in range(2):
        for j in range(cap.shape[0]):
            x = 0.0
            for i in range(2):
                u = pair[i]
                if u < 0 or home[u] < 0:
                    continue
                leaves = a if i == 0 else b
                joins = b if i == 0 else a
                if home[u] == leaves:
                    x += change[u, j]
                elif home[u] == joins:
                    x -= change[u, j]
            if once == 1:
                spent[j] += x
            elif x > 0 and spent[j] + x > cap[j]:
                return False
    return True


@inline
def shape_value(area: float, perimeter: float) -> float:
    """Value the shape of a grid: its Polsby-Popper score, less a fine for a score below `RAGGED`.

    The fine grows with the square of what is missing, so that one very bad grid costs more than
    several slightly worse ones: nobody wants to walk the worst.
    """
    score = FOUR_PI * area / (perimeter * perimeter)
    if score < RAGGED:
        return score - FINE * (RAGGED - score) * (RAGGED - score)
    return score


@lean
def flip_gain(
    u: Position,
    a: Position,
    b: Position,
    start: RowArray,
    neighbor: RowArray,
    border: FloatArray,
    cut: FloatArray,
    area: FloatArray,
    edge: FloatArray,
    feature: FloatArray,
    label: LabelArray,
    A: FloatArray,
    P: FloatArray,
    S: FloatArray,
    weight: FloatArray,
) -> float:
    """Value the move of unit `u` from grid `a` to grid `b`, without making it.

    ``weight[0]`` times the change of the sum of shape values, minus the change of cut costs,
    plus ``weight[1 + j]`` times the change of the sum of S_j^2 / A over the grids (which
    lowers the spread of feature j inside the grids by as much).
    """
    to_a, to_b, cost = borders_of(u, a, b, start, neighbor, border, cut, label)
    return float(gain_of(u, a, b, to_a, to_b, cost, area, edge, feature, A, P, S, weight))


@inline
def gain_of(
    u: Position,
    a: Position,
    b: Position,
    to_a: float,
    to_b: float,
    cost: float,
    area: FloatArray,
    edge: FloatArray,
    feature: FloatArray,
    A: FloatArray,
    P: FloatArray,
    S: FloatArray,
    weight: FloatArray,
) -> float:
    """Value the move of `flip_gain` when the borders of the unit are counted already."""
    Pa = P[a] - edge[u] + 2 * to_a
    Pb = P[b] + edge[u] - 2 * to_b
    Aa = A[a] - area[u]
    Ab = A[b] + area[u]
    shape = shape_value(Aa, Pa) + shape_value(Ab, Pb)
    shape -= shape_value(A[a], P[a]) + shape_value(A[b], P[b])
    gain = weight[0] * shape - cost
    return float(gain + spread_gain(u, np.int64(-1), a, b, Aa, Ab, feature, A, S, weight))


@inline
def spread_gain(
    u: Position,
    y: Position,
    a: Position,
    b: Position,
    Aa: float,
    Ab: float,
    feature: FloatArray,
    A: FloatArray,
    S: FloatArray,
    weight: FloatArray,
) -> float:
    """Value for the features when `u` goes from `a` to `b`, and `y` (-1 for none) comes back.

    `Aa` and `Ab` are the areas afterwards.
    """
    gain = 0.0
    for j in range(S.shape[1]):
        x = feature[u, j]
        if y >= 0:
            x -= feature[y, j]
        sa = S[a, j]
        sb = S[b, j]
        after = (sa - x) * (sa - x) / Aa + (sb + x) * (sb + x) / Ab
        gain += weight[1 + j] * (after - sa * sa / A[a] - sb * sb / A[b])
    return gain


@inline
def outside(x: float, low: float, high: float, scale: float) -> float:
    """Tell how far `x` lies outside a band, in units of ``1 / scale``."""
    below = low - x
    above = x - high
    off = below if below > above else above
    return off * scale if off > 0.0 else 0.0


@inline
def penalty_change(
    a: Position,
    b: Position,
    d: FloatArray,
    W: FloatArray,
    low: FloatArray,
    high: FloatArray,
    scale: FloatArray,
) -> float:
    """Change of the sum of squared excesses when amounts `d` (m,) go from grid `a` to grid `b`."""
    total = 0.0
    for j in range(W.shape[1]):
        x = outside(W[a, j] - d[j], low[a, j], high[a, j], scale[a, j])
        total += x * x
        x = outside(W[b, j] + d[j], low[b, j], high[b, j], scale[b, j])
        total += x * x
        x = outside(W[a, j], low[a, j], high[a, j], scale[a, j])
        total -= x * x
        x = outside(W[b, j], low[b, j], high[b, j], scale[b, j])
        total -= x * x
    return total
