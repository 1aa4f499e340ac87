"""How high can the likelihood ratio of a window get, on the map seen and on maps of chance?

Three ideas make hundreds of chance maps cheap. (1) Lanes: the counts of many maps lie side by side,
so taking one more unit into the window is one vector addition for all of them. (2) No logarithm
inside: the smallest count that can still beat the best ratio found so far depends only on the
expectation of the window; it stands in a table that all maps of a block share. (3) Where a count
passes that table, a parabola that lies above the ratio is tried before the logarithm.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels._jit import inline, inner, lean
from gridkit._kernels.chance import stream_of, uniform

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray, LabelArray

N_BINS = 4096
"""Expectations are looked up in so many bins."""

N_HEAD = 128
"""Random numbers find their place in a table of counts from so many steps."""

GROUP = 32
"""Maps are searched in groups of so many for those that pass a limit; lanes are a multiple of it."""

STEP, CAREFUL = 4, 4.0
"""So many units are taken into a window at once while they add little: the square of what they add
is less than so many times the expectation, the variance of the count."""


@lean
def ratio(model: int, c: float, s: float, C: float, S: float) -> float:
    """Log-likelihood ratio of a high rate: 0 Poisson (s expected), 1 Bernoulli (s of S persons)."""
    if model == 0:
        if c <= s or c <= 0.0:
            return 0.0
        v = c * math.log(c / s)
        if c < C:
            v += (C - c) * math.log((C - c) / (C - s))
        return v
    rest, out = C - c, S - s
    if c <= 0.0 or c > s or rest > out or out <= 0.0 or c * out <= rest * s:
        return 0.0
    v = c * math.log(c / s) - C * math.log(C / S)
    if c < s:
        v += (s - c) * math.log((s - c) / s)
    if rest > 0.0:
        v += rest * math.log(rest / out)
    if out > rest:
        v += (out - rest) * math.log((out - rest) / out)
    if S > C:
        v -= (S - C) * math.log((S - C) / S)
    return v


@inline
def bin_at(s: float, fine: float) -> int:
    """Bin of a window size: half of the bins are for the smallest 64th, where counts are few.

    `fine` is bins per size there: 32 * N_BINS / largest size.
    """
    b = int(s * fine)
    if b >= N_BINS // 2:
        b = min(N_BINS // 2 + int(s * fine / 64), N_BINS - 1)
    return b


@lean
def fill_needed(
    model: int, C: float, S: float, most: float, floor: float, needed: IntArray
) -> None:
    """For each bin of window sizes: the largest count that cannot reach a ratio of `floor`."""
    half = N_BINS // 2
    c = 1
    for b in range(N_BINS):
        # the left edge of the bin, where a count counts most
        s = max(most * (b if b < half else 64 * max(b - half, half // 64)) / (64 * half), 1e-12)
        if model == 1:
            while c < C and c <= s and ratio(model, float(c), s, C, S) < floor:
                c += 1
        else:
            while c < C and ratio(model, float(c), s, C, S) < floor:
                c += 1
        needed[b] = c - 1


@lean
def scan_seen(
    start: IntArray,
    ids: IntArray,
    size: FloatArray,
    cases: IntArray,
    model: int,
    C: float,
    S: float,
    least_cases: int,
    best: FloatArray,
    length: IntArray,
) -> None:
    """Find the best window of every centre on the map that was seen."""
    for i in range(start.size - 1):
        s = 0.0
        c = 0
        top = 0.0
        at = 0
        for a in range(start[i], start[i + 1]):
            s += size[ids[a]]
            c += cases[ids[a]]
            if c >= least_cases:
                v = ratio(model, float(c), s, C, S)
                if v > top:
                    top = v
                    at = a - start[i] + 1
        best[i] = top
        length[i] = at


@inner
def lift_lanes(
    acc: Any,
    limit: int,
    base: int,
    s: float,
    model: int,
    C: float,
    S: float,
    penalty: float,
    least_cases: int,
    best: FloatArray,
) -> None:
    """Lift `best` (lanes) where a lane's count in one window, ``base + acc``, passes the limit."""
    # up to half of all cases a parabola lies above the ratio
    curve = penalty * C / (2.0 * s * (C - s)) if model == 0 and 2.0 * s <= C else math.inf
    for q0 in range(0, len(best), GROUP):
        top = acc[q0]
        for q in range(q0, q0 + GROUP):
            top = max(top, acc[q])
        if top <= limit:
            continue
        for q in range(q0, q0 + GROUP):
            c = base + acc[q]
            if acc[q] <= limit or c < least_cases:
                continue
            over = c - s
            if 2 * c <= C and over * over * curve < best[q]:
                continue
            w = penalty * ratio(model, float(c), s, C, S)
            if w > best[q]:
                best[q] = w


@lean
def scan_lanes(
    start: IntArray,
    ids: IntArray,
    size: FloatArray,
    base: IntArray,
    lanes: Any,
    model: int,
    C: float,
    S: float,
    most: float,
    penalty: float,
    least_cases: int,
    best: FloatArray,
    floor: FloatArray,
    needed: IntArray,
    renew: int,
    whole: LabelArray,
    upto: FloatArray,
    acc: Any,
    ahead: Any,
) -> None:
    """Lift `best` (blocks, lanes) to the best ratio of each chance map.

    `lanes` (blocks, units, lanes) are counts less the unit's `base`, so that they fit into few
    bits; `floor` and `needed` belong to the blocks and are renewed every so many centres. Scratch:
    `whole` (2, longest list) int32, `upto` (longest list,); `acc` and `ahead` (lanes,), wide enough for running totals.
    """
    n_blocks = lanes.shape[0]
    n_lanes = lanes.shape[2]
    bases = whole[0]
    bin_of = whole[1]
    fine = 32.0 * N_BINS / most
    for i in range(len(start) - 1):
        first = start[i]
        k = start[i + 1] - first
        s = 0.0
        c = 0
        for a in range(k):
            s += size[ids[first + a]]
            c += base[ids[first + a]]
            upto[a] = s
            bases[a] = c
            bin_of[a] = bin_at(s, fine)
        for blk in range(n_blocks):
            for q in range(n_lanes):
                acc[q] = 0
            row = lanes[blk]
            need = needed[blk]
            a = 0
            tried = 0  # units before this one are taken one by one
            while a < k:
                if a >= tried and a + STEP <= k:
                    grown = bases[a + STEP - 1] - bases[a]
                    if grown * grown < CAREFUL * bases[a]:
                        # counts only grow: if the last window of the step has not what its first
                        # one needs, none of them has
                        limit = need[bin_of[a]] - bases[a + STEP - 1]
                        r0 = row[ids[first + a]]
                        r1 = row[ids[first + a + 1]]
                        r2 = row[ids[first + a + 2]]
                        r3 = row[ids[first + a + 3]]
                        top = acc[0]
                        for q in range(n_lanes):
                            ahead[q] = acc[q] + r0[q] + r1[q] + r2[q] + r3[q]
                            top = max(top, ahead[q])
                        if top <= limit:
                            spare = acc
                            acc = ahead
                            ahead = spare
                            a += STEP
                            continue
                        tried = a + STEP
                limit = need[bin_of[a]] - bases[a]
                counts = row[ids[first + a]]
                top = acc[0]  # too high at worst: lanes are looked at again
                for q in range(n_lanes):
                    acc[q] = acc[q] + counts[q]
                    top = max(top, acc[q])
                if top > limit:
                    lift_lanes(
                        acc, limit, bases[a], upto[a], model, C, S, penalty, least_cases, best[blk]
                    )  # fmt: skip
                a += 1
        if i % renew < renew - 1:
            continue
        for blk in range(n_blocks):
            least = best[blk, 0]
            for q in range(n_lanes):
                least = min(least, best[blk, q])
            if least / penalty > 1.04 * floor[blk]:
                floor[blk] = least / penalty
                fill_needed(model, C, S, most, floor[blk] * 0.999999, needed[blk])


def draw_multinomial(
    seed: int, stream: int, mean: FloatArray, total: int, base: IntArray, lanes: Any, most: int
) -> bool:
    """Deal `total` cases out to units in proportion to `mean`, once for every lane.

    A little less than the mean is drawn as Poisson from a table, unit by unit; the cases then missing
    are dealt out one by one. Poisson counts given their total, plus a multinomial rest, are the
    multinomial wanted, exactly. Lanes get the counts less `base`. Returns whether each is at most `most`
    away from it.
    """
    top, n = float(mean.max()), len(mean)
    upto = np.cumsum(mean / np.cumsum(mean)[-1])
    upto[-1] = 1.0
    guide = np.searchsorted(upto, np.arange(2 * n) / (2 * n)).astype(np.int64)
    table = np.empty(int(top + 12.0 * math.sqrt(top) + 40))
    dealt = np.zeros(lanes.shape[1], np.int64)
    head = np.empty(N_HEAD, np.int64)
    return _deal(seed, stream, mean, total, base, lanes, most, upto, guide, table, head, dealt)


@lean
def _deal(
    seed: int,
    stream: int,
    mean: FloatArray,
    total: int,
    base: IntArray,
    lanes: Any,
    most: int,
    upto: FloatArray,
    guide: IntArray,
    table: FloatArray,
    head: IntArray,
    dealt: IntArray,
) -> bool:
    """Deal as `draw_multinomial` says; `upto` adds the shares up, `guide` finds a place in it."""
    n, n_lanes = lanes.shape
    state = stream_of(seed, stream)
    number = np.int64(0)
    whole = 0.0
    for i in range(n):
        whole += mean[i]
    part = 1.0 - (4.5 / math.sqrt(total) if total > 100 else 1.0)
    factor = part * total / whole
    n_guide = len(guide)
    fits = True
    for i in range(n):
        lam = mean[i] * factor
        if lam <= 0.0:
            for q in range(n_lanes):
                lanes[i, q] = -base[i]
            continue
        low = max(0, int(lam - 11.0 * math.sqrt(lam) - 20))
        p = math.exp(-lam + low * math.log(lam) - math.lgamma(low + 1.0))
        s = 0.0
        m = 0
        while m < len(table):
            s += p
            table[m] = s
            m += 1
            p *= lam / (low + m)
            if s > 0.5 and p < 1e-17:
                break
        for b in range(m):
            table[b] /= s
        table[m - 1] = 1.0
        b = 0
        for h in range(N_HEAD):
            while table[b] < h / N_HEAD:
                b += 1
            head[h] = b
        for q in range(n_lanes):
            u = uniform(state, number)
            number += 1
            b = head[int(u * N_HEAD)]
            while table[b] < u:
                b += 1
            c = low + b
            if c - base[i] > most or base[i] - c > most:
                fits = False
            lanes[i, q] = c - base[i]
            dealt[q] += c
    for q in range(n_lanes):
        if dealt[q] > total:  # too many: deal this lane out plainly
            for i in range(n):
                lanes[i, q] = -base[i]
                if base[i] > most:
                    fits = False
            dealt[q] = 0
        for _ in range(total - dealt[q]):
            u = uniform(state, number)
            number += 1
            j = guide[int(u * n_guide)]
            while upto[j] < u:
                j += 1
            if lanes[j, q] >= most:
                fits = False
            lanes[j, q] += 1
    return fits


def draw_hypergeometric(
    seed: int, stream: int, people: IntArray, total: int, base: IntArray, lanes: Any
) -> None:
    """Make `total` of all people cases, each set of people equally likely, once for every lane.

    Lanes get the counts less `base`.
    """
    lanes[:] = -base[:, None]
    _make_cases(
        seed, stream, np.repeat(np.arange(len(people), dtype=np.int32), people), total, lanes
    )


@lean
def _make_cases(seed: int, stream: int, owner: LabelArray, total: int, lanes: Any) -> None:
    """Draw `total` people for every lane, and add one where each of them lives."""
    state = stream_of(seed, stream)
    number = np.int64(0)
    for q in range(lanes.shape[1]):
        for k in range(total):
            j = k + int(uniform(state, number) * (len(owner) - k))
            number += 1
            t = owner[k]
            owner[k] = owner[j]
            owner[j] = t
            lanes[owner[k], q] += 1


def draw_permutation(seed: int, stream: int, where: IntArray, when: IntArray, lanes: Any) -> None:
    """Deal the times of all cases out to their places anew, once for every lane (units, times, lanes)."""
    lanes[:] = 0
    _permute(seed, stream, where, when.copy(), lanes)


@lean
def _permute(seed: int, stream: int, where: IntArray, mixed: IntArray, lanes: Any) -> None:
    """Mix the times for every lane, and count cases by place and time."""
    state = stream_of(seed, stream)
    number = np.int64(0)
    for q in range(lanes.shape[2]):
        for k in range(mixed.size - 1, 0, -1):
            j = int(uniform(state, number) * (k + 1))
            number += 1
            t = mixed[k]
            mixed[k] = mixed[j]
            mixed[j] = t
        for k in range(mixed.size):
            lanes[where[k], mixed[k], q] += 1
