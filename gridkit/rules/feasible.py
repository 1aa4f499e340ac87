"""Why can no plan keep the rules? Counting that needs no search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import some_of
from gridkit.model.finding import Finding
from gridkit.rules.bands import (
    carved_mask,
    community_ids,
    community_names,
    community_of,
    grid_counts,
    positions,
    unit_values,
)
from gridkit.rules.check import contiguity_graph

if TYPE_CHECKING:
    from gridkit._typing import IntArray
    from gridkit.model.town import Town
    from gridkit.rules.settings import Limit, Rules


def check_feasible(town: Town, rules: Rules) -> tuple[Finding, ...]:
    """Find the reasons, if any, why no plan can keep the rules.

    Counting only: none found does not prove that there is a plan.

    Parameters
    ----------
    town, rules
        What is asked.

    Returns
    -------
    tuple of Finding
        One for each reason, with the amounts.

    Raises
    ------
    ConfigError, SchemaError
        If the rules name things that the town does not have.
    """
    counts = grid_counts(town, rules)
    findings = [*_heavy_units(town, rules), *_groups(town, rules), *_staff(rules, counts)]
    for limit in rules.limits:
        if limit.level == "base_grid" and not limit.per and not limit.density_class:
            findings += _totals(town, rules, limit, counts)
    if rules.grids.highest is not None and counts.sum() > rules.grids.highest:
        text = f"the limits need {counts.sum()} base grids; grids.highest allows {rules.grids.highest}."
        findings.append(Finding(rule="grid_count", severity="broken", text=text))
    findings += _islands(town, rules, counts)
    return tuple(findings)


def _heavy_units(town: Town, rules: Rules) -> list[Finding]:
    """Find units that alone exceed a limit."""
    out = []
    keep = ~carved_mask(town, rules)
    for limit in rules.limits:
        if limit.per or limit.density_class or not math.isfinite(limit.high):
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


def _groups(town: Town, rules: Rules) -> list[Finding]:
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


def _staff(rules: Rules, counts: IntArray) -> list[Finding]:
    rule, k = rules.staffing, int(counts.sum())
    if rule.total is None or rule.total >= rule.min_members * k:
        return []
    text = (
        f"{rule.total} members are too few for {k} base grids of at least {rule.min_members}: "
        f"{rule.min_members * k} are needed, or at most {rule.total // max(rule.min_members, 1)} grids."
    )
    return [
        Finding(
            rule="staffing", severity="broken", text=text, facts={"total": rule.total, "n_grids": k}
        )
    ]


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
                f"{limit.high:,.6g}. It needs {more} grids more, or an upper limit of {math.ceil(total[c] / k):,}."
            )
        elif total[c] < k * limit.low * (1 - 1e-9):
            fewer = k - math.floor(total[c] / limit.low + 1e-9)
            text = (
                f"{names[c]}: {total[c]:,.6g} {limit.measure} are too few for {k} base grids of at least "
                f"{limit.low:,.6g}. It needs {fewer} grids fewer, or a lower limit of {math.floor(total[c] / k):,}."
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
        if ids[c] in rules.contiguity.multi_part or mean[c] <= 0:
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
                whole=own.size == 1,
            )
            out.append(
                Finding(
                    rule="balance", severity="broken", text=text, level="community_grid", ids=(ids[c],),
                    facts={
                        "n_units": int(units.size), "load": total, "ideal": float(mean[c]), "low": low, "high": high,
                        "units": [town.units.ids[i] for i in units],
                    },
                )
            )  # fmt: skip
    return out


def _island_text(
    town: Town, name: str, units: IntArray, total: float, mean: float, low: float, high: float,
    measure: str, *, whole: bool,
) -> str:  # fmt: skip
    """Say which piece cannot be cut, and the smallest tolerance that would do."""
    ratio = total / mean
    k = max(1, round(ratio))
    need = min(abs(ratio / j - 1) for j in {max(1, math.floor(ratio)), math.ceil(ratio), k} if j)
    what = (
        f"{name} as a whole"
        if whole
        else f"a piece of {name} that touches nothing else ({units.size} units: {some_of([town.units.ids[i] for i in units], most=3)})"
    )
    ways = f"allow a deviation of {need:.1%}"
    if not whole:
        ways += ", declare a link (bridge, ferry) to the rest, or allow its grids to be in several pieces"
    return (
        f"{what} holds {total:,.6g} of {measure}, {ratio:.2f} times an ideal grid; no whole number of grids "
        f"between {low:,.6g} and {high:,.6g} fits. Ways out: {ways}."
    )
