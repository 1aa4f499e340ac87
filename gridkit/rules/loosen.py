"""How do rules look after a relaxation that was proposed?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit.model.finding import Finding
    from gridkit.rules.settings import Rules


def loosened(rules: Rules, relaxation: Finding) -> Rules:
    """Apply a finding of the rule ``"relaxation"``.

    Parameters
    ----------
    rules
        That no plan was found for.
    relaxation
        One of the ways out that `solve` proposed; its facts list the changes.

    Returns
    -------
    Rules
        With which a plan was found.

    Examples
    --------
    >>> from gridkit.model.finding import Finding
    >>> from gridkit.rules import Balance, Rules
    >>> way = Finding(
    ...     rule="relaxation",
    ...     severity="note",
    ...     text="",
    ...     facts={"changes": [{"setting": "balance.tolerance", "value": 0.2}]},
    ... )
    >>> loosened(Rules(balance=Balance(measure="residents")), way).balance.tolerance
    0.2
    """
    for change in relaxation.facts.get("changes", ()):
        rules = _changed(rules, change)
    return rules


def _changed(rules: Rules, change: Mapping[str, Any]) -> Rules:
    setting, value = str(change["setting"]), change["value"]
    if setting == "balance.tolerance" and rules.balance is not None:
        return replace(rules, balance=replace(rules.balance, tolerance=float(value)))
    if setting.startswith("limits."):
        _, label, side = setting.split(".")
        limits = []
        for v in rules.limits:
            if v.label == label:
                low = float(value) if side == "low" else v.low
                high = float(value) if side == "high" else v.high
                limits.append(replace(v, low=low, high=high))
            else:
                limits.append(v)
        return replace(rules, limits=tuple(limits))
    if setting == "grids.by_community":
        grids = replace(rules.grids, total=None, by_community=dict(value))
        return replace(rules, grids=grids)
    if setting == "grids.total":
        return replace(rules, grids=replace(rules.grids, total=int(value), by_community={}))
    if setting == "contiguity.links":
        links = (*rules.contiguity.links, *(tuple(pair) for pair in value))
        return replace(rules, contiguity=replace(rules.contiguity, links=links))
    if setting == "contiguity.multi_part":
        parts = (*rules.contiguity.multi_part, *value)
        return replace(rules, contiguity=replace(rules.contiguity, multi_part=parts))
    if setting.startswith("change."):
        measure = setting.removeprefix("change.")
        budgets = tuple(
            replace(b, share=1.0, amount=float(value)) if b.measure == measure else b
            for b in rules.change
        )
        return replace(rules, change=budgets)
    return rules
