"""How large should grids be when the number of members is fixed, and what would one more change?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import InputError
from gridkit.rules import check
from gridkit.rules.check import plan_bands
from gridkit.solver import solve
from gridkit.staffing.split import split_members

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridkit._typing import LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.result import Progress, Result
    from gridkit.model.town import Town
    from gridkit.model.workload import HeadCounts
    from gridkit.rules import Rules
    from gridkit.solver import Stop
    from gridkit.staffing.standards import Standards


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """A plan and head counts that fit each other.

    Parameters
    ----------
    result
        The plan of the best round.
    heads
        Its head counts.
    worst_loads
        Largest load of any grid after each round.
    """

    result: Result
    heads: HeadCounts
    worst_loads: tuple[float, ...]

    def __repr__(self) -> str:
        """Say the worst load, round by round."""
        told = ", ".join(f"{w:.3f}" for w in self.worst_loads)
        return f"<Joint: {self.heads.total} members in {len(self.heads)} grids, worst load by round {told}>"


def solve_jointly(
    town: Town,
    rules: Rules,
    *,
    standards: Standards,
    total: int,
    floor: int = 2,
    n_rounds: int = 3,
    start: Plan | None = None,
    stop: Stop | None = None,
    seed: int = 0,
    relax: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Joint:
    """Fit the sizes of grids to a fixed number of members.

    `solve` fits grids and head counts to each other by the work of the units. Work that only a whole
    grid has (walking, meetings) is not in it, so head counts are then worked out from the workload of
    the grids drawn, as far as the rules leave room; where communities should get others, they get
    them, and grids are drawn again. The round that keeps most rules, and then has the smallest worst
    load, is returned.

    Parameters
    ----------
    town
        With objects that the standards know.
    rules
        Their balance must be of the measure that `unit_workload_min` gives.
    standards
        Visits and minutes.
    total
        Members of the town.
    floor
        Fewest members of a grid.
    n_rounds
        Most rounds.
    start, stop, seed, relax, on_progress
        As in `solve`.

    Returns
    -------
    Joint

    Raises
    ------
    InputError
        If the rules balance nothing.
    InfeasibleError
        If the members are too few for the floors, or no plan that keeps the rules was found.
    """
    if rules.balance is None:
        msg = "a joint search needs `rules.balance`: it says which load is to be even."
        raise InputError(msg)
    use = replace(
        rules,
        balance=replace(rules.balance, per_member=True),
        staffing=replace(rules.staffing, min_members=max(floor, rules.staffing.min_members)),
    )
    members: int | dict[str, int] = total
    best: tuple[tuple[int, float], Result, HeadCounts] | None = None
    loads: list[float] = []
    for _ in range(max(n_rounds, 1)):
        result = solve(
            town, use, start=start, stop=stop, seed=seed, members=members, relax=relax, on_progress=on_progress,
        )  # fmt: skip
        floors = grid_floors(result.plan, rules, floor)
        _, wanted = split_members(result.plan, standards=standards, total=total, floor=floors)
        heads = wanted
        drawn_for = _with_entities(result.members, wanted, rules)
        if sum(drawn_for.values()) == total:
            room = room_for_members(result.plan, use, drawn_for, floors)
            _, heads = split_members(result.plan, standards=standards, total=total, **room)
        by_grid = dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))
        if by_grid != dict(result.members):
            found = check(result.plan, use, members=by_grid, current=start)
            result = replace(result, report=found, members=by_grid)
        loads.append(heads.worst_load)
        rank = (sum(f.severity == "broken" for f in result.report), heads.worst_load)
        if best is None or rank < best[0]:
            best = (rank, result, heads)
        again = _by_community(result.plan, wanted, rules)
        if again is None or again == members:
            break
        if heads is not wanted and again == _by_community(result.plan, heads, rules):
            break
        members = again
    assert best is not None  # noqa: S101  at least one round was made
    return Joint(result=best[1], heads=best[2], worst_loads=tuple(loads))


def _with_entities(members: Mapping[str, int], wanted: HeadCounts, rules: Rules) -> dict[str, int]:
    """Give entity grids the members that their work asks for; `solve` gives them none."""
    asked = dict(zip(wanted.grid_ids, wanted.members.tolist(), strict=True))
    return dict(members) | {i: asked[i] for i in rules.locks.carved if i in asked}


def _by_community(plan: Plan, heads: HeadCounts, rules: Rules) -> dict[str, int] | None:
    """Members of each community in its ordinary grids; None without communities."""
    if plan.town.community is None or len(plan.levels) < 2:
        return None
    level = plan.levels[1]
    own = np.where([i in rules.locks.carved for i in plan.levels[0].ids], 0, heads.members)
    count = np.bincount(level.holder, own, len(level)).astype(np.int64)
    return dict(zip(level.ids, count.tolist(), strict=True))


def room_for_members(
    plan: Plan, rules: Rules, members: Mapping[str, int], floors: int | LabelArray
) -> dict[str, Any]:
    """Tell how many members each grid may have while the plan keeps its rules on load per member.

    Parameters
    ----------
    plan, rules
        A plan and its rules.
    members
        Members of each grid that the plan was drawn for.
    floors
        Fewest members of a grid in any case.

    Returns
    -------
    dict
        Quotas for `apportion`: floors and caps of grids; and where load is even within communities,
        the members each community has now.
    """
    heads = np.array([members.get(i, 0) for i in plan.levels[0].ids], dtype=np.int32)
    most = np.iinfo(np.int32).max
    low, high = np.full(heads.size, floors, dtype=np.int32), np.full(heads.size, most, np.int32)
    staffed = np.maximum(heads, 1)
    for band in plan_bands(plan, rules, heads.astype(np.float64)):
        if band.rule not in {"balance", "staffing"}:
            continue
        load = np.bincount(plan.base[plan.base >= 0], band.values[plan.base >= 0], heads.size)
        need = np.ceil(load * staffed / np.maximum(band.high, 1e-9) - 1e-9)
        room = load * staffed / np.maximum(band.low, 1e-9) + 1e-9
        bound = (heads > 0) & np.isfinite(band.high)
        low[bound] = np.maximum(low, need)[bound]
        high[bound & (band.low > 0)] = np.minimum(high, room)[bound & (band.low > 0)]
    # a grid outside its band already keeps the members it has
    low, high = np.minimum(low, heads), np.maximum(high, heads)
    quotas: dict[str, Any] = {"floor": low, "cap": high}
    if rules.balance is not None and rules.balance.within == "community" and len(plan.levels) > 1:
        level = plan.levels[1]
        now = dict(
            zip(level.ids, np.bincount(level.holder, heads, len(level)).astype(int), strict=True)
        )
        quotas |= {
            "community": level.holder, "community_ids": level.ids,
            "community_floor": now, "community_cap": now,
        }  # fmt: skip
    return quotas


def grid_floors(plan: Plan, rules: Rules, floor: int) -> int | LabelArray:
    """Give the fewest members of each grid; entity grids have staff of their own and need no floor."""
    if not rules.locks.carved:
        return floor
    own = [i in rules.locks.carved for i in plan.levels[0].ids]
    return np.where(own, 0, floor).astype(np.int32)
