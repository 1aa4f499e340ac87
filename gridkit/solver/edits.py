"""How is a plan repaired, finished, and changed in one place, by the same engine?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError, did_you_mean, some_of
from gridkit.model.plan import Level, Plan
from gridkit.rules.settings import GridCount
from gridkit.solver.heads import held
from gridkit.solver.verbs import solve
from gridkit.solver.written import with_empty_grids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridkit.model.result import Result
    from gridkit.rules.settings import Rules
    from gridkit.solver.search import OnProgress
    from gridkit.solver.stop import Stop


def redraw(
    plan: Plan,
    rules: Rules,
    *,
    heads: Mapping[str, int] | None = None,
    alternatives: int = 0,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Draw a plan better from where it stands, without bounds.

    Parameters
    ----------
    plan, rules
        The plan and what it must keep.
    heads
        As in `repair`.
    alternatives, seed, relax, stop, on_progress
        As in `solve`.

    Returns
    -------
    Result
        Plan, findings and figures; no certificate.

    Raises
    ------
    InfeasibleError
        If no legal plan was found.
    """
    members: int | dict[str, int] | None = None
    now: dict[str, int] | None = None
    if heads is not None:
        rules, members, now = held(plan, rules, heads)
    return solve(
        plan.town,
        rules,
        start=plan,
        members=members,
        members_now=now,
        alternatives=alternatives,
        seed=seed,
        relax=relax,
        prove=False,
        stop=stop,
        on_progress=on_progress,
    )


def repair(
    plan: Plan,
    rules: Rules,
    *,
    heads: Mapping[str, int] | None = None,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Make a broken plan legal, changing as little as possible.

    Parameters
    ----------
    plan
        A plan that breaks rules (pieces, units over a community line or in no grid, bands, limits).
    rules
        What it must keep.
    heads
        Head count of each base grid, by id: loads are compared per member, and nobody changes grid but
        to grids that lack members.
    seed
        Of all chance.
    relax
        Return the best plan with its broken rules instead of raising.
    stop, on_progress
        As in `solve`; `StopWhen` cancels.

    Returns
    -------
    Result
        Plan, findings and figures; no certificate.

    Raises
    ------
    InfeasibleError
        If no legal plan was found.
    """
    still = replace(rules.objective, roundness=0.1 * rules.objective.roundness, stability=20.0)
    redrawn = replace(rules, objective=still)
    return redraw(
        plan, redrawn, heads=heads, seed=seed, relax=relax, stop=stop, on_progress=on_progress
    )


def finish(
    plan: Plan,
    rules: Rules,
    *,
    heads: Mapping[str, int] | None = None,
    seed: int = 0,
    relax: bool = False,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Give every unit that is in no grid one; the others stay where they are.

    Parameters
    ----------
    plan
        A plan with units in no grid.
    rules
        What the finished plan must keep.
    heads, seed, relax, stop, on_progress
        As in `repair`.

    Returns
    -------
    Result
        Plan, findings and figures; no certificate.

    Raises
    ------
    InfeasibleError
        If no legal plan was found.
    """
    fixed = tuple(i for i, g in zip(plan.town.units.ids, plan.base, strict=True) if g >= 0)
    locks = replace(rules.locks, units=(*rules.locks.units, *fixed))
    grids = GridCount() if len(plan.levels[0]) else rules.grids
    rest = replace(rules, locks=locks, grids=grids)
    return redraw(
        plan, rest, heads=heads, seed=seed, relax=relax, stop=stop, on_progress=on_progress
    )


def balance_grids(
    plan: Plan,
    rules: Rules,
    grids: Sequence[str],
    *,
    heads: Mapping[str, int] | None = None,
    seed: int = 0,
    relax: bool = True,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Draw the borders between two or more base grids anew; all other grids stay as they are.

    Parameters
    ----------
    plan, rules
        The plan and what it must keep.
    grids
        Ids of the base grids.
    relax
        Return the best plan even if it breaks rules (elsewhere it may have before).
    heads, seed, stop, on_progress
        As in `repair`.

    Returns
    -------
    Result
        Look at ``is_legal``: it does not raise unless `relax` is False.

    Raises
    ------
    InputError
        If a grid is unknown.
    """
    _known(plan, grids)
    others = tuple(i for i in plan.levels[0].ids if i not in set(grids))
    locks = replace(rules.locks, grids=others)
    free = replace(rules, locks=locks, grids=GridCount(), change=())
    return redraw(
        plan, free, heads=heads, seed=seed, relax=relax, stop=stop, on_progress=on_progress
    )


def split(
    plan: Plan,
    rules: Rules,
    grid: str,
    *,
    into: int = 2,
    seed: int = 0,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Cut one base grid into several; all other grids stay as they are.

    Parameters
    ----------
    plan, rules
        The plan and what it must keep.
    grid
        Id of the base grid; one of the parts keeps it.
    into
        Number of parts.
    seed, stop, on_progress
        As in `repair`.

    Returns
    -------
    Result
        The new grids stand last; limits may be broken until their neighbours are balanced.

    Raises
    ------
    InputError
        If the grid is unknown, or holds fewer units than parts.
    """
    _known(plan, [grid])
    at = plan.levels[0].ids.index(grid)
    n = int((plan.base == at).sum())
    if not 2 <= into <= n:
        msg = f"base grid '{grid}' has {n} units; it can be cut into 2 to {n} parts, not {into}."
        raise InputError(msg)
    parent = int(plan.levels[1].holder[at]) if len(plan.levels) > 1 else -1
    more = with_empty_grids(plan, np.full(into - 1, parent, dtype=np.int64), like=grid)
    others = tuple(i for i in plan.levels[0].ids if i != grid)
    free = replace(
        rules, locks=replace(rules.locks, grids=others), grids=GridCount(), change=(),
        balance=None if rules.balance is None else replace(rules.balance, tolerance=1.0),
        limits=(),
    )  # fmt: skip
    even = replace(free, objective=replace(rules.objective, evenness=1.0))
    return solve(
        plan.town,
        even,
        start=more,
        seed=seed,
        relax=True,
        prove=False,
        stop=stop,
        on_progress=on_progress,
    )


def merge(plan: Plan, grids: Sequence[str]) -> Plan:
    """Unite base grids under the id of the first.

    Parameters
    ----------
    plan
        Any plan.
    grids
        Ids of the base grids; the first keeps its id.

    Returns
    -------
    Plan
        Without the other ids.

    Raises
    ------
    InputError
        If a grid is unknown, or they lie in different community grids.
    """
    _known(plan, grids)
    first = plan.levels[0]
    at = [first.ids.index(g) for g in grids]
    if len(plan.levels) > 1 and len({int(plan.levels[1].holder[i]) for i in at}) > 1:
        msg = f"base grids {some_of(grids)} lie in different community grids; a base grid has one parent."
        raise InputError(msg)
    keep = np.array([i not in at[1:] for i in range(len(first))], dtype=bool)
    new = np.full(len(first), -1, dtype=np.int32)
    new[keep] = np.arange(int(keep.sum()), dtype=np.int32)
    new[at[1:]] = new[at[0]]
    base = np.where(first.holder >= 0, new[np.maximum(first.holder, 0)], -1).astype(np.int32)
    levels = [
        Level(
            name=first.name,
            ids=tuple(i for i, k in zip(first.ids, keep, strict=True) if k),
            holder=base,
            names=tuple(i for i, k in zip(first.names, keep, strict=True) if k),
        )
    ]
    if len(plan.levels) > 1:
        levels.append(replace(plan.levels[1], holder=plan.levels[1].holder[keep]))
    return replace(plan, levels=(*levels, *plan.levels[2:]))


def _known(plan: Plan, grids: Sequence[str]) -> None:
    ids = plan.levels[0].ids
    unknown = [g for g in grids if g not in ids]
    if unknown:
        msg = f"the plan has no base grid {some_of(unknown)}{did_you_mean(unknown[0], ids) or '.'}"
        raise InputError(msg)
