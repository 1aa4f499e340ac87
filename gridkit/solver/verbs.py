"""Which plan keeps the rules and is good at what it should be good at?"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InfeasibleError
from gridkit.model.finding import Finding
from gridkit.model.result import Certificate, Progress, Result
from gridkit.rules.bands import community_ids
from gridkit.rules.check import check
from gridkit.rules.compare import matched
from gridkit.rules.feasible import check_feasible
from gridkit.solver.bounds import certify
from gridkit.solver.first import first_labels
from gridkit.solver.problem import compile_problem
from gridkit.solver.relaxations import suggest
from gridkit.solver.search import OnProgress, Search, default_sweeps, improve
from gridkit.solver.stop import MaxIterations, Stop, is_cancelled, sweeps_of
from gridkit.solver.written import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem

N_STARTS = 4
"""Starts tried while a plan still breaks a rule."""
DISTINCT = 0.02
"""Alternatives differ in at least this share of the area."""


def solve(
    town: Town,
    rules: Rules,
    *,
    start: Plan | None = None,
    stop: Stop | None = None,
    seed: int = 0,
    members: Mapping[str, int] | None = None,
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
        Head count of each community, by id, for loads per member.
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
    reasons = check_feasible(town, rules) if start is None else ()
    if reasons and not relax:
        raise InfeasibleError(reasons[0].text, findings=reasons)
    problem = _compile(town, rules, members=members, start=start, relax=relax)
    compiled = perf_counter()
    best, n_starts = best_search(
        problem, seed=seed, stop=stop, on_progress=part_of(tell, 0.0, 0.9 / ways),
        n_starts=1 if reasons else N_STARTS,
    )  # fmt: skip
    searched = perf_counter()
    plan = plan_of(problem, best.label, start=start)
    report = check(plan, rules, current=start)
    if not report.is_legal:
        broken = [f for f in report if f.severity == "broken"]
        hints = suggest(problem, best, broken)
        if not relax:
            raise InfeasibleError(_sorry(broken, hints), findings=[*broken, *hints])
        report += type(report)((*reasons, *hints))
    certificate = Certificate()
    if prove:
        if tell is not None:
            tell(Progress(stage="prove", share=0.9 / ways, text="looking for bounds"))
        certificate = certify(plan, rules, seed=seed, stop=stop)
    others: tuple[Plan, ...] = ()
    if alternatives:
        others = _alternatives(
            town, rules, plan, start=start, n=alternatives, seed=seed, members=members, stop=stop,
            on_progress=part_of(tell, 1.0 / ways, 1.0),
        )  # fmt: skip
    if tell is not None:
        tell(Progress(stage="done", share=1.0, text=repr(plan)[1:-1]))
    stats = {
        "seed": seed,
        "starts": n_starts,
        "sweeps": best.iteration,
        "moves": best.n_flips,
        "exchanges": best.n_swaps,
        "looks": best.n_looks,
        "balance_steps": best.n_balance,
        "roundness": best.roundness(),
        "communities": len(community_ids(town)),
        "stopped_early": best.is_stopped,
    }
    ended = perf_counter()
    seconds = {
        "compile": compiled - began,
        "search": searched - compiled,
        "prove": ended - searched,
    }
    return Result(
        plan=plan,
        report=report,
        certificate=certificate,
        stats=stats,
        seconds=seconds,
        alternatives=others,
    )


def _compile(
    town: Town, rules: Rules, *, members: Mapping[str, int] | None, start: Plan | None, relax: bool
) -> Problem:
    """Compile; a community with more pieces than grids may have grids in pieces when that is asked."""
    try:
        return compile_problem(town, rules, members=members, start=start)
    except InfeasibleError as error:
        torn = [f for f in error.findings if isinstance(f, Finding) and f.rule == "contiguity"]
        if not relax or not torn:
            raise
        spread = (*rules.contiguity.multi_part, *(i for f in torn for i in f.ids))
        looser = replace(rules, contiguity=replace(rules.contiguity, multi_part=spread))
        return compile_problem(town, looser, members=members, start=start)


def best_search(
    problem: Problem,
    *,
    seed: int,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
    n_starts: int = N_STARTS,
) -> tuple[Search, int]:
    """Search from several starts until a plan keeps its bands; give the best and how many it took."""
    sweeps = sweeps_of(stop) or default_sweeps(problem.n)
    best: Search | None = None
    n = 0
    for attempt in range(n_starts):
        n += 1
        search = Search(
            problem=problem,
            label=first_labels(problem, turn=0.7 * attempt),
            seed=seed + 7919 * attempt,
            stop=stop or MaxIterations(1 << 60),
            on_progress=part_of(on_progress, 1 - 0.2**attempt, 1 - 0.2 ** (attempt + 1)),
        )
        improve(search, sweeps=sweeps)
        if best is None or search.excess().sum() < best.excess().sum():
            best = search
        if not (best.excess() > 0).any() or search.is_stopped:
            break
    if best is None:  # pragma: no cover  n_starts is at least 1
        raise AssertionError
    return best, n


def _alternatives(
    town: Town,
    rules: Rules,
    plan: Plan,
    *,
    start: Plan | None,
    n: int,
    seed: int,
    members: Mapping[str, int] | None,
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


def part_of(on_progress: OnProgress | None, low: float, high: float) -> OnProgress | None:
    """Pass progress on as a part of something longer: its share becomes one from `low` to `high`."""
    if on_progress is None:
        return None

    def tell(progress: Progress) -> None:
        share = progress.share if progress.share == progress.share else 0.0  # nan is unknown
        on_progress(replace(progress, share=low + (high - low) * share))

    return tell


def rising(on_progress: OnProgress | None) -> OnProgress | None:
    """Pass progress on with a share that never falls."""
    if on_progress is None:
        return None
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        last = max(last, progress.share)
        on_progress(replace(progress, share=last))

    return tell


def _share_moved(a: Plan, b: Plan) -> float:
    """Share of the area that is in another grid, when grids are matched as well as they can be."""
    area = a.town.units.area_m2
    match = matched(a.base, b.base, len(a.levels[0]), len(b.levels[0]), area)
    same = np.where(a.base >= 0, match[np.maximum(a.base, 0)], -1) == b.base
    return float(area[~same].sum() / area.sum())


def _sorry(broken: list[Finding], hints: tuple[Finding, ...]) -> str:
    way = f" {hints[0].text}" if hints else ""
    return f"no plan that keeps every rule was found; the best one breaks {len(broken)}: {broken[0].text}{way}"
