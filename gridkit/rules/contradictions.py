"""Which rules contradict each other, the town, or the plan in force?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import some_of
from gridkit.model.finding import Finding
from gridkit.model.plan import majority
from gridkit.rules.bands import (
    base_bands,
    carved_mask,
    community_ids,
    community_names,
    community_of,
    grid_counts,
    positions,
    sums,
    unit_values,
)

if TYPE_CHECKING:
    from gridkit._typing import IntArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules


def more_grids_than_units(town: Town, rules: Rules) -> tuple[Finding, ...]:
    """Find communities that are to have more base grids than they have units."""
    of, names, ids = community_of(town), community_names(town), community_ids(town)
    keep = ~carved_mask(town, rules)
    room = np.bincount(of[keep], minlength=len(ids))
    asked = rules.grids.total
    if asked is not None and asked > room.sum():
        text = (
            f"{asked} base grids are asked for, and the town has {room.sum():,} units for them; every grid needs one. "
            f"Ask for at most {room.sum():,} grids, or cut the units."
        )
        facts = {"n_grids": asked, "n_units": int(room.sum())}
        return (Finding(rule="grid_count", severity="broken", text=text, facts=facts),)
    counts = grid_counts(town, rules)
    return tuple(
        Finding(
            rule="grid_count", severity="broken", level="community_grid", ids=(ids[c],),
            text=f"{names[c]} has {room[c]} units for {counts[c]} base grids; every grid needs one.",
            facts={"n_grids": int(counts[c]), "n_units": int(room[c])},
        )
        for c in np.flatnonzero(counts > room)
    )  # fmt: skip


def value_reasons(town: Town, rules: Rules) -> list[Finding]:
    """Find loads that are missing or below 0: sums and ideals would mean nothing."""
    used = [] if rules.balance is None else [rules.balance.measure]
    used += [n for v in rules.limits for n in (v.measure, v.per) if n in town.units.measures]
    used += [b.measure for b in rules.change if b.measure != "members"]
    out = []
    for name in dict.fromkeys(used):
        values = unit_values(town, name)
        for word, bad in (
            ("no value", ~np.isfinite(values)),
            ("a value below 0", np.isfinite(values) & (values < 0)),
        ):
            at = np.flatnonzero(bad)
            if at.size:
                ids = tuple(town.units.ids[i] for i in at)
                text = f"{at.size} of {len(town.units)} units have {word} of {name}: {some_of(ids)}. Fill the column in, or put 0."
                out.append(
                    Finding(rule="load", severity="broken", text=text, level="unit", ids=ids)
                )
        if not values.any() and rules.balance is not None and name == rules.balance.measure:
            text = f"no unit has any {name}, so that nothing can be balanced by it."
            out.append(Finding(rule="load", severity="broken", text=text))
    return out


def group_reasons(town: Town, rules: Rules) -> list[Finding]:
    """Find groups that must stay together and cannot."""
    out = []
    of, names = community_of(town), community_names(town)
    for group in rules.locks.together:
        own = positions(town, group, where="locks.together")
        inside = np.unique(of[own])
        if inside.size > 1:
            text = (
                f"units that must stay together lie in {inside.size} communities "
                f"({', '.join(names[c] for c in inside)}): {some_of(group)}."
            )
            out.append(
                Finding(
                    rule="together", severity="broken", text=text, level="unit", ids=tuple(group)
                )
            )
    seen: dict[int, str] = {}
    for name, units in sorted(rules.locks.carved.items()):
        for i in positions(town, units, where=f"locks.carved['{name}']"):
            other = seen.setdefault(int(i), name)
            if other != name:
                text = f"unit '{town.units.ids[i]}' is in two carved-out grids, '{other}' and '{name}'."
                out.append(
                    Finding(
                        rule="carved",
                        severity="broken",
                        text=text,
                        level="unit",
                        ids=(town.units.ids[i],),
                    )
                )
    return out


def lock_reasons(town: Town, rules: Rules, current: Plan | None) -> list[Finding]:
    """Find locks that contradict each other, or that nothing stands behind."""
    locks = rules.locks
    out = []
    if (locks.grids or locks.units) and current is None:
        text = (
            f"{len(locks.grids)} grids and {len(locks.units)} units are locked, and there is no current plan that they "
            f"could stay in. Give one (start, or [current] and solve.from_current), or take the locks out."
        )
        out.append(Finding(rule="lock", severity="broken", text=text))
    if current is None:
        return out
    ids = current.levels[0].ids
    unknown = sorted(set(locks.grids) - set(ids))
    if unknown:
        text = f"locked grids are not in the current plan: {some_of(unknown)}. It has {some_of(ids[:3])}."
        out.append(
            Finding(
                rule="lock", severity="broken", text=text, level="base_grid", ids=tuple(unknown)
            )
        )
    held = _held(town, rules, current)
    for group in locks.together:
        own = positions(town, group, where="locks.together")
        grids = np.unique(held[own][held[own] >= 0])
        if grids.size > 1:
            text = (
                f"units that must stay together are locked in {grids.size} grids ({some_of([ids[g] for g in grids])}): "
                f"{some_of(group)}. Unlock all but one, or take the group out."
            )
            out.append(
                Finding(rule="lock", severity="broken", text=text, level="unit", ids=tuple(group))
            )
    carved = carved_mask(town, rules)
    named = np.array([i in locks.carved for i in ids], dtype=bool)
    torn = np.flatnonzero(carved & (held >= 0) & ~named[np.maximum(held, 0)])
    if torn.size:
        names = tuple(town.units.ids[i] for i in torn)
        text = f"{torn.size} units are locked in a grid and carved out of it at once: {some_of(names)}."
        out.append(Finding(rule="lock", severity="broken", text=text, level="unit", ids=names))
    return out


def _held(town: Town, rules: Rules, current: Plan) -> IntArray:
    """Give the grid of the current plan that each locked unit must stay in; -1 for free ones."""
    locked = np.zeros(len(town.units), dtype=bool)
    locked[positions(town, rules.locks.units, where="locks.units")] = True
    grids = np.array([i in rules.locks.grids for i in current.levels[0].ids] or [False], dtype=bool)
    locked |= (current.base >= 0) & grids[np.maximum(current.base, 0)]
    return np.where(locked, current.base, -1).astype(np.int64)


def budget_reasons(town: Town, rules: Rules, current: Plan, counts: IntArray) -> list[Finding]:
    """Find budgets of change that cannot suffice, by counting what must change grid.

    What must go: units outside the community of their grid; the lightest grids, where there are too
    many; what grids hold above their bounds, or what others and new ones lack, whichever is more.
    """
    if not rules.change or not len(current.levels[0]):
        return []
    parent = _parents(town, current)
    out = []
    for budget in rules.change:
        if budget.measure == "members":
            continue
        values = unit_values(town, budget.measure)
        most = min(budget.share * float(values.sum()), budget.amount)
        need, why = _must_move(town, rules, current, parent, counts, budget.measure)
        if need > most * (1 + 1e-9) + 1e-9:
            text = (
                f"the budget lets {most:,.6g} {budget.measure} change grid; at least {need:,.6g} must, because "
                f"{' and '.join(why)}. Allow {need:,.6g}, or loosen the rule that asks for it."
            )
            out.append(
                Finding(
                    rule="change", severity="broken", text=text,
                    facts={"measure": budget.measure, "most": most, "needed": need},
                )
            )  # fmt: skip
    return out


def _parents(town: Town, current: Plan) -> IntArray:
    """Give the community of each grid of the current plan, as the plan says, else by most units."""
    k, n = len(current.levels[0]), len(community_ids(town))
    parent = majority(current.base, community_of(town), k, n).astype(np.int64)
    if len(current.levels) > 1 and town.community is not None:
        number = {c: p for p, c in enumerate(town.community.ids)}
        above = current.levels[1]
        for g in np.flatnonzero(above.holder >= 0):
            parent[g] = number.get(above.ids[above.holder[g]], parent[g])
    return np.maximum(parent, 0)


def _must_move(
    town: Town, rules: Rules, current: Plan, parent: IntArray, counts: IntArray, measure: str
) -> tuple[float, list[str]]:
    """Give an amount of a measure that changes grid under every legal plan, and why."""
    base, ids = current.base, current.levels[0].ids
    of, k = community_of(town), len(ids)
    values = unit_values(town, measure)
    ordinary = np.array([i not in rules.locks.carved for i in ids], dtype=bool)
    outside = (base >= 0) & (parent[np.maximum(base, 0)] != of) & rules.nested
    need, why = float(values[outside].sum()), []
    if outside.any():
        why.append(f"{int(outside.sum())} units lie outside the community of their grid")
    at = np.where(outside | carved_mask(town, rules), -1, base)
    have = np.bincount(parent[ordinary], minlength=counts.size)
    size = sums(at, values, k)
    for c in np.flatnonzero(have > counts):
        own = np.sort(size[(parent == c) & ordinary])[: int(have[c] - counts[c])]
        need += float(own.sum())
        why.append(f"{own.size} grids of {community_names(town)[c]} must go")
    if (have > counts).any():
        return need, why
    new = np.repeat(np.arange(counts.size), np.maximum(counts - have, 0))
    every = np.concatenate([parent, new])
    free = np.concatenate([ordinary, np.ones(new.size, dtype=bool)])
    for band in base_bands(town, rules, every, free=free):
        if band.label != measure or (band.limit is not None and band.limit.per):
            continue
        load = np.concatenate([sums(at, band.values, k), np.zeros(new.size)])
        over = float(np.maximum(load - band.high, 0.0).sum())
        short = float(np.maximum(band.low - load, 0.0).sum())
        loose = float(band.values[(base < 0)].sum() + band.values[outside].sum())
        more = max(over, short - loose)
        if more > 0:
            side = "hold too much" if over >= short - loose else "hold too little"
            n = int((load > band.high).sum() if over >= short - loose else (load < band.low).sum())
            return need + more, [*why, f"{n} grids {side} ({more:,.6g} in all)"]
    return need, why
