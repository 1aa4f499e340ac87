"""What would each exchange of sites gain, when every demand point has its sites sorted by distance?

Rows are sorted once; every loop stops where farther sites cannot matter any more, so a pass over
20,000 points and 1,000 sites looks at some 20 sites a point instead of 1,000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, LabelArray


@kernel
def median_moves(
    order: LabelArray, away: FloatArray, weight: FloatArray, slot: LabelArray, n_open: int
) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Gain of opening each site, loss of closing each open one, and what both together save extra.

    `order` (n, m): sites by distance; `away`: those distances; `slot` (m,): place of a site in the list
    of open ones, -1 for closed. Profit of exchanging open r for closed j: gain[j] - loss[r] + extra[r, j].
    """
    n, m = order.shape
    gain = np.zeros(m)
    loss = np.zeros(max(n_open, 1))
    extra = np.zeros((max(n_open, 1), m))
    cost = 0.0
    for i in range(n):
        w = weight[i]
        d1 = away[i, m - 1]
        d2 = away[i, m - 1]
        r = -1
        found = 0
        for q in range(m):
            s = slot[order[i, q]]
            if s >= 0:
                if found == 0:
                    d1 = away[i, q]
                    r = s
                    found = 1
                else:
                    d2 = away[i, q]
                    break
        cost += w * d1
        if r >= 0:
            loss[r] += w * (d2 - d1)
        for q in range(m):
            d = away[i, q]
            if d >= d2:
                break
            j = order[i, q]
            if slot[j] >= 0:
                continue
            if d < d1:
                gain[j] += w * (d1 - d)
                if r >= 0:
                    extra[r, j] += w * (d2 - d1)
            elif r >= 0:
                extra[r, j] += w * (d2 - d)
            else:
                break
    return gain, loss, extra, cost


@kernel
def median_bound(
    order: LabelArray, away: FloatArray, weight: FloatArray, toll: FloatArray, is_open: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Reduced cost of each site when point i pays `toll[i]`, and how often each point is then served."""
    n, m = order.shape
    reduced = np.zeros(m)
    served = np.zeros(n)
    for i in range(n):
        for q in range(m):
            v = weight[i] * away[i, q] - toll[i]
            if v >= 0:
                break
            j = order[i, q]
            reduced[j] += v
            if is_open[j]:
                served[i] += 1.0
    return reduced, served


@kernel
def cover_moves(
    start: LabelArray,
    site: LabelArray,
    weight: FloatArray,
    slot: LabelArray,
    point: LabelArray,
    sign: float,
    gain: FloatArray,
    loss: FloatArray,
    extra: FloatArray,
) -> float:
    """Add what some points say about each exchange, or take it away (`sign` -1); return the weight covered.

    `start`, `site`: the sites that cover each point, one row after the other; `point`: whose rows.
    gain: weight that a closed site would add; loss: what closing an open one would lose; extra: what a
    closed one would keep of that. Only points of the two sites exchanged need to be told anew.
    """
    covered = 0.0
    for p in range(point.size):
        i = point[p]
        times = 0
        r = -1
        for a in range(start[i], start[i + 1]):
            s = slot[site[a]]
            if s >= 0:
                times += 1
                r = s
                if times > 1:
                    break
        w = sign * weight[i]
        if times > 0:
            covered += w
        if times == 0:
            for a in range(start[i], start[i + 1]):
                gain[site[a]] += w
        elif times == 1:
            loss[r] += w
            for a in range(start[i], start[i + 1]):
                if slot[site[a]] < 0:
                    extra[r, site[a]] += w
    return covered
