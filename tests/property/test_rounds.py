from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridkit._kernels.rounds import improve_rounds


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 3), st.booleans(), st.booleans())
def test_routes_keep_every_rule_and_cost_what_a_recount_says(seed, k, timed, tight):
    rng = np.random.default_rng(seed)
    n = 9
    xy = rng.uniform(0, 100, (n + k, 2))
    way = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
    service = rng.integers(1, 9, n).astype(float)
    shift = np.full(k, 250.0 if tight else 5000.0)
    may = rng.random((n, k)) < 0.8
    opens = rng.integers(0, 200, n).astype(float) if timed else np.zeros(n)
    closes = opens + 150.0 if timed else np.full(n, 1e18)
    drop = np.full(n, 1e4)
    near = np.argsort(way[:n, :n], axis=1, kind="stable")[:, 1:].astype(np.int32)
    post = np.arange(n, n + k, dtype=np.int32)
    route, size, cost = improve_rounds(
        (way, service, post, shift, may, opens, closes, drop, near), 1.0, 60, seed, 10.0
    )
    routes = [route[i, : size[i]].tolist() for i in range(k)]
    served = [s for r in routes for s in r]
    assert len(set(served)) == len(served)
    longest = total = 0.0
    for i, r in enumerate(routes):
        t, at = 0.0, n + i
        for s in r:
            assert may[s, i]
            t = max(t + way[at, s], opens[s])
            assert t <= closes[s] + 1e-6
            t += service[s]
            at = s
        t += way[at, n + i] if r else 0.0
        assert t <= shift[i] + 1e-6
        total += t
        longest = max(longest, t)
    left = n - len(served)
    np.testing.assert_allclose(cost, total + longest + 1e4 * left)
    if not timed and not tight:
        assert left == int((~may.any(axis=1)).sum())
