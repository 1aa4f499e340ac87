"""How few posts reach everybody, how much do so many reach, and how far is the farthest?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.siting import cover_moves
from gridkit.errors import InfeasibleError, InputError, some_of
from gridkit.staffing.location import Sites, cheapest, check_demand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray


def mclp(
    away_m: FloatArray,
    *,
    p: int,
    radius_m: float,
    weight: FloatArray | None = None,
    fixed: Sequence[int] = (),
    n_starts: int = 0,
    n_rounds: int = 30,
    seed: int = 0,
    exact: bool = False,
    time_limit_s: float = 60.0,
) -> Sites:
    """Choose `p` sites so that as much demand as possible lies within a radius of one.

    Parameters
    ----------
    away_m : (n, m), metres
        Distance of every demand point to every possible site.
    p
        Sites to open, existing ones included.
    radius_m : metres
        A point is covered within this distance.
    weight : (n,)
        Demand; by default 1 each.
    fixed
        Positions of existing sites that stay.
    n_starts
        Searches: the first from the greedy choice, each further one from the best with a tenth of its
        sites exchanged at random. 0 lets the size decide: 4 for large problems, 100 for small ones.
    n_rounds
        Rounds of the bound.
    seed
        For those exchanges.
    exact
        Ask the exact model (HiGHS) too.
    time_limit_s : seconds
        For the exact model.

    Returns
    -------
    Sites

    Raises
    ------
    InputError
        If `p` is not between the fixed sites and all sites, or the radius is not positive.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional
    Science Association 32(1), 101-118.
    """
    w = check_demand(away_m, weight, p, fixed)
    if not radius_m > 0:
        msg = f"`radius_m` is {radius_m:g}; it must be more than 0."
        raise InputError(msg)
    cover = away_m <= radius_m
    at = _Covered(cover, w, p, fixed)
    at.fill()
    at.climb()
    chosen, value = at.chosen.copy(), at.value()
    rng = np.random.default_rng(seed)
    free, m = np.arange(len(fixed), p), away_m.shape[1]
    n_more = (n_starts or int(np.clip(2_000_000 // max(at.site.size, 1), 4, 100))) - 1
    for _ in range(n_more):
        closed = np.setdiff1d(np.arange(m), chosen)
        n_out = min(max(1, free.size // 10), free.size, closed.size)
        if n_out == 0:
            break
        other = chosen.copy()
        other[rng.choice(free, n_out, replace=False)] = rng.choice(closed, n_out, replace=False)
        at.move_to(other)
        at.climb()
        got = at.value()
        if got > value:
            chosen, value = at.chosen.copy(), got
    bound = _cover_bound(at.start, at.site, w, m, p, value, n_rounds, fixed)
    if exact and bound - value > 1e-9 * max(value, 1.0):
        from gridkit.staffing._exact_sites import exact_cover  # noqa: PLC0415  rarely needed

        chosen, value, bound = exact_cover(
            cover, w, p=p, fixed=fixed, chosen=chosen, value=value, bound=bound,
            time_limit_s=time_limit_s,
        )  # fmt: skip
    return _sites(away_m, chosen, radius_m, value=value, bound=max(bound, value), kind="mclp")


def lscp(
    away_m: FloatArray,
    *,
    radius_m: float,
    fixed: Sequence[int] = (),
    time_limit_s: float = 60.0,
) -> Sites:
    """Choose the fewest sites so that every point lies within a radius of one.

    Parameters
    ----------
    away_m : (n, m), metres
        Distance of every demand point to every possible site.
    radius_m : metres
        A point is covered within this distance.
    fixed
        Positions of existing sites that stay.
    time_limit_s : seconds
        For the exact model (HiGHS); what is known by then is returned with its bound.

    Returns
    -------
    Sites
        `value` is the number of sites, `bound` the fewest there can be.

    Raises
    ------
    InputError
        If distances are missing, or the radius is not positive.
    InfeasibleError
        If points are out of reach of every site, with the radius that would do.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service
    facilities. Operations Research 19(6), 1363-1373.

    Examples
    --------
    >>> lscp(np.array([[1.0, 9.0, 2.0], [9.0, 1.0, 2.0]]), radius_m=3).chosen.tolist()
    [2]
    """
    check_demand(away_m, None, max(len(fixed), 1), fixed)
    if not radius_m > 0:
        msg = f"`radius_m` is {radius_m:g}; it must be more than 0."
        raise InputError(msg)
    cover = away_m <= radius_m
    far = np.flatnonzero(~cover.any(axis=1))
    if far.size:
        need = float(away_m[far].min(axis=1).max())
        msg = f"{far.size} of {len(away_m)} points are out of reach of every site (rows {some_of(far)}); a radius of {need:,.0f} m reaches all, or add sites near them."
        raise InfeasibleError(msg)
    chosen, bound = _fewest(cover, fixed, time_limit_s)
    value = float(chosen.size)
    return _sites(away_m, chosen, radius_m, value=value, bound=bound, kind="lscp")


def p_center(
    away_m: FloatArray, *, p: int, fixed: Sequence[int] = (), time_limit_s: float = 60.0
) -> Sites:
    """Choose `p` sites so that the longest way to the nearest one is as short as it can be.

    Parameters
    ----------
    away_m : (n, m), metres
        Distance of every demand point to every possible site.
    p
        Sites to open, existing ones included.
    fixed
        Positions of existing sites that stay.
    time_limit_s : seconds
        For each exact model (HiGHS) on the way.

    Returns
    -------
    Sites
        `value` is the longest way in metres, `bound` the shortest that is possible.

    Notes
    -----
    The answer is one of the distances: a search by halves, asking at each whether `p` sites reach
    everybody within it.

    References
    ----------
    Minieka, E. (1970). The m-center problem. SIAM Review 12(1), 138-139.

    Examples
    --------
    >>> p_center(np.array([[1.0, 9.0, 4.0], [9.0, 1.0, 2.0]]), p=1).value
    4.0
    """
    check_demand(away_m, None, p, fixed)
    steps = np.unique(away_m)
    low = int(np.searchsorted(steps, away_m.min(axis=1).max()))
    high, proven = steps.size - 1, True
    best = np.array(list(fixed), dtype=np.int64)
    best = np.concatenate([best, np.setdiff1d(np.arange(away_m.shape[1]), best)[: p - best.size]])
    while low < high:
        middle = (low + high) // 2
        chosen, fewest = _fewest(away_m <= steps[middle], fixed, time_limit_s, enough=p)
        if chosen.size <= p:
            best, high = chosen, middle
        else:
            low = middle + 1
            proven &= fewest > p
    if best.size < p:
        spare = np.setdiff1d(np.arange(away_m.shape[1]), best)[: p - best.size]
        best = np.concatenate([best, spare])
    value = float(away_m[:, best].min(axis=1).max())
    bound = value if proven else float(away_m.min(axis=1).max())
    return _sites(away_m, best, np.inf, value=value, bound=bound, kind="p_center")


# ------------------------------------------------------------------ parts
class _Covered:
    """Open sites, and what every exchange of two would gain; only what a move touches is counted anew."""

    def __init__(self, cover: BoolArray, w: FloatArray, p: int, fixed: Sequence[int]) -> None:
        self.start, self.site = _rows(cover)
        turned, self.of = _rows(np.ascontiguousarray(cover.T))
        self.first = turned
        n, m = cover.shape
        self.w, self.n_fixed = w, len(fixed)
        self.chosen: IntArray = np.full(p, -1, dtype=np.int64)
        self.slot: LabelArray = np.full(m, -1, dtype=np.int32)
        self.gain, self.loss, self.extra = np.zeros(m), np.zeros(p), np.zeros((p, m))
        self._tell(np.arange(n, dtype=np.int32), 1.0)
        for r, j in enumerate(fixed):
            self.put(r, j)

    def points(self, j: int) -> LabelArray:
        """Points that a site covers; none for -1."""
        return self.of[self.first[j] : self.first[j + 1]] if j >= 0 else self.of[:0]

    def put(self, r: int, j: int) -> None:
        """Open site `j` in place of the one at slot `r`."""
        old = int(self.chosen[r])
        touched = np.union1d(self.points(old), self.points(j)).astype(np.int32)
        self._tell(touched, -1.0)
        if old >= 0:
            self.slot[old] = -1
        self.slot[j], self.chosen[r] = r, j
        self._tell(touched, 1.0)

    def fill(self) -> None:
        """Open the site that covers most more, one after the other."""
        for r in range(self.n_fixed, self.chosen.size):
            self.put(r, int(np.argmax(np.where(self.slot < 0, self.gain, -1.0))))

    def climb(self) -> None:
        """Exchange two sites while more gets covered, the best exchange first."""
        least = 1e-9 * max(float(self.w.sum()), 1.0)
        while True:
            profit = self.extra + self.gain
            profit -= self.loss[:, None]
            profit[:, self.slot >= 0] = -np.inf
            profit[: self.n_fixed] = -np.inf
            r, j = np.unravel_index(int(np.argmax(profit)), profit.shape)
            if not profit[r, j] > least:
                return
            self.put(int(r), int(j))

    def move_to(self, other: IntArray) -> None:
        """Open these sites instead, slot by slot (none of the new ones is open elsewhere)."""
        new = np.flatnonzero(~np.isin(other, self.chosen))
        gone = np.flatnonzero(~np.isin(self.chosen, other))
        for r, j in zip(gone.tolist(), other[new].tolist(), strict=True):
            self.put(r, j)

    def value(self) -> float:
        """Weight covered, counted afresh."""
        hit = np.bincount(self.site_point, self.slot[self.site] >= 0, self.w.size) > 0
        return float(self.w[hit].sum())

    @property
    def site_point(self) -> IntArray:
        """Point of every pair."""
        return np.repeat(np.arange(self.w.size), np.diff(self.start))

    def _tell(self, point: LabelArray, sign: float) -> None:
        cover_moves(
            self.start, self.site, self.w, self.slot, point, sign, self.gain, self.loss, self.extra
        )


def _fewest(
    cover: BoolArray, fixed: Sequence[int], time_limit_s: float, *, enough: int = 0
) -> tuple[IntArray, float]:
    """Choose the fewest sites that cover all points, and give a number that none can be below.

    A greedy choice ends it when it needs no more than `enough`, or as many as points that share no site.
    """
    left = cover[~cover[:, list(fixed)].any(axis=1)] if fixed else cover
    left = np.unique(left, axis=0)
    greedy = list(fixed)
    todo = left.copy()
    while todo.size:
        greedy.append(int(np.argmax(todo.sum(axis=0))))
        todo = todo[~todo[:, greedy[-1]]]
    if len(greedy) <= enough or len(left) == 0:
        return np.array(greedy, dtype=np.int64), float(len(fixed))
    from gridkit.staffing._exact_sites import exact_fewest  # noqa: PLC0415  rarely needed

    found, bound = exact_fewest(left, time_limit_s=time_limit_s)
    if found is None or found.size + len(fixed) >= len(greedy):
        return np.array(greedy, dtype=np.int64), bound + len(fixed)
    return np.concatenate([np.array(list(fixed), dtype=np.int64), found]), bound + len(fixed)


def _sites(
    away_m: FloatArray, chosen: IntArray, radius_m: float, *, value: float, bound: float, kind: str
) -> Sites:
    """Say who is served by which site."""
    opened = np.sort(chosen).astype(np.int32)
    near = opened[np.argmin(away_m[:, opened], axis=1)].astype(np.int32)
    way = away_m[np.arange(len(away_m)), near].astype(np.float64)
    return Sites(
        chosen=opened,
        nearest=np.where(way <= radius_m, near, -1).astype(np.int32),
        away_m=way,
        value=value,
        bound=bound,
        kind=kind,
    )


def _rows(cover: BoolArray) -> tuple[LabelArray, LabelArray]:
    """Sites that cover each point, one row after the other."""
    n, m = cover.shape
    at = np.flatnonzero(cover)
    start = np.searchsorted(at, np.arange(n + 1) * m).astype(np.int32)
    return start, (at % m).astype(np.int32)


def _cover_bound(
    start: LabelArray,
    site: LabelArray,
    w: FloatArray,
    m: int,
    p: int,
    value: float,
    n_rounds: int,
    fixed: Sequence[int],
) -> float:
    """Bound what any choice can cover: a Lagrangian bound on "a covered point has an open site"."""
    count = np.diff(start)
    reach = float(w[count > 0].sum())
    point = np.repeat(np.arange(count.size), count)
    toll = np.where(count > 0, w / np.maximum(count, 1) * p * max(count.mean(), 1.0) / m, 0.0)
    toll = np.minimum(toll, w)
    best, step, stall = reach, 1.0, 0
    must = np.zeros(m, dtype=bool)
    must[list(fixed)] = True
    for _ in range(n_rounds):
        worth: FloatArray = np.bincount(site, toll[point], m).astype(np.float64)
        opened = cheapest(-worth, p, must)
        high = float((w - toll)[count > 0].sum() + worth[opened].sum())
        if high < best - 1e-9 * best:
            best, stall = high, 0
        else:
            stall += 1
            if stall >= 5:
                step, stall = step / 2, 0
        is_open = np.zeros(m)
        is_open[opened] = 1.0
        # A point that is worth covering at this toll, less the open sites that would cover it.
        slope = (toll < w) - np.bincount(point, is_open[site], count.size)
        slope[count == 0] = 0.0
        size = float((slope**2).sum())
        if size == 0 or high <= value:
            break
        toll = np.clip(toll + step * (high - value) / size * slope, 0.0, w)
    return max(best, value)
