"""Which small change of the rules would make a plan possible? Each one is tried before it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import ConfigError, InfeasibleError, some_of
from gridkit.model.finding import Finding
from gridkit.model.town import nearest_links
from gridkit.rules.bands import community_ids, community_names, community_of
from gridkit.rules.check import check, contiguity_graph
from gridkit.rules.feasible import counts_of
from gridkit.rules.loosen import loosened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules

MOST_TRIED = 4
"""Ways out that are tried by a search of their own."""
MOST_UNITS = 6000
"""Larger towns are not searched again for ways out: a person is waiting."""
SWEEPS = 500
"""Sweeps of such a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What could not be kept.

    Parameters
    ----------
    town, rules, current
        What was asked.
    broken
        Why not: reasons by counting, or what the best plan breaks.
    plan, members, members_now
        The best plan, when there is one, and its head counts.
    """

    town: Town
    rules: Rules
    current: Plan | None
    broken: Sequence[Finding]
    plan: Plan | None = None
    members: Mapping[str, int] | None = None
    members_now: Mapping[str, int] | None = None


def ways_out(case: Case, tried: Callable[[Rules], Plan | None]) -> tuple[Finding, ...]:
    """Propose changes of the rules, each of which makes a legal plan possible.

    The first is the change under which the best plan that was found is legal. The others (a grid more
    or fewer, a link, grids in several pieces, another tolerance) are kept only if a search with them
    found a legal plan.

    Parameters
    ----------
    case
        What could not be kept.
    tried
        Searches with other rules; gives a legal plan, or None.

    Returns
    -------
    tuple of Finding
        Rule ``"relaxation"``; `gridkit.rules.loosened` applies one.
    """
    out = []
    own = _by_the_plan(case)
    if own is not None:
        out.append(own)
    if len(case.town.units) > MOST_UNITS:
        return tuple(out)
    n = 0
    for way in _candidates(case):
        if n == MOST_TRIED:
            break
        n += 1
        try:
            plan = tried(loosened(case.rules, way))
        except (InfeasibleError, ConfigError):
            continue
        if plan is not None:
            out.append(way)
    return tuple(out)


def _way(text: str, how: str, *changes: tuple[str, Any]) -> Finding:
    facts = {"how": how, "changes": [{"setting": s, "value": v} for s, v in changes]}
    return Finding(rule="relaxation", severity="note", text=text, facts=facts)


# ---------------------------------------------------------------- by the plan that was found


def _by_the_plan(case: Case) -> Finding | None:
    """Change every bound that the best plan breaks, as little as needed; None if that is not enough."""
    if case.plan is None:
        return None
    said: list[str] = []
    changes: list[tuple[str, Any]] = []
    for part in (_tolerance(case), *_limits(case), *_budgets(case)):
        if part is not None:
            said.append(part[0])
            changes.append(part[1])
    if not changes:
        return None
    together = " together with ".join(said)
    text = f"{together[0].upper()}{together[1:]} would do: the plan that was found keeps that."
    way = _way(text, "plan", *changes)
    found = check(
        case.plan, loosened(case.rules, way), current=case.current, members=case.members,
        members_now=case.members_now,
    )  # fmt: skip
    return way if found.is_legal else None


def _tolerance(case: Case) -> tuple[str, tuple[str, Any]] | None:
    balance = case.rules.balance
    need, worst = 0.0, ""
    for f in case.broken:
        if f.rule != "balance" or balance is None or "got" not in f.facts:
            continue
        ideal = (float(f.facts["low"]) + float(f.facts["high"])) / 2  # they lie at ideal (1 -+ t)
        d = abs(float(f.facts["got"]) / ideal - 1) if ideal > 0 else float("inf")
        if d > need:
            need, worst = d, f.ids[0]
    if balance is None or not 0 < need <= 1:
        return None
    value = float(np.ceil(need * 1e4) / 1e4)
    text = f"a tolerance of {value:.2%} instead of {balance.tolerance:.2%} of {balance.measure} (base grid '{worst}' needs it)"
    return text, ("balance.tolerance", value)


def _limits(case: Case) -> list[tuple[str, tuple[str, Any]]]:
    out = []
    off = [f for f in case.broken if f.rule == "limit" and "got" in f.facts]
    for name in sorted({str(f.facts["measure"]) for f in off}):
        own = [f for f in off if f.facts["measure"] == name]
        for side in ("low", "high"):
            found = [f for f in own if (f.facts["got"] < f.facts["low"]) == (side == "low")]
            if not found:
                continue
            got = [float(f.facts["got"]) for f in found]
            value = _rounded(min(got), down=True) if side == "low" else _rounded(max(got))
            now = float(found[0].facts[side])
            word = "a lower" if side == "low" else "an upper"
            where = _where(case, found)
            text = f"{word} limit of {value:,.6g} instead of {now:,.6g} on {name}{where}"
            out.append((text, (f"limits.{name}.{side}", value)))
    return out


def _rounded(value: float, *, down: bool = False) -> float:
    """Round a bound to whole numbers, small ones to three figures, so that it can be said."""
    step = 1.0 if abs(value) >= 10 else 1e-3
    return float((np.floor if down else np.ceil)(value / step) * step)


def _where(case: Case, found: Sequence[Finding]) -> str:
    """Name the communities of some grids."""
    if case.plan is None or len(case.plan.levels) < 2:
        return ""
    level, number = case.plan.levels[1], {g: p for p, g in enumerate(case.plan.levels[0].ids)}
    at = {int(level.holder[number[f.ids[0]]]) for f in found if f.ids and f.ids[0] in number}
    names = [level.names[c] for c in sorted(at) if c >= 0]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f" (in {', '.join(names[:3])}{more})" if names else ""


def _budgets(case: Case) -> list[tuple[str, tuple[str, Any]]]:
    out = []
    for f in case.broken:
        if f.rule == "change" and "got" in f.facts:
            got, name = float(f.facts["got"]), str(f.facts["measure"])
            text = f"a budget of {got:,.6g} instead of {float(f.facts['most']):,.6g} {name} that change grid"
            out.append((text, (f"change.{name}", got)))
    return out


# ---------------------------------------------------------------- by a search with other rules


def _candidates(case: Case) -> list[Finding]:
    out = [*_needed(case), *_joined(case), *_counts(case)]
    return list({repr(w.facts["changes"]): w for w in out}.values())


def _needed(case: Case) -> list[Finding]:
    """Loosen what counting says must be loosened at least."""
    out = []
    balance = case.rules.balance
    need = [
        float(f.facts["needed_tolerance"]) for f in case.broken if "needed_tolerance" in f.facts
    ]
    if need and balance is not None and max(need) <= 1:
        value = min(float(np.ceil(max(need) * 1e3) / 1e3) + 1e-3, 1.0)
        text = f"A tolerance of {value:.1%} instead of {balance.tolerance:.1%} of {balance.measure} would do."
        out.append(_way(text, "search", ("balance.tolerance", value)))
    for f in case.broken:
        if f.rule == "limit" and "n_grids" in f.facts:
            total, k = float(f.facts["total"]), int(f.facts["n_grids"])
            high = total > k * float(f.facts["high"])
            side, now = ("high", float(f.facts["high"])) if high else ("low", float(f.facts["low"]))
            value = _rounded(total / k * (1.03 if high else 0.97), down=not high)
            name = str(f.facts["measure"])
            text = f"{'An upper' if high else 'A lower'} limit of {value:,.6g} instead of {now:,.6g} on {name} would do."
            out.append(_way(text, "search", (f"limits.{name}.{side}", value)))
        elif f.rule == "limit" and "heaviest" in f.facts:
            value, name = float(f.facts["heaviest"]), str(f.facts["measure"])
            text = f"An upper limit of {value:,.6g} instead of {float(f.facts['high']):,.6g} on {name} would do."
            out.append(_way(text, "search", (f"limits.{name}.high", value)))
        elif f.rule == "change" and "needed" in f.facts:
            value, name = float(f.facts["needed"]) * 1.25, str(f.facts["measure"])
            text = f"A budget of {value:,.6g} instead of {float(f.facts['most']):,.6g} {name} that change grid would do."
            out.append(_way(text, "search", (f"change.{name}", value)))
    return out


def _communities(case: Case) -> list[int]:
    """List the communities that findings are about."""
    ids = community_ids(case.town)
    at: list[int] = []
    number = {c: p for p, c in enumerate(ids)}
    grids = {} if case.plan is None else {g: p for p, g in enumerate(case.plan.levels[0].ids)}
    for f in case.broken:
        if f.level == "community_grid":
            at += [number[i] for i in f.ids if i in number]
        elif f.level == "base_grid" and case.plan is not None and len(case.plan.levels) > 1:
            above = case.plan.levels[1]
            at += [
                number[above.ids[above.holder[grids[i]]]]
                for i in f.ids
                if i in grids
                and above.holder[grids[i]] >= 0
                and above.ids[above.holder[grids[i]]] in number
            ]
    if not at and len(ids) == 1:
        at = [0]
    return list(dict.fromkeys(at))


def _joined(case: Case) -> list[Finding]:
    """Let pieces of a community that do not touch join: over the nearest link, or in several parts."""
    out = []
    town = case.town._replace(graph=contiguity_graph(case.town, case.rules))
    of, ids, names = community_of(town), community_ids(town), community_names(town)
    torn = [c for c in _communities(case) if ids[c] not in case.rules.contiguity.multi_part]
    if len(torn) > 1 and all(f.rule in {"balance", "contiguity"} for f in case.broken):
        together = some_of([ids[c] for c in torn], most=8)
        text = f"To let the base grids of {together} be in several pieces (`multi_part` of [rules.contiguity]) would do."
        out.append(_way(text, "search", ("contiguity.multi_part", [ids[c] for c in torn])))
    for c in torn[:2]:
        links = nearest_links(town, np.where(of == c, 0, -1).astype(np.int32))
        if not links:
            continue
        pairs = [(town.units.ids[a], town.units.ids[b]) for a, b, _ in links]
        far = ", ".join(
            f"'{town.units.ids[a]}' to '{town.units.ids[b]}' ({m:,.0f} m)" for a, b, m in links[:3]
        )
        more = f" and {len(links) - 3} more" if len(links) > 3 else ""
        text = f"{names[c]}: to let what does not touch join across a link (bridge, ferry) {far}{more} would do."
        out.append(_way(text, "search", ("contiguity.links", pairs)))
        text = f"{names[c]}: to let base grids be in several pieces would do."
        out.append(_way(text, "search", ("contiguity.multi_part", [ids[c]])))
    return out


def _counts(case: Case) -> list[Finding]:
    """Give a community a grid more, or one fewer."""
    ids, names = community_ids(case.town), community_names(case.town)
    counts = counts_of(case.town, case.rules, case.current)
    out = []
    for c in _communities(case)[:2]:
        for step in _steps(case, int(counts[c])):
            new = counts.copy()
            new[c] += step
            many = f"{abs(step)} base grid{'s' * (abs(step) > 1)} {'more' if step > 0 else 'fewer'}"
            text = f"{names[c]}: {many} ({new[c]} instead of {counts[c]}) would do."
            change: tuple[str, Any] = ("grids.total", int(new[0]))
            if case.town.community is not None:
                change = ("grids.by_community", dict(zip(ids, (int(x) for x in new), strict=True)))
            out.append(_way(text, "search", change))
    return out


def _steps(case: Case, k: int) -> list[int]:
    """Say how many grids more or fewer a community could do with."""
    light = any(
        f.rule == "limit" and f.facts.get("off_by") and f.facts["got"] < f.facts["low"]
        for f in case.broken
    )
    for f in case.broken:
        if f.rule == "limit" and "n_grids" in f.facts:
            total, low, high = (float(f.facts[x]) for x in ("total", "low", "high"))
            more = int(np.ceil(total / high - 1e-9)) - k if total > k * high else 0
            fewer = k - int(total / low + 1e-9) if low > 0 and total < k * low else 0
            if more:
                return [more, more + 1]  # units are not split: one more than by counting
            return [-x for x in (fewer, fewer + 1) if 0 < x < k]
    return [-1, 1] if light and k > 1 else [1, -1] if k > 1 else [1]
