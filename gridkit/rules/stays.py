"""Does a plan keep what is locked, the budgets of change, and the head counts?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import some_of
from gridkit.model.finding import Finding
from gridkit.rules.bands import positions, unit_values
from gridkit.rules.compare import moved_members, moved_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import FloatArray
    from gridkit.model.plan import Plan
    from gridkit.rules.settings import Rules

SLACK = 1e-9
"""Bounds are allowed this much, relative: sums of decimals are not exact."""


def lock_findings(plan: Plan, rules: Rules, current: Plan | None) -> list[Finding]:
    """Find locks, groups and carved-out grids that the plan does not keep."""
    town, locks = plan.town, rules.locks
    out = []
    for group in locks.together:
        own = positions(town, group, where="locks.together")
        if np.unique(plan.base[own]).size > 1:
            text = f"{len(group)} units that must stay together are in {np.unique(plan.base[own]).size} base grids: {some_of(group)}."
            out.append(
                Finding(
                    rule="together", severity="broken", text=text, level="unit", ids=tuple(group)
                )
            )
    for name, units in sorted(locks.carved.items()):
        own = positions(town, units, where=f"locks.carved['{name}']")
        at = np.unique(plan.base[own])
        if at.size != 1 or at[0] < 0 or int((plan.base == at[0]).sum()) != own.size:
            text = f"the carved-out grid '{name}' is not exactly its {own.size} units in the plan."
            out.append(
                Finding(rule="carved", severity="broken", text=text, level="base_grid", ids=(name,))
            )
    if current is None:
        return out
    moved = moved_units(plan, current)
    ids = current.levels[0].ids
    fixed = np.zeros(len(town.units), dtype=bool)
    fixed[positions(town, locks.units, where="locks.units")] = True
    grids = np.array([i in locks.grids for i in ids], dtype=bool)
    fixed |= (current.base >= 0) & grids[np.maximum(current.base, 0)]
    off = np.flatnonzero(fixed & moved)
    if off.size:
        names = tuple(town.units.ids[i] for i in off)
        text = f"{off.size} locked units changed grid: {some_of(names)}."
        out.append(Finding(rule="lock", severity="broken", text=text, level="unit", ids=names))
    return out


def change_findings(
    plan: Plan,
    rules: Rules,
    current: Plan | None,
    members: Mapping[str, int] | None = None,
    members_now: Mapping[str, int] | None = None,
) -> list[Finding]:
    """Compare what moved with the budgets.

    A budget on members counts people who must change grid, and needs both head counts.
    """
    if current is None:
        return []
    moved = moved_units(plan, current)
    out = []
    for budget in rules.change:
        if budget.measure == "members":
            if members is None or members_now is None:
                continue
            got = float(moved_members(plan, current, members, members_now))
            total = float(sum(members_now.values()))
        else:
            values = unit_values(plan.town, budget.measure)
            got, total = float(values[moved].sum()), float(values.sum())
        most = min(budget.share * total, budget.amount)
        text = f"{got:,.6g} of {total:,.6g} {budget.measure} ({got / total if total else 0:.1%}) change grid; at most {most:,.6g} allowed."
        broken = got > most * (1 + SLACK)
        out.append(
            Finding(
                rule="change", severity="broken" if broken else "note", text=text,
                facts={"measure": budget.measure, "got": got, "most": most},
            )
        )  # fmt: skip
    return out


def member_findings(plan: Plan, rules: Rules, heads: FloatArray) -> list[Finding]:
    """Compare head counts with the rules; carved-out grids need nobody."""
    rule, ids = rules.staffing, plan.levels[0].ids
    out = []
    own = np.array([i not in rules.locks.carved for i in ids], dtype=bool)
    few = np.flatnonzero(own & (heads < rule.min_members))
    if few.size:
        names = tuple(ids[i] for i in few)
        text = (
            f"{few.size} base grids have fewer than {rule.min_members} members: {some_of(names)}."
        )
        out.append(
            Finding(rule="staffing", severity="broken", text=text, level="base_grid", ids=names)
        )
    if rule.total is not None and heads.sum() != rule.total:
        text = (
            f"the head counts add up to {heads.sum():,.0f}; {rule.total:,} members are asked for."
        )
        out.append(Finding(rule="staffing", severity="broken", text=text))
    return out
