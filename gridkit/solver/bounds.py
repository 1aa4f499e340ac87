"""How good could any plan be, and what holds this one back?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.model.amounts import amount_text
from gridkit.model.result import Bound, Certificate
from gridkit.rules.bands import (
    carved_mask,
    community_ids,
    community_names,
    community_of,
    sums,
    unit_values,
)
from gridkit.rules.check import contiguity_graph, plan_bands, without_lines
from gridkit.rules.seats import apportion
from gridkit.rules.settings import Objective, StaffingRule
from gridkit.rules.whole import is_whole
from gridkit.solver.exact import MAX_GRIDS, MAX_ROUNDS, MAX_UNITS, smallest_largest_load
from gridkit.solver.first import current_labels, join_pieces
from gridkit.solver.problem import compile_problem
from gridkit.solver.search import Search, improve
from gridkit.solver.stop import MaxIterations, is_cancelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.graph import UnitGraph
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules
    from gridkit.solver.exact import Exact
    from gridkit.solver.stop import Stop

LOOSE = 0.02
"""A gap above this is called loose."""
MOST_EVENED, MOST_SEARCHED, SWEEPS, EVEN = 6000, 500, 600, 19.0
"""For a nearly even plan, load is carried in towns up to the first size; up to the second they are searched."""
MOST_ROUNDS = 60
"""Mixed-integer programs solved for one certificate; the communities with the widest gap come first."""
NEAR_LIMIT = 0.005
"""A grid this close to a bound is said to be held by it."""


def certify(
    plan: Plan,
    rules: Rules,
    *,
    members: Mapping[str, int] | None = None,
    seed: int = 0,
    exact: bool = True,
    stop: Stop | None = None,
) -> Certificate:
    """Bound the largest load and the number of grids from below, and say which limits bind.

    Parameters
    ----------
    plan
        The plan.
    rules
        What it was made for.
    members
        Head count of each base grid, by id.
    seed
        Not used by the proofs; kept so that every verb takes one.
    exact
        Solve small communities exactly (HiGHS, contiguity included).
    stop
        Once it is cancelled (`StopWhen`), only counting is done.

    Returns
    -------
    Certificate
        One bound on the largest load for each community and one for the town, one on the largest load
        per member where members are known, one on the number of grids where upper limits are set.
    """
    del seed
    plan = plan if rules.nested else without_lines(plan)
    bounds = []
    if rules.balance is not None:
        if members is not None and rules.balance.per_member is not False:
            bounds += _per_member(plan, rules, members)
        else:
            bounds += _largest_loads(plan, rules, exact=exact, stop=stop)
    bounds += _fewest_grids(plan, rules)
    return Certificate(bounds=tuple(bounds), binding=_binding(plan, rules, members))


def _largest_loads(plan: Plan, rules: Rules, *, exact: bool, stop: Stop | None) -> list[Bound]:
    town = plan.town
    measure = rules.balance.measure if rules.balance is not None else ""
    values, words = unit_values(town, measure), _load_words(town, measure)
    keep = ~carved_mask(town, rules) & (plan.base >= 0)
    of, names = community_of(town), community_names(town)
    load = sums(np.where(keep, plan.base, -1), values, len(plan.levels[0]))
    parent = _parents(plan, keep)
    graph = contiguity_graph(town, rules)
    counted: dict[int, tuple[float, float]] = {}
    for c in range(len(names)):
        own, grids = keep & (of == c), np.flatnonzero(parent == c)
        if own.any() and grids.size:
            pieces = town_pieces(graph.pieces(np.where(own, 0, -1).astype(np.int32)), own, values)
            spread = community_ids(town)[c] in rules.contiguity.multi_part
            bound = _counted(values[own], grids.size, pieces, spread=spread)
            counted[c] = bound, float(load[grids].max())
    known = {c: a for c, (_, a) in counted.items()}
    if exact and any(a > b * (1 + 1e-9) for b, a in counted.values()):
        known |= _most_even(plan, rules, parent, known, stop)
    proofs: dict[int, Exact] = {}
    rounds = MOST_ROUNDS if exact else 0
    for c in sorted(counted, key=lambda c: counted[c][0] / max(known[c], 1e-300)):
        best = min(known[c], counted[c][1])
        if best <= counted[c][0] * (1 + 1e-9) or rounds <= 0 or is_cancelled(stop):
            continue
        proof = _proven(plan, rules, graph, c, best, max_rounds=min(MAX_ROUNDS, rounds))
        if proof is not None:
            proofs[c] = proof
            rounds -= proof.n_rounds
    out = []
    for c, (by_counting, achieved) in counted.items():
        bound, method, best = by_counting, "counting", min(known[c], achieved)
        if c in proofs:
            best = min(best, proofs[c].bound) if proofs[c].is_proven else best
            if proofs[c].bound >= bound:
                bound = proofs[c].bound
                method = "exact" if best <= bound * (1 + 1e-9) else "relaxation"
        if best <= bound * (1 + 1e-9):
            method = "exact"
        out.append(_load_bound(names[c], words, bound, achieved, best, method))
    if len(out) > 1:
        tops = [max(getattr(b, x) for b in out) for x in ("bound", "achieved", "best_known")]
        out.insert(0, _load_bound(town.name, words, tops[0], tops[1], tops[2], "counting"))
    return out


def _most_even(
    plan: Plan, rules: Rules, parent: IntArray, known: Mapping[int, float], stop: Stop | None
) -> dict[int, float]:
    """Make a plan as even as can be: its largest load in each community, where that is less."""
    n = len(plan.town.units)
    if rules.balance is None or n > MOST_EVENED or is_cancelled(stop):
        return {}
    even = replace(
        rules, change=(), limits=(), staffing=StaffingRule(),
        objective=Objective(roundness=0.02, evenness=EVEN),
    )  # fmt: skip
    problem = compile_problem(plan.town, even, start=plan)
    label = join_pieces(problem, current_labels(problem))
    search = Search(problem=problem, label=label, stop=stop or MaxIterations(1 << 60))
    if n <= MOST_SEARCHED:
        improve(search, sweeps=SWEEPS, is_warm=True)
    else:  # a search would take longer than the one that drew the plan
        search.balance(max_steps=50 + 15 * problem.k)
    load, out = search.grids[1][:, 0], {}
    for c, now in known.items():
        own = load[problem.counts & (problem.grid_community == c)]
        if own.size == int((parent == c).sum()) and own.size:
            out[c] = min(now, float(own.max()))
    return out


def _proven(
    plan: Plan, rules: Rules, graph: UnitGraph, c: int, known: float, *, max_rounds: int
) -> Exact | None:
    """Ask for the smallest largest load of one small community; None where it is too large."""
    town = plan.town
    keep = ~carved_mask(town, rules) & (plan.base >= 0)
    own = keep & (community_of(town) == c)
    units, parent = np.flatnonzero(own), _parents(plan, keep)
    k = int((parent == c).sum())
    spread = community_ids(town)[c] in rules.contiguity.multi_part
    crossed = bool((parent[np.maximum(plan.base, 0)][own] != c).any())
    if (
        not 1 < k <= MAX_GRIDS
        or units.size > MAX_UNITS
        or rules.locks.together
        or spread
        or crossed
    ):
        return None
    left, right, _ = graph.edges()
    new = np.full(len(town.units), -1, dtype=np.int64)
    new[units] = np.arange(units.size)
    inside = own[left] & own[right]
    values = unit_values(town, rules.balance.measure if rules.balance else "area_m2")[units]
    return smallest_largest_load(
        values, new[left[inside]], new[right[inside]], k, known=known, max_rounds=max_rounds
    )


def _per_member(plan: Plan, rules: Rules, members: Mapping[str, int]) -> list[Bound]:
    """Bound the largest load per member: nobody can do better than to split the load evenly."""
    assert rules.balance is not None  # noqa: S101  the caller has looked
    town, ids = plan.town, plan.levels[0].ids
    words = _load_words(town, rules.balance.measure)
    keep = ~carved_mask(town, rules)
    values = unit_values(town, rules.balance.measure)
    load = sums(np.where(keep, plan.base, -1), values, len(ids))
    heads = np.array([members.get(i, 0) for i in ids], dtype=np.float64)
    parent, names = _parents(plan, keep), community_names(town)
    out = []
    for where, own in (
        (town.name, heads > 0),
        *((names[c], (heads > 0) & (parent == c)) for c in range(len(names)) if len(names) > 1),
    ):
        if not own.any():
            continue
        achieved = float((load[own] / heads[own]).max())
        total = float(heads[own].sum())
        bound = float(load[own].sum()) / total
        if where == town.name and len(names) > 1:
            bound = max(bound, _by_whole_people(load, heads, parent, len(names), rules))
        out.append(_member_bound(where, words, min(bound, achieved), achieved, total))
    return out


def _by_whole_people(
    load: FloatArray, heads: FloatArray, parent: IntArray, n: int, rules: Rules
) -> float:
    """Split whole members over communities as well as can be: Adams makes the largest load smallest."""
    own = (heads > 0) & (parent >= 0)
    loads, n_grids = sums(parent[own], load[own], n), np.bincount(parent[own], minlength=n)
    there = n_grids > 0
    lowest = np.maximum(rules.staffing.min_members, 1) * n_grids[there]
    total = int(heads[own].sum())
    if lowest.sum() > total:
        return 0.0
    return float((loads[there] / apportion(loads[there], total, lowest)).max())


def _member_bound(
    where: str, words: tuple[str, str], bound: float, achieved: float, total: float
) -> Bound:
    label, unit = words
    gap = achieved / bound - 1 if bound > 0 else 0.0
    text = (
        f"{where}: the most loaded base grid has {amount_text(achieved)}{unit} of {label} per member; {total:,.0f} members "
        f"cannot all have less than {amount_text(bound)}{unit} (by counting)"
    )
    if gap <= 1e-9:
        text += ", so this is the best possible."
    else:
        loose = (
            "; the bound is loose: it splits units, and members over the grids of a community"
            if gap > LOOSE
            else ""
        )
        text += f", a gap of {gap:.1%}{loose}."
    return Bound(
        name="largest_load_per_member", where=where, bound=bound, achieved=achieved,
        method="counting", is_loose=gap > LOOSE, text=text,
    )  # fmt: skip


def town_pieces(piece: LabelArray, own: BoolArray, values: FloatArray) -> FloatArray:
    """Give the load of each connected piece of some units."""
    used, at = np.unique(piece[own], return_inverse=True)
    return sums(at, values[own], used.size)


def _parents(plan: Plan, keep: BoolArray) -> IntArray:
    """Find the town's community of each base grid, by most units."""
    of, k = community_of(plan.town), len(plan.levels[0])
    n = len(community_ids(plan.town))
    count = np.zeros((k, n))
    np.add.at(count, (plan.base[keep], of[keep]), 1)
    return np.where(count.any(axis=1), count.argmax(axis=1), -1).astype(np.int64)


def _counted(values: FloatArray, k: int, pieces: FloatArray, *, spread: bool) -> float:
    """Bound the largest load by counting: the mean, the heaviest unit, the best split over pieces."""
    bound = max(float(values.sum()) / k, float(values.max(initial=0)))
    if not spread and pieces.size > 1:
        seats = np.ones(pieces.size)
        for _ in range(k - pieces.size):
            seats[np.argmax(pieces / seats)] += 1
        bound = max(bound, float((pieces / seats).max()))
    whole = bool(np.all(values == np.rint(values)))
    return float(np.ceil(bound - 1e-6)) if whole else bound  # sums of whole numbers are whole


def _load_words(town: Town, measure: str) -> tuple[str, str]:
    """Name a measure and its unit: ``("workload in a month", " min")``."""
    known = town.units.measures.get(measure)
    return (measure, "") if known is None else (known.label, f" {known.unit}")


def _load_bound(
    where: str,
    words: tuple[str, str],
    bound: float,
    achieved: float,
    best: float,
    method: str,
) -> Bound:
    """Say what was reached, what cannot be undercut, and whose fault the gap is."""
    label, unit = words
    of = "" if unit.strip() == label else f" of {label}"
    bound = min(bound, achieved)
    gap = achieved / bound - 1 if bound > 0 else 0.0
    short = best / bound - 1 if bound > 0 else 0.0
    how = {"counting": "by counting", "exact": "proven exactly", "relaxation": "by a relaxation"}[
        method
    ]
    is_loose = method != "exact" and short > LOOSE
    text = (
        f"{where}: the heaviest base grid has {amount_text(achieved)}{unit}{of}; "
        f"no plan has less than {amount_text(bound)}{unit} ({how})"
    )
    if gap <= 1e-9:
        text += ", so this is the best possible."
    else:
        text += f", a gap of {gap:.1%}"
        if best < achieved * (1 - 1e-9):
            text += f"; a plan with {amount_text(best)}{unit} is known, the rest is the price of the other goals"
        if is_loose:
            text += "; the bound is loose: it ignores shape and indivisible units"
        text += "."
    return Bound(
        name="largest_load", where=where, bound=bound, achieved=achieved, method=method,
        is_loose=is_loose, text=text, best_known=best,
    )  # fmt: skip


def _fewest_grids(plan: Plan, rules: Rules) -> list[Bound]:
    """Count how many grids the upper limits need: totals, and units too heavy to share a grid."""
    town = plan.town
    keep = ~carved_mask(town, rules)
    of, n = community_of(town), len(community_ids(town))
    need, why = np.ones(n), ""
    for limit in rules.limits:
        if (
            limit.per
            or limit.density_class
            or limit.level != "base_grid"
            or not 0 < limit.high < math.inf
            or is_whole(town, limit)
        ):
            continue
        values = unit_values(town, limit.measure)
        total = sums(of[keep], values[keep], n)
        heavy = keep & (values > limit.high / 2)
        need = np.maximum(need, np.ceil(total / limit.high - 1e-9))
        need = np.maximum(need, np.bincount(of[heavy], minlength=n))
        why = why or limit.label
    if not why:
        return []
    achieved = sum(i not in rules.locks.carved for i in plan.levels[0].ids)
    bound = float(need.sum())
    text = f"{plan.town.name}: {achieved} base grids; the upper limits need at least {bound:,.0f}"
    text += (
        ", so there are no fewer."
        if achieved == bound
        else f", {achieved - bound:,.0f} fewer; the bound ignores shape."
    )
    return [
        Bound(
            name="n_grids", where=town.name, bound=bound, achieved=float(achieved), method="counting",
            is_loose=achieved > bound, text=text,
        )
    ]  # fmt: skip


def _binding(plan: Plan, rules: Rules, members: Mapping[str, int] | None) -> tuple[str, ...]:
    """Say which grids stand at a bound."""
    ids = plan.levels[0].ids
    out = []
    heads = None if members is None else np.array([float(members.get(i, 0)) for i in ids])
    for band in plan_bands(plan, rules, heads):
        total = sums(plan.base, band.values, len(ids))
        size = np.maximum(sums(plan.base, np.abs(band.values), len(ids)), 1e-12)
        for side, edge in (("lower", band.low), ("upper", band.high)):
            at = np.flatnonzero(np.isfinite(edge) & (np.abs(total - edge) <= NEAR_LIMIT * size))
            if at.size:
                some = ", ".join(f"'{ids[g]}'" for g in at[:3]) + (
                    f" and {at.size - 3} more" if at.size > 3 else ""
                )
                out.append(
                    f"{at.size} base {'grid stands' if at.size == 1 else 'grids stand'} at the {side} bound of {band.label}: {some}."
                )
    return tuple(out)
