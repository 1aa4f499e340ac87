"""How much work does each grid have in a month, and how many members get it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import InputError, SchemaError
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray, IntArray, LabelArray

_PARTS = ("visit_min", "walk_min", "report_min", "support_min", "fixed_min")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workload:
    """Work of every grid in one month, always with its split: the split is the explanation.

    Parameters
    ----------
    grid_ids
        Text ids, in plan order.
    visit_min, walk_min, report_min, support_min, fixed_min : (k,), whole minutes per month
        On site (paperwork and re-visits included); walking between stops; reported matters;
        support work that everybody does; duties that every grid has whatever its size.
    visits_per_month, n_objects : (k,)
        Visits, and objects that the standards know.
    available_min
        Minutes that one member can work in a month.
    level
        Which level of grids.
    class_visit_min
        On-site minutes by object class: ``{class: (k,)}``.
    posts : (k,), members
        Members that posts which must always be manned need; 0 for none.
    """

    grid_ids: tuple[str, ...]
    visit_min: IntArray
    walk_min: IntArray
    report_min: IntArray
    support_min: IntArray
    fixed_min: IntArray
    visits_per_month: FloatArray
    n_objects: FloatArray
    available_min: int
    level: str = "base_grid"
    class_visit_min: Mapping[str, FloatArray] = field(default_factory=dict)
    posts: IntArray | None = None

    def __post_init__(self) -> None:
        check_ids(self.grid_ids, name=f"{self.level}s")
        k = len(self.grid_ids)
        if self.available_min <= 0:
            msg = f"`available_min` is {self.available_min}; a member needs some working time in a month."
            raise InputError(msg)
        for name in _PARTS:
            values = np.asarray(getattr(self, name), dtype=np.int64)
            if values.shape != (k,) or (values < 0).any():
                msg = f"`{name}` of the workload needs {k} amounts that are not negative; got {values.size}, the smallest {values.min(initial=0)}."
                raise SchemaError(msg)
            object.__setattr__(self, name, frozen(values))
        posts = np.zeros(k, np.int64) if self.posts is None else np.asarray(self.posts, np.int64)
        object.__setattr__(self, "posts", frozen(posts))
        object.__setattr__(self, "class_visit_min", MappingProxyType(dict(self.class_visit_min)))

    @property
    def total_min(self) -> IntArray:
        """All work: (k,), whole minutes per month."""
        total: IntArray = sum((getattr(self, p) for p in _PARTS), np.zeros(len(self), np.int64))
        return total

    @property
    def workload_h(self) -> FloatArray:
        """All work: (k,), hours per month."""
        return self.total_min / 60.0

    @property
    def fte(self) -> FloatArray:
        """Full-time members that the work would fill: (k,)."""
        return self.total_min / float(self.available_min)

    def required_members(
        self, *, floor: int | LabelArray = 2, target_load: float = 0.9
    ) -> LabelArray:
        """Members that each grid needs: ``max(floor, posts, ceil(fte / target_load))``.

        Parameters
        ----------
        floor
            Fewest members of a grid; one number, or one for each grid.
        target_load
            Share of the available time that may be filled (0.85 to 1.0 is usual).

        Raises
        ------
        InputError
            If the target load is not in (0, 1.5].
        """
        if not 0 < target_load <= 1.5:
            msg = f"`target_load` is {target_load:g}; it is the filled share of a member's time, so more than 0 and at most 1.5."
            raise InputError(msg)
        # Whole numbers of minutes, so 2.0000000001 members are not rounded up to 3.
        share = np.ceil(np.round(self.fte / target_load, 9))
        posts = np.zeros(len(self), np.int64) if self.posts is None else self.posts
        return np.maximum(np.maximum(share, posts), floor).astype(np.int32)

    def to_frame(self, *, floor: int = 2, target_load: float = 0.9) -> pd.DataFrame:
        """Give ``workload.csv``: one row for each grid.

        Columns ``{level}_id, n_objects, visits_per_month, visit_h, walk_h, report_h, support_h,
        fixed_h, workload_h, fte, required_members``; hours are per month.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        columns: dict[str, Any] = {
            f"{self.level}_id": list(self.grid_ids),
            "n_objects": np.round(self.n_objects, 2),
            "visits_per_month": np.round(self.visits_per_month, 2),
        }
        for part in _PARTS:
            columns[part.replace("_min", "_h")] = np.round(getattr(self, part) / 60.0, 2)
        columns["workload_h"] = np.round(self.workload_h, 2)
        columns["fte"] = np.round(self.fte, 3)
        columns["required_members"] = self.required_members(floor=floor, target_load=target_load)
        return pd.DataFrame(columns)

    def __len__(self) -> int:
        """Count the grids."""
        return len(self.grid_ids)

    def __repr__(self) -> str:
        """Say the whole and its split."""
        total = max(int(self.total_min.sum()), 1)
        parts = ", ".join(
            f"{p.removesuffix('_min')} {getattr(self, p).sum() / total:.0%}" for p in _PARTS
        )
        return f"<Workload: {len(self)} grids, {total / 60:,.0f} h a month = {self.fte.sum():.1f} full-time members ({parts})>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadCounts:
    """How many members each grid gets of a fixed total.

    Parameters
    ----------
    grid_ids
        Text ids, in plan order.
    workload_min : (k,), whole minutes per month
        Work of each grid.
    members : (k,)
        Members of each grid.
    available_min
        Minutes that one member can work in a month.
    rule
        ``"min_max_load"`` or ``"least_variance"``.
    floor : (k,)
        Fewest members of each grid.
    order
        Positions of the grids in the order in which members above the floors were handed out.
    next_order
        Positions of the grids that the next members would go to, the first one first.
    cap : (k,)
        Most members of each grid.
    level
        Which level of grids.
    """

    grid_ids: tuple[str, ...]
    workload_min: IntArray
    members: LabelArray
    available_min: int
    rule: str
    floor: LabelArray
    order: LabelArray
    next_order: LabelArray
    cap: LabelArray
    level: str = "base_grid"

    def __post_init__(self) -> None:
        for name in ("workload_min", "members", "floor", "order", "next_order", "cap"):
            kind = np.int64 if name == "workload_min" else np.int32
            object.__setattr__(self, name, frozen(np.asarray(getattr(self, name), dtype=kind)))

    @property
    def total(self) -> int:
        """All members that were handed out."""
        return int(self.members.sum())

    @property
    def load(self) -> FloatArray:
        """Work over available time, in each grid: (k,); 1 is full, ``inf`` is work without members."""
        out = np.where(self.workload_min > 0, np.inf, 0.0)
        time = self.members * float(self.available_min)
        np.divide(self.workload_min, time, out=out, where=time > 0)
        return out

    @property
    def worst_load(self) -> float:
        """The largest load of any grid."""
        return float(self.load.max(initial=0.0))

    def to_frame(self) -> pd.DataFrame:
        """Give ``headcount.csv``: one row for each grid.

        Columns ``{level}_id, workload_h, members, load, load_with_one_more, next_member_rank``.
        `load` is work over available time; `next_member_rank` is 1 for the grid that gets the next
        member, 2 for the one after (empty when it is far down the list).
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rank = np.zeros(len(self), dtype=np.int64)
        for place, grid in reversed(list(enumerate(self.next_order.tolist(), start=1))):
            rank[grid] = place
        with_one = self.workload_min / ((self.members + 1.0) * self.available_min)
        return pd.DataFrame(
            {
                f"{self.level}_id": list(self.grid_ids),
                "workload_h": np.round(self.workload_min / 60.0, 2),
                "members": self.members,
                "load": np.round(self.load, 4),
                "load_with_one_more": np.round(with_one, 4),
                "next_member_rank": pd.array(rank.tolist(), dtype="Int64").copy(),
            }
        ).assign(next_member_rank=lambda f: f["next_member_rank"].mask(f["next_member_rank"] == 0))

    def __len__(self) -> int:
        """Count the grids."""
        return len(self.grid_ids)

    def __repr__(self) -> str:
        """Say how many members, and the worst load."""
        worst = int(np.argmax(self.load)) if len(self) else -1
        where = (
            f", worst load {self.worst_load:.2f} in {self.grid_ids[worst]}" if worst >= 0 else ""
        )
        return f"<HeadCounts: {self.total} members in {len(self)} grids{where}>"
