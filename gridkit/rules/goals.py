"""What did a plan get in each of the things it should be good at?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gridkit.metrics import compactness, longest_walk_m
from gridkit.model.result import Goal
from gridkit.rules.bands import unit_values
from gridkit.rules.check import plan_bands, without_lines
from gridkit.rules.compare import moved_units
from gridkit.rules.settings import GOALS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridkit._typing import FloatArray
    from gridkit.model.plan import Plan
    from gridkit.rules.settings import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a figure is worked out from.

    Parameters
    ----------
    plan, rules
        The plan and what it was made for.
    current
        The plan in force, for `stability`.
    heads : (k,), optional
        Members of each base grid, for load per member.
    """

    plan: Plan
    rules: Rules
    current: Plan | None
    heads: FloatArray | None

    @property
    def density_measure(self) -> str:
        """What `even_density` is about."""
        balance = self.rules.balance
        return self.rules.objective.density_measure or (balance.measure if balance else "residents")


Figure: TypeAlias = "tuple[float, str, str, str]"
"""Value, unit, which way is better, and a sentence; a value of ``nan`` is not told."""


def measure_goals(
    plan: Plan,
    rules: Rules,
    *,
    members: Mapping[str, int] | None = None,
    current: Plan | None = None,
    names: tuple[str, ...] | None = None,
) -> tuple[Goal, ...]:
    """Recount what a plan got in each goal that its rules ask for.

    Parameters
    ----------
    plan, rules
        The plan and its rules.
    members
        Head count of each base grid, by id.
    current
        The plan in force.
    names
        Goals to measure; by default those asked for, the most important first.

    Returns
    -------
    tuple of Goal
        Without those that cannot be told (no balance, no current plan, borders never compared with
        streets).
    """
    goal = rules.objective
    heads = None
    if members is not None:
        heads = np.array([members.get(i, 0) for i in plan.levels[0].ids], dtype=np.float64)
    asked = Asked(plan=plan, rules=rules, current=current, heads=heads)
    out = []
    for name in goal.asked() if names is None else names:
        value, unit, better, text = FIGURES[name](asked)
        if value != value:  # noqa: PLR0124  nan: cannot be told
            continue
        rank = goal.order.index(name) + 1 if name in goal.order else 0
        weight = 0.0 if goal.order else float(getattr(goal, name))
        out.append(
            Goal(
                name=name, value=value, unit=unit, better=better, weight=weight, rank=rank, text=text
            )
        )  # fmt: skip
    return tuple(out)


def _cut_borders(asked: Asked) -> tuple[np.ndarray, FloatArray]:
    left, right, border_m = asked.plan.town.graph.edges()
    return asked.plan.base[left] != asked.plan.base[right], border_m


def _evenness(asked: Asked) -> Figure:
    if asked.rules.balance is None:
        return float("nan"), "1", "lower", ""
    flat = asked.plan if asked.rules.nested else without_lines(asked.plan)
    band = plan_bands(flat, asked.rules, asked.heads)[0]
    at, ok = asked.plan.base, asked.plan.base >= 0
    load = np.bincount(at[ok], band.values[ok], len(asked.plan.levels[0]))
    told = np.isfinite(band.ideal) & (band.ideal > 0)
    off = np.abs(load[told] / band.ideal[told] - 1)
    worst, mean = float(off.max(initial=0.0)), float(off.mean()) if off.size else 0.0
    known = asked.plan.town.units.measures.get(band.label)
    label = known.label if known is not None else band.label
    who = " per member" if asked.heads is not None and per_member(asked.rules, known=True) else ""
    text = f"Even load{who}: the largest deviation of {label} from the ideal is {worst:.1%}, the mean one {mean:.1%}."
    return worst, "1", "lower", text


def per_member(rules: Rules, *, known: bool) -> bool:
    """Tell whether loads are compared per member: as the rules say, else when members are known."""
    if rules.balance is None or not known:
        return False
    return rules.balance.per_member is not False


def _roundness(asked: Asked) -> Figure:
    score = compactness(asked.plan)
    ids = asked.plan.levels[0].ids
    value, worst = float(np.nanmean(score)), int(np.nanargmin(score))
    text = f"Round grids: mean Polsby-Popper compactness {value:.3f}; the least round is '{ids[worst]}' with {score[worst]:.3f}."
    return value, "1", "higher", text


def _short_borders(asked: Asked) -> Figure:
    cut, border_m = _cut_borders(asked)
    km, whole = float(border_m[cut].sum()) / 1000, float(border_m.sum()) / 1000
    share = km / whole if whole else 0.0
    text = f"Short borders: {km:,.1f} km of borders between grids, {share:.1%} of all borders between units."
    return km, "km", "lower", text


def _few_cuts(asked: Asked) -> Figure:
    cut, _ = _cut_borders(asked)
    n = int(cut.sum())
    text = f"Few cuts: {n:,} of {cut.size:,} pairs of neighbouring units lie in different grids."
    return float(n), "1", "lower", text


def _inertia(asked: Asked) -> Figure:
    plan = asked.plan
    at, ok = plan.base, plan.base >= 0
    own, k = plan.town.units.area_m2, len(plan.levels[0])
    area = np.maximum(np.bincount(at[ok], own[ok], k), 1e-12)
    total = 0.0
    for i in (0, 1):
        z = plan.town.units.xy[:, i]
        middle = np.bincount(at[ok], (own * z)[ok], k) / area
        total += float((own[ok] * (z[ok] - middle[at[ok]]) ** 2).sum())
    metres = (total / max(float(own[ok].sum()), 1e-12)) ** 0.5
    text = f"Ground near the middle of its grid: {metres:,.0f} m from it (root mean square)."
    return metres, "m", "lower", text


def _even_density(asked: Asked) -> Figure:
    plan = asked.plan
    own, at, ok = plan.town.units.area_m2, plan.base, plan.base >= 0
    values = unit_values(plan.town, asked.density_measure)
    density = np.log1p(values / np.maximum(own, 1e-9) * 1e6)
    density = density - np.average(density, weights=own)
    k = len(plan.levels[0])
    area = np.maximum(np.bincount(at[ok], own[ok], k), 1e-12)
    mean = np.bincount(at[ok], (own * density)[ok], k) / area
    inside = float((own[ok] * (density[ok] - mean[at[ok]]) ** 2).sum())
    whole = float((own[ok] * density[ok] ** 2).sum())
    share = inside / whole if whole > 0 else 0.0
    text = f"One kind of building inside a grid: {share:.1%} of the differences of density ({asked.density_measure} per km², logarithm) lie inside grids."
    return share, "1", "lower", text


def _stability(asked: Asked) -> Figure:
    if asked.current is None:
        return float("nan"), "1", "higher", ""
    moved = moved_units(asked.plan, asked.current)
    share = 1 - float(moved.sum()) / max(moved.size, 1)
    text = f"Like the current plan: {moved.size - int(moved.sum()):,} of {moved.size:,} units ({share:.1%}) stay in their grid."
    return share, "1", "higher", text


def _visible_borders(asked: Asked) -> Figure:
    seen = asked.plan.town.graph.visible()
    if seen is None:
        return float("nan"), "1", "higher", ""
    cut, border_m = _cut_borders(asked)
    whole = float(border_m[cut].sum())
    share = float(seen[cut].sum()) / whole if whole > 0 else 1.0
    text = f"Borders one can see: {share:.1%} of {whole / 1000:,.1f} km between grids run along streets, rail or water."
    return share, "1", "higher", text


def _short_walks(asked: Asked) -> Figure:
    walk = longest_walk_m(asked.plan)
    ids = asked.plan.levels[0].ids
    worst, mean = int(np.argmax(walk)), float(walk.mean())
    text = f"Short walks: from end to end of a grid it is {mean:,.0f} m on average, at most {walk[worst]:,.0f} m ('{ids[worst]}')."
    return mean, "m", "lower", text


FIGURES: Mapping[str, Callable[[Asked], Figure]] = dict(
    zip(
        GOALS,
        (
            _evenness, _roundness, _short_borders, _few_cuts, _inertia, _even_density, _stability,
            _visible_borders, _short_walks,
        ),
        strict=True,
    )
)  # fmt: skip
"""One function for each goal."""
