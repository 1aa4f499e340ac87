"""Who goes to which grid, so that homes are near, people stay where they are, and skills are there?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gridkit.errors import ConfigError, InfeasibleError, SchemaError, did_you_mean, some_of
from gridkit.model.roster import Roster
from gridkit.staffing._pairs import build_candidates
from gridkit.staffing._prices import Answer, Problem, solve_exact, solve_priced
from gridkit.staffing._shortage import find_shortages
from gridkit.staffing._swaps import swap_for_skills

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridkit._typing import BoolArray, FloatArray, LabelArray
    from gridkit.model.members import Members
    from gridkit.model.plan import Plan
    from gridkit.model.roster import Candidates
    from gridkit.model.workload import HeadCounts

EXACT_ARCS = 30_000
"""Up to this many pairs the exact model finishes what prices leave open (a fraction of a second)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignSettings:
    """What a good roster is. Every amount is in minutes of one-way commute, so that it can be discussed.

    Parameters
    ----------
    requires
        Holders of a skill that every grid should have: ``{"lead": 1}``.
    commute_m_per_min : metres per minute
        Speed between home and grid (200 is a bicycle).
    detour
        Length of a way over the straight line.
    keep_bonus_min : minutes
        What leaving somebody in their grid is worth.
    same_community_bonus_min : minutes
        What leaving somebody in their community is worth.
    missing_member_min, missing_skill_min : minutes
        Price of a member, or a skill, that is missing.
    max_commute_min : minutes
        Longest way; 0 for none. Nobody is sent further, except to stay where they are.
    n_candidates
        Nearest grids looked at for each member, besides the one of today.
    lead_skill
        The skill of a leader.
    lead_seniority_years : years
        Years of service that a leader needs.
    n_rounds
        Rounds of the price search.
    exact
        Whether the exact model (HiGHS) is asked when prices leave a gap, whatever the size.
    time_limit_s : seconds
        For the exact model.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    requires: dict[str, int] = field(default_factory=dict)
    commute_m_per_min: float = 200.0
    detour: float = 1.3
    keep_bonus_min: float = 15.0
    same_community_bonus_min: float = 4.0
    missing_member_min: float = 1000.0
    missing_skill_min: float = 60.0
    max_commute_min: float = 0.0
    n_candidates: int = 25
    lead_skill: str = "lead"
    lead_seniority_years: float = 0.0
    n_rounds: int = 60
    exact: bool = False
    time_limit_s: float = 60.0

    def __post_init__(self) -> None:
        for name in ("commute_m_per_min", "n_candidates", "n_rounds", "time_limit_s"):
            if not getattr(self, name) > 0:
                msg = f"`{name}` is {getattr(self, name)}; it must be more than 0."
                raise ConfigError(msg)
        amounts = (
            "keep_bonus_min",
            "same_community_bonus_min",
            "missing_member_min",
            "missing_skill_min",
            "max_commute_min",
            "lead_seniority_years",
        )
        for name in amounts:
            if not getattr(self, name) >= 0:
                msg = f"`{name}` is {getattr(self, name)}; it must not be negative."
                raise ConfigError(msg)
        if not self.detour >= 1:
            msg = f"`detour` is {self.detour:g}; a way is never shorter than the straight line, so 1 or more."
            raise ConfigError(msg)
        if any(n < 0 for n in self.requires.values()):
            msg = f"`requires` has a negative number of holders: {self.requires}."
            raise ConfigError(msg)


def grid_xy(plan: Plan, *, level: str = "base_grid", weight: str = "") -> FloatArray:
    """Give the point of each grid from which ways are measured.

    Parameters
    ----------
    plan
        The plan.
    level
        Which grids.
    weight
        Measure that pulls the point towards where it is; by default the area.

    Returns
    -------
    (k, 2), metres
        Weighted mean of the points of its units, moved to the nearest unit point (so that it never
        lies in the river); ``nan`` for a grid without units.
    """
    units, at = plan.town.units, plan.labels(level)
    k = len(plan.level(level))
    w = units.measure(weight or "area_m2").values
    out = np.full((k, 2), np.nan)
    for g in range(k):
        own = np.flatnonzero(at == g)
        if own.size == 0:
            continue
        mass = w[own] if w[own].sum() > 0 else np.ones(own.size)
        middle = (units.xy[own] * mass[:, None]).sum(axis=0) / mass.sum()
        out[g] = units.xy[own[np.argmin(((units.xy[own] - middle) ** 2).sum(axis=1))]]
    return out


def assign_members(
    members: Members,
    head_counts: HeadCounts,
    *,
    xy: FloatArray,
    settings: AssignSettings | None = None,
    requires: Mapping[str, LabelArray] | None = None,
    community: LabelArray | None = None,
    today: Mapping[str, str] | None = None,
    forbidden: Iterable[tuple[str, str]] = (),
    minutes: FloatArray | None = None,
) -> Roster:
    """Assign named members to grids.

    Each grid gets its number of members and the holders of skills it asks for; what cannot be had is
    priced and listed, never "infeasible". Among all such rosters the one with the least cost is
    sought: one-way minutes between home and grid, less what staying is worth. A lower bound is given.

    Parameters
    ----------
    members
        The people.
    head_counts
        From `apportion`.
    xy : (k, 2), metres
        Point of each grid, from `grid_xy`.
    settings
        Speeds, bonuses, prices.
    requires
        Holders of a skill that each grid should have, ``{skill: (k,)}``; skills named here replace
        those of the settings.
    community : (k,), optional
        Community of each grid, for the bonus of staying in it.
    today
        New grid of each grid of today, ``{old id: new id}``, when members name grids of another plan
        (see `match_grids`).
    forbidden
        Pairs ``(member_id, base_grid_id)`` that must not be.
    minutes : (m, k), optional
        One-way minutes between every home and grid, for example over streets; replaces the straight
        line. ``nan`` or infinity where there is no way.

    Returns
    -------
    Roster
        With `to_frame()`, `shortfalls`, `cost_min`, `bound_min`, `skill_prices`.

    Raises
    ------
    SchemaError
        If members name an unknown grid, or nobody holds a skill that is asked for.
    InfeasibleError
        If more members are pinned to a grid than it may have.

    Notes
    -----
    Cheapest flow over the nearest grids of each member, inside a search for skill prices (subgradient
    with a Polyak step), then swaps of two members, then the exact model where it is small or asked
    for. The bound holds for rosters over the pairs looked at; when a grid lacks members and somebody
    is free, the search looks further.

    References
    ----------
    Fisher, M. L. (1981). The Lagrangian relaxation method for solving integer programming problems.
    Management Science 27(1), 1-18.
    """
    use = settings or AssignSettings()
    k = len(head_counts)
    current = current_positions(members, head_counts.grid_ids, today=today)
    wanted = _requirements(members, use, requires, k)
    held = _holders(members, wanted, use)
    banned = _banned(members, head_counts, forbidden)
    n_near = min(use.n_candidates, k)
    while True:
        near = replace(use, n_candidates=n_near)
        pairs = build_candidates(members, xy, current, community, near, minutes, banned)
        problem, answer = _solve(members, head_counts, pairs, current, wanted, held, use)
        heads, _ = problem.missing(answer.grid)
        idle = (answer.grid < 0) & (problem.pinned < 0)
        if n_near == k or not (heads.any() and idle.any()):
            break
        n_near = min(4 * n_near, k)  # somebody is free and somewhere is a place: look further
    chosen = answer.grid
    known = (
        np.isfinite(members.home_xy).all(axis=1) if minutes is None else np.ones(len(members), bool)
    )
    way = _way_of(pairs, chosen, len(members))
    roster = Roster(
        members=members,
        grid_ids=head_counts.grid_ids,
        need=head_counts.members,
        requires=wanted,
        grid=chosen,
        current=current,
        minutes=np.where(known & (chosen >= 0), way, np.nan),
        roles=_roles(members, chosen, wanted, use),
        shortages=(),
        cost_min=answer.value / 100.0,
        bound_min=min(answer.bound, answer.value) / 100.0,
        skill_prices={s: answer.prices[:, i] / 100.0 for i, s in enumerate(wanted)},
        candidates=pairs,
        head_price_min=use.missing_member_min,
        skill_price_min=use.missing_skill_min,
        held=held,
        is_exact=bool(answer.value <= answer.bound),
        level=head_counts.level,
    )
    return find_shortages(roster, problem, xy=xy, detour=use.detour, reach_min=use.max_commute_min)


def _solve(
    members: Members,
    head_counts: HeadCounts,
    pairs: Candidates,
    current: LabelArray,
    wanted: Mapping[str, LabelArray],
    held: BoolArray,
    use: AssignSettings,
) -> tuple[Problem, Answer]:
    """Search the best roster over these pairs: prices, swaps, and the exact model where it is small."""
    problem = Problem.build(
        pairs,
        n_members=len(members),
        need=head_counts.members,
        wanted=np.column_stack(list(wanted.values()))
        if wanted
        else np.zeros((len(head_counts), 0), np.int64),
        held=held,
        pinned=np.where(members.pinned, current, -1),
        head_price=round(use.missing_member_min * 100),
        skill_price=round(use.missing_skill_min * 100),
    )
    over = problem.overfull
    if over.size:
        named = some_of([head_counts.grid_ids[g] for g in over])
        msg = f"more members are pinned than the head counts allow in {over.size} grids: {named}. Unpin some, or give these grids more members."
        raise InfeasibleError(msg)
    answer = swap_for_skills(problem, solve_priced(problem, n_rounds=use.n_rounds))
    if answer.value > answer.bound and (use.exact or problem.cost.size <= EXACT_ARCS):
        answer = solve_exact(problem, answer, time_limit_s=use.time_limit_s)
    return problem, answer


def current_positions(
    members: Members, grid_ids: tuple[str, ...], *, today: Mapping[str, str] | None = None
) -> LabelArray:
    """Find the grid in which each member works today.

    Returns
    -------
    (m,)
        Positions in `grid_ids`; -1 for a new member.

    Raises
    ------
    SchemaError
        If members name grids that do not exist, with the nearest ids.
    """
    number = {g: p for p, g in enumerate(grid_ids)}
    new = [(today or {}).get(g, g) if g else "" for g in members.base_grid_ids]
    unknown = sorted({g for g in new if g and g not in number})
    if unknown:
        who = [i for i, g in zip(members.ids, new, strict=True) if g and g not in number]
        msg = (
            f"{len(who)} members ({some_of(who)}) work in grids that the plan does not have: "
            f"{some_of(unknown)}{did_you_mean(unknown[0], grid_ids) or '.'} Correct `base_grid_id`, or pass "
            f"`today=match_grids(old_plan, new_plan)` when the plan was redrawn."
        )
        raise SchemaError(msg)
    return np.array([number.get(g, -1) for g in new], dtype=np.int32)


def match_grids(old: Plan, new: Plan, *, measure: str = "area_m2") -> dict[str, str]:
    """Name for each base grid of an old plan the grid of the new plan that holds most of it.

    Parameters
    ----------
    old, new
        Plans over the same town.
    measure
        What "most" is counted in, for example ``"residents"``.

    Returns
    -------
    dict
        ``{old id: new id}``; ``""`` where the new plan holds nothing of it.
    """
    if old.town.units.ids != new.town.units.ids:
        msg = (
            "the plans are over different towns: their units differ. Match grids of one town only."
        )
        raise SchemaError(msg)
    a, b = old.base, new.base
    n_old, n_new = len(old.levels[0]), len(new.levels[0])
    ok = (a >= 0) & (b >= 0)
    mass = old.town.units.measure(measure).values[ok] + 1e-9
    shared = np.bincount(
        a[ok].astype(np.int64) * n_new + b[ok], mass, minlength=n_old * n_new
    ).reshape(n_old, n_new)
    best = shared.argmax(axis=1)
    return {
        i: new.levels[0].ids[best[p]] if shared[p, best[p]] > 0 else ""
        for p, i in enumerate(old.levels[0].ids)
    }


# ------------------------------------------------------------------ parts
def _requirements(
    members: Members, use: AssignSettings, given: Mapping[str, LabelArray] | None, k: int
) -> dict[str, LabelArray]:
    """Holders of each skill that each grid should have; every skill is one that somebody holds."""
    wanted = {s: np.full(k, n, dtype=np.int32) for s, n in use.requires.items() if n > 0}
    for skill, counts in (given or {}).items():
        array = np.asarray(counts, dtype=np.int32)
        if array.shape != (k,) or (array < 0).any():
            msg = f"`requires['{skill}']` needs {k} whole numbers that are not negative, one for each grid."
            raise SchemaError(msg)
        wanted[skill] = array
    wanted = {s: wanted[s] for s in sorted(wanted) if wanted[s].any()}
    nobody = [s for s in wanted if s not in members.skill_names]
    if nobody:
        has = ", ".join(members.skill_names) or "no skills at all"
        msg = f"grids ask for skills that no member holds: {some_of(nobody)}{did_you_mean(nobody[0], members.skill_names) or '.'} The members hold: {has}."
        raise SchemaError(msg)
    if use.lead_seniority_years > 0 and use.lead_skill in wanted and not (members.years > 0).any():
        msg = f"`lead_seniority_years` is {use.lead_seniority_years:g}, but nobody in the roster has any years of service. Fill `seniority_years`, or set it to 0."
        raise SchemaError(msg)
    return wanted


def _holders(members: Members, wanted: Mapping[str, LabelArray], use: AssignSettings) -> BoolArray:
    """Who counts for which required skill: (m, s). A leader also needs the years."""
    held = np.zeros((len(members), len(wanted)), dtype=bool)
    for i, skill in enumerate(wanted):
        held[:, i] = members.has_skill[:, members.skill_names.index(skill)]
        if skill == use.lead_skill:
            held[:, i] &= members.years >= use.lead_seniority_years
    return held


def _banned(
    members: Members, head_counts: HeadCounts, forbidden: Iterable[tuple[str, str]]
) -> set[tuple[int, int]]:
    """Positions of forbidden pairs."""
    who = {i: p for p, i in enumerate(members.ids)}
    where = {i: p for p, i in enumerate(head_counts.grid_ids)}
    out = set()
    for member_id, grid_id in forbidden:
        if member_id not in who or grid_id not in where:
            bad = member_id if member_id not in who else grid_id
            known = who if member_id not in who else where
            msg = f"`forbidden` names '{bad}', which is not there{did_you_mean(bad, known) or '.'}"
            raise SchemaError(msg)
        out.add((who[member_id], where[grid_id]))
    return out


def _way_of(pairs: Candidates, chosen: LabelArray, m: int) -> FloatArray:
    """Commute of each member to the grid they got."""
    out = np.full(m, np.nan)
    hit = chosen[pairs.member] == pairs.grid
    out[pairs.member[hit]] = pairs.commute_min[hit]
    return out


def _roles(
    members: Members, chosen: LabelArray, wanted: Mapping[str, LabelArray], use: AssignSettings
) -> tuple[str, ...]:
    """Leader is the most senior holder of the lead skill in the grid; one for each grid that asks."""
    roles = np.where(chosen >= 0, "member", "reserve").tolist()
    if use.lead_skill in wanted:
        column = members.skill_names.index(use.lead_skill)
        can = members.has_skill[:, column] & (members.years >= use.lead_seniority_years)
        order = np.lexsort((np.arange(len(members)), -members.years))
        led: set[int] = set()
        for i in order[can[order]].tolist():
            g = int(chosen[i])
            if g >= 0 and g not in led and wanted[use.lead_skill][g] > 0:
                roles[i] = "leader"
                led.add(g)
    return tuple(roles)
