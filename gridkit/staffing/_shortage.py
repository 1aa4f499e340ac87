"""Where is somebody missing, who is the nearest that could come, and what would that cost?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from gridkit.model.roster import Shortage

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.roster import Roster
    from gridkit.staffing._prices import Problem


def find_shortages(
    roster: Roster, problem: Problem, *, xy: FloatArray, detour: float, reach_min: float
) -> Roster:
    """Add to a roster what is missing, in words, with the nearest candidate."""
    heads, skills = problem.missing(roster.grid)
    names = list(roster.requires)
    found = [
        _candidate(roster, problem, int(g), -1, "members", int(heads[g]), xy, detour)
        for g in np.flatnonzero(heads)
    ]
    found += [
        _candidate(roster, problem, int(g), int(s), names[s], int(skills[g, s]), xy, detour)
        for g, s in np.argwhere(skills)
    ]
    has_pair = np.zeros(len(roster.members), dtype=bool)
    has_pair[roster.candidates.member] = True
    for m in np.flatnonzero(~has_pair & (problem.pinned < 0)).tolist():
        away = np.hypot(*(roster.members.home_xy[m] - xy).T) * detour
        nearest = float(np.nanmin(away)) if np.isfinite(away).any() else float("nan")
        text = (
            f"{roster.members.ids[m]} can reach no grid: the nearest is {nearest / 1000:.1f} km away "
            f"and the longest way is {reach_min:g} min; the member stays in the reserve."
        )
        found.append(
            Shortage(
                base_grid_id="",
                what="reach",
                missing=1,
                nearest_member_id=roster.members.ids[m],
                nearest_m=nearest,
                text=text,
            )
        )
    return replace(roster, shortages=tuple(found))


def _candidate(
    roster: Roster,
    problem: Problem,
    g: int,
    s: int,
    what: str,
    missing: int,
    xy: FloatArray,
    detour: float,
) -> Shortage:
    """Find the member whose coming costs least: first among those whose grid can spare them."""
    members, chosen = roster.members, roster.grid
    can = np.flatnonzero((chosen != g) & (problem.pinned < 0))
    if s >= 0:
        can = can[problem.held[can, s]]
    grid_id = roster.grid_ids[g]
    lack = f"{grid_id} lacks {missing} {'member' if what == 'members' else f'holder of {what!r}'}{'s' if missing > 1 else ''}"
    if can.size == 0:
        return Shortage(
            base_grid_id=grid_id,
            what=what,
            missing=missing,
            text=f"{lack}; nobody else could come.",
        )
    home = members.home_xy[can]
    lost = cast("BoolArray", ~np.isfinite(home).all(axis=1))
    home = np.where(lost[:, None], xy[np.maximum(chosen[can], 0)], home)
    away = np.hypot(*(home - xy[g]).T) * detour
    price = problem.skill_price / 100.0 if s >= 0 else problem.head_price / 100.0
    hurts: BoolArray = _hurts(problem, chosen, can, s)
    own = np.where(chosen[can] >= 0, np.nan_to_num(roster.minutes[can]), 0.0)
    speed = _speed(roster, xy, detour)
    extra = away / speed - own + np.where(hurts, price, 0.0)
    best = int(np.lexsort((away, extra))[0])
    m = int(can[best])
    leaves = roster.grid_ids[chosen[m]] if hurts[best] and chosen[m] >= 0 else ""
    who = "the nearest one not needed elsewhere" if not leaves else "the cheapest one"
    then = f", but would leave {leaves} short" if leaves else ""
    text = f"{lack}; {who} is {members.ids[m]}, {away[best] / 1000:.1f} km away, at {extra[best]:.0f} min more{then}."
    return Shortage(
        base_grid_id=grid_id,
        what=what,
        missing=missing,
        nearest_member_id=members.ids[m],
        nearest_m=float(away[best]),
        extra_min=float(extra[best]),
        leaves_short=leaves,
        text=text,
    )


def _hurts(problem: Problem, chosen: LabelArray, can: IntArray, s: int) -> BoolArray:
    """Whether the grid that each candidate leaves would lack a member or a skill then."""
    k = problem.room.size
    placed = (chosen >= 0) & (problem.pinned < 0)
    at = np.maximum(chosen[can], 0)
    if s < 0:
        count = np.bincount(chosen[placed], minlength=k)
        hurts = count[at] <= problem.room[at]
    else:
        hurts = np.zeros(can.size, dtype=bool)
    for t in range(problem.wanted.shape[1]):
        have = np.bincount(chosen[placed & problem.held[:, t]], minlength=k)
        hurts |= (
            problem.held[can, t] & (have[at] <= problem.wanted[at, t]) & (problem.wanted[at, t] > 0)
        )
    out: BoolArray = hurts & (chosen[can] >= 0)
    return out


def _speed(roster: Roster, xy: FloatArray, detour: float) -> float:
    """Metres per minute of the pairs that were looked at."""
    pairs = roster.candidates
    home = roster.members.home_xy[pairs.member]
    way = np.hypot(*(home - xy[pairs.grid]).T) * detour
    ok = np.isfinite(way) & (way > 0) & (pairs.commute_min > 0)
    return float(np.median(way[ok] / pairs.commute_min[ok])) if ok.any() else 200.0
