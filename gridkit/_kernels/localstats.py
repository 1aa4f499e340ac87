"""How likely is a neighbourhood sum by chance, for every unit at once?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels._jit import lean
from gridkit._kernels.chance import stream_of, uniform

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray


def draw_pool(n: int, k_max: int, n_draws: int, seed: int) -> LabelArray:
    """Draw `k_max` of `n` positions without replacement, `n_draws` times: (n_draws, k_max)."""
    drawn = np.empty((n_draws, k_max), np.int32)
    _draw_pool(np.arange(n, dtype=np.int32), seed, drawn)
    return drawn


@lean
def _draw_pool(at: LabelArray, seed: int, drawn: LabelArray) -> None:
    """Mix as many of the positions `at` as are wanted, again and again."""
    n = len(at)
    s = stream_of(seed, np.int64(0))
    count = np.int64(0)
    for m in range(drawn.shape[0]):
        for k in range(drawn.shape[1]):
            j = k + int(uniform(s, count) * (n - k))
            count += 1
            t = at[k]
            at[k] = at[j]
            at[j] = t
            drawn[m, k] = at[k]


@lean
def pool_column(values: FloatArray, drawn: LabelArray, k: int, sums: FloatArray) -> None:
    """Add the k-th draw (from 0) to the running sum of every draw."""
    for m in range(drawn.shape[0]):
        sums[m] += values[drawn[m, k]]


def occurrences(drawn: LabelArray, n: int, bits: int, packed: Any) -> IntArray:
    """List for every position the draws that hold it: ``draw << bits | place in the draw`` in `packed`.

    Returns where the list of each position starts.
    """
    count = np.bincount(drawn.ravel(), minlength=n)
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    _fill_occurrences(drawn, start[:-1].copy(), bits, packed)
    return start


@lean
def _fill_occurrences(drawn: LabelArray, fill: IntArray, bits: int, packed: Any) -> None:
    """Put every draw where `fill` says that the list of its position goes on."""
    for m in range(drawn.shape[0]):
        for k in range(drawn.shape[1]):
            p = drawn[m, k]
            packed[fill[p]] = (m << bits) | k
            fill[p] += 1


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
