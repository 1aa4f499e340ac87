"""What does the plan engine do with a plan on the table? It gets a frozen copy, and gives a proposal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridkit.editor.history import Grid
from gridkit.editor.lending import over_lines, relabelled, with_strays
from gridkit.editor.ops import Proposal, Wish, free_id
from gridkit.editor.refusal import refused
from gridkit.errors import InfeasibleError
from gridkit.rules.check import check
from gridkit.rules.settings import GridCount
from gridkit.solver import StopWhen, balance_grids, finish, join_strays, redraw, repair, split
from gridkit.staffing import apportion, workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridkit._typing import Json
    from gridkit.editor.desk import Desk
    from gridkit.editor.ground import Ground
    from gridkit.model.plan import Plan
    from gridkit.model.result import Progress
    from gridkit.rules.settings import Rules

KINDS = ("repair", "balance", "balance_all", "finish", "split", "alternatives")
MOST_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Errand:
    """What the engine is asked, frozen at that moment.

    Parameters
    ----------
    kind
        One of `KINDS`.
    plan, rules
        The plan as it stands, and what holds, locks of the editor included.
    grids
        Ids of the grids it is about.
    n
        Parts of a split, number of alternatives.
    heads
        Head count of each base grid, by id.
    is_per_member
        Whether loads are compared per member.
    seed
        Of all chance: the step, so that asking again elsewhere may give another answer.
    """

    kind: str
    plan: Plan
    rules: Rules
    grids: tuple[str, ...] = ()
    n: int = 1
    heads: dict[str, int] | None = None
    is_per_member: bool = False
    seed: int = 0


class Answer(NamedTuple):
    """What the engine found.

    Parameters
    ----------
    plan
        The plan.
    heads
        Head count of each of its base grids, where loads were compared per member.
    """

    plan: Plan
    heads: Mapping[str, int] | None = None


def errand(desk: Desk, wish: Json, slots: Sequence[str], *, seed: int = 0) -> Errand:
    """Read what the engine is asked.

    Raises
    ------
    Refusal
        If it cannot be asked.
    """
    kind = wish["kind"]
    w = Wish(desk=desk, op=wish, slots=slots)
    own: list[int] = []
    n = 1
    if kind == "balance":
        own = w.slots_of(least=2)
    elif kind == "repair" and wish.get("grids"):
        own = w.slots_of()
    elif kind == "split":
        own = [w.slot()]
        n = w.whole("into", low=2, high=50, default=2)
    elif kind == "alternatives":
        n = w.whole("n", low=1, high=MOST_ALTERNATIVES, default=3)
    elif kind == "finish" and not (desk.base < 0).any():
        raise refused("every unit is in a grid already.", "所有单元均已划入网格。")
    locked = {s for s in desk.alive().tolist() if desk.grid(s).locked}
    if held := [s for s in own if s in locked]:
        raise refused(
            f"{w.name(held[0])} is locked; unlock it first.",
            f"{w.name(held[0])} 已锁定，请先解锁。",
        )
    if kind == "split" and desk.draft.n_units[own[0]] < n:
        raise refused(
            f"{w.name(own[0])} has {desk.draft.n_units[own[0]]} units; it cannot be cut into {n} parts.",
            f"{w.name(own[0])} 只有 {desk.draft.n_units[own[0]]} 个单元，不能拆成 {n} 份。",
        )
    g = desk.ground
    rules = replace(g.rules, grids=GridCount(), change=())
    if kind == "repair" and own:
        free = set(own) | _neighbors(desk, own)
        locked |= {s for s in desk.alive().tolist() if s not in free}
    ids = tuple(desk.grid(s).id for s in sorted(locked))
    rules = replace(rules, locks=replace(rules.locks, grids=ids))
    heads = None
    if g.heads is not None:
        heads = {desk.grid(s).id: int(desk.members[s]) for s in desk.alive().tolist()}
    balance = g.rules.balance
    is_per_member = heads is not None and balance is not None and balance.per_member is not False
    return Errand(
        kind=kind, plan=desk.plan(), rules=rules, grids=tuple(desk.grid(s).id for s in own), n=n,
        heads=heads, is_per_member=is_per_member, seed=seed,
    )  # fmt: skip


def _neighbors(desk: Desk, slots: Sequence[int]) -> set[int]:
    """Find the grids that touch some grids."""
    g = desk.ground
    source = np.repeat(np.arange(g.n), np.diff(g.open_start))
    near = desk.base[g.open_neighbor[np.isin(desk.base[source], slots)]]
    return set(near[near >= 0].tolist())


def run_errand(
    asked: Errand,
    *,
    cancelled: Callable[[], bool],
    on_progress: Callable[[Progress], None] | None = None,
) -> tuple[Answer, ...]:
    """Let the engine work; it may take seconds.

    Returns
    -------
    tuple of Answer
        One, or the alternatives.
    """
    stop = StopWhen(cancelled)
    if asked.kind == "repair":
        return (_repaired(asked, stop=stop, on_progress=on_progress),)
    try:
        return _drawn(asked, stop=stop, on_progress=on_progress)
    except InfeasibleError:
        if not asked.rules.nested:
            raise
    lent = over_lines(asked.plan, asked.rules)
    if lent is not None:
        try:
            found = _drawn(replace(asked, plan=lent), stop=stop, on_progress=on_progress)
            return tuple(a._replace(plan=replace(a.plan, town=asked.plan.town)) for a in found)
        except InfeasibleError:
            pass
    crossing = replace(asked, rules=replace(asked.rules, nested=False))
    return _drawn(crossing, stop=stop, on_progress=on_progress)


def _drawn(
    asked: Errand, *, stop: StopWhen, on_progress: Callable[[Progress], None] | None
) -> tuple[Answer, ...]:
    rules, seed = asked.rules, asked.seed
    heads = asked.heads if asked.is_per_member else None
    local = asked.kind in ("balance", "split")
    plan = with_strays(asked.plan, rules) if local else asked.plan
    if asked.kind == "balance":
        found = balance_grids(
            plan, rules, asked.grids, heads=heads, seed=seed, stop=stop, on_progress=on_progress
        )
    elif asked.kind == "finish":
        found = finish(
            plan, rules, heads=heads, seed=seed, relax=True, stop=stop, on_progress=on_progress
        )
    elif asked.kind == "split":
        found = split(
            plan, rules, asked.grids[0], into=asked.n, seed=seed, stop=stop, on_progress=on_progress
        )
    else:
        many = asked.n if asked.kind == "alternatives" else 0
        found = redraw(
            plan, rules, heads=heads, alternatives=many, seed=seed, relax=True, stop=stop,
            on_progress=on_progress,
        )  # fmt: skip
    people = found.members or None
    if asked.kind == "alternatives":
        return tuple(Answer(p, people) for p in (found.plan, *found.alternatives)[: asked.n])
    loose = asked.plan.base < 0
    drawn = relabelled(found.plan, np.where(loose & local, -1, found.plan.base))
    return (Answer(drawn, people),)


def _repaired(
    asked: Errand, *, stop: StopWhen, on_progress: Callable[[Progress], None] | None
) -> Answer:
    """Join what is in pieces, and let the engine do more only where that keeps more rules.

    In a plan that breaks many rules already (routes across community lines), the engine may find
    nothing within the grids that may change; then what was torn is joined, and no more.
    """

    def n_broken(answer: Answer) -> int:
        report = check(answer.plan, asked.rules, members=answer.heads)
        return sum(f.severity == "broken" for f in report)

    joined = Answer(join_strays(asked.plan, asked.rules, grids=asked.grids or None), asked.heads)
    left = n_broken(joined)
    if not left:
        return joined
    heads = asked.heads if asked.is_per_member else None
    try:
        found = repair(
            asked.plan, asked.rules, heads=heads, seed=asked.seed, relax=True, stop=stop,
            on_progress=on_progress,
        )  # fmt: skip
    except InfeasibleError:
        return joined
    drawn = Answer(found.plan, found.members or asked.heads)
    return drawn if n_broken(drawn) < left else joined


def proposal_of(
    desk: Desk, asked: Errand, answer: Answer, slots: Sequence[str], *, kind: str | None = None
) -> Proposal:
    """Turn the engine's answer into a step from the state of a desk.

    Locked grids stay as they are, whatever the engine thought of them.
    """
    g, plan = desk.ground, answer.plan
    number = {i: s for s, i in enumerate(slots)}
    out = Proposal(kind=kind or asked.kind)
    to = np.full(len(plan.levels[0]) + 1, -1, dtype=np.int32)
    taken = set(slots)
    ids = []
    for at, i in enumerate(plan.levels[0].ids):
        slot = number.get(i, -1)
        if slot < 0 or slot >= len(desk.grids) or desk.grids[slot] is None:
            community = int(plan.levels[1].holder[at]) if g.community is not None else -1
            name = free_id(desk, community, taken)
            taken.add(name)
            slot = len(slots) + len(out.grids)
            out.grids[slot] = Grid(id=name, name=name, community=community)
            ids.append(name)
            out.new = slot if out.new is None else out.new
        to[at] = slot
    label = to[plan.base]
    units = np.flatnonzero(label != desk.base).astype(np.int64)
    locked = np.array([r is not None and r.locked for r in desk.grids] or [False], dtype=bool)
    old = desk.base[units]
    held = (old >= 0) & locked[old]
    out.skipped["locked"] = int(held.sum())
    out.units, out.to = units[~held], label[units[~held]]
    out.facts = {"n": int(out.units.size), "grids": list(asked.grids)}
    for at, i in enumerate(plan.levels[0].ids):
        slot, n = int(to[at]), (answer.heads or {}).get(i)
        record = out.grids.get(slot) or desk.grid(slot)
        if (
            n is not None
            and n != record.members
            and not record.locked
            and not out.skipped["locked"]
        ):
            out.grids[slot] = replace(record, members=n)
    if asked.kind == "split":
        out.facts["grid"] = asked.grids[0]
        _share_members(desk, out, number[asked.grids[0]])
    return out


def _share_members(desk: Desk, out: Proposal, slot: int) -> None:
    """Give the parts of a grid its members in equal numbers, the first the odd one."""
    parts = [slot, *out.grids]
    total = desk.grid(slot).members
    base, odd = divmod(total, len(parts))
    out.grids = {
        s: replace(out.grids.get(s) or desk.grid(s), members=base + (i < odd))
        for i, s in enumerate(parts)
    }


def apportioned(desk: Desk) -> Proposal:
    """Hand the members there are out again, by workload."""
    g: Ground = desk.ground
    if g.standards is None or g.heads is None:
        raise refused(
            "there are no head counts to hand out; the batch file has no [staffing].",
            "没有可分配的网格员：批处理文件缺少 [staffing]。",
        )
    plan = desk.plan()
    alive = desk.alive()
    total = int(desk.members[alive].sum())
    load = workload(plan, standards=g.standards, n_members=desk.members[alive])
    holder = plan.levels[1].holder if len(plan.levels) > 1 else None
    heads = apportion(
        load,
        total=total,
        floor=g.floor,
        community=holder,
        community_ids=plan.levels[1].ids if holder is not None else (),
    )
    out = Proposal(kind="apportion")
    for slot, n in zip(alive.tolist(), heads.members.tolist(), strict=True):
        if desk.grid(slot).members != n:
            out.grids[slot] = replace(desk.grid(slot), members=n)
    return out


def proposal_of_labels(
    desk: Desk,
    grids: Sequence[str],
    slots: Sequence[str],
    *,
    kind: str,
    parents: dict[str, str],
    facts: Json,
) -> Proposal:
    """Make a step that gives every unit a grid by its id; ids not known are new grids.

    Parameters
    ----------
    grids
        Id of the grid of every unit; empty for none.
    parents
        Community id of new grids; by default the community of most units.
    """
    g = desk.ground
    number = {i: s for s, i in enumerate(slots)}
    out = Proposal(kind=kind)
    ids, at = np.unique(np.array(grids, dtype=str), return_inverse=True)
    to = np.full(ids.size, -1, dtype=np.int32)
    for k, i in enumerate(ids.tolist()):
        if not i:
            continue
        slot = number.get(i, -1)
        known = desk.grids[slot] if 0 <= slot < len(desk.grids) else None
        if known is None or not known.alive:
            community = -1
            if g.community is not None:
                majority = int(np.bincount(g.of[at == k]).argmax())
                named = parents.get(i)
                community = g.community_ids.index(named) if named in g.community_ids else majority
            if known is not None:
                out.grids[slot] = replace(known, alive=True)
            else:
                slot = len(slots) + sum(s >= len(slots) for s in out.grids)
                out.grids[slot] = Grid(id=i, name=i, community=community)
        to[k] = slot
    label = to[at]
    empty = [
        s for s in desk.alive().tolist() if s not in set(to.tolist()) and desk.draft.n_units[s] > 0
    ]
    for s in empty:
        out.grids[s] = replace(desk.grid(s), alive=False, members=0)
    out.units = np.flatnonzero(label != desk.base).astype(np.int64)
    out.to = label[out.units]
    out.facts = {**facts, "n": int(out.units.size)}
    return out
