"""What does a plan on the table look like now: who is where, and what does each grid hold?

A `Desk` is one state of one scenario, moved along by steps. Only what a step touches is counted anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from gridkit._kernels.live import find_enclosed, number_pieces
from gridkit.editor.ground import PARTS
from gridkit.metrics import measure as whole_measure
from gridkit.metrics.grid import polsby_popper
from gridkit.model.draft import Draft
from gridkit.model.plan import Level, Plan
from gridkit.staffing.workload import parts_workload_min

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.editor.ground import Ground
    from gridkit.editor.history import Grid, Step


class Desk:
    """The plan of a scenario at one step.

    Parameters
    ----------
    ground
        What does not change.
    grids
        Records of the grids of the opened plan.
    """

    def __init__(self, ground: Ground, grids: tuple[Grid, ...]) -> None:
        self.ground = ground
        opened = ground.opened
        self.draft = Draft(Plan(town=ground.measured, levels=opened.levels[:1], layer=opened.layer))
        self.grids: list[Grid | None] = list(grids)
        n, k = ground.n, len(grids)
        self.n_pieces = np.zeros(k, dtype=np.int64)
        self.n_open_pieces = np.zeros(k, dtype=np.int64)
        self.strays: dict[int, IntArray] = {}
        self.holes: dict[int, IntArray] = {}
        self.inside = np.zeros((k, len(ground.community_ids)), dtype=np.int64)
        self._mark = np.zeros(n, dtype=np.int32)
        self._queue = np.zeros(n, dtype=np.int32)
        self._is_whole = all(m.is_whole for m in ground.measured.units.measures.values())
        self.is_alive = np.zeros(k, dtype=bool)
        self.is_free = np.zeros(k, dtype=bool)
        self.community = np.full(k, -1, dtype=np.int64)
        self.members = np.zeros(k, dtype=np.int64)
        for slot, grid in enumerate(grids):
            self._note(slot, grid)
        self.survey(range(k))

    # ------------------------------------------------------------------ asked
    @property
    def base(self) -> LabelArray:
        """Slot of every unit."""
        return self.draft.base

    def grid(self, slot: int) -> Grid:
        """Look a record up; the slot must be there."""
        found = self.grids[slot]
        assert found is not None  # noqa: S101  callers know their slots
        return found

    def alive(self) -> IntArray:
        """Slots of the grids there are."""
        return np.flatnonzero(self.is_alive).astype(np.int64)

    def own(self, slot: int) -> IntArray:
        """Units of a grid."""
        return np.flatnonzero(self.draft.base == slot)

    def parents(self, slots: IntArray) -> IntArray:
        """Community of some grids: the parent, else that of most of the units."""
        own = self.community[slots]
        out: IntArray = np.where(own >= 0, own, self.inside[slots].argmax(axis=1))
        return out

    def total(self, measure: str, slots: IntArray) -> FloatArray:
        """Amount of a measure in some grids."""
        d = self.draft
        if measure == "n_units":
            return d.n_units[slots].astype(np.float64)
        if measure in ("area_km2", "area_m2"):
            return d.area_m2[slots] / (1e6 if measure == "area_km2" else 1.0)
        out: FloatArray = d.totals[slots, self.ground.column[measure]]
        return out

    def workload_min(self, slots: IntArray) -> IntArray:
        """Work of some grids in a month, by the full formula."""
        g = self.ground
        assert g.standards is not None  # noqa: S101  callers look first
        parts = np.column_stack([self.total(p, slots) for p in PARTS])
        return parts_workload_min(parts, standards=g.standards, n_members=self.members[slots])

    def values(self, slots: Iterable[int]) -> dict[str, FloatArray]:
        """Give every measure of some grids; ``nan`` where there is none."""
        at = np.array(list(slots), dtype=np.int64)
        g, out = self.ground, {}
        for measure in g.measures:
            if measure.kind == "sum":
                out[measure.name] = self.total(measure.name, at)
        empty = self.draft.n_units[at] == 0
        area = self.draft.area_m2[at]
        out["compactness"] = polsby_popper(area, np.maximum(self.draft.perimeter_m[at], 0.0))
        out["compactness"][empty] = np.nan
        out["n_pieces"] = self.n_pieces[at].astype(np.float64)
        if "density_per_km2" in {m.name for m in g.measures}:
            out["density_per_km2"] = _share(out["residents"], area / 1e6)
        if g.heads is not None:
            out["members"] = self.members[at].astype(np.float64)
        if g.standards is not None:
            minutes = self.workload_min(at)
            out["workload_h"] = minutes / 60.0
            fte = minutes / g.standards.available_min
            need = np.ceil(np.round(fte / g.target_load, 9))
            out["members_required"] = np.maximum(need, g.floor)
            if g.heads is not None:
                out["load"] = _share(minutes, out["members"] * g.standards.available_min)
        return out

    def whole(self, measure: str, slots: IntArray) -> FloatArray:
        """Give a measure of whole grids, which no sum over units gives, for some grids."""
        new = np.full(len(self.grids) + 1, -1, dtype=np.int32)
        new[slots] = np.arange(slots.size, dtype=np.int32)
        ids = tuple(self.grid(int(s)).id for s in slots)
        level = Level(name="base_grid", ids=ids, holder=new[self.draft.base])
        part = Plan(town=self.ground.town, levels=(level,))
        return np.asarray(whole_measure(part, measure), dtype=np.float64)

    def members_moved(self) -> int:
        """Count the members that a grid has fewer than when the plan was opened."""
        g = self.ground
        was = np.zeros(len(self.grids), dtype=np.int64)
        was[: len(g.opened.levels[0])] = [(g.heads or {}).get(i, 0) for i in g.opened.levels[0].ids]
        return int(np.maximum(was - self.members, 0).sum())

    def plan(self) -> Plan:
        """Make a plan of the present state: the grids there are, in slot order."""
        g, alive = self.ground, self.alive().tolist()
        new = np.full(len(self.grids) + 1, -1, dtype=np.int32)
        new[alive] = np.arange(len(alive), dtype=np.int32)
        records = [self.grid(i) for i in alive]
        first = Level(
            name="base_grid",
            ids=tuple(r.id for r in records),
            holder=new[self.draft.base],
            names=tuple(r.name for r in records),
        )
        levels = [first]
        if g.community is not None:
            holder = np.array([r.community for r in records], dtype=np.int32)
            levels.append(
                Level(
                    name="community_grid",
                    ids=g.community_ids,
                    holder=holder,
                    names=g.community_names,
                )
            )
            levels += g.opened.levels[2:]
        return Plan(town=g.town, levels=tuple(levels), layer=g.opened.layer)

    def hash(self) -> str:
        """Hash what a plan is: ids, names, codes, parents, locks, notes, members, and who is where."""
        h = hashlib.sha256()
        order = sorted(self.alive().tolist(), key=lambda i: self.grid(i).id)
        rank = np.full(len(self.grids) + 1, -1, dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        for i in order:
            r = self.grid(i)
            h.update(
                repr((r.id, r.name, r.code, r.community, r.locked, r.note, r.members)).encode()
            )
        h.update(rank[self.draft.base].tobytes())
        return h.hexdigest()

    # ------------------------------------------------------------------ done
    def make(self, step: Step) -> set[int]:
        """Make a step; give the slots that it touches."""
        return self._move(step.units, step.new, [(s, new) for s, _, new in step.grids], step.old)

    def unmake(self, step: Step) -> set[int]:
        """Take a step back; give the slots that it touches."""
        return self._move(step.units, step.old, [(s, old) for s, old, _ in step.grids], step.new)

    def _move(
        self,
        units: IntArray,
        to: LabelArray,
        records: list[tuple[int, Grid | None]],
        was: LabelArray,
    ) -> set[int]:
        highest = max((s for s, _ in records), default=-1)
        self.make_room(highest + 1)
        for slot, record in records:
            self.grids[slot] = record
            self._note(slot, record)
        if units.size:
            self.draft.put(units, to)
        touched = set(np.unique(np.concatenate([was, to])).tolist()) - {-1}
        return touched | {s for s, _ in records}

    def _note(self, slot: int, grid: Grid | None) -> None:
        """Keep the arrays beside the records."""
        self.is_alive[slot] = there = grid is not None and grid.alive
        self.is_free[slot] = there and grid is not None and grid.id not in self.ground.carved
        self.community[slot] = grid.community if grid is not None else -1
        self.members[slot] = grid.members if grid is not None and there else 0

    def become(self, base: LabelArray, grids: Sequence[Grid | None]) -> None:
        """Take another state over."""
        self.make_room(len(grids))
        for slot in range(len(self.grids)):
            self.grids[slot] = grids[slot] if slot < len(grids) else None
            self._note(slot, self.grids[slot])
        units = np.flatnonzero(self.base != base).astype(np.int64)
        self.draft.put(units, base[units])
        self.survey(range(len(self.grids)))

    def make_room(self, n: int) -> None:
        """Have at least so many slots."""
        more = n - len(self.grids)
        if more <= 0:
            return
        self.draft.add_grids([f"\0{len(self.grids) + i}" for i in range(more)])
        self.grids += [None] * more
        pad = np.zeros(more, dtype=np.int64)
        self.n_pieces = np.concatenate([self.n_pieces, pad])
        self.is_alive = np.concatenate([self.is_alive, pad > 0])
        self.is_free = np.concatenate([self.is_free, pad > 0])
        self.community = np.concatenate([self.community, pad - 1])
        self.members = np.concatenate([self.members, pad])
        self.n_open_pieces = np.concatenate([self.n_open_pieces, pad])
        wide = np.zeros((more, self.inside.shape[1]), dtype=np.int64)
        self.inside = np.concatenate([self.inside, wide])

    def survey(self, slots: Iterable[int]) -> None:
        """Look at the pieces, the enclosed units and the communities of some grids again."""
        g, label = self.ground, self.draft.base
        wanted = list(slots)
        if not self._is_whole:
            self.draft.recount(wanted)
        for slot in wanted:
            own = self.own(slot)
            self.strays.pop(slot, None)
            self.holes.pop(slot, None)
            self.inside[slot] = np.bincount(g.of[own], minlength=self.inside.shape[1])
            if not own.size:
                self.n_pieces[slot] = self.n_open_pieces[slot] = 0
                continue
            self.n_pieces[slot] = n = number_pieces(
                own, g.start, g.neighbor, label, self._mark, self._queue
            )
            if n > 1:
                piece = self._mark[own]
                self.strays[slot] = own[piece != np.argmax(np.bincount(piece))]
            self.n_open_pieces[slot] = n
            if n > 1 and g.has_barriers:
                self.n_open_pieces[slot] = number_pieces(
                    own, g.open_start, g.open_neighbor, label, self._mark, self._queue
                )
            self._mark[own] = 0
            m = find_enclosed(
                slot, own, g.is_edge, g.open_start, g.open_neighbor, label, self._mark, self._queue
            )
            if m:
                self.holes[slot] = np.sort(self._queue[:m]).astype(np.int64)


def _share(above: FloatArray | IntArray, below: FloatArray) -> FloatArray:
    out = np.full(below.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
