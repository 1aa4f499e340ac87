"""Where should posts, stations or standby sites be, so that demand is near on the whole?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.siting import median_bound, median_moves
from gridkit.errors import InputError, some_of
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


_SEARCH_AFTER = (10, 20, 30, 40, 60, 80)
"""Rounds of the bound after which its sites are the start of a new search."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sites:
    """Chosen sites.

    Parameters
    ----------
    chosen : (p,)
        Positions of the open sites, sorted.
    nearest : (n,)
        Position of the site that serves each demand point; -1 for none in reach.
    away_m : (n,), metres
        Distance to it.
    value
        Weighted distance in total (p-median), weight covered (`mclp`), number of sites (`lscp`), or
        longest way (`p_center`).
    bound
        No choice can be below, or for `mclp` above.
    kind
        ``"p_median"``, ``"mclp"``, ``"lscp"`` or ``"p_center"``.
    """

    chosen: LabelArray
    nearest: LabelArray
    away_m: FloatArray
    value: float
    bound: float
    kind: str

    def __post_init__(self) -> None:
        for name in ("chosen", "nearest", "away_m"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def gap(self) -> float:
        """How far the value may be from the best possible: 0 is proven best."""
        return abs(self.bound - self.value) / max(abs(self.bound), 1e-12)

    def to_frame(self, site_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Give one row for each open site: ``site_id, n_served, mean_away_m``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = []
        for s in self.chosen.tolist():
            own = self.away_m[self.nearest == s]
            mean = round(float(own.mean()), 1) if own.size else float("nan")
            rows.append((site_ids[s] if site_ids else str(s), int(own.size), mean))
        return pd.DataFrame(rows, columns=["site_id", "n_served", "mean_away_m"])

    def __repr__(self) -> str:
        """Say how many sites, how good, how good at best."""
        return f"<Sites {self.kind}: {self.chosen.size} open, value {self.value:,.1f}, at most {self.gap:.2%} from the best>"


def distance_matrix(
    demand_xy: FloatArray, site_xy: FloatArray, *, detour: float = 1.3
) -> FloatArray:
    """Measure straight lines times detour; replace them by street distances where you have some.

    Parameters
    ----------
    demand_xy : (n, 2), metres
        Where demand is.
    site_xy : (m, 2), metres
        Possible sites.
    detour
        Length of a way over the straight line.

    Returns
    -------
    (n, m), metres
    """
    from scipy.spatial.distance import cdist  # noqa: PLC0415  scipy loads when needed

    return np.asarray(cdist(demand_xy, site_xy) * detour, dtype=np.float64)


def p_median(
    away_m: FloatArray,
    *,
    p: int,
    weight: FloatArray | None = None,
    fixed: Sequence[int] = (),
    n_rounds: int = 300,
    exact: bool = False,
    time_limit_s: float = 60.0,
) -> Sites:
    """Choose `p` sites so that the weighted distance to the nearest one is least.

    Parameters
    ----------
    away_m : (n, m), metres
        Distance of every demand point to every possible site.
    p
        Sites to open, existing ones included.
    weight : (n,)
        Demand, for example reports; by default 1 each.
    fixed
        Positions of existing sites that stay.
    n_rounds
        Rounds of the bound; some of them also start a new search.
    exact
        Close the gap with the exact model (HiGHS), after sites that cannot matter are ruled out.
    time_limit_s : seconds
        For the exact model.

    Returns
    -------
    Sites
        With a lower bound, so that the gap is known.

    Raises
    ------
    InputError
        If `p` is not between the fixed sites and all sites, or distances are missing.

    Notes
    -----
    Greedy start, best exchange of two sites until none helps, Lagrangian bound on "every point is
    served", new searches from the sites that the bound favours.

    References
    ----------
    Whitaker, R. A. (1983). A fast algorithm for the greedy interchange for large-scale clustering and
    median location problems. INFOR 21(2), 95-108.
    Cornuejols, G., Fisher, M. L. and Nemhauser, G. L. (1977). Location of bank accounts to optimize
    float. Management Science 23(8), 789-810.

    Examples
    --------
    >>> p_median(np.array([[0.0, 9.0], [1.0, 9.0], [9.0, 0.0]]), p=2).value
    1.0
    """
    w = check_demand(away_m, weight, p, fixed)
    order = np.argsort(away_m, axis=1, kind="stable").astype(np.int32)
    rows = np.take_along_axis(away_m, order, axis=1)
    n, m = away_m.shape
    chosen, value = _descend(order, rows, w, _greedy(order, rows, w, p, fixed), fixed)
    scaled = w[:, None] * rows
    toll = scaled[:, min(2, m - 1)].copy()
    bound, step, stall = -np.inf, 1.0, 0
    best_toll = toll
    must = np.zeros(m, dtype=bool)
    must[list(fixed)] = True
    tried = {tuple(chosen.tolist())}
    for turn in range(n_rounds):
        reduced, _ = median_bound(order, rows, w, toll, must)
        opened = cheapest(reduced, p, must)
        low = float(toll.sum() + reduced[opened].sum())
        if low > bound:
            stall = 0 if low > bound + 1e-7 * abs(value) else stall + 1
            bound, best_toll = low, toll.copy()
        else:
            stall += 1
        if stall >= 8:
            step, stall = step / 2, 0
        if value - bound <= 1e-9 * value or step < 1e-4:
            break
        if turn + 1 in _SEARCH_AFTER or turn % 100 == 99:
            key = tuple(opened.tolist())
            if key not in tried:
                tried.add(key)
                other, cost = _descend(order, rows, w, opened, fixed)
                if cost < value - 1e-9:
                    chosen, value = other, cost
        mask = np.zeros(m, dtype=bool)
        mask[opened] = True
        _, served = median_bound(order, rows, w, toll, mask)
        slope = 1.0 - served
        size = float((slope**2).sum())
        if size == 0:
            break
        toll = np.maximum(toll + step * (1.01 * value - low) / size * slope, 0.0)
    if exact and value - bound > 1e-9 * value:
        from gridkit.staffing._exact_sites import exact_median  # noqa: PLC0415  rarely needed

        chosen, value, bound = exact_median(
            order, rows, w, p=p, must=must, chosen=chosen, value=value, bound=bound,
            toll=best_toll, time_limit_s=time_limit_s,
        )  # fmt: skip
    opened_sites = np.sort(chosen).astype(np.int32)
    near = opened_sites[np.argmin(away_m[:, opened_sites], axis=1)]
    return Sites(
        chosen=opened_sites,
        nearest=near,
        away_m=away_m[np.arange(n), near].astype(np.float64),
        value=float(value),
        bound=float(min(bound, value)),
        kind="p_median",
    )


# ------------------------------------------------------------------ parts
def check_demand(
    away_m: FloatArray, weight: FloatArray | None, p: int, fixed: Sequence[int]
) -> FloatArray:
    """Check distances, weights and counts; return the weights."""
    n, m = away_m.shape
    w = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64)
    if w.shape != (n,) or not np.isfinite(w).all() or (w < 0).any():
        msg = f"`weight` needs {n} numbers that are not negative, one for each demand point."
        raise InputError(msg)
    if not np.isfinite(away_m.sum()):  # one pass; a missing distance makes the sum missing
        bad = np.flatnonzero(~np.isfinite(away_m).all(axis=1))
        msg = f"distances of {bad.size} demand points are missing or infinite (rows {some_of(bad)}); use a large number where there is no way."
        raise InputError(msg)
    unknown = [f for f in fixed if not 0 <= f < m]
    if unknown or len(set(fixed)) != len(fixed):
        msg = f"`fixed` must name different sites between 0 and {m - 1}; got {some_of(fixed)}."
        raise InputError(msg)
    if not max(len(fixed), 1) <= p <= m:
        msg = f"`p` is {p}; it must lie between {max(len(fixed), 1)} (the fixed sites) and {m} (all sites)."
        raise InputError(msg)
    return w


def _slots(m: int, chosen: IntArray) -> LabelArray:
    out = np.full(m, -1, dtype=np.int32)
    out[chosen] = np.arange(chosen.size, dtype=np.int32)
    return out


def cheapest(reduced: FloatArray, p: int, must: BoolArray) -> IntArray:
    """The `p` sites of least reduced cost, those that must be among them; sorted."""
    rank = np.lexsort((np.arange(reduced.size), reduced, ~must))
    return np.sort(rank[:p])


def _greedy(
    order: LabelArray, rows: FloatArray, w: FloatArray, p: int, fixed: Sequence[int]
) -> IntArray:
    """Open the site that saves most, one after the other; existing ones first."""
    m = order.shape[1]
    chosen = np.array(list(fixed), dtype=np.int64)
    while chosen.size < p:
        gain, _, _, _ = median_moves(order, rows, w, _slots(m, chosen), chosen.size)
        gain[chosen] = -1.0
        chosen = np.append(chosen, int(np.argmax(gain)))
    return chosen


def _descend(
    order: LabelArray, rows: FloatArray, w: FloatArray, chosen: IntArray, fixed: Sequence[int]
) -> tuple[IntArray, float]:
    """Exchange two sites while that helps, the best exchange first."""
    chosen = chosen.copy()
    m = order.shape[1]
    stuck = np.isin(chosen, list(fixed))
    while True:
        gain, loss, extra, cost = median_moves(order, rows, w, _slots(m, chosen), chosen.size)
        profit = gain[None, :] - loss[:, None] + extra
        profit[:, chosen] = -np.inf
        profit[stuck] = -np.inf
        r, j = np.unravel_index(int(np.argmax(profit)), profit.shape)
        if not profit[r, j] > 1e-9 * max(cost, 1.0):
            return chosen, float(cost)
        chosen[r] = j
