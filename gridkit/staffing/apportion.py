"""How many members does each grid get of a fixed total, and where would the next ones go?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InfeasibleError, InputError, did_you_mean, some_of
from gridkit.model.finding import Finding
from gridkit.model.workload import HeadCounts, Workload
from gridkit.rules.seats import NO_CAP, RULES, hand_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from gridkit._typing import IntArray, LabelArray
    from gridkit.staffing.standards import Rule


N_NEXT = 60


def apportion(
    workload_min: Workload | IntArray,
    *,
    total: int,
    floor: int | LabelArray = 2,
    rule: Rule = "min_max_load",
    cap: int | LabelArray | None = None,
    community: LabelArray | None = None,
    community_ids: tuple[str, ...] = (),
    community_floor: Mapping[str, int] | None = None,
    community_cap: Mapping[str, int] | None = None,
    grid_ids: tuple[str, ...] | None = None,
    available_min: int | None = None,
) -> HeadCounts:
    """Split a fixed number of members over grids.

    The next member always goes to the grid where each member now carries most. That makes the largest
    load per member as small as it can be, never takes a member away when the total grows, and its
    order answers "20 more: where?". Ties go to the grid that comes first in the plan.

    Parameters
    ----------
    workload_min
        Work of each grid, from `workload` or as whole minutes per month.
    total
        Members to hand out.
    floor
        Fewest members of a grid; one number, or one for each grid.
    rule
        ``"min_max_load"`` (Adams): the smallest possible largest load per member.
        ``"least_variance"`` (Huntington-Hill): the smallest variance of load over members.
    cap
        Most members of a grid.
    community : (k,), optional
        Community of each grid, as position in `community_ids`; -1 for none.
    community_ids
        Ids of the communities.
    community_floor, community_cap
        Fewest and most members of a community, by id. The rule stays exact under such nested quotas.
    grid_ids
        Ids, when `workload_min` is an array; by default ``"1", "2", ...``.
    available_min
        Minutes that a member can work in a month, when `workload_min` is an array (default 8809).

    Returns
    -------
    HeadCounts
        With `members`, `load`, and the `next_order` of grids that further members would go to.

    Raises
    ------
    InfeasibleError
        If there are fewer members than the floors need (how many are missing), or more than the caps
        allow.
    InputError
        If the rule is unknown or a quota cannot hold.

    References
    ----------
    Balinski, M. L. and Young, H. P. (2001). Fair representation, 2nd ed.
    Federgruen, A. and Groenevelt, H. (1986). The greedy procedure for resource allocation problems.
    Operations Research 34(6), 909-918.

    Examples
    --------
    >>> apportion(np.array([600, 300, 100]), total=8, floor=1).members.tolist()
    [5, 2, 1]
    """
    if isinstance(workload_min, Workload):
        work, ids, level = workload_min.total_min, workload_min.grid_ids, workload_min.level
        minutes = workload_min.available_min
    else:
        work = _whole(workload_min)
        ids = grid_ids or tuple(str(i) for i in range(1, work.size + 1))
        level, minutes = "base_grid", 8809
    minutes = available_min or minutes
    if rule not in RULES:
        msg = f"unknown rule '{rule}'{did_you_mean(rule, RULES) or '.'} Known: {', '.join(RULES)}."
        raise InputError(msg)
    k = work.size
    low = np.broadcast_to(np.asarray(floor, dtype=np.int32), (k,)).copy()
    high = np.broadcast_to(np.asarray(NO_CAP if cap is None else cap, np.int32), (k,)).copy()
    if (low < 0).any() or (low > high).any():
        bad = np.flatnonzero((low < 0) | (low > high))
        msg = f"floor and cap cannot hold in {bad.size} grids: {some_of([ids[i] for i in bad])} (floor {low[bad[0]]}, cap {high[bad[0]]}). Floors are not negative and not above caps."
        raise InputError(msg)
    quota = _Quota(k, community, community_ids, community_floor or {}, community_cap or {})
    members = quota.least(work, low, high, rule)
    _check_total(total, members, low, high, quota)
    members, order = hand_out(
        work, members, total - int(members.sum()), rule=rule, cap=high, group=quota.of, room=quota.room(members)
    )  # fmt: skip
    _, after = hand_out(
        work, members, N_NEXT, rule=rule, cap=high, group=quota.of, room=quota.room(members)
    )
    return HeadCounts(
        grid_ids=ids,
        workload_min=work,
        members=members,
        available_min=minutes,
        rule=rule,
        floor=low,
        order=order,
        next_order=after,
        cap=quota.closed(high, members),
        level=level,
    )


def add_members(head_counts: HeadCounts, *, n: int) -> pd.DataFrame:
    """Say where `n` more members would go, one row each, the first one first.

    Parameters
    ----------
    head_counts
        From `apportion`.
    n
        More members.

    Returns
    -------
    pandas.DataFrame
        ``step, {level}_id, members_before, members_after, load_before, load_after, worst_load_after``;
        `worst_load_after` is the largest load of the town once this member is there.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    if n < 0:
        msg = (
            f"`n` is {n}; to take members away see `find_transfers`, or apportion a smaller total."
        )
        raise InputError(msg)
    work, minutes = head_counts.workload_min, float(head_counts.available_min)
    _, order = hand_out(work, head_counts.members, n, rule=head_counts.rule, cap=head_counts.cap)
    now = head_counts.members.astype(np.int64).copy()
    rows = []
    for step, g in enumerate(order.tolist(), start=1):
        before = int(now[g])
        now[g] += 1
        worst = float((work / (np.maximum(now, 1e-12) * minutes)).max())
        rows.append(
            (
                step,
                head_counts.grid_ids[g],
                before,
                before + 1,
                round(work[g] / (before * minutes), 4) if before else np.inf,
                round(work[g] / ((before + 1) * minutes), 4),
                round(worst, 4),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "step",
            f"{head_counts.level}_id",
            "members_before",
            "members_after",
            "load_before",
            "load_after",
            "worst_load_after",
        ],
    )


def grow(head_counts: HeadCounts, *, n: int) -> HeadCounts:
    """Return the head counts with `n` more members; the same as apportioning the larger total."""
    work, high = head_counts.workload_min, head_counts.cap
    members, order = hand_out(work, head_counts.members, n, rule=head_counts.rule, cap=high)
    if order.size < n:
        msg = f"the caps leave room for {order.size} of {n} more members; {n - order.size} have no place."
        raise InfeasibleError(msg)
    _, after = hand_out(work, members, N_NEXT, rule=head_counts.rule, cap=high)
    return replace(
        head_counts,
        members=members,
        order=np.concatenate([head_counts.order, order]),
        next_order=after,
    )


def _whole(minutes: IntArray) -> IntArray:
    """Make sure that work is given in whole minutes, none negative."""
    values = np.asarray(minutes, dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        at = np.flatnonzero(~np.isfinite(values) | (values < 0))
        msg = f"the workload of {at.size} of {values.size} grids is negative or missing (positions {some_of(at)}); give 0 where there is no work."
        raise InputError(msg)
    return np.rint(values).astype(np.int64)


class _Quota:
    """Fewest and most members of each community."""

    __slots__ = ("cap", "floor", "ids", "of")

    def __init__(
        self,
        k: int,
        community: LabelArray | None,
        ids: tuple[str, ...],
        floor: Mapping[str, int],
        cap: Mapping[str, int],
    ) -> None:
        unknown = sorted((set(floor) | set(cap)) - set(ids))
        if unknown:
            msg = f"quotas name communities that the plan does not have: {some_of(unknown)}{did_you_mean(unknown[0], ids) or '.'}"
            raise InputError(msg)
        self.of = [-1] * k if community is None else np.asarray(community).tolist()
        self.ids = ids
        self.floor = [int(floor.get(i, 0)) for i in ids]
        self.cap = [int(cap.get(i, NO_CAP)) for i in ids]
        for i, low, high in zip(ids, self.floor, self.cap, strict=True):
            if not 0 <= low <= high:
                msg = f"the quota of community '{i}' is {low} to {high} members; expected 0 <= floor <= cap."
                raise InputError(msg)

    def totals(self, members: LabelArray) -> list[int]:
        """Members of each community."""
        of = np.asarray(self.of, dtype=np.int64)
        ok = of >= 0
        return [int(t) for t in np.bincount(of[ok], members[ok], len(self.ids))]

    def room(self, members: LabelArray) -> list[int]:
        """Members that each community may still get."""
        return [c - t for c, t in zip(self.cap, self.totals(members), strict=True)]

    def least(self, work: IntArray, low: LabelArray, high: LabelArray, rule: str) -> LabelArray:
        """Give every grid and every community its floor.

        Inside a community the members up to its floor go where the rule puts them; an optimal split of
        any larger total contains that one (the rule never takes a member away).
        """
        members = low.copy()
        of = np.asarray(self.of, dtype=np.int64)
        for c, total in enumerate(self.totals(low)):
            if total < self.floor[c]:
                own = np.flatnonzero(of == c)
                got, order = hand_out(
                    work[own], low[own], self.floor[c] - total, rule=rule, cap=high[own]
                )
                if order.size < self.floor[c] - total:
                    msg = f"community '{self.ids[c]}' must get {self.floor[c]} members, but the caps of its grids allow {int(got.sum())}."
                    raise InfeasibleError(msg)
                members[own] = got
        return members

    def closed(self, high: LabelArray, members: LabelArray) -> LabelArray:
        """Caps of grids, with those of full communities set to what they have."""
        out = high.copy()
        for g, c in enumerate(self.of):
            if c >= 0 and self.cap[c] != NO_CAP:
                out[g] = min(out[g], int(members[g]) + max(self.room(members)[c], 0))
        return out


def _check_total(
    total: int, least: LabelArray, low: LabelArray, high: LabelArray, quota: _Quota
) -> None:
    """Say how many members are missing for the floors, or have no place under the caps."""
    over = [
        f"'{i}' (floors of its grids {t}, cap {c})"
        for i, t, c in zip(quota.ids, quota.totals(low), quota.cap, strict=True)
        if t > c
    ]
    if over:
        msg = f"{len(over)} communities have a cap below the floors of their grids: {'; '.join(over[:5])}."
        raise InfeasibleError(msg)
    need = int(least.sum())
    if total < need:
        floors = f"{int(low.min())} each" if low.size and low.min() == low.max() else "as given"
        quotas = " and the quotas of communities" if need > int(low.sum()) else ""
        msg = (
            f"{total} members cannot give {low.size} grids their floors ({floors}){quotas}: {need} are needed, "
            f"{need - total} are missing. Hire {need - total}, lower the floor, or draw fewer grids."
        )
        found = Finding(
            rule="floor",
            severity="broken",
            text=msg,
            facts={"members": total, "needed": need, "missing": need - total},
        )
        raise InfeasibleError(msg, findings=[found])
    open_caps = (high == NO_CAP).any()
    most = int(high.astype(np.int64).sum())
    if not open_caps and total > most:
        msg = f"the caps leave room for {most} members; {total - most} of {total} have no place. Raise a cap, or keep them as a reserve."
        raise InfeasibleError(msg)
