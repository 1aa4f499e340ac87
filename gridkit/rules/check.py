"""Does a plan keep its rules, and if not: where, and by how much?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import SchemaError, did_you_mean, some_of
from gridkit.model.finding import Finding, Report
from gridkit.model.town import nearest_links
from gridkit.rules.bands import (
    Band,
    base_bands,
    class_of,
    community_of,
    density_area_km2,
    grid_counts,
    limit_bands,
    positions,
    sums,
    unit_values,
)
from gridkit.rules.stays import change_findings, lock_findings, member_findings
from gridkit.rules.whole import ADDITIVE, is_whole, whole_limits, whole_measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.graph import UnitGraph
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules

SLACK = 1e-9
"""Bounds are allowed this much, relative: sums of decimals are not exact."""


def check(
    plan: Plan,
    rules: Rules,
    *,
    members: Mapping[str, int] | None = None,
    current: Plan | None = None,
    members_now: Mapping[str, int] | None = None,
) -> Report:
    """Compare a plan with every rule.

    Parameters
    ----------
    plan
        The plan.
    rules
        What it must keep.
    members
        Head count of each base grid, by id; without it rules about members are not checked.
    current
        The plan in force, for locks and budgets of change.
    members_now
        Head count of each base grid of `current`, by id, for a budget on members who move.

    Returns
    -------
    Report
        Findings in words, the broken rules first.
    """
    heads = None
    if members is not None:
        heads = np.array([members.get(i, 0) for i in plan.levels[0].ids], dtype=np.float64)
    check_measures(plan.town, rules)
    flat = plan if rules.nested else without_lines(plan)
    findings = [
        *_cover(plan),
        *_pieces(plan, rules),
        *_parents(plan, rules),
        *_counts(flat, rules),
        *_bands(flat, rules, heads),
        *_upper_limits(plan, rules),
        *whole_limits(plan, rules, plan_classes(plan, rules), _ordinary(plan, rules)),
        *lock_findings(plan, rules, current),
        *change_findings(plan, rules, current, members, members_now),
    ]
    if heads is not None:
        findings += member_findings(plan, rules, heads)
    return Report(tuple(findings))


def check_measures(town: Town, rules: Rules) -> None:
    """Refuse a limit on something that nobody measures.

    Raises
    ------
    SchemaError
        Naming what there is.
    """
    known = (*town.units.measures, *ADDITIVE, *whole_measures())
    for limit in rules.limits:
        for name in (limit.measure, limit.per):
            if name and name not in known:
                msg = f"a limit is on '{name}', which neither the units nor whole grids have{did_you_mean(name, known) or '.'} There are {some_of(known, most=12)}."
                raise SchemaError(msg)


def without_lines(plan: Plan) -> Plan:
    """Give the plan over the town as if it had no communities, for grids that may cross their lines."""
    return replace(plan, town=plan.town._replace(community=None), levels=plan.levels[:1])


def contiguity_graph(town: Town, rules: Rules) -> UnitGraph:
    """Give the graph over which grids must hang together: links added, barriers taken out."""
    links, barriers = rules.contiguity.links, rules.contiguity.barriers
    graph = town.graph
    if links:
        ends = positions(town, tuple(i for pair in links for i in pair), where="contiguity.links")
        graph = graph.with_links([(int(a), int(b)) for a, b in ends.reshape(-1, 2)])
    if barriers:
        ends = positions(
            town, tuple(i for pair in barriers for i in pair), where="contiguity.barriers"
        )
        n = len(town.units)
        key = _keys(ends, n)
        if links:  # a bridge opens the barrier it crosses
            bridges = positions(town, tuple(i for p in links for i in p), where="contiguity.links")
            key = np.setdiff1d(key, _keys(bridges, n))
        left, right, _ = graph.edges()
        graph = graph.without(np.isin(left * n + right, key))
    return graph


def _keys(ends: IntArray, n: int) -> IntArray:
    """Number pairs of units, whichever way round they are given."""
    pairs = np.sort(ends.reshape(-1, 2), axis=1)
    out: IntArray = pairs[:, 0] * n + pairs[:, 1]
    return out


def _cover(plan: Plan) -> list[Finding]:
    level, units = plan.levels[0], plan.town.units
    out = []
    loose = np.flatnonzero(plan.base < 0)
    if loose.size:
        ids = tuple(units.ids[i] for i in loose)
        text = f"{loose.size} of {len(units)} units are in no base grid: {some_of(ids)}."
        out.append(Finding(rule="cover", severity="broken", text=text, level="unit", ids=ids))
    empty = np.flatnonzero(plan.n_units() == 0)
    if empty.size:
        ids = tuple(level.ids[i] for i in empty)
        text = f"{empty.size} of {len(level)} base grids hold no unit: {some_of(ids)}."
        out.append(Finding(rule="cover", severity="broken", text=text, level="base_grid", ids=ids))
    return out


def _pieces(plan: Plan, rules: Rules) -> list[Finding]:
    """One finding for each base grid in several pieces, with the nearest link between them."""
    town, level = plan.town, plan.levels[0]
    graph = contiguity_graph(town, rules)
    piece = graph.pieces(plan.base)
    ok = plan.base >= 0
    pairs = np.unique(np.column_stack([plan.base[ok], piece[ok]]), axis=0)
    n_pieces = np.bincount(pairs[:, 0], minlength=len(level))
    torn = np.flatnonzero(n_pieces > 1)
    if not torn.size:
        return []
    labels = np.where(np.isin(plan.base, torn), plan.base, -1)
    joined = town if graph is town.graph else town._replace(graph=graph)
    links: dict[int, list[tuple[int, int, float]]] = {}
    for a, b, metres in nearest_links(joined, labels):
        links.setdefault(int(plan.base[a]), []).append((a, b, metres))
    exempt = _exempt(plan, rules)
    out = []
    for g in torn:
        own = np.flatnonzero(plan.base == g)
        number, size = np.unique(piece[own], return_counts=True)
        main = number[np.argmax(size)]
        strays = tuple(town.units.ids[i] for i in own[piece[own] != main])
        near = "; ".join(
            f"the nearest link is '{town.units.ids[a]}' to '{town.units.ids[b]}', {metres:,.0f} m"
            for a, b, metres in links.get(int(g), [])[:2]
        )
        allowed = bool(exempt[g])
        text = (
            f"base grid '{level.ids[g]}' is in {n_pieces[g]} pieces; apart from the rest: {some_of(strays)}"
            f"{'; ' + near if near else ''}."
        )
        out.append(
            Finding(
                rule="contiguity",
                severity="note" if allowed else "broken",
                text=text[:-1] + " (allowed)." if allowed else text,
                level="base_grid",
                ids=(level.ids[g],),
                facts={"n_pieces": int(n_pieces[g]), "stray_units": list(strays)},
            )
        )
    return out


def _exempt(plan: Plan, rules: Rules) -> LabelArray:
    """Tell which base grids may be in several pieces."""
    out = np.zeros(len(plan.levels[0]), dtype=np.int32)
    for i, g in enumerate(plan.levels[0].ids):
        out[i] = g in rules.locks.carved
    if plan.town.community is None and plan.town.name in rules.contiguity.multi_part:
        out[:] = 1
    if len(plan.levels) > 1 and rules.contiguity.multi_part:
        ids = plan.levels[1].ids
        allowed = np.array([i in rules.contiguity.multi_part for i in ids], dtype=bool)
        holder = plan.levels[1].holder
        out[(holder >= 0) & allowed[holder]] = 1
    return out


def _parents(plan: Plan, rules: Rules) -> list[Finding]:
    """Find base grids that cross the line of a community of the town, or have no parent."""
    town, level = plan.town, plan.levels[0]
    out = []
    if len(plan.levels) > 1:
        orphan = np.flatnonzero(plan.levels[1].holder < 0)
        if orphan.size:
            ids = tuple(level.ids[i] for i in orphan)
            text = f"{orphan.size} of {len(level)} base grids are in no community grid: {some_of(ids)}."
            out.append(
                Finding(rule="parent", severity="broken", text=text, level="base_grid", ids=ids)
            )
    if town.community is None or not len(level) or not rules.nested:
        return out
    of, names = town.community.holder, town.community.names
    for g in range(len(level)):
        own = np.flatnonzero(plan.base == g)
        inside = np.bincount(of[own], minlength=len(names))
        main = _parent_of(plan, g, inside)
        over = own[of[own] != main]
        if not over.size:
            continue
        parts = ", ".join(
            f"{inside[c]} in {names[c]}"
            for c in np.argsort(-inside, kind="stable")
            if inside[c] and c != main
        )
        text = (
            f"base grid '{level.ids[g]}' of {names[main]} crosses a community line: {over.size} of its "
            f"{own.size} units lie outside ({parts}): {some_of([town.units.ids[i] for i in over])}."
        )
        out.append(
            Finding(
                rule="parent",
                severity="broken",
                text=text,
                level="base_grid",
                ids=(level.ids[g],),
                facts={"n_outside": int(over.size), "units": [town.units.ids[i] for i in over]},
            )
        )
    return out


def _parent_of(plan: Plan, g: int, inside: Any) -> int:
    """Find the town's community that the plan gives as parent of grid `g`, else the most frequent."""
    community = plan.town.community
    if len(plan.levels) > 1 and community is not None:
        holder = int(plan.levels[1].holder[g])
        if holder >= 0 and plan.levels[1].ids[holder] in community.ids:
            return community.ids.index(plan.levels[1].ids[holder])
    return int(np.argmax(inside))


def _counts(plan: Plan, rules: Rules) -> list[Finding]:
    """Compare the number of base grids with the rules."""
    town, level = plan.town, plan.levels[0]
    setting = rules.grids
    n = sum(i not in rules.locks.carved for i in level.ids)
    out = []
    if setting.by_community and town.community is not None and len(plan.levels) > 1:
        want = grid_counts(town, rules)
        ids = plan.levels[1].ids
        for c, name in enumerate(town.community.ids):
            at = ids.index(name) if name in ids else -2
            got = sum(
                int(h) == at and i not in rules.locks.carved
                for i, h in zip(level.ids, plan.levels[1].holder, strict=True)
            )
            if got != want[c]:
                text = f"{town.community.names[c]} has {got} base grids; {want[c]} are asked for."
                out.append(
                    Finding(
                        rule="grid_count", severity="broken", text=text, level="community_grid", ids=(name,),
                        facts={"n_grids": got, "asked": int(want[c])},
                    )
                )  # fmt: skip
    elif setting.total is not None and n != setting.total:
        text = f"the plan has {n} base grids; {setting.total} are asked for."
        out.append(
            Finding(
                rule="grid_count",
                severity="broken",
                text=text,
                facts={"n_grids": n, "asked": setting.total},
            )
        )
    elif n < setting.lowest or (setting.highest is not None and n > setting.highest):
        text = f"the plan has {n} base grids; between {setting.lowest} and {setting.highest or 'any number'} are asked for."
        out.append(Finding(rule="grid_count", severity="broken", text=text, facts={"n_grids": n}))
    return out


def _grid_communities(plan: Plan) -> IntArray:
    """Give the town's community of each base grid, by its parent, else by most units."""
    of = community_of(plan.town)
    n = 1 if plan.town.community is None else len(plan.town.community)
    out = np.zeros(len(plan.levels[0]), dtype=np.int64)
    for g in range(out.size):
        out[g] = _parent_of(plan, g, np.bincount(of[plan.base == g], minlength=n))
    return out


def plan_bands(plan: Plan, rules: Rules, heads: FloatArray | None) -> list[Band]:
    """Give the bounds of every base grid of a plan."""
    return base_bands(
        plan.town,
        rules,
        _grid_communities(plan),
        heads=heads,
        free=_ordinary(plan, rules),
        density_class=plan_classes(plan, rules),
    )


def _ordinary(plan: Plan, rules: Rules) -> BoolArray:
    """Tell which base grids are not carved out."""
    return np.array([i not in rules.locks.carved for i in plan.levels[0].ids], dtype=bool)


def plan_classes(plan: Plan, rules: Rules) -> tuple[str, ...] | None:
    """Name the density class of each base grid; None where the rules have none."""
    if not rules.density_classes:
        return None
    ok = plan.base >= 0
    residents = np.bincount(
        plan.base[ok],
        unit_values(plan.town, rules.density_measure)[ok],
        len(plan.levels[0]),
    )
    area = sums(plan.base, density_area_km2(plan.town, rules), residents.size)
    return class_of(rules, residents / np.maximum(area, 1e-12))


def _bands(plan: Plan, rules: Rules, heads: FloatArray | None) -> list[Finding]:
    out = []
    for band in plan_bands(plan, rules, heads):
        out += _band_findings(plan, band, plan.base, "base_grid")
    return out


def _upper_limits(plan: Plan, rules: Rules) -> list[Finding]:
    out: list[Finding] = []
    for limit in rules.limits:
        if (
            limit.level == "base_grid"
            or not plan.has_level(limit.level)
            or is_whole(plan.town, limit)
        ):
            continue
        on = np.ones(len(plan.level(limit.level)), dtype=bool)
        for band in limit_bands(plan.town, limit, on):
            out += _band_findings(plan, band, plan.labels(limit.level), limit.level)
    return out


def _band_findings(plan: Plan, band: Band, at: LabelArray, level: str) -> list[Finding]:
    """One finding for each grid outside a band."""
    ids = plan.level(level).ids
    ok = at >= 0
    total = np.bincount(at[ok], band.values[ok], len(ids))
    size = np.bincount(at[ok], np.abs(band.values[ok]), len(ids))
    slack = SLACK * np.maximum(size, 1e-12)
    below, above = total < band.low - slack, total > band.high + slack
    bad = np.flatnonzero(below | above)
    return [_outside(plan, band, at, level, int(g), float(total[g])) for g in bad]


def _outside(plan: Plan, band: Band, at: LabelArray, level: str, g: int, got: float) -> Finding:
    ids = plan.level(level).ids
    word = level.replace("_", " ")
    low, high = float(band.low[g]), float(band.high[g])
    limit = band.limit
    unit = _unit_word(plan.town, limit.measure if limit else band.label)
    known = plan.town.units.measures.get(band.label)
    label = known.label if known is not None else band.label
    if limit is not None and limit.per:
        own = at == g
        below = float(unit_values(plan.town, limit.per)[own].sum())
        got = float(unit_values(plan.town, limit.measure)[own].sum()) / max(below, 1e-300)
        low, high = limit.low, limit.high
    off = low - got if got < low else got - high
    side = f"at least {low:,.6g}" if got < low else f"at most {high:,.6g}"
    allowed = f"{side}{unit} allowed"
    if band.rule == "balance":
        ideal = float(band.ideal[g])
        share = (got - ideal) / ideal if ideal > 0 else float("nan")
        text = (
            f"{word} '{ids[g]}' holds {got:,.6g}{unit} of {label}, {share:+.1%} from its ideal "
            f"{ideal:,.6g}; {side} allowed."
        )
    else:
        text = f"{word} '{ids[g]}' has {label} {got:,.6g}{unit}; {allowed} ({off:,.4g} {'short' if got < low else 'over'})."
    return Finding(
        rule=band.rule,
        severity="broken",
        text=text,
        level=level,
        ids=(ids[g],),
        facts={"measure": band.label, "got": got, "low": low, "high": high, "off_by": off},
    )


def _unit_word(town: Town, measure: str) -> str:
    known = town.units.measures.get(measure)
    return f" {known.unit}" if known is not None and known.unit else ""
