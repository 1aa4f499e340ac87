"""Which units must be lent, so that locks here do not stop the engine everywhere?

Two kinds. Units in no grid are lent to grids beside them while the engine works on other grids. Units that
no unlocked grid of their own community can reach are lent to a community beside them: the grid they get
crosses the line, and the findings say so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.rules.check import contiguity_graph
from gridkit.solver import join_strays

if TYPE_CHECKING:
    from gridkit._typing import LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules


def with_strays(plan: Plan, rules: Rules) -> Plan:
    """Lend the units in no grid to grids beside them."""
    if (plan.base >= 0).all():
        return plan
    joined = join_strays(plan, rules)
    return relabelled(plan, np.where(plan.base < 0, joined.base, plan.base))


def relabelled(plan: Plan, base: LabelArray) -> Plan:
    """Give every unit another grid of the same plan."""
    first = replace(plan.levels[0], holder=base.astype(np.int32))
    return replace(plan, levels=(first, *plan.levels[1:]))


def over_lines(plan: Plan, rules: Rules) -> Plan | None:
    """Lend units that no unlocked grid of their community reaches to the community they touch most.

    Returns
    -------
    Plan or None
        The same plan over a town with other community lines; None where nothing is to be lent, or
        nobody is there to lend it to.
    """
    town = plan.town
    if town.community is None or len(plan.levels) < 2:
        return None
    graph = contiguity_graph(town, rules)
    of, n = town.community.holder.copy(), len(town.units)
    is_locked = np.array([i in rules.locks.grids for i in plan.levels[0].ids], dtype=bool)
    free = (plan.base < 0) | ~is_locked[plan.base]
    piece = graph.pieces(np.where(free, of, -1 - np.arange(n)).astype(np.int32))
    number = {c: p for p, c in enumerate(town.community.ids)}
    above = plan.levels[1]
    parent = np.array(
        [number.get(above.ids[p], -1) if p >= 0 else -1 for p in above.holder.tolist()]
    )
    is_served = np.zeros(int(piece.max()) + 1, dtype=bool)
    is_served[piece[free & (plan.base >= 0) & (parent[plan.base] == of)]] = True
    is_served[piece[~np.isin(of, parent)]] = True  # a community without any grid is given one
    source = np.repeat(np.arange(n), np.diff(graph.start))
    waiting = np.setdiff1d(np.unique(piece[free]), np.flatnonzero(is_served)).tolist()
    n_lent = 0
    while waiting:
        left = []
        for p in waiting:
            own = piece == p
            at = np.flatnonzero(own[source] & free[graph.neighbor])
            at = at[is_served[piece[graph.neighbor[at]]]]
            if at.size and (of[~own] == of[own][0]).any():
                border = np.bincount(of[graph.neighbor[at]], graph.border_m[at], len(number))
                of[own] = border.argmax()
                is_served[p] = True
                n_lent += 1
            else:
                left.append(p)
        if len(left) == len(waiting):
            break
        waiting = left
    return replace(plan, town=_with_lines(town, of)) if n_lent else None


def _with_lines(town: Town, of: LabelArray) -> Town:
    assert town.community is not None  # noqa: S101  the caller has looked
    return town._replace(community=replace(town.community, holder=of))
