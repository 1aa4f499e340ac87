"""Which plan keeps the rules and is good at what it should be good at?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import InfeasibleError
from gridkit.model.finding import Finding
from gridkit.model.result import Certificate, Progress, Result
from gridkit.rules.bands import community_ids
from gridkit.rules.check import check
from gridkit.rules.compare import matched
from gridkit.rules.feasible import check_feasible
from gridkit.rules.goals import measure_goals
from gridkit.solver.bounds import certify
from gridkit.solver.ordered import search_in_order
from gridkit.solver.problem import compile_problem
from gridkit.solver.relaxations import SWEEPS, Case, ways_out
from gridkit.solver.starts import (
    N_STARTS,
    How,
    best_search,
    how_far_out,
    more_grids,
    search_with_members,
)
from gridkit.solver.stop import FirstOf, MaxIterations, is_cancelled
from gridkit.solver.telling import part_of, rising
from gridkit.solver.written import heads_by_id, plan_of, town_without_communities, with_parents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem
    from gridkit.solver.search import OnProgress, Search
    from gridkit.solver.stop import Stop

DISTINCT = 0.02
"""Alternatives differ in at least this share of the area."""
MOST_MORE = 6
"""Times that communities over an upper limit get one grid more, where the number of grids is free."""


def solve(
    town: Town,
    rules: Rules,
    *,
    start: Plan | None = None,
    stop: Stop | None = None,
    seed: int = 0,
    members: int | Mapping[str, int] | None = None,
    members_now: Mapping[str, int] | None = None,
    relax: bool = False,
    alternatives: int = 0,
    prove: bool = True,
    on_progress: OnProgress | None = None,
) -> Result:
    """Find a plan that keeps the rules.

    Parameters
    ----------
    town
        The town; where it has communities, base grids are nested in them.
    rules
        What the plan must keep and what it should be good at.
    start
        The current plan, to be redrawn: grids keep their ids, and locks and budgets of change hold
        against it. Units in no grid are given one.
    stop
        When to end; by default after a fixed number of sweeps, so that equal input gives equal plans.
        `MaxIterations` and `MaxSeconds` also set how slowly the search cools; they hold for each
        search, alternatives included. `StopWhen` cancels the whole call: the best plan so far is
        given, or, when none keeps the rules yet, the error that says so. `FirstOf` combines them.
    seed
        Of all chance.
    members
        Head count of the town, or of each community, by id: grids and head counts are then fitted to
        each other, load per member is compared (unless ``balance.per_member`` is off), and
        `Result.members` tells how many each grid gets. By default ``staffing.total``.
    members_now
        With `start`: head count of each of its base grids, for a budget on members who move.
    relax
        Return the best plan with its broken rules instead of raising.
    alternatives
        Number of further, distinct plans along the front of balance, compactness and change.
    prove
        Work out bounds (a second or two for small communities).
    on_progress
        Told the stage, the share done (never falling) and the quality reached, in the thread that
        searches.

    Returns
    -------
    Result
        The plan, the findings against the rules, bounds, and figures of the search.

    Raises
    ------
    InfeasibleError
        If the rules cannot hold (with the reasons), or no plan that keeps them was found (with what
        the best one breaks, and what would make it possible).
    ConfigError, SchemaError
        If the rules name things that the town does not have.
    """
    began = perf_counter()
    ways = 1 + alternatives
    tell = rising(on_progress)
    ground = town if rules.nested else town_without_communities(town)
    if members is None:
        members = rules.staffing.total
    elif isinstance(members, int) and rules.staffing.total is None:
        rules = replace(rules, staffing=replace(rules.staffing, total=members))
    reasons = check_feasible(ground, rules, members=members, current=start)
    line = None if rules.nested or town.community is None else town.community.holder
    asked = _Ask(
        town=ground, start=start, members=members, members_now=members_now, relax=relax, line=line,
        seed=seed, stop=stop,
    )  # fmt: skip
    if reasons and not relax:
        case = Case(town=ground, rules=rules, current=start, broken=reasons)
        raise _sorry(reasons, ways_out(case, asked.tried), is_counted=True)
    try:
        problem = asked.compiled(rules)
    except InfeasibleError as error:
        torn = [f for f in error.findings if isinstance(f, Finding)]
        case = Case(town=ground, rules=rules, current=start, broken=torn)
        raise _sorry(torn, ways_out(case, asked.tried), is_counted=True) from None
    compiled = perf_counter()
    how = How(
        seed=seed,
        stop=stop,
        on_progress=part_of(tell, 0.0, 0.9 / ways),
        n_starts=1 if reasons else N_STARTS,
    )
    best, n_starts = asked.search(problem, rules, how, now=members_now)
    searched = perf_counter()
    drawn = plan_of(best.problem, best.label, start=start)
    heads = heads_by_id(best.problem, best.label, drawn)
    plan = drawn if rules.nested else with_parents(drawn, town)
    report = check(plan, rules, current=start, members=heads, members_now=members_now)
    if not report.is_legal:
        broken = [f for f in report if f.severity == "broken"]
        case = Case(
            town=ground, rules=rules, current=start, broken=[*reasons, *broken], plan=plan,
            members=heads, members_now=members_now,
        )  # fmt: skip
        hints = (
            ways_out(case, asked.tried) if (prove or not relax) and not is_cancelled(stop) else ()
        )
        if not relax:
            raise _sorry(broken, hints, is_counted=False)
        report += type(report)((*reasons, *hints))
    goals = measure_goals(plan, rules, current=start, members=heads)
    certificate = Certificate(goals=goals)
    if prove:
        if tell is not None:
            tell(Progress(stage="prove", share=0.9 / ways, text="looking for bounds"))
        proven = certify(plan, rules, seed=seed, stop=stop, members=heads)
        sure = tuple(f"No plan avoids this: {f.text}" for f in reasons)
        certificate = replace(proven, goals=goals, unavoidable=sure)
    others: tuple[Plan, ...] = ()
    if alternatives:
        others = _alternatives(
            town, rules, plan, start=start, n=alternatives, seed=seed, members=members,
            members_now=members_now, stop=stop, on_progress=part_of(tell, 1.0 / ways, 1.0),
        )  # fmt: skip
    if tell is not None:
        tell(Progress(stage="done", share=1.0, text=repr(plan)[1:-1]))
    ended = perf_counter()
    return Result(
        plan=plan,
        report=report,
        certificate=certificate,
        stats=_stats(best, seed=seed, n_starts=n_starts, n_communities=len(community_ids(town))),
        seconds={
            "compile": compiled - began,
            "search": searched - compiled,
            "prove": ended - searched,
        },
        alternatives=others,
        members=heads or {},
    )


def _stats(best: Search, *, seed: int, n_starts: int, n_communities: int) -> dict[str, Any]:
    """Give the figures of a search."""
    return {
        "seed": seed,
        "starts": n_starts,
        "sweeps": best.iteration,
        "moves": best.n_flips,
        "exchanges": best.n_swaps,
        "looks": best.n_looks,
        "balance_steps": best.n_balance,
        "roundness": best.roundness(),
        "communities": n_communities,
        "stopped_early": best.is_stopped,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What is asked, whatever the weights: it compiles rules and chooses the way to search."""

    town: Town
    start: Plan | None
    members: int | Mapping[str, int] | None
    members_now: Mapping[str, int] | None
    relax: bool
    line: LabelArray | None
    seed: int
    stop: Stop | None

    def compiled(self, rules: Rules) -> Problem:
        return _compile(
            self.town,
            rules,
            members=self.members,
            start=self.start,
            relax=self.relax,
            line=self.line,
        )

    def tried(self, rules: Rules) -> Plan | None:
        """Search shortly with other rules; give a legal plan, or None."""
        if check_feasible(self.town, rules, members=self.members, current=self.start):
            return None
        problem = compile_problem(
            self.town, rules, members=self.members, start=self.start, line=self.line
        )
        how = How(seed=self.seed, stop=_tries(self.stop), n_starts=2)
        plain = replace(rules, objective=replace(rules.objective, order=()))
        best, _ = self.search(problem, plain, how, now=self.members_now)
        plan = plan_of(best.problem, best.label, start=self.start)
        heads = heads_by_id(best.problem, best.label, plan)
        found = check(plan, rules, current=self.start, members=heads, members_now=self.members_now)
        return plan if found.is_legal else None

    def search(
        self, problem: Problem, rules: Rules, how: How, *, now: Mapping[str, int] | None
    ) -> tuple[Search, int]:
        """Search; where the number of grids is free and limits stay broken, with more of them."""
        best, n = self._search(problem, rules, how, now=now)
        is_free = rules.grids.total is None and not rules.grids.by_community
        for _ in range(MOST_MORE if is_free and self.start is None and how.n_starts > 1 else 0):
            more = None if best.is_stopped else more_grids(best)
            if more is None:
                break
            few = replace(how, n_starts=2)
            other, n_other = self._search(self.compiled(more), more, few, now=now)
            n += n_other
            if how_far_out(other) >= how_far_out(best):
                break
            best = other
        return best, n

    def _search(
        self, problem: Problem, rules: Rules, how: How, *, now: Mapping[str, int] | None
    ) -> tuple[Search, int]:
        def first(problem: Problem, how: How) -> tuple[Search, int]:
            if self.members is None or problem.rules.balance is None:
                return best_search(problem, how)
            today = None if now is None else _by_seat(problem, now)
            return search_with_members(problem, how, self.members, today)

        if rules.objective.order:
            return search_in_order(self.compiled, rules, how, first, start=self.start)
        return first(problem, how)


def _tries(stop: Stop | None) -> Stop:
    """Search for a way out shortly, and no longer than the caller wants."""
    short = MaxIterations(SWEEPS)
    return short if stop is None else FirstOf((short, stop))


def _by_seat(problem: Problem, now: Mapping[str, int]) -> FloatArray:
    """Give today's members of each grid of a problem; new grids have none."""
    return np.array([float(now.get(i, 0)) if i else 0.0 for i in problem.seats.ids])


def _compile(
    town: Town,
    rules: Rules,
    *,
    members: int | Mapping[str, int] | None,
    start: Plan | None,
    relax: bool,
    line: LabelArray | None,
) -> Problem:
    """Compile; a community with more pieces than grids may have grids in pieces when that is asked."""
    try:
        return compile_problem(town, rules, members=members, start=start, line=line)
    except InfeasibleError as error:
        torn = [f for f in error.findings if isinstance(f, Finding) and f.rule == "contiguity"]
        if not relax or not torn:
            raise
        spread = (*rules.contiguity.multi_part, *(i for f in torn for i in f.ids))
        looser = replace(rules, contiguity=replace(rules.contiguity, multi_part=spread))
        return compile_problem(town, looser, members=members, start=start, line=line)


def _alternatives(
    town: Town,
    rules: Rules,
    plan: Plan,
    *,
    start: Plan | None,
    n: int,
    seed: int,
    members: int | Mapping[str, int] | None,
    members_now: Mapping[str, int] | None,
    stop: Stop | None,
    on_progress: OnProgress | None,
) -> tuple[Plan, ...]:
    """Search with other weights and seeds, and keep legal plans that differ from all others."""
    goal = rules.objective
    leanings = (
        replace(goal, evenness=goal.evenness + 3.0),
        replace(goal, inertia=goal.inertia + 1.0),
        replace(goal, short_borders=goal.short_borders + 1.0),
        replace(goal, stability=goal.stability + 5.0) if start is not None else goal,
        goal,
    )
    kept = [plan]
    for attempt in range(3 * n):
        if is_cancelled(stop):
            break
        leaning = replace(rules, objective=leanings[attempt % len(leanings)])
        found = solve(
            town,
            leaning,
            start=start,
            seed=seed + 104_729 * (attempt + 1),
            members=members,
            members_now=members_now,
            relax=True,
            prove=False,
            stop=stop,
            on_progress=part_of(on_progress, attempt / (3 * n), (attempt + 1) / (3 * n)),
        )
        if found.is_legal and all(_share_moved(found.plan, other) > DISTINCT for other in kept):
            kept.append(found.plan)
        if len(kept) > n:
            break
    return tuple(kept[1:])


def _share_moved(a: Plan, b: Plan) -> float:
    """Share of the area that is in another grid, when grids are matched as well as they can be."""
    area = a.town.units.area_m2
    match = matched(a.base, b.base, len(a.levels[0]), len(b.levels[0]), area)
    same = np.where(a.base >= 0, match[np.maximum(a.base, 0)], -1) == b.base
    return float(area[~same].sum() / area.sum())


def _sorry(
    broken: Sequence[Finding], hints: tuple[Finding, ...], *, is_counted: bool
) -> InfeasibleError:
    """Word that no plan keeps the rules (or was found), with what would help."""
    text = broken[0].text
    if not is_counted:
        text = f"no plan that keeps every rule was found; the best one breaks {len(broken)}: {text}"
    if hints:
        ways = " Or: ".join(f.text for f in hints)
        text += f" What would help (each was tried): {ways}"
    return InfeasibleError(text, findings=[*broken, *hints])
