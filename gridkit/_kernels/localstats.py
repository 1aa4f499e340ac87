"""How likely is a neighbourhood sum by chance, for every unit at once?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels._jit import kernel, lean
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


@lean
def pool_column(values: FloatArray, drawn: LabelArray, k: int, sums: FloatArray) -> None:
    """Add the k-th draw (from 0) to the running sum of every draw."""
    for m in range(drawn.shape[0]):
        sums[m] += values[drawn[m, k]]


@kernel
def occurrences(drawn: LabelArray, n: int, bits: int, packed: Any) -> IntArray:
    """List for every position the draws that hold it: ``draw << bits | place in the draw`` in `packed`.

    Returns where the list of each position starts.
    """
    n_draws, k_max = drawn.shape
    start = np.zeros(n + 1, np.int64)
    for m in range(n_draws):
        for k in range(k_max):
            start[drawn[m, k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start[:-1].copy()
    for m in range(n_draws):
        for k in range(k_max):
            p = drawn[m, k]
            packed[fill[p]] = (m << bits) | k
            fill[p] += 1
    return start


@lean
def count_tails(
    units: IntArray,
    observed: FloatArray,
    k: int,
    sums: FloatArray,
    start: IntArray,
    bits: int,
    packed: Any,
    tolerance: float,
    high: IntArray,
    low: IntArray,
    used: IntArray,
) -> None:
    """Take the draws that hold the unit itself out of the counts of draws that reach its sum.

    `sums` are the pool sums of k draws. On entry `high` and `low` count all draws that reach the
    unit's sum from above and below; `used` gets the draws left. Leaving out the draws that hold the
    unit makes the permutation conditional: the unit keeps its own value.
    """
    n_draws = len(sums)
    mask = (1 << bits) - 1
    for a in range(len(units)):
        i = units[a]
        least = observed[i] - tolerance
        most = observed[i] + tolerance
        above = high[i]
        below = low[i]
        total = n_draws
        for b in range(start[i], start[i + 1]):
            at = int(packed[b])
            if (at & mask) < k:
                v = sums[at >> bits]
                total -= 1
                above -= 1 if v >= least else 0
                below -= 1 if v <= most else 0
        high[i] = above
        low[i] = below
        used[i] = total
