"""What does a wish of the page come to: which units move where, and which records change?

Each function takes a desk and a wish and gives a `Proposal`; nothing is changed here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor.history import Grid
from gridkit.editor.refusal import bad, refused, unknown
from gridkit.editor.words import grid_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridkit._typing import IntArray, Json, LabelArray
    from gridkit.editor.desk import Desk

MAX_TEXT = 2000
MAX_NAME = 100


@dataclass(slots=True, kw_only=True)
class Proposal:
    """A step that could be made.

    Parameters
    ----------
    kind, facts
        For its sentence.
    units, to
        Units that move and their new slots.
    grids
        New records by slot.
    skipped
        Units left where they are, by reason.
    new
        Slot of a new grid.
    """

    kind: str
    facts: Json = field(default_factory=dict)
    units: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    to: LabelArray = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    grids: dict[int, Grid] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=lambda: {"locked": 0, "source": 0})
    new: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An operation as the page sent it, with its checks.

    Parameters
    ----------
    desk
        The state it is about.
    op
        The fields.
    slots
        Ids of all grids there ever were.
    """

    desk: Desk
    op: Json
    slots: Sequence[str]

    def units(self, key: str = "units") -> IntArray:
        """Read a list of units.

        Raises
        ------
        Refusal
            If it is not a list of positions.
        """
        given = self.op.get(key)
        n = self.desk.ground.n
        if not isinstance(given, list) or not all(type(u) is int and 0 <= u < n for u in given):
            raise bad(
                f"`{key}` must be a list of units, numbers from 0 to {n - 1}.",
                f"`{key}` 应为单元编号列表（0 至 {n - 1}）。",
            )
        return np.unique(np.array(given, dtype=np.int64))

    def slot(self, key: str = "grid", *, none: bool = False) -> int:
        """Read a grid that is there (or -1)."""
        return self._known(self.op.get(key), none=none)

    def slots_of(self, key: str = "grids", *, least: int = 1) -> list[int]:
        """Read a list of grids that are there."""
        given = self.op.get(key)
        if not isinstance(given, list) or len(given) < least:
            raise bad(
                f"`{key}` must be a list of at least {least} grids.",
                f"`{key}` 应为至少 {least} 个网格的列表。",
            )
        return list(dict.fromkeys(self._known(g) for g in given))

    def text(self, key: str, *, most: int = MAX_TEXT, empty: bool = True) -> str:
        """Read a text."""
        given = self.op.get(key)
        if not isinstance(given, str) or len(given) > most or (not empty and not given.strip()):
            raise bad(
                f"`{key}` must be a text of at most {most} characters.",
                f"`{key}` 应为不超过 {most} 个字符的文字。",
            )
        return given if most == MAX_TEXT else given.strip()

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        """Read a whole number."""
        given = self.op.get(key, default)
        if type(given) is not int or not low <= given <= high:
            raise bad(
                f"`{key}` must be a whole number from {low} to {high}.",
                f"`{key}` 应为 {low} 至 {high} 的整数。",
            )
        return given

    def community(self) -> int:
        """Read a community."""
        return self.whole("community", low=0, high=len(self.desk.ground.community_ids) - 1)

    def sources(self) -> set[int] | None:
        """Read the source filter: None for all."""
        given = self.op.get("source")
        if given is None:
            return None
        many = given if isinstance(given, list) else [given]
        return {self._known(g, none=True) for g in many}

    def _known(self, given: Any, *, none: bool = False) -> int:
        if type(given) is int and none and given == -1:
            return -1
        grids = self.desk.grids
        if type(given) is int and 0 <= given < len(grids):
            found = grids[given]
            if found is not None and found.alive:
                return given
        raise unknown(f"there is no grid {given!r}.", f"没有网格 {given!r}。")

    def movable(self, units: IntArray, out: Proposal) -> IntArray:
        """Leave out units in locked grids and outside the source."""
        label = self.desk.base[units]
        sources = self.sources()
        keep = np.ones(units.size, dtype=bool)
        if sources is not None:
            keep = np.isin(label, list(sources))
            out.skipped["source"] = int((~keep).sum())
        locked = _locked(self.desk)
        held = keep & (label >= 0) & locked[label]
        out.skipped["locked"] = int(held.sum())
        out_units: IntArray = units[keep & ~held]
        return out_units

    def name(self, slot: int) -> str:
        """Name a grid."""
        return grid_name(self.desk, slot)


def propose(desk: Desk, op: Json, slots: Sequence[str]) -> Proposal:
    """Work out what an operation would do.

    Raises
    ------
    Refusal
        If it cannot be done, with the reason.
    """
    kind = op.get("kind")
    verb = _VERBS.get(kind) if isinstance(kind, str) else None
    if verb is None:
        raise bad(f"there is no operation {kind!r}.", f"没有操作 {kind!r}。")
    return verb(Wish(desk=desk, op=op, slots=slots))


def _locked(desk: Desk) -> Any:
    return np.array([g is not None and g.locked for g in desk.grids] or [False], dtype=bool)


def _refuse_locked(wish: Wish, slots: Sequence[int]) -> None:
    held = [s for s in slots if wish.desk.grid(s).locked]
    if held:
        names = ", ".join(wish.name(s) for s in held[:3])
        raise refused(f"{names} is locked; unlock it first.", f"{names} 已锁定，请先解锁。")


def _assign(wish: Wish) -> Proposal:
    to = wish.slot("to", none=True)
    if to >= 0:
        _refuse_locked(wish, [to])
    out = Proposal(kind="assign" if to >= 0 else "erase")
    units = wish.movable(wish.units(), out)
    units = units[wish.desk.base[units] != to]
    out.units, out.to = units, np.full(units.size, to, dtype=np.int32)
    out.facts = {"n": int(units.size), "to": wish.name(to) if to >= 0 else ""}
    return out


def _new_grid(wish: Wish) -> Proposal:
    desk = wish.desk
    out = Proposal(kind="new_grid")
    units = wish.movable(wish.units(), out)
    if "community" in wish.op or not units.size:
        community = wish.community() if desk.ground.community is not None else -1
    else:
        community = int(np.bincount(desk.ground.of[units]).argmax())
    community = community if desk.ground.community is not None else -1
    given = wish.op.get("id")
    taken = set(wish.slots)
    if given is not None:
        name = wish.text("id", most=MAX_NAME, empty=False)
        if name in taken:
            raise refused(
                f"the id '{name}' was used before; ids are never used twice.",
                f"编号“{name}”已使用过，编号不重复使用。",
            )
    else:
        name = free_id(desk, community, taken)
    readable = wish.text("name", most=MAX_NAME) if "name" in wish.op else ""
    slot = len(wish.slots)
    out.grids = {slot: Grid(id=name, name=readable or name, community=community)}
    out.units, out.to = units, np.full(units.size, slot, dtype=np.int32)
    out.facts = {"grid": name, "n": int(units.size)}
    out.new = slot
    return out


def free_id(desk: Desk, community: int, taken: set[str]) -> str:
    """Number a new grid after the known ones of its community; an id is never used twice."""
    g = desk.ground
    head = f"{g.community_ids[community]}-" if community >= 0 else "G"
    n = 1 + sum(i.startswith(head) for i in taken)
    while f"{head}{n:02d}" in taken:
        n += 1
    return f"{head}{n:02d}"


def _merge(wish: Wish) -> Proposal:
    slots = wish.slots_of(least=2)
    if len(slots) < 2:
        raise bad("name two different grids to unite.", "请选择两个不同的网格合并。")
    _refuse_locked(wish, slots)
    desk = wish.desk
    if len({desk.grid(s).community for s in slots}) > 1:
        raise refused(
            "the grids lie in different communities; a base grid has one parent. Move one first.",
            "这些网格分属不同社区；一个基础网格只能有一个上级。请先改变归属。",
        )
    keep, rest = slots[0], slots[1:]
    units = np.flatnonzero(np.isin(desk.base, rest)).astype(np.int64)
    members = sum(desk.grid(s).members for s in slots)
    out = Proposal(kind="merge")
    out.units, out.to = units, np.full(units.size, keep, dtype=np.int32)
    out.grids = {keep: replace(desk.grid(keep), members=members)}
    out.grids |= {s: replace(desk.grid(s), alive=False, members=0) for s in rest}
    out.facts = {"grids": [wish.name(s) for s in slots], "grid": wish.name(keep)}
    return out


def _remove(wish: Wish) -> Proposal:
    slot = wish.slot()
    _refuse_locked(wish, [slot])
    units = wish.desk.own(slot).astype(np.int64)
    return Proposal(
        kind="remove",
        units=units,
        to=np.full(units.size, -1, dtype=np.int32),
        grids={slot: replace(wish.desk.grid(slot), alive=False, members=0)},
        facts={"grid": wish.name(slot)},
    )


def _revert(wish: Wish) -> Proposal:
    desk = wish.desk
    slots = wish.slots_of()
    out = Proposal(kind="revert", facts={"grids": [wish.name(s) for s in slots]})
    home = desk.ground.home
    units = np.flatnonzero(np.isin(home, slots) & (desk.base != home)).astype(np.int64)
    locked = _locked(desk)
    label = desk.base[units]
    held = ((label >= 0) & locked[label]) | locked[home[units]]
    out.skipped["locked"] = int(held.sum())
    out.units = units[~held]
    out.to = home[out.units].astype(np.int32)
    return out


def _set(
    name: str, read: Callable[[Wish], Any], facts: Callable[[Wish, Any], Json]
) -> Callable[[Wish], Proposal]:
    """Make the verb that changes one field of one record."""

    def verb(wish: Wish) -> Proposal:
        slot, value = wish.slot(), read(wish)
        grid = replace(wish.desk.grid(slot), **{name: value})
        out = Proposal(kind=wish.op["kind"], facts={"grid": wish.name(slot), **facts(wish, value)})
        if grid != wish.desk.grid(slot):
            out.grids = {slot: grid}
        return out

    return verb


def _read_code(wish: Wish) -> str:
    code = wish.text("code", most=MAX_NAME)
    slot = wish.slot()
    for s in wish.desk.alive().tolist():
        if s != slot and code and wish.desk.grid(s).code == code:
            raise refused(
                f"grid {wish.name(s)} has the code '{code}' already.",
                f"网格 {wish.name(s)} 已使用编码“{code}”。",
            )
    return code


def _read_parent(wish: Wish) -> int:
    if wish.desk.ground.community is None:
        raise refused("this town has no communities.", "本镇没有社区。")
    return wish.community()


def _lock(*, locked: bool, everything: bool) -> Callable[[Wish], Proposal]:
    def verb(wish: Wish) -> Proposal:
        desk = wish.desk
        slots = desk.alive().tolist() if everything else wish.slots_of()
        out = Proposal(kind=wish.op["kind"])
        out.facts = {} if everything else {"grids": [wish.name(s) for s in slots]}
        out.grids = {
            s: replace(desk.grid(s), locked=locked) for s in slots if desk.grid(s).locked != locked
        }
        return out

    return verb


_VERBS: dict[str, Callable[[Wish], Proposal]] = {
    "assign": _assign,
    "new_grid": _new_grid,
    "merge": _merge,
    "remove": _remove,
    "revert": _revert,
    "rename": _set(
        "name", lambda w: w.text("name", most=MAX_NAME, empty=False), lambda _, v: {"name": v}
    ),
    "code": _set("code", _read_code, lambda _, v: {"code": v}),
    "note": _set("note", lambda w: w.text("text"), lambda _, __: {}),
    "members": _set(
        "members", lambda w: w.whole("members", low=0, high=100_000), lambda _, v: {"members": v}
    ),
    "move_grid": _set(
        "community",
        _read_parent,
        lambda w, v: {"community": w.desk.ground.community_names[v]},
    ),
    "lock": _lock(locked=True, everything=False),
    "unlock": _lock(locked=False, everything=False),
    "lock_all": _lock(locked=True, everything=True),
    "unlock_all": _lock(locked=False, everything=True),
}
