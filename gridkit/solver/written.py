"""How do labels become a plan again, with the ids people know?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gridkit.model.plan import Level, Plan, majority

if TYPE_CHECKING:
    from gridkit._typing import IntArray, LabelArray
    from gridkit.model.town import Town
    from gridkit.solver.problem import Problem


def plan_of(problem: Problem, label: LabelArray, *, start: Plan | None = None) -> Plan:
    """Make a plan from the grids of the nodes.

    A redrawn plan keeps the ids, names and upper levels of the plan it began with, and leaves out
    grids that hold nothing; carved-out grids have the ids the rules give them; other grids are
    numbered.
    """
    labels = label[problem.node_of].astype(np.int32)
    if start is None:
        return _numbered(problem, labels)
    ids, old = list(problem.seats.ids), {g: p for p, g in enumerate(start.levels[0].ids)}
    count = np.bincount(labels[labels >= 0], minlength=problem.k)
    used = np.flatnonzero(count > 0)
    taken = set(start.levels[0].ids) | set(ids)
    for g in used:
        if not ids[g]:
            ids[g] = _new_id(problem, int(problem.grid_community[g]), taken)
            taken.add(ids[g])
    new = np.full(problem.k, -1, dtype=np.int32)
    new[used] = np.arange(used.size, dtype=np.int32)
    names = tuple(start.levels[0].names[old[ids[g]]] if ids[g] in old else ids[g] for g in used)
    placed = np.where(labels >= 0, new[np.maximum(labels, 0)], -1).astype(np.int32)
    first = Level(name="base_grid", ids=tuple(ids[g] for g in used), holder=placed, names=names)
    levels = (first, *_above(problem, start, used, [old.get(ids[g], -1) for g in used]))
    return replace(start, town=problem.town, levels=levels)


def heads_by_id(problem: Problem, label: LabelArray, plan: Plan) -> dict[str, int] | None:
    """Give the head count of each base grid of the plan made of some labels; None without members."""
    if problem.heads is None:
        return None
    seat = label[problem.node_of]
    grids, at = np.unique(plan.base, return_index=True)
    of = {int(g): int(seat[u]) for g, u in zip(grids, at, strict=True) if g >= 0}
    ids = plan.levels[0].ids
    return {ids[g]: int(problem.heads[s]) if s >= 0 else 0 for g, s in of.items()}


def with_parents(plan: Plan, town: Town) -> Plan:
    """Put base grids that were drawn without communities into the one that holds most of their units."""
    community = town.community
    if community is None:
        return replace(plan, town=town)
    first = plan.levels[0]
    holder = majority(plan.base, community.holder, len(first), len(community))
    return replace(plan, town=town, levels=(first, replace(community, holder=holder)))


def _above(problem: Problem, start: Plan, used: IntArray, old: list[int]) -> tuple[Level, ...]:
    """Carry the upper levels over."""
    community = problem.town.community
    if community is not None:
        holder = problem.grid_community[used].astype(np.int32)
        same = len(start.levels) > 1 and start.levels[1].ids == community.ids
        return (replace(community, holder=holder), *(start.levels[2:] if same else ()))
    if len(start.levels) == 1:
        return ()
    upper = start.levels[1]
    kept = np.array([upper.holder[p] if p >= 0 else -1 for p in old], dtype=np.int32)
    return (replace(upper, holder=kept), *start.levels[2:])


def _new_id(problem: Problem, community: int, taken: set[str]) -> str:
    """Number a new grid after the known ones of its community."""
    given = problem.town.community
    head = f"{given.ids[community]}-" if given is not None else "G"
    number = 1 + sum(i.startswith(head) for i in taken)
    while f"{head}{number:02d}" in taken:
        number += 1
    return f"{head}{number:02d}"


def _numbered(problem: Problem, labels: LabelArray) -> Plan:
    """Number the grids of a new plan; carved-out ones come last, under their own names."""
    town, carved = problem.town, sorted(problem.rules.locks.carved)
    k_free = problem.k - len(carved)
    parent = problem.grid_community.astype(np.int32)
    plan = Plan.from_labels(
        town,
        np.where(labels < k_free, labels, -1).astype(np.int32),
        parent=None if town.community is None else parent[:k_free],
    )
    if not carved:
        return plan
    first = plan.levels[0]
    base = np.where(labels >= k_free, labels - k_free + len(first), first.holder).astype(np.int32)
    levels = [
        Level(
            name="base_grid", ids=(*first.ids, *carved), holder=base, names=(*first.names, *carved)
        )
    ]
    if len(plan.levels) > 1:
        holder = np.concatenate([plan.levels[1].holder, parent[k_free:]]).astype(np.int32)
        levels.append(replace(plan.levels[1], holder=holder))
    return replace(plan, levels=tuple(levels))


def with_empty_grids(plan: Plan, parents: IntArray, *, like: str) -> Plan:
    """Append empty base grids to a plan, one for each parent position (-1 for none)."""
    first = plan.levels[0]
    taken = set(first.ids)
    ids = []
    for _ in parents:
        number = 2
        while f"{like}-{number}" in taken:
            number += 1
        ids.append(f"{like}-{number}")
        taken.add(ids[-1])
    levels = [
        Level(
            name=first.name, ids=(*first.ids, *ids), holder=first.holder, names=(*first.names, *ids)
        )
    ]
    if len(plan.levels) > 1:
        holder = np.concatenate([plan.levels[1].holder, np.asarray(parents, dtype=np.int32)])
        levels.append(replace(plan.levels[1], holder=holder.astype(np.int32)))
    return replace(plan, levels=(*levels, *plan.levels[2:]))


def town_without_communities(town: Town) -> Town:
    """Return the town with no community lines, so that grids may be drawn across them."""
    return town._replace(community=None)
