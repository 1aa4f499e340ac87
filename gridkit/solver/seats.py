"""Which grids are there, in which part of the ground, and which of them come from a current plan?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InfeasibleError
from gridkit.model.finding import Finding
from gridkit.rules.bands import (
    carved_mask,
    community_ids,
    community_names,
    community_of,
    grid_counts,
    main_load,
    positions,
    sums,
)
from gridkit.rules.seats import apportion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules.settings import Rules
    from gridkit.solver.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seats:
    """The grids of a problem: ordinary ones, then carved-out ones.

    Parameters
    ----------
    ids : (k,)
        Ids of the current plan or of carved-out grids; empty for a new grid.
    part, community : (k,)
        Part of the ground (-1 for carved-out and locked grids), and community.
    home : (n units,)
        Grid of each unit in the current plan; -1 for none.
    """

    ids: tuple[str, ...]
    part: IntArray
    community: IntArray
    home: LabelArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Current:
    """The current plan in terms of a town and its rules.

    Parameters
    ----------
    ids : (k,)
        Its base grids that remain, without carved-out ones.
    community : (k,)
        Their communities.
    base : (n units,)
        Grid of each unit; -1 for none.
    """

    ids: tuple[str, ...]
    community: IntArray
    base: LabelArray


def read_current(town: Town, rules: Rules, plan: Plan) -> Current:
    """Take the grids of a plan over, as many in each community as the rules ask.

    Grids too many are dissolved, the lightest first; new ones have no id yet. A community without a
    grid gets one.
    """
    level = plan.levels[0]
    of, names = community_of(town), community_ids(town)
    load = main_load(town, rules)
    k = len(level)
    weight = sums(plan.base, load, k)
    inside = np.zeros((k, len(names)))
    ok = plan.base >= 0
    np.add.at(inside, (plan.base[ok], of[ok]), load[ok] + 1e-9)
    community = inside.argmax(axis=1).astype(np.int64)
    if len(plan.levels) > 1 and town.community is not None:
        above = plan.levels[1]
        number = {c: p for p, c in enumerate(names)}
        for g in range(k):
            if above.holder[g] >= 0:
                community[g] = number.get(above.ids[above.holder[g]], community[g])
    keep = np.array([i not in rules.locks.carved for i in level.ids], dtype=bool)
    asked = bool(rules.grids.by_community or rules.grids.total is not None)
    ids = list(level.ids)
    counts = grid_counts(town, rules) if asked else np.ones(len(names), dtype=np.int64)
    if asked:
        for c in range(len(names)):
            own = np.flatnonzero(keep & (community == c))
            order = own[np.lexsort((own, weight[own]))]
            keep[order[: max(0, own.size - int(counts[c]))]] = False
    at = np.full(k, -1, dtype=np.int32)
    at[keep] = np.arange(int(keep.sum()), dtype=np.int32)
    base = np.where(ok, at[np.maximum(plan.base, 0)], -1).astype(np.int32)
    kept, own_community = [i for i, x in zip(ids, keep, strict=True) if x], community[keep]
    missing = np.maximum(counts - np.bincount(own_community, minlength=len(names)), 0)
    kept += [""] * int(missing.sum())
    own_community = np.concatenate([own_community, np.repeat(np.arange(len(names)), missing)])
    return Current(ids=tuple(kept), community=own_community.astype(np.int64), base=base)


def dedicated_ground(town: Town, rules: Rules, current: Current | None) -> IntArray:
    """Number the carved-out and locked grids at each unit; 0 for ordinary ground."""
    out = np.zeros(len(town.units), dtype=np.int64)
    if current is not None:
        for g, name in enumerate(current.ids):
            if name and name in rules.locks.grids:
                out[current.base == g] = len(rules.locks.carved) + 1 + g
    for i, (name, units) in enumerate(sorted(rules.locks.carved.items()), start=1):
        out[positions(town, units, where=f"locks.carved['{name}']")] = i
    return out


def new_seats(town: Town, rules: Rules, ground: Ground) -> Seats:
    """Give every part of the ground its grids, by load.

    Raises
    ------
    InfeasibleError
        If a community has more pieces than grids, or a piece fewer units than grids.
    """
    ids, names = community_ids(town), community_names(town)
    loads = _part_loads(town, rules, ground)
    counts = grid_counts(town, rules)
    n_parts = len(ground.part_community)
    seats = np.zeros(n_parts, dtype=np.int64)
    findings = []
    for c in range(len(ids)):
        own = np.flatnonzero(ground.part_community == c)
        if own.size > counts[c]:
            text = (
                f"{names[c]} is in {own.size} pieces that do not touch, and has {counts[c]} base grids: give it "
                f"{own.size} grids, declare links between the pieces, or allow its grids to be in several pieces: '{ids[c]}' in `multi_part` of [rules.contiguity]."
            )
            findings.append(_finding("contiguity", text, ids[c]))
        elif own.size:
            seats[own] = apportion(loads[own], int(counts[c]), np.ones(own.size, dtype=np.int64))
    room = np.bincount(ground.part[ground.part >= 0], minlength=n_parts)
    for p in np.flatnonzero(seats > room):
        text = f"{names[ground.part_community[p]]} has {room[p]} units that can be moved for {seats[p]} base grids; every grid needs one."
        findings.append(_finding("grid_count", text, ids[ground.part_community[p]]))
    if findings:
        raise InfeasibleError(findings[0].text, findings=findings)
    part = np.repeat(np.arange(n_parts), seats)
    return _with_carved(
        town,
        rules,
        [""] * part.size,
        part,
        ground.part_community[part],
        np.full(len(town.units), -1, np.int32),
    )


def current_seats(town: Town, rules: Rules, ground: Ground, current: Current) -> Seats:
    """Put the grids of the current plan into the parts where most of their load lies.

    Raises
    ------
    InfeasibleError
        If a part of the ground has no grid.
    """
    k, n_parts = len(current.ids), len(ground.part_community)
    of_unit = ground.part[ground.node_of]
    load = main_load(town, rules) + 1e-9
    inside = np.zeros((k, n_parts))
    ok = (current.base >= 0) & (of_unit >= 0)
    np.add.at(inside, (current.base[ok], of_unit[ok]), load[ok])
    inside[:, :] *= current.community[:, None] == ground.part_community[None, :]
    part = np.where(inside.any(axis=1), inside.argmax(axis=1), -1) if n_parts else np.full(k, -1)
    loads = _part_loads(town, rules, ground)
    n_in = np.bincount(part[part >= 0], minlength=n_parts)
    locked = np.array([bool(i) and i in rules.locks.grids for i in current.ids], dtype=bool)
    for g in np.flatnonzero((part < 0) & ~locked):
        own = np.flatnonzero(ground.part_community == current.community[g])
        if own.size:
            part[g] = own[np.argmax(loads[own] / np.maximum(n_in[own], 0.5))]
            n_in[part[g]] += 1
    bare = np.flatnonzero(n_in == 0)
    if bare.size:
        c = int(ground.part_community[bare[0]])
        n = int((ground.part == bare[0]).sum())
        text = (
            f"{community_names(town)[c]}: {n} units touch no base grid that may take them; give the community a "
            f"grid more, unlock one beside them, or declare a link."
        )
        finding = _finding("contiguity", text, community_ids(town)[c])
        raise InfeasibleError(text, findings=[finding])
    return _with_carved(town, rules, list(current.ids), part, current.community, current.base)


def _part_loads(town: Town, rules: Rules, ground: Ground) -> FloatArray:
    load = np.where(carved_mask(town, rules), 0.0, main_load(town, rules))
    return sums(ground.part[ground.node_of], load, len(ground.part_community))


def _with_carved(
    town: Town,
    rules: Rules,
    ids: Sequence[str],
    part: IntArray,
    community: IntArray,
    home: LabelArray,
) -> Seats:
    """Append the carved-out grids."""
    of = community_of(town)
    carved = sorted(rules.locks.carved.items())
    own = [int(of[positions(town, units, where="locks.carved")[0]]) for _, units in carved]
    return Seats(
        ids=(*ids, *(name for name, _ in carved)),
        part=np.concatenate([part, np.full(len(carved), -1)]).astype(np.int64),
        community=np.concatenate([community, np.array(own, dtype=np.int64)]).astype(np.int64),
        home=home,
    )


def _finding(rule: str, text: str, community: str) -> Finding:
    return Finding(
        rule=rule, severity="broken", text=text, level="community_grid", ids=(community,)
    )
