"""Which sites are provably best?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.siting import median_bound
from gridkit._milp import milp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


def exact_median(
    order: LabelArray,
    rows: FloatArray,
    w: FloatArray,
    *,
    p: int,
    must: BoolArray,
    chosen: IntArray,
    value: float,
    bound: float,
    toll: FloatArray,
    time_limit_s: float,
) -> tuple[IntArray, float, float]:
    """Close the gap of a p-median answer with HiGHS, on the sites that can still matter.

    A site whose reduced cost is above the gap is closed in every better answer, one whose absence
    would cost more than the gap is open in every better answer; a point never goes past the nearest
    site that is surely open.
    """
    from scipy import sparse  # noqa: PLC0415  scipy loads when needed
    from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415  the same

    n, m = order.shape
    reduced, _ = median_bound(order, rows, w, toll, must)
    free_rank = np.sort(reduced[~must])
    k = p - int(must.sum())
    last_in = free_rank[k - 1] if k > 0 else -np.inf
    first_out = free_rank[k] if k < free_rank.size else np.inf
    slack = value - bound + 1e-9 * value
    shut = ~must & (reduced - last_in > slack) & (reduced > last_in)
    sure = must | ((first_out - reduced > slack) & (reduced <= last_in))
    usable = ~shut
    is_sure = sure[order]
    past = np.cumsum(is_sure, axis=1) - is_sure > 0  # beyond the first site that is surely open
    keep = usable[order] & ~past
    point, rank = np.nonzero(keep)
    site = order[point, rank]
    cost = w[point] * rows[point, rank]
    open_sites = np.flatnonzero(usable)
    number = np.full(m, -1)
    number[open_sites] = np.arange(open_sites.size)
    a, s = cost.size, open_sites.size
    each = sparse.csr_matrix((np.ones(a), (point, np.arange(a))), (n, a + s))
    link = sparse.csr_matrix(
        (
            np.r_[np.ones(a), -np.ones(a)],
            (np.r_[np.arange(a), np.arange(a)], np.r_[np.arange(a), a + number[site]]),
        ),
        (a, a + s),
    )
    count = sparse.csr_matrix((np.ones(s), (np.zeros(s, int), a + np.arange(s))), (1, a + s))
    low = np.r_[np.zeros(a), sure[open_sites].astype(float)]
    found = milp(
        np.r_[cost, np.zeros(s)],
        integrality=np.r_[np.zeros(a), np.ones(s)],
        bounds=Bounds(low, np.ones(a + s)),
        constraints=[
            LinearConstraint(each, 1, 1),
            LinearConstraint(link, -np.inf, 0),
            LinearConstraint(count, p, p),
        ],
        options={"time_limit": time_limit_s, "mip_rel_gap": 1e-6},
    )
    if found.x is not None and found.fun < value - 1e-9 * value:
        chosen, value = open_sites[found.x[a:] > 0.5], float(found.fun)
    if found.status == 2:  # nothing better exists among what is left
        return chosen, value, value
    dual = getattr(found, "mip_dual_bound", None)
    if dual is not None and np.isfinite(dual):
        bound = max(bound, min(float(dual), value))
    return chosen, value, bound


def exact_cover(
    cover: BoolArray,
    w: FloatArray,
    *,
    p: int,
    fixed: Sequence[int],
    chosen: IntArray,
    value: float,
    bound: float,
    time_limit_s: float,
) -> tuple[IntArray, float, float]:
    """Close the gap of a covering answer with HiGHS."""
    from scipy import sparse  # noqa: PLC0415  scipy loads when needed
    from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415  the same

    n, m = cover.shape
    a = sparse.csr_matrix(cover.astype(np.float64))
    rules = sparse.hstack([a, -sparse.identity(n)], format="csr")
    count = sparse.csr_matrix((np.ones(m), (np.zeros(m, int), np.arange(m))), (1, m + n))
    low = np.zeros(m + n)
    low[list(fixed)] = 1.0
    found = milp(
        np.r_[np.zeros(m), -w],
        integrality=np.r_[np.ones(m), np.zeros(n)],
        bounds=Bounds(low, np.ones(m + n)),
        constraints=[LinearConstraint(rules, 0, np.inf), LinearConstraint(count, 0, p)],
        options={"time_limit": time_limit_s, "mip_rel_gap": 1e-6},
    )
    if found.x is not None:
        other = np.flatnonzero(found.x[:m] > 0.5)
        got = float(w[cover[:, other].any(axis=1)].sum())
        if got > value:
            spare = np.setdiff1d(np.arange(m), other)[: p - other.size]
            chosen, value = np.concatenate([other, spare]), got
    dual = getattr(found, "mip_dual_bound", None)
    if dual is not None and np.isfinite(dual):
        bound = min(bound, max(-float(dual), value))
    return chosen, value, bound


def exact_fewest(cover: BoolArray, *, time_limit_s: float) -> tuple[IntArray | None, float]:
    """Cover all rows with the fewest columns (HiGHS); None when it found nothing, and a lower bound."""
    from scipy import sparse  # noqa: PLC0415  scipy loads when needed
    from scipy.optimize import Bounds, LinearConstraint  # noqa: PLC0415  the same

    m = cover.shape[1]
    got = milp(
        np.ones(m),
        constraints=LinearConstraint(sparse.csr_array(cover.astype(np.float64)), 1.0, np.inf),
        bounds=Bounds(0, 1),
        integrality=np.ones(m, dtype=np.int64),
        options={"time_limit": time_limit_s},
    )
    low = getattr(got, "mip_dual_bound", None)
    bound = float(np.ceil(low - 1e-6)) if low is not None and np.isfinite(low) else 1.0
    return (None if got.x is None else np.flatnonzero(got.x > 0.5)), max(bound, 1.0)
