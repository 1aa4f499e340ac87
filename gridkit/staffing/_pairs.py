"""Which grids could each member go to, and what would each way cost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import SchemaError
from gridkit.model.roster import Candidates

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.members import Members
    from gridkit.staffing.assign import AssignSettings


def build_candidates(
    members: Members,
    xy: FloatArray,
    current: LabelArray,
    community: LabelArray | None,
    use: AssignSettings,
    minutes: FloatArray | None,
    banned: set[tuple[int, int]],
) -> Candidates:
    """List the pairs that may be: the nearest grids of each member and the one of today."""
    m, k = len(members), len(xy)
    n_near = min(use.n_candidates, k)
    if minutes is not None:
        if minutes.shape != (m, k):
            msg = f"`minutes` has shape {minutes.shape}; it needs one row for each of {m} members and one column for each of {k} grids."
            raise SchemaError(msg)
        way = np.where(np.isfinite(minutes), minutes, np.inf)
        near = np.argsort(way, axis=1, kind="stable")[:, :n_near].astype(np.int32)
    else:
        start = _starts(members, xy, current)
        near = _nearest(start, xy, n_near)
    at = np.repeat(np.arange(m, dtype=np.int64), near.shape[1])
    to = near.ravel().astype(np.int64)
    extra = np.flatnonzero((current >= 0) & ~(near == current[:, None]).any(axis=1))
    at, to = np.concatenate([at, extra]), np.concatenate([to, current[extra]])
    if minutes is not None:
        commute = way[at, to]
    else:
        commute = np.hypot(*(start[at] - xy[to]).T) * use.detour / use.commute_m_per_min
    stays = current[at] == to
    ok = np.isfinite(commute)
    if use.max_commute_min:
        ok &= (commute <= use.max_commute_min) | stays
    if banned:
        bad = {a * k + g for a, g in banned}
        ok &= ~np.isin(at.astype(np.int64) * k + to, sorted(bad))
    order = np.lexsort((to, at))
    order = order[ok[order]]
    at, to, commute, stays = at[order], to[order], commute[order], stays[order]
    keep = np.where(stays, use.keep_bonus_min, 0.0)
    if community is not None:
        home = np.where(current >= 0, community[np.maximum(current, 0)], -1)
        near_by = (home[at] >= 0) & (community[to] == home[at]) & ~stays
        keep = np.where(near_by, use.same_community_bonus_min, keep)
    return Candidates(
        member=at.astype(np.int32),
        grid=to.astype(np.int32),
        commute_min=commute,
        keep_min=keep,
        extra_min=np.zeros(at.size),
    )


def _starts(members: Members, xy: FloatArray, current: LabelArray) -> FloatArray:
    """Homes; where one is not known, today's grid, or the middle of the town for a new member."""
    start = members.home_xy.copy()
    lost = ~np.isfinite(start).all(axis=1)
    start[lost] = np.where(
        (current[lost] >= 0)[:, None], xy[np.maximum(current[lost], 0)], np.nanmean(xy, axis=0)
    )
    return start


def _nearest(start: FloatArray, xy: FloatArray, n: int) -> LabelArray:
    """Positions of the n nearest grids of each start, ties by position: (m, n)."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  scipy loads when somebody is assigned

    real = np.flatnonzero(np.isfinite(xy).all(axis=1))
    _, near = cKDTree(xy[real]).query(start, k=min(n, real.size))
    return real[np.asarray(near).reshape(len(start), -1)].astype(np.int32)
