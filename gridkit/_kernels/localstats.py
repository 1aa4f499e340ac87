"""How likely is a neighbourhood sum by chance, for every unit at once?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.chance import stream_of, uniform

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray


@kernel
def neighbor_sums(values: FloatArray, start: IntArray, neighbor: LabelArray) -> FloatArray:
    """Add the values of the neighbours of each unit."""
    n = start.size - 1
    out = np.zeros(n)
    for i in range(n):
        s = 0.0
        for a in range(start[i], start[i + 1]):
            s += values[neighbor[a]]
        out[i] = s
    return out


@kernel
def draw_pool(n: int, k_max: int, n_draws: int, seed: int) -> LabelArray:
    """Draw `k_max` of `n` positions without replacement, `n_draws` times: (n_draws, k_max)."""
    at = np.arange(n).astype(np.int32)
    out = np.empty((n_draws, k_max), np.int32)
    s = stream_of(seed, 0)
    count = 0
    for m in range(n_draws):
        for k in range(k_max):
            j = k + int(uniform(s, count) * (n - k))
            count += 1
            t = at[k]
            at[k] = at[j]
            at[j] = t
            out[m, k] = at[k]
    return out


@kernel
def pool_column(values: FloatArray, drawn: LabelArray, k: int, sums: FloatArray) -> None:
    """Add the k-th draw (from 0) to the running sum of every draw."""
    for m in range(drawn.shape[0]):
        sums[m] += values[drawn[m, k]]


@kernel
def occurrences(drawn: LabelArray, n: int) -> tuple[IntArray, LabelArray, LabelArray]:
    """List for every position the draws that hold it, and at which place in the draw."""
    n_draws, k_max = drawn.shape
    start = np.zeros(n + 1, np.int64)
    for m in range(n_draws):
        for k in range(k_max):
            start[drawn[m, k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start[:-1].copy()
    draw = np.empty(n_draws * k_max, np.int32)
    place = np.empty(n_draws * k_max, np.int32)
    for m in range(n_draws):
        for k in range(k_max):
            p = drawn[m, k]
            draw[fill[p]] = m
            place[fill[p]] = k
            fill[p] += 1
    return start, draw, place


@kernel
def count_tails(
    units: IntArray,
    observed: FloatArray,
    k: int,
    sums: FloatArray,
    ordered: FloatArray,
    occ_start: IntArray,
    occ_draw: LabelArray,
    occ_place: LabelArray,
    tolerance: float,
    high: IntArray,
    low: IntArray,
    used: IntArray,
) -> None:
    """Count the draws that do not hold the unit itself and reach its sum, from above and below.

    `sums` are the pool sums of k draws, `ordered` the same sorted. Leaving out the draws that hold
    the unit makes the permutation conditional: the unit keeps its own value.
    """
    n_draws = sums.size
    for a in range(units.size):
        i = units[a]
        s = observed[i]
        above = n_draws - np.searchsorted(ordered, s - tolerance)
        below = np.searchsorted(ordered, s + tolerance, side="right")
        total = n_draws
        for b in range(occ_start[i], occ_start[i + 1]):
            if occ_place[b] < k:
                v = sums[occ_draw[b]]
                total -= 1
                if v >= s - tolerance:
                    above -= 1
                if v <= s + tolerance:
                    below -= 1
        high[i] = above
        low[i] = below
        used[i] = total
