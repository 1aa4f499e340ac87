"""Do limits on whole grids hold: longest walk, communities touched, compactness?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gridkit.metrics import all_metrics, measure
from gridkit.model.finding import Finding

if TYPE_CHECKING:
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Limit, Rules

ADDITIVE = ("n_units", "area_km2", "area_m2")
"""Measures of grids that are sums over units: they are limited as such."""
WORDS = {
    "longest_walk_m": "a longest walk from end to end of",
    "n_communities": "a number of communities touched of",
    "compactness": "a Polsby-Popper compactness of",
    "inertia_compactness": "an inertia compactness of",
    "perimeter_m": "a perimeter of",
    "border_m": "a length of borders with other grids of",
    "n_pieces": "a number of pieces of",
}
"""How a measure of whole grids is said."""


def is_whole(town: Town, limit: Limit) -> bool:
    """Tell whether a limit is on a measure of whole grids, which no sum over units gives."""
    if limit.per or limit.measure in ADDITIVE or limit.measure in town.units.measures:
        return False
    return limit.measure in whole_measures()


def whole_measures() -> tuple[str, ...]:
    """Name the measures of whole grids that can be limited."""
    return tuple(m.name for m in all_metrics() if m.level == "grid" and m.name not in ADDITIVE)


def whole_limits(
    plan: Plan, rules: Rules, classes: tuple[str, ...] | None, free: np.ndarray
) -> list[Finding]:
    """One finding for each grid that a limit on whole grids forbids."""
    out = []
    for limit in rules.limits:
        if not is_whole(plan.town, limit) or not plan.has_level(limit.level):
            continue
        values = np.asarray(measure(plan, limit.measure, level=limit.level), dtype=np.float64)
        on = np.ones(values.size, dtype=bool)
        if limit.level == "base_grid":
            on = free.copy()
            if limit.density_class:
                on &= np.array([c == limit.density_class for c in classes or ()], dtype=bool)
        slack = 1e-9 * np.maximum(np.abs(values), 1e-12)
        bad = on & ((values < limit.low - slack) | (values > limit.high + slack))
        out += [_outside(plan, limit, int(g), float(values[g])) for g in np.flatnonzero(bad)]
    return out


def _outside(plan: Plan, limit: Limit, g: int, got: float) -> Finding:
    name = plan.level(limit.level).ids[g]
    low = got < limit.low
    bound = limit.low if low else limit.high
    unit = " m" if limit.measure.endswith("_m") else ""
    off = abs(got - bound)
    text = (
        f"{limit.level.replace('_', ' ')} '{name}' has {WORDS.get(limit.measure, limit.measure)} "
        f"{got:,.6g}{unit}; at {'least' if low else 'most'} {bound:,.6g}{unit} allowed "
        f"({off:,.4g} {'short' if low else 'over'})."
    )
    high = limit.high if math.isfinite(limit.high) else float("inf")
    return Finding(
        rule="limit", severity="broken", text=text, level=limit.level, ids=(name,),
        facts={"measure": limit.measure, "got": got, "low": limit.low, "high": high, "off_by": off},
    )  # fmt: skip
