from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridkit._kernels.siting import cover_moves, median_moves


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_the_profit_of_each_exchange_is_the_recounted_one(seed, p):
    rng = np.random.default_rng(seed)
    away = rng.integers(0, 12, (9, 6)).astype(float)
    w = rng.integers(0, 4, 9).astype(float)
    order = np.argsort(away, axis=1, kind="stable").astype(np.int32)
    rows = np.take_along_axis(away, order, axis=1)
    chosen = rng.choice(6, p, replace=False)
    slot = np.full(6, -1, np.int32)
    slot[chosen] = np.arange(p)
    gain, loss, extra, cost = median_moves(order, rows, w, slot, p)
    assert cost == (w * away[:, chosen].min(axis=1)).sum()
    for r in range(p):
        for j in np.setdiff1d(np.arange(6), chosen):
            new = chosen.copy()
            new[r] = j
            assert cost - (gain[j] - loss[r] + extra[r, j]) == (w * away[:, new].min(axis=1)).sum()


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_the_cover_of_each_exchange_is_the_recounted_one(seed, p):
    rng = np.random.default_rng(seed)
    cover = rng.random((9, 6)) < 0.3
    w = rng.integers(0, 4, 9).astype(float)
    start = np.concatenate([[0], np.cumsum(cover.sum(axis=1))]).astype(np.int32)
    site = np.nonzero(cover)[1].astype(np.int32)
    chosen = rng.choice(6, p, replace=False)
    slot = np.full(6, -1, np.int32)
    slot[chosen] = np.arange(p)
    gain, loss, extra = np.zeros(6), np.zeros(p), np.zeros((p, 6))
    every = np.arange(9, dtype=np.int32)
    covered = cover_moves(start, site, w, slot, every, 1.0, gain, loss, extra)
    assert covered == w[cover[:, chosen].any(axis=1)].sum()
    for r in range(p):
        for j in np.setdiff1d(np.arange(6), chosen):
            new = chosen.copy()
            new[r] = j
            assert covered + gain[j] - loss[r] + extra[r, j] == w[cover[:, new].any(axis=1)].sum()
