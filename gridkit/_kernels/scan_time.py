"""How high can the likelihood ratio of a cylinder (a circle and a stretch of time) get?

The ideas are those of `scan`; besides, stretches of time that begin together are passed over together:
a shorter stretch holds no more than a longer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels._jit import kernel
from gridkit._kernels.scan import N_BINS, bin_at, fill_needed, ratio

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray

STEP = 4
"""So many units are taken into the window together."""


@kernel
def scan_time_seen(
    start: IntArray,
    ids: IntArray,
    expected: FloatArray,
    cases: IntArray,
    C: float,
    longest: int,
    only_alive: bool,  # noqa: FBT001  kernels take positions only
    least_cases: int,
    best: FloatArray,
    where: IntArray,
) -> None:
    """Find the best cylinder of every centre; `where` gets (units, first time, time after the last)."""
    n_times = cases.shape[1]
    seen = np.zeros(n_times + 1, np.int64)
    hoped = np.zeros(n_times + 1)
    c_of = np.zeros(n_times, np.int64)
    e_of = np.zeros(n_times)
    for i in range(start.size - 1):
        c_of[:] = 0
        e_of[:] = 0.0
        for a in range(start[i], start[i + 1]):
            j = ids[a]
            for t in range(n_times):
                c_of[t] += cases[j, t]
                e_of[t] += expected[j, t]
                seen[t + 1] = seen[t] + c_of[t]
                hoped[t + 1] = hoped[t] + e_of[t]
            for t0 in range(n_times):
                first = n_times if only_alive else t0 + 1
                for t1 in range(first, min(n_times, t0 + longest) + 1):
                    c = seen[t1] - seen[t0]
                    if c >= least_cases:
                        v = ratio(0, float(c), hoped[t1] - hoped[t0], C, C)
                        if v > best[i]:
                            best[i] = v
                            where[i, 0] = a - start[i] + 1
                            where[i, 1] = t0
                            where[i, 2] = t1


@kernel
def scan_time_lanes(
    start: IntArray,
    ids: IntArray,
    expected: FloatArray,
    weight: FloatArray,
    widest: float,
    lanes: Any,
    C: float,
    most: float,
    longest: int,
    only_alive: bool,  # noqa: FBT001  kernels take positions only
    least_cases: int,
    best: FloatArray,
    floor: FloatArray,
    needed: IntArray,
    renew: int,
) -> None:
    """Lift `best` (blocks, lanes) to the best ratio of each chance map.

    `lanes` (blocks, units, times, lanes) are counts; `weight` is the expectation of each unit over all
    times, `widest` the largest share of it that the longest stretch holds.
    """
    n_blocks, _, n_times, n_lanes = lanes.shape
    series = np.zeros((n_times, n_lanes), np.int16)
    upto = np.zeros((n_times + 1, n_lanes), np.int16)
    hoped = np.zeros((STEP, n_times + 1))  # after each unit of the step
    e_of = np.zeros(n_times)
    fine = 32.0 * N_BINS / most
    for i in range(start.size - 1):
        for blk in range(n_blocks):
            series[:] = 0
            e_of[:] = 0.0
            within = 0.0
            need = needed[blk]
            row = lanes[blk]
            a = start[i]
            while a < start[i + 1]:
                # how many units at once: few enough that windows grow by little
                g = 1
                if a + STEP <= start[i + 1]:
                    growth = 0.0
                    for b in range(1, STEP):
                        growth += weight[ids[a + b]]
                    e = within + weight[ids[a]]
                    if 16.0 * growth * growth * widest < 24.0 * e:
                        g = STEP
                for b in range(g):
                    j = ids[a + b]
                    within += weight[j]
                    for t in range(n_times):
                        e_of[t] += expected[j, t]
                        hoped[b, t + 1] = hoped[b, t] + e_of[t]
                r0 = row[ids[a]]
                if g == STEP:
                    r1 = row[ids[a + 1]]
                    r2 = row[ids[a + 2]]
                    r3 = row[ids[a + 3]]
                    for t in range(n_times):
                        line, before, after = series[t], upto[t], upto[t + 1]
                        s0, s1, s2, s3 = r0[t], r1[t], r2[t], r3[t]
                        for q in range(n_lanes):
                            v = np.int16(
                                line[q]
                                + np.int16(s0[q])
                                + np.int16(s1[q])
                                + np.int16(s2[q])
                                + np.int16(s3[q])
                            )
                            line[q] = v
                            after[q] = np.int16(before[q] + v)
                else:
                    for t in range(n_times):
                        line, before, after = series[t], upto[t], upto[t + 1]
                        s0 = r0[t]
                        for q in range(n_lanes):
                            v = np.int16(line[q] + np.int16(s0[q]))
                            line[q] = v
                            after[q] = np.int16(before[q] + v)
                small, large = hoped[0], hoped[g - 1]
                for t0 in range(n_times):
                    low = upto[t0]
                    shortest = 1
                    most_periods = min(longest, n_times - t0)
                    if only_alive:
                        shortest = n_times - t0
                    while shortest <= most_periods:
                        e = small[t0 + shortest] - small[t0]
                        limit = need[bin_at(e, fine)]
                        # a longer stretch stands for all up to it while it is little more
                        last = shortest
                        while (
                            last < most_periods
                            and 4.0 * (large[t0 + last + 1] - large[t0] - e) < limit - e
                        ):
                            last += 1
                        high = upto[t0 + last]
                        top = np.int16(0)
                        for q in range(n_lanes):
                            top = max(top, np.int16(high[q] - low[q]))
                        if top > limit:
                            for q in range(n_lanes):
                                if high[q] - low[q] > limit:
                                    c = int(high[q]) - int(low[q])
                                    over = c - e
                                    # up to half of all cases a parabola lies above the ratio
                                    if (
                                        2 * c <= C
                                        and over * over * C < 2 * e * (C - e) * best[blk, q]
                                    ):
                                        continue
                                    for t1 in range(t0 + shortest, t0 + last + 1):
                                        c = int(upto[t1, q]) - int(low[q])
                                        for b in range(g - 1, -1, -1):
                                            e = hoped[b, t1] - hoped[b, t0]
                                            if c >= least_cases and c > need[bin_at(e, fine)]:
                                                w = ratio(0, float(c), e, C, C)
                                                if w > best[blk, q]:
                                                    best[blk, q] = w
                                            for t in range(t0, t1):
                                                c -= int(row[ids[a + b], t, q])
                        shortest = last + 1
                a += g
        if i % renew == renew - 1:
            for blk in range(n_blocks):
                f = best[blk].min()
                if f > 1.04 * floor[blk]:
                    floor[blk] = f
                    fill_needed(0, C, C, most, f * 0.999999, needed[blk])
