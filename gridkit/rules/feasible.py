"""Why can no plan keep the rules? Counting that needs no search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import some_of
from gridkit.model.finding import Finding
from gridkit.model.plan import majority
from gridkit.rules.bands import (
    carved_mask,
    community_ids,
    community_names,
    community_of,
    grid_counts,
    main_load,
    sums,
    unit_values,
)
from gridkit.rules.check import check_measures, contiguity_graph
from gridkit.rules.contradictions import (
    budget_reasons,
    group_reasons,
    lock_reasons,
    more_grids_than_units,
    value_reasons,
)
from gridkit.rules.whole import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import FloatArray, IntArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Limit, Rules


def check_feasible(
    town: Town,
    rules: Rules,
    *,
    members: int | Mapping[str, int] | None = None,
    current: Plan | None = None,
) -> tuple[Finding, ...]:
    """Find the reasons, if any, why no plan can keep the rules.

    Counting only: none found does not prove that there is a plan.

    Parameters
    ----------
    town, rules
        What is asked.
    members
        Head count of the town, or of each community, by id; by default ``staffing.total``.
    current
        The plan in force, when it is to be redrawn: budgets of change and locks hold against it.

    Returns
    -------
    tuple of Finding
        One for each reason, with the amounts and the ways out.

    Raises
    ------
    ConfigError, SchemaError
        If the rules name things that the town does not have.
    """
    check_measures(town, rules)
    too_many = more_grids_than_units(town, rules)
    if too_many:
        free = rules.grids.total is None and not rules.grids.by_community
        return (tuple(_heavy_units(town, rules)) if free else ()) or too_many
    counts = counts_of(town, rules, current)
    findings = [
        *value_reasons(town, rules),
        *lock_reasons(town, rules, current),
        *_heavy_units(town, rules),
        *group_reasons(town, rules),
        *_staff(town, rules, counts, members),
    ]
    for limit in rules.limits:
        if (
            limit.level == "base_grid"
            and not limit.per
            and not limit.density_class
            and not is_whole(town, limit)
        ):
            findings += _totals(town, rules, limit, counts)
    if rules.grids.highest is not None and counts.sum() > rules.grids.highest:
        text = f"the limits need {counts.sum()} base grids; grids.highest allows {rules.grids.highest}."
        findings.append(Finding(rule="grid_count", severity="broken", text=text))
    if members is None or (rules.balance is not None and rules.balance.per_member is False):
        findings += _islands(town, rules, counts)  # with members, grids need not be equal
    if current is not None:
        findings += budget_reasons(town, rules, current, counts)
    return tuple(findings)


def counts_of(town: Town, rules: Rules, current: Plan | None) -> IntArray:
    """Give the grids of each community: as asked for, else those of the current plan."""
    asked = bool(rules.grids.by_community or rules.grids.total is not None)
    if current is None or asked or not len(current.levels[0]):
        return grid_counts(town, rules)
    of, n = community_of(town), len(community_ids(town))
    k = len(current.levels[0])
    holder = majority(current.base, of, k, n)
    ordinary = np.array([i not in rules.locks.carved for i in current.levels[0].ids], dtype=bool)
    return np.maximum(np.bincount(holder[(holder >= 0) & ordinary], minlength=n), 1)


def _heavy_units(town: Town, rules: Rules) -> list[Finding]:
    """Find units that alone exceed a limit."""
    out = []
    keep = ~carved_mask(town, rules)
    for limit in rules.limits:
        if (
            limit.per
            or limit.density_class
            or not math.isfinite(limit.high)
            or is_whole(town, limit)
        ):
            continue
        values = unit_values(town, limit.measure)
        over = np.flatnonzero((values > limit.high * (1 + 1e-9)) & keep)
        if over.size:
            over = over[np.argsort(-values[over], kind="stable")]
            ids = tuple(town.units.ids[i] for i in over)
            text = (
                f"{over.size} units alone hold more {limit.measure} than a grid may ({limit.high:,.6g}): "
                f"{some_of(ids)} (the heaviest {values[over[0]]:,.6g}). Cut the units, or raise the limit to {values[over[0]]:,.6g}."
            )
            out.append(
                Finding(
                    rule="limit", severity="broken", text=text, level="unit", ids=ids,
                    facts={"measure": limit.measure, "high": limit.high, "heaviest": float(values[over[0]])},
                )
            )  # fmt: skip
    return out


def _staff(
    town: Town, rules: Rules, counts: IntArray, members: int | Mapping[str, int] | None
) -> list[Finding]:
    """Find head counts that cannot give every grid its members, or no member too much."""
    rule, k, names = rules.staffing, int(counts.sum()), community_names(town)
    floor = rule.min_members
    total = members if isinstance(members, int) else rule.total
    out = []
    if total is not None and total < floor * k:
        text = (
            f"{total} members are too few for {k} base grids of at least {floor}: "
            f"{floor * k} are needed, or at most {total // max(floor, 1)} grids."
        )
        facts = {"total": total, "n_grids": k}
        out.append(Finding(rule="staffing", severity="broken", text=text, facts=facts))
    heads = {} if members is None or isinstance(members, int) else members
    ids = community_ids(town)
    for title, wrong in (
        ("unknown", sorted(set(heads) - set(ids))),
        ("left out", sorted(set(ids) - set(heads)) if heads else []),
    ):
        if wrong:
            text = f"head counts by community: {title}: {some_of(wrong)}."
            out.append(Finding(rule="staffing", severity="broken", text=text, ids=tuple(wrong)))
    if rule.max_load is None or rules.balance is None:
        few = [c for c, i in enumerate(ids) if i in heads and heads[i] < floor * counts[c]]
    else:
        few = []
    load = _loads(town, rules)
    for c in few:
        text = f"{names[c]}: {heads[ids[c]]} members are too few for {counts[c]} base grids of at least {floor}."
        out.append(_of_community("staffing", text, ids[c]))
    if rule.max_load is not None and rules.balance is not None:
        word = rules.balance.measure
        if isinstance(total, int) and load.sum() > total * rule.max_load * (1 + 1e-9):
            need = math.ceil(load.sum() / rule.max_load - 1e-9)
            text = (
                f"{load.sum():,.6g} of {word} are {load.sum() / total:,.6g} for each of {total} members; at most "
                f"{rule.max_load:,.6g} allowed. It needs {need} members, or a limit of {math.ceil(load.sum() / total):,}."
            )
            facts = {"total": total, "needed": need}
            out.append(Finding(rule="staffing", severity="broken", text=text, facts=facts))
        for c, i in enumerate(ids):
            if i in heads and load[c] > heads[i] * rule.max_load * (1 + 1e-9):
                need = math.ceil(load[c] / rule.max_load - 1e-9)
                text = (
                    f"{names[c]}: {load[c]:,.6g} of {word} are more than {heads[i]} members may have "
                    f"({rule.max_load:,.6g} each). It needs {need} members."
                )
                out.append(_of_community("staffing", text, i))
    return out


def _loads(town: Town, rules: Rules) -> FloatArray:
    """Give the load of each community without carved-out grids."""
    keep = ~carved_mask(town, rules)
    of, n = community_of(town), len(community_ids(town))
    return sums(of[keep], main_load(town, rules)[keep], n)


def _of_community(rule: str, text: str, community: str) -> Finding:
    return Finding(
        rule=rule, severity="broken", text=text, level="community_grid", ids=(community,)
    )


def _totals(town: Town, rules: Rules, limit: Limit, counts: IntArray) -> list[Finding]:
    """Compare the total of each community with what its grids may and must hold."""
    of, names, ids = community_of(town), community_names(town), community_ids(town)
    keep = ~carved_mask(town, rules)
    total = np.bincount(of[keep], unit_values(town, limit.measure)[keep], len(ids))
    out = []
    for c in range(len(ids)):
        k = int(counts[c])
        if total[c] > k * limit.high * (1 + 1e-9):
            more = math.ceil(total[c] / limit.high - 1e-9) - k
            text = (
                f"{names[c]}: {total[c]:,.6g} {limit.measure} do not fit into {k} base grids of at most "
                f"{limit.high:,.6g}. It needs at least {more} grids more, or an upper limit of at least {math.ceil(total[c] / k):,}."
            )
        elif total[c] < k * limit.low * (1 - 1e-9):
            fewer = k - math.floor(total[c] / limit.low + 1e-9)
            text = (
                f"{names[c]}: {total[c]:,.6g} {limit.measure} are too few for {k} base grids of at least "
                f"{limit.low:,.6g}. It needs at least {fewer} grids fewer, or a lower limit of at most {math.floor(total[c] / k):,}."
            )
        else:
            continue
        out.append(
            Finding(
                rule="limit", severity="broken", text=text, level="community_grid", ids=(ids[c],),
                facts={"measure": limit.measure, "total": float(total[c]), "n_grids": k, "low": limit.low, "high": limit.high},
            )
        )  # fmt: skip
    return out


def _islands(town: Town, rules: Rules, counts: IntArray) -> list[Finding]:
    """Find pieces of communities that cannot be cut into whole grids inside the band."""
    balance = rules.balance
    if balance is None:
        return []
    of, names, ids = community_of(town), community_names(town), community_ids(town)
    keep = ~carved_mask(town, rules)
    graph = contiguity_graph(town, rules)
    piece = graph.pieces(np.where(keep, of, -1 - np.arange(of.size)).astype(np.int32))
    values = unit_values(town, balance.measure)
    k = counts.astype(np.float64)
    load = np.bincount(of[keep], values[keep], len(ids))
    mean = load / k if balance.within == "community" else np.full(len(ids), load.sum() / k.sum())
    out = []
    for c in range(len(ids)):
        if ids[c] in rules.contiguity.multi_part or mean[c] <= 0 or balance.tolerance >= 1:
            continue
        own = np.unique(piece[(of == c) & keep])
        low, high = mean[c] * (1 - balance.tolerance), mean[c] * (1 + balance.tolerance)
        for p in own:
            units = np.flatnonzero(piece == p)
            total = float(values[units].sum())
            if math.floor(total / low + 1e-9) >= math.ceil(total / high - 1e-9) and total >= low * (
                1 - 1e-9
            ):
                continue
            text = _island_text(
                town,
                names[c],
                units,
                total,
                float(mean[c]),
                low,
                high,
                balance.measure,
                community=ids[c],
                whole=own.size == 1,
            )
            out.append(
                Finding(
                    rule="balance", severity="broken", text=text, level="community_grid", ids=(ids[c],),
                    facts={
                        "needed_tolerance": _needed(total / float(mean[c])), "n_units": int(units.size), "load": total, "ideal": float(mean[c]), "low": low, "high": high,
                        "units": [town.units.ids[i] for i in units],
                    },
                )
            )  # fmt: skip
    return out


def _needed(ratio: float) -> float:
    """Give the smallest deviation with which a piece of so many ideal grids can be cut."""
    return min(abs(ratio / j - 1) for j in {max(1, math.floor(ratio)), max(1, math.ceil(ratio))})


def _island_text(
    town: Town, name: str, units: IntArray, total: float, mean: float, low: float, high: float,
    measure: str, *, community: str, whole: bool,
) -> str:  # fmt: skip
    """Say which piece cannot be cut, and the smallest tolerance that would do."""
    ratio = total / mean
    need = _needed(ratio)
    what = (
        f"{name} as a whole"
        if whole
        else f"a piece of {name} that touches nothing else ({units.size} units: {some_of([town.units.ids[i] for i in units], most=3)})"
    )
    ways = f"allow a deviation of {need:.1%}"
    if not whole:
        ways += f", declare a link (bridge, ferry) to the rest, or allow its grids to be in several pieces: '{community}' in `multi_part` of [rules.contiguity]"
    return (
        f"{what} holds {total:,.6g} of {measure}, {ratio:.2f} times an ideal grid; no whole number of grids "
        f"between {low:,.6g} and {high:,.6g} fits. Ways out: {ways}."
    )
