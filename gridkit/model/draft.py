"""How is a plan edited, with exact totals and a way back?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._kernels.moves import count_totals, move_units
from gridkit.errors import InputError
from gridkit.model.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, IntArray, LabelArray


class Draft:
    """A plan being edited: units move, totals follow, every step can be undone.

    The only noun that changes. It moves units with the same kernel as the solver, so the two cannot
    disagree about a total. Community grids keep their base grids; a move changes which units a base
    grid holds.

    Parameters
    ----------
    plan
        Where to begin; the plan itself does not change.

    Attributes
    ----------
    base : (n,)
        Base grid of each unit now; -1 for none. A read-only view.
    totals : (k, m)
        Amount of each measure in each base grid, columns as in `measures`; whole numbers exact.
    """

    def __init__(self, plan: Plan) -> None:
        town = plan.town
        self._plan = plan
        self.measures: tuple[str, ...] = tuple(town.units.measures)
        k, m, n = len(plan.levels[0]), len(self.measures), len(town.units)
        columns = [town.units.measures[name].values for name in self.measures]
        self._amount = np.ascontiguousarray(np.column_stack(columns)) if m else np.zeros((n, 0))
        self._label = np.array(plan.base, dtype=np.int32)
        self._grids: tuple[Any, ...] = (
            np.zeros((k, m)), np.zeros(k), np.zeros(k), np.zeros(k, np.int64), np.zeros((k, 0)),
        )  # fmt: skip
        # copies: a loop compiled for arrays one may write to need not be compiled again for frozen ones
        units, graph = town.units, town.graph
        self._arrays = (
            graph.start.astype(np.uint32), graph.neighbor.astype(np.uint32), graph.border_m.copy(), self._amount,
            units.area_m2.copy(), units.perimeter_m.copy(), np.zeros((n, 0)),
        )  # fmt: skip
        self._recount()
        self._done: list[tuple[IntArray, LabelArray, LabelArray]] = []
        self._undone: list[tuple[IntArray, LabelArray, LabelArray]] = []

    @classmethod
    def from_plan(cls, plan: Plan) -> Draft:
        """Begin to edit a plan."""
        return cls(plan)

    # ------------------------------------------------------------------ asked
    @property
    def plan(self) -> Plan:
        """The plan it began with."""
        return self._plan

    @property
    def base(self) -> LabelArray:
        """Base grid of each unit now: (n,), read-only."""
        view = self._label.view()
        view.flags.writeable = False
        return view

    @property
    def totals(self) -> FloatArray:
        """Amount of each measure in each base grid: (k, m), read-only."""
        return _read_only(self._grids[0])

    @property
    def area_m2(self) -> FloatArray:
        """Area of each base grid: (k,), m²."""
        return _read_only(self._grids[1])

    @property
    def perimeter_m(self) -> FloatArray:
        """Perimeter of each base grid: (k,), m, holes included."""
        return _read_only(self._grids[2])

    @property
    def n_units(self) -> IntArray:
        """Units of each base grid: (k,)."""
        view: IntArray = self._grids[3].view()
        view.flags.writeable = False
        return view

    def total(self, measure: str) -> FloatArray:
        """Give the amount of one measure in each base grid.

        Parameters
        ----------
        measure
            Name of a measure of the town, or ``"area_m2"``.

        Returns
        -------
        (k,)
            In the unit of the measure; read-only.
        """
        if measure == "area_m2":
            return self.area_m2
        self._plan.town.units.measure(measure)
        out: FloatArray = self.totals[:, self.measures.index(measure)]
        return out

    @property
    def changed(self) -> IntArray:
        """Positions of the units that are in another grid than in the plan it began with."""
        return np.flatnonzero(self._label != self._plan.base).astype(np.int64)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to make again."""
        return bool(self._undone)

    # ------------------------------------------------------------------ done
    def move(self, units: int | Sequence[int] | IntArray, to: int) -> IntArray:
        """Put units into a base grid; one step of undo.

        Parameters
        ----------
        units
            Positions of units.
        to
            Position of the base grid; -1 takes the units out of every grid.

        Returns
        -------
        (c,)
            Positions of the base grids whose totals changed, in rising order.

        Raises
        ------
        InputError
            If a unit or the grid is not there.
        """
        own = np.unique(np.atleast_1d(np.asarray(units, dtype=np.int64)))
        n, k = self._label.size, len(self._plan.levels[0])
        if own.size and (own[0] < 0 or own[-1] >= n):
            wrong = int(own[0] if own[0] < 0 else own[-1])
            msg = f"there is no unit at position {wrong}; positions run from 0 to {n - 1}."
            raise InputError(msg)
        if not -1 <= to < k:
            msg = f"there is no base grid at position {to}; positions run from 0 to {k - 1}, -1 is none."
            raise InputError(msg)
        return self.assign(own, np.full(own.size, to, dtype=np.int32))

    def assign(self, units: IntArray, to: LabelArray) -> IntArray:
        """Put each of several units into a base grid of its own; one step of undo.

        Parameters
        ----------
        units : (m,)
            Positions of units, each once.
        to : (m,)
            Position of a base grid for each; -1 for none.

        Returns
        -------
        (c,)
            Positions of the base grids whose totals changed, in rising order.
        """
        own = np.asarray(units, dtype=np.int64)
        new = np.asarray(to, dtype=np.int32)
        differ = self._label[own] != new
        own, new = own[differ], new[differ]
        if not own.size:
            return np.zeros(0, dtype=np.int64)
        old = self._label[own].copy()
        self._apply(own, new)
        self._done.append((own, old, new))
        self._undone.clear()
        return _touched(old, new)

    def put(self, units: IntArray, to: LabelArray) -> None:
        """Move units as `assign` does, for a caller that keeps a history of its own.

        Parameters
        ----------
        units : (m,)
            Positions of units, each once.
        to : (m,)
            Positions of base grids; -1 for none.
        """
        self._apply(np.asarray(units, dtype=np.int64), np.asarray(to, dtype=np.int32))
        self._done.clear()
        self._undone.clear()

    def add_grids(self, ids: Sequence[str], *, parents: Sequence[int] = ()) -> None:
        """Append empty base grids to the plan that is edited; no step of undo.

        Parameters
        ----------
        ids
            Ids, not known yet.
        parents
            Position of the community grid of each; by default none.
        """
        first, above = self._plan.levels[0], list(self._plan.levels[1:])
        levels = [replace(first, ids=(*first.ids, *ids), names=(*first.names, *ids))]
        if above:
            more = np.asarray(parents or [-1] * len(ids), dtype=np.int32)
            above[0] = replace(above[0], holder=np.concatenate([above[0].holder, more]))
        self._plan = replace(self._plan, levels=(*levels, *above))
        self._grids = tuple(
            np.concatenate([old, np.zeros((len(ids), *old.shape[1:]), dtype=old.dtype)])
            for old in self._grids
        )

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        if not self._done:
            return False
        own, old, new = self._done.pop()
        self._apply(own[::-1], old[::-1])
        self._undone.append((own, old, new))
        return True

    def redo(self) -> bool:
        """Make the last undone step again; False when there is none."""
        if not self._undone:
            return False
        own, old, new = self._undone.pop()
        self._apply(own, new)
        self._done.append((own, old, new))
        return True

    def recount(self, grids: Sequence[int]) -> None:
        """Add amounts and areas of some grids up afresh, where moves of decimals have left a rounding."""
        for g in grids:
            own = np.flatnonzero(self._label == g)
            self._grids[0][g] = self._amount[own].sum(axis=0)
            self._grids[1][g] = self._plan.town.units.area_m2[own].sum()

    def freeze(self) -> Plan:
        """Make a plan of the present state; sums of decimals are recounted.

        Returns
        -------
        Plan
            Frozen; the draft can be moved on.
        """
        self._recount()
        first = replace(self._plan.levels[0], holder=self._label.copy())
        return replace(self._plan, levels=(first, *self._plan.levels[1:]))

    def _apply(self, units: IntArray, to: LabelArray) -> None:
        move_units(
            np.ascontiguousarray(units), np.ascontiguousarray(to), *self._arrays, self._label,
            *self._grids,
        )  # fmt: skip

    def _recount(self) -> None:
        count_totals(*self._arrays, self._label, *self._grids)

    def __repr__(self) -> str:
        """Say how much differs from the plan it began with."""
        return f"<Draft of {self._plan.town.name}: {self.changed.size:,} units moved, {len(self._done)} steps>"


def _touched(old: LabelArray, new: LabelArray) -> IntArray:
    both = np.unique(np.concatenate([old, new]))
    return both[both >= 0].astype(np.int64)


def _read_only(array: FloatArray) -> FloatArray:
    view = array.view()
    view.flags.writeable = False
    return view
