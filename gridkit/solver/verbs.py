"""Which plan keeps the rules and is good at what it should be good at?"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InfeasibleError
from gridkit.model.plan import Plan
from gridkit.model.result import Progress, Result
from gridkit.rules.bands import community_ids
from gridkit.rules.check import check
from gridkit.rules.feasible import check_feasible
from gridkit.solver.first import first_labels
from gridkit.solver.problem import compile_problem
from gridkit.solver.search import OnProgress, Search, default_sweeps, improve
from gridkit.solver.stop import MaxIterations, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import LabelArray
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem

N_STARTS = 4
"""Starts tried while a plan still breaks a rule."""


def solve(
    town: Town,
    rules: Rules,
    *,
    start: Plan | None = None,
    stop: Stop | None = None,
    seed: int = 0,
    members: Mapping[str, int] | None = None,
    relax: bool = False,
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
        The current plan, to be redrawn.
    stop
        When to end; by default after a fixed number of sweeps, so that equal input gives equal plans.
    seed
        Of all chance.
    members
        Head count of each community, by id, for loads per member.
    relax
        Return the best plan with its broken rules instead of raising.
    on_progress
        Told the stage and the quality reached.

    Returns
    -------
    Result
        The plan, the findings against the rules, bounds, and figures of the search.

    Raises
    ------
    InfeasibleError
        If the rules cannot hold (with the reasons), or no plan that keeps them was found (with what
        the best one breaks).
    ConfigError, SchemaError
        If the rules name things that the town does not have.
    """
    began = perf_counter()
    reasons = check_feasible(town, rules)
    if reasons and not relax:
        raise InfeasibleError(reasons[0].text, findings=reasons)
    problem = compile_problem(town, rules, members=members, start=start)
    compiled = perf_counter()
    best: Search | None = None
    for attempt in range(N_STARTS):
        search = Search(
            problem=problem,
            label=first_labels(problem, turn=0.7 * attempt),
            seed=seed + 7919 * attempt,
            stop=stop or MaxIterations(1 << 60),
            on_progress=on_progress,
        )
        improve(search, sweeps=default_sweeps(problem.n))
        if best is None or search.excess().sum() < best.excess().sum():
            best = search
        if not (best.excess() > 0).any() or reasons or search.is_stopped:
            break
    assert best is not None  # noqa: S101  the loop ran
    plan = plan_of(problem, best.label)
    report = check(plan, rules)
    if not report.is_legal and not relax:
        broken = [f for f in report if f.severity == "broken"]
        msg = f"no plan that keeps every rule was found; the best one breaks {len(broken)}: {broken[0].text}"
        raise InfeasibleError(msg, findings=broken)
    if on_progress is not None:
        on_progress(Progress(stage="done", share=1.0, text=repr(plan)[1:-1]))
    stats = {
        "seed": seed,
        "starts": attempt + 1,
        "sweeps": best.iteration,
        "flips": best.n_flips,
        "swaps": best.n_swaps,
        "looks": best.n_looks,
        "balance_steps": best.n_balance,
        "roundness": best.roundness(),
        "communities": len(community_ids(town)),
    }
    seconds = {"compile": compiled - began, "search": perf_counter() - compiled}
    return Result(plan=plan, report=report, stats=stats, seconds=seconds)


def plan_of(problem: Problem, label: LabelArray) -> Plan:
    """Make a plan from the labels of the nodes."""
    labels = label[problem.node_of]
    parent = None if problem.town.community is None else problem.grid_community.astype(np.int32)
    return Plan.from_labels(problem.town, np.asarray(labels), parent=parent)
