"""How many members does each grid get, so that the load per member is as even as it can be?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InfeasibleError, some_of
from gridkit.model.finding import Finding
from gridkit.rules.bands import carved_mask, community_ids, community_of, main_load
from gridkit.rules.seats import apportion
from gridkit.rules.settings import ChangeBudget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules


def share_heads(
    town: Town,
    rules: Rules,
    members: int | Mapping[str, int],
    community: IntArray,
    ordinary: BoolArray,
) -> FloatArray:
    """Give every grid its members before it is drawn: by community, then as evenly as people go.

    Parameters
    ----------
    members
        Of the town, shared over its communities so that the largest load per member is smallest; or
        of each community, by id.
    community : (k,)
        Of each grid.
    ordinary : (k,)
        False for carved-out grids: they get nobody.

    Returns
    -------
    (k,)

    Raises
    ------
    InfeasibleError
        If members do not suffice for `staffing.min_members` in every grid.
    """
    ids = community_ids(town)
    n_grids = np.bincount(community[ordinary], minlength=len(ids))
    floor = rules.staffing.min_members * n_grids
    if isinstance(members, int):
        _enough(members, floor, rules)
        load = np.where(carved_mask(town, rules), 0.0, main_load(town, rules))
        loads = np.bincount(community_of(town), load, len(ids)).astype(np.float64)
        own = apportion(np.where(n_grids > 0, loads, 0.0), members, floor)
    else:
        own = np.array([int(members.get(i, 0)) for i in ids], dtype=np.int64)
    out = np.zeros(len(community))
    for c in range(len(ids)):
        grids = np.flatnonzero((community == c) & ordinary)
        if grids.size:
            out[grids] = own[c] // grids.size + (np.arange(grids.size) < own[c] % grids.size)
    return out


def fit_heads(
    loads: FloatArray,
    rules: Rules,
    members: int | Mapping[str, int],
    community: IntArray,
    ids: tuple[str, ...],
    ordinary: BoolArray,
    now: FloatArray | None = None,
) -> FloatArray:
    """Give the grids that were drawn their members, so that the largest load per member is smallest.

    With head counts of today and a budget on members who move, no more people than that change grid.

    Parameters
    ----------
    loads : (k,)
        Of each grid.
    members, community, ordinary
        As for `share_heads`.
    now : (k,), optional
        Members of each grid today.

    Returns
    -------
    (k,)
    """
    out = np.zeros(loads.size)
    if isinstance(members, int):
        groups = [(np.flatnonzero(ordinary), members)]
    else:
        groups = [
            (np.flatnonzero((community == c) & ordinary), int(members.get(i, 0)))
            for c, i in enumerate(ids)
        ]
    for own, total in groups:
        lowest = np.full(own.size, min(rules.staffing.min_members, total // max(own.size, 1)))
        out[own] = apportion(loads[own], total, lowest) if own.size else 0
    budget = member_budget(rules, now)
    if now is None or budget is None:
        return out
    return _near(loads, out, now, budget, rules.staffing.min_members)


def held(
    plan: Plan, rules: Rules, heads: Mapping[str, int]
) -> tuple[Rules, int | dict[str, int], dict[str, int]]:
    """Let loads be compared per member while nobody changes grid, but to grids that lack members.

    Parameters
    ----------
    plan, rules
        The plan, and what it must keep.
    heads
        Head count of each of its base grids, by id.

    Returns
    -------
    rules, members, members_now
        For `solve`.
    """
    now = {i: int(heads.get(i, 0)) for i in plan.levels[0].ids}
    lacking = sum(max(0, rules.staffing.min_members - n) for n in now.values())
    others = tuple(b for b in rules.change if b.measure != "members")
    rules = replace(rules, change=(*others, ChangeBudget(measure="members", amount=lacking)))
    above = plan.levels[1] if len(plan.levels) > 1 else None
    if not rules.nested or above is None or plan.town.community is None:
        return rules, sum(now.values()), now
    members = dict.fromkeys(plan.town.community.ids, 0)
    for n, c in zip(now.values(), above.holder.tolist(), strict=True):
        if c >= 0:
            members[above.ids[c]] += n
    return rules, members, now


def member_budget(rules: Rules, now: FloatArray | None) -> int | None:
    """Say how many members may change grid; None when no budget says so."""
    most = [
        min(b.share * (0.0 if now is None else float(now.sum())), b.amount)
        for b in rules.change
        if b.measure == "members"
    ]
    return int(min(most) + 1e-9) if most and np.isfinite(min(most)) else None


def _near(
    loads: FloatArray, best: FloatArray, now: FloatArray, budget: int, floor: int
) -> FloatArray:
    """Go from today's head counts towards the best ones, the most needed step first, within a budget."""
    out = now.copy()
    hire = int(best.sum() - now.sum())
    moved = 0
    for _ in range(int(np.abs(best - now).sum()) + abs(hire)):
        want = np.where(out < best, loads / np.maximum(out, 0.5), -1.0)
        want[out < floor] += loads.sum()
        spare = np.where((out > best) & (out > floor), loads / np.maximum(out - 1, 0.5), np.inf)
        to, source = int(np.argmax(want)), int(np.argmin(spare))
        if hire > 0 and want[to] >= 0:
            hire -= 1
        elif hire < 0 and np.isfinite(spare[source]):
            out[source] -= 1
            hire += 1
            moved += 1
            continue
        elif want[to] >= 0 and np.isfinite(spare[source]) and moved < budget:
            out[source] -= 1
            moved += 1
        else:
            break
        out[to] += 1
    return out


def _enough(members: int, floor: IntArray, rules: Rules) -> None:
    need = int(floor.sum())
    if members >= need:
        return
    k = need // max(rules.staffing.min_members, 1)
    text = (
        f"{members} members are too few for {k} base grids of at least {rules.staffing.min_members}: "
        f"{need} are needed, or at most {members // max(rules.staffing.min_members, 1)} grids."
    )
    finding = Finding(rule="staffing", severity="broken", text=text)
    raise InfeasibleError(text, findings=[finding])


def check_members(members: int | Mapping[str, int] | None, ids: tuple[str, ...]) -> list[Finding]:
    """Find head counts of communities that are not there, or left out."""
    if members is None or isinstance(members, int):
        return []
    unknown, missing = sorted(set(members) - set(ids)), sorted(set(ids) - set(members))
    out = []
    if unknown:
        text = f"head counts are given for communities that are not there: {some_of(unknown)}."
        out.append(Finding(rule="staffing", severity="broken", text=text, ids=tuple(unknown)))
    if missing:
        text = f"head counts are missing for communities {some_of(missing)}."
        out.append(Finding(rule="staffing", severity="broken", text=text, ids=tuple(missing)))
    return out
