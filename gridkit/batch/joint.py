"""How large should grids be when the number of members is fixed, and what would one more change?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.rules import check
from gridkit.solver import solve
from gridkit.staffing.apportion import apportion
from gridkit.staffing.split import split_members

if TYPE_CHECKING:
    from collections.abc import Callable

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
    on_progress: Callable[[Progress], None] | None = None,
) -> Joint:
    """Fit the sizes of grids to a fixed number of members.

    Members are split over communities by their work, grids are drawn so that load *per member* is even
    (``balance.per_member``), head counts are split anew over the grids drawn, and so on until the
    members of the communities stay the same or `n_rounds` are over. The round with the smallest worst
    load is returned.

    Parameters
    ----------
    town
        With objects that the standards know, and communities.
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
    start, stop, seed, on_progress
        As in `solve`.

    Returns
    -------
    Joint

    Raises
    ------
    InputError
        If the rules balance nothing, or the town has no communities.
    InfeasibleError
        If the members are too few for the floors. Rules that do not hold are in ``result.report``.
    """
    if rules.balance is None or town.community is None:
        msg = "a joint search needs `rules.balance` and a town with communities: members are counted by community."
        raise InputError(msg)
    use = replace(rules, balance=replace(rules.balance, per_member=True))
    members = _by_work(town, rules.balance.measure, total)
    best: tuple[float, Result, HeadCounts] | None = None
    loads: list[float] = []
    for _ in range(max(n_rounds, 1)):
        # The solver's own last check knows no head counts of single grids: it is made here.
        result = solve(
            town, use, start=start, stop=stop, seed=seed, members=members, relax=True, on_progress=on_progress,
        )  # fmt: skip
        _, heads = split_members(result.plan, standards=standards, total=total, floor=floor)
        by_grid = dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))
        result = replace(result, report=check(result.plan, use, members=by_grid, current=start))
        loads.append(heads.worst_load)
        if best is None or heads.worst_load < best[0]:
            best = (heads.worst_load, result, heads)
        again = _by_community(result.plan, heads)
        if again == members:
            break
        members = again
    assert best is not None  # noqa: S101  at least one round was made
    return Joint(result=best[1], heads=best[2], worst_loads=tuple(loads))


def _by_work(town: Town, measure: str, total: int) -> dict[str, int]:
    """Members of each community in proportion to its work."""
    assert town.community is not None  # noqa: S101  the caller has looked
    level = town.community
    work = np.bincount(level.holder, town.units.measure(measure).values, len(level))
    heads = apportion(np.rint(work).astype(np.int64), total=total, floor=0, grid_ids=level.ids)
    return dict(zip(level.ids, heads.members.tolist(), strict=True))


def _by_community(plan: Plan, heads: HeadCounts) -> dict[str, int]:
    """Members of each community under the head counts of its grids."""
    level = plan.levels[1]
    count = np.bincount(level.holder, heads.members, len(level)).astype(np.int64)
    return dict(zip(level.ids, count.tolist(), strict=True))
