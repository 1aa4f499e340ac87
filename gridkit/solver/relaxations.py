"""Which small change of the rules would make a plan possible?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.model.finding import Finding
from gridkit.rules.bands import community_ids, community_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit.solver.problem import Problem
    from gridkit.solver.search import Search


def suggest(problem: Problem, search: Search, broken: Sequence[Finding]) -> tuple[Finding, ...]:
    """Turn what the best plan breaks into the smallest change of each rule under which it is legal.

    Changing every rule named, by the amounts named, makes the plan that was found legal; each
    sentence also names the other way out for its community, one grid more or fewer.

    Parameters
    ----------
    problem, search
        What was searched, and the best that was found.
    broken
        Findings of that plan.
    """
    del search
    return (*_tolerance(problem, broken), *_limits(problem, broken), *_budgets(broken))


def _tolerance(problem: Problem, broken: Sequence[Finding]) -> list[Finding]:
    balance = problem.rules.balance
    off = [f for f in broken if f.rule == "balance"]
    if not off or balance is None:
        return []
    # low and high lie at ideal (1 -+ tolerance)
    need = 0.0
    worst = off[0]
    for f in off:
        ideal = (float(f.facts["low"]) + float(f.facts["high"])) / 2
        d = abs(float(f.facts["got"]) / ideal - 1) if ideal > 0 else float("inf")
        if d > need:
            need, worst = d, f
    need = np.ceil(need * 1e4) / 1e4
    text = (
        f"A tolerance of {need:.2%} instead of {balance.tolerance:.2%} of {balance.measure} would do "
        f"(it is base grid '{worst.ids[0]}' that needs it); {len(off)} grids are outside now."
    )
    return [
        Finding(
            rule="relaxation", severity="note", text=text,
            facts={"setting": "balance.tolerance", "value": float(need), "now": balance.tolerance, "grids": [f.ids[0] for f in off]},
        )
    ]  # fmt: skip


def _limits(problem: Problem, broken: Sequence[Finding]) -> list[Finding]:
    out = []
    off = [f for f in broken if f.rule == "limit"]
    for name in sorted({str(f.facts["measure"]) for f in off}):
        own = [f for f in off if f.facts["measure"] == name]
        low = [f for f in own if f.facts["got"] < f.facts["low"]]
        high = [f for f in own if f.facts["got"] > f.facts["high"]]
        for side, found in (("low", low), ("high", high)):
            if not found:
                continue
            got = [float(f.facts["got"]) for f in found]
            value = np.floor(min(got)) if side == "low" else np.ceil(max(got))
            now = float(found[0].facts[side])
            word = "lower" if side == "low" else "upper"
            more = "fewer" if side == "low" else "more"
            where = _where(problem, found)
            text = f"{where}: 1 base grid {more}, or a {word} limit of {value:,.6g} instead of {now:,.6g} {name}."
            out.append(
                Finding(
                    rule="relaxation", severity="note", text=text,
                    facts={"setting": f"limits.{name}.{side}", "value": float(value), "now": now, "grids": [f.ids[0] for f in found]},
                )
            )  # fmt: skip
    return out


def _where(problem: Problem, found: Sequence[Finding]) -> str:
    """Name the communities of some grids, as far as their ids tell."""
    ids, names = community_ids(problem.town), community_names(problem.town)
    own = sorted(
        {
            n
            for i, n in zip(ids, names, strict=True)
            for f in found
            if f.ids and f.ids[0].startswith(f"{i}-")
        }
    )
    return (
        ", ".join(own[:3]) + (f" and {len(own) - 3} more" if len(own) > 3 else "")
        if own
        else problem.town.name
    )


def _budgets(broken: Sequence[Finding]) -> list[Finding]:
    out = []
    for f in broken:
        if f.rule == "change":
            text = f"A budget of {f.facts['got']:,.6g} instead of {f.facts['most']:,.6g} {f.facts['measure']} that change grid would do."
            facts = {"setting": "change.amount", "value": f.facts["got"], "now": f.facts["most"]}
            out.append(Finding(rule="relaxation", severity="note", text=text, facts=facts))
    return out
