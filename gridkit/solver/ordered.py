"""How are goals improved one after the other, the most important first?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gridkit.rules.goals import measure_goals
from gridkit.rules.settings import GOALS
from gridkit.solver.problem import with_heads
from gridkit.solver.search import improve
from gridkit.solver.shaping import mend
from gridkit.solver.starts import is_within, new_search
from gridkit.solver.telling import part_of
from gridkit.solver.written import heads_by_id, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridkit.model.plan import Plan
    from gridkit.model.result import Goal
    from gridkit.rules.settings import Rules
    from gridkit.solver.problem import Problem
    from gridkit.solver.search import Search
    from gridkit.solver.starts import How

KEEP = 20.0
"""Weight of the goals reached already, while the next one is improved."""
EVEN = (9.0, 3.0, 1.0)
"""Weights of evenness tried in its own turn: from a tenth of the tolerance to half of it."""
GROUND = 0.05
"""Weight of roundness at least, so that grids of equal merit are not ragged."""


def search_in_order(
    compiled: Callable[[Rules], Problem],
    rules: Rules,
    how: How,
    first: Callable[[Problem, How], tuple[Search, int]],
    *,
    start: Plan | None,
) -> tuple[Search, int]:
    """Improve one goal after the other; a plan that costs an earlier one too much is not taken.

    Parameters
    ----------
    compiled
        Makes arrays of rules.
    rules
        With an order of goals.
    how
        Seed, stop, progress.
    first
        Searches for the first goal.
    start
        The current plan.
    """
    goal = rules.objective
    n_turns = len(goal.order)
    search: Search | None = None
    n = 0
    for turn, name in enumerate(goal.order):
        part = part_of(how.on_progress, turn / n_turns, (turn + 1) / n_turns)
        own = replace(how, on_progress=part)
        if search is None:
            search, n = first(compiled(_of_turn(rules, turn)), own)
        else:
            search = _next(search, compiled, own, rules, turn, start)
        if search.is_stopped:
            break
        if name == "evenness":
            rules = _as_even(search, rules, start)
    assert search is not None  # noqa: S101  an order names at least one goal
    return search, n


def _of_turn(rules: Rules, turn: int, *, even: float = EVEN[0]) -> Rules:
    """Weigh the goal of a turn, and heavily those before it."""
    goal = rules.objective
    weights: dict[str, Any] = dict.fromkeys(GOALS, 0.0) | dict.fromkeys(goal.order[:turn], KEEP)
    weights[goal.order[turn]] = 1.0
    weights["roundness"] = max(weights["roundness"], GROUND)
    weights["evenness"] = even if goal.order[turn] == "evenness" else 0.0
    return replace(rules, objective=replace(goal, order=(), **weights))


def _next(
    search: Search,
    compiled: Callable[[Rules], Problem],
    how: How,
    rules: Rules,
    turn: int,
    start: Plan | None,
) -> Search:
    """Search on from the last plan; give the new plan only if it costs no earlier goal too much."""
    goal = rules.objective
    names, last = goal.order[: turn + 1], goal.order[turn]
    kept = search
    for even in EVEN if last == "evenness" else EVEN[:1]:
        problem = compiled(_of_turn(rules, turn, even=even))
        if search.problem.heads is not None:
            problem = with_heads(problem, search.problem.heads)
        fresh = new_search(problem, search.label, how, seed=how.seed + 31 * turn)
        improve(fresh, sweeps=how.sweeps(problem) // 2, is_warm=True)
        mend(fresh)
        before = new_search(problem, search.label, replace(how, on_progress=None), seed=how.seed)
        before.is_stopped = fresh.is_stopped
        kept = before
        if is_within(before) and not is_within(fresh):
            continue
        old, new = (_measured(x, rules, names, start) for x in (before, fresh))
        costs = any(new[g].is_worse(old[g], slack=goal.order_slack) for g in names[:-1] if g in old)
        if not costs and not (last in old and new[last].is_worse(old[last])):
            return fresh
    return kept


def _as_even(search: Search, rules: Rules, start: Plan | None) -> Rules:
    """Ask of later turns a plan (nearly) as even as the one reached."""
    found = _measured(search, rules, ("evenness",), start).get("evenness")
    if rules.balance is None or found is None or not is_within(search):
        return rules
    reached = found.value * (1 + rules.objective.order_slack) + 1e-6
    return replace(
        rules, balance=replace(rules.balance, tolerance=min(reached, rules.balance.tolerance))
    )


def _measured(
    search: Search, rules: Rules, names: tuple[str, ...], start: Plan | None
) -> Mapping[str, Goal]:
    problem = search.problem
    plan = plan_of(problem, search.label, start=start)
    members = heads_by_id(problem, search.label, plan)
    goals = measure_goals(plan, rules, names=names, current=start, members=members)
    return {g.name: g for g in goals}
