"""Who serves which grid, at what cost, and where is somebody missing?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.members import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """A grid that lacks members, or a holder of a skill.

    Parameters
    ----------
    base_grid_id
        Where.
    what
        ``"members"``, or the skill that is missing.
    missing
        How many.
    nearest_member_id
        Who could come at the least extra cost; empty when nobody can.
    nearest_m : metres
        Their straight-line distance times detour; ``nan`` when not known.
    extra_min : minutes
        What it would cost if they came: their own change and that of the grid they leave.
    leaves_short
        Grid that would be left short if they came; empty when none.
    text
        The same in one sentence.
    """

    base_grid_id: str
    what: str
    missing: int
    nearest_member_id: str = ""
    nearest_m: float = float("nan")
    extra_min: float = float("nan")
    leaves_short: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Where each member could go and what that would cost: one entry for each possible pair.

    Parameters
    ----------
    member, grid : (a,)
        Positions; sorted by member, then grid.
    commute_min : (a,), minutes
        One way between home and grid.
    keep_min : (a,), minutes
        What staying in the grid (or in the community) is worth; taken off.
    extra_min : (a,), minutes
        Other costs of the pair, such as a refusal.
    """

    member: LabelArray
    grid: LabelArray
    commute_min: FloatArray
    keep_min: FloatArray
    extra_min: FloatArray

    @property
    def cost_min(self) -> FloatArray:
        """Whole cost of each pair: (a,), in hundredths of a minute exactly."""
        return np.rint((self.commute_min - self.keep_min + self.extra_min) * 100.0) / 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roster:
    """Who serves which grid.

    Parameters
    ----------
    members
        The people.
    grid_ids
        Ids of the grids, in plan order.
    need : (k,)
        Members that each grid should have.
    requires
        Holders of a skill that each grid should have: ``{skill: (k,)}``.
    grid : (m,)
        Position of the grid of each member; -1 for the reserve.
    current : (m,)
        Position of the grid where each works today; -1 for none.
    minutes : (m,)
        One-way minutes between home and grid; ``nan`` where the home is not known.
    roles
        ``"leader"``, ``"member"`` or ``"reserve"``.
    shortages
        What is missing, largest first.
    cost_min : minutes
        Cost of this roster: commutes less what staying is worth, plus shortages at their price.
    bound_min : minutes
        No roster costs less than this.
    skill_prices : minutes
        What one more holder of a skill would be worth in a grid: ``{skill: (k,)}``.
    candidates
        The pairs that were looked at, for explanations.
    head_price_min, skill_price_min : minutes
        What a missing member and a missing skill cost.
    held : (m, s)
        Who counts as holder of each skill of `requires`, in that order (a leader also needs the years).
    is_exact
        Whether the cost equals the bound.
    level
        Which grids are served: ``"base_grid"``.
    """

    members: Members
    grid_ids: tuple[str, ...]
    need: LabelArray
    requires: Mapping[str, LabelArray]
    grid: LabelArray
    current: LabelArray
    minutes: FloatArray
    roles: tuple[str, ...]
    shortages: tuple[Shortage, ...]
    cost_min: float
    bound_min: float
    skill_prices: Mapping[str, FloatArray] = field(default_factory=dict)
    candidates: Candidates
    head_price_min: float
    skill_price_min: float
    held: BoolArray | None = None
    is_exact: bool = False
    level: str = "base_grid"

    def __post_init__(self) -> None:
        for name in ("grid", "current", "minutes", "need"):
            object.__setattr__(self, name, frozen(np.asarray(getattr(self, name))))
        object.__setattr__(self, "requires", MappingProxyType(dict(self.requires)))
        object.__setattr__(self, "skill_prices", MappingProxyType(dict(self.skill_prices)))

    @property
    def holders(self) -> BoolArray:
        """Who counts as holder of each skill of `requires`: (m, s)."""
        if self.held is None:
            return np.zeros((len(self.members), len(self.requires)), dtype=bool)
        return self.held

    @property
    def gap_min(self) -> float:
        """Minutes per member by which the cost may be above the best possible."""
        return max(self.cost_min - self.bound_min, 0.0) / max(len(self.members), 1)

    @property
    def kept(self) -> BoolArray:
        """Who stays in their grid: (m,), true or false."""
        same: BoolArray = (self.grid == self.current) & (self.grid >= 0)
        return same

    @property
    def n_members(self) -> IntArray:
        """Members of each grid: (k,)."""
        return np.bincount(self.grid[self.grid >= 0], minlength=len(self.grid_ids)).astype(np.int64)

    def skills_used(self, position: int) -> tuple[str, ...]:
        """Skills of a member that their grid asks for."""
        at = int(self.grid[position])
        if at < 0:
            return ()
        return tuple(
            s
            for s in self.members[position].skills
            if s in self.requires and self.requires[s][at] > 0
        )

    def to_frame(self) -> pd.DataFrame:
        """Give ``roster.csv``: one row for each member, pseudonyms only.

        Columns ``member_id, base_grid_id, role, minutes, kept, skills_used``: `minutes` is one way
        between home and grid (empty where the home is not known), `kept` says whether the member stays
        in the grid of today, `skills_used` are the member's skills that the grid asks for
        (``"fire;lead"``). A member of the reserve has no grid.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        return pd.DataFrame(
            {
                "member_id": list(self.members.ids),
                f"{self.level}_id": [self.grid_ids[g] if g >= 0 else "" for g in self.grid],
                "role": list(self.roles),
                "minutes": np.round(self.minutes, 1),
                "kept": self.kept,
                "skills_used": [";".join(self.skills_used(i)) for i in range(len(self.members))],
            }
        )

    @property
    def shortfalls(self) -> pd.DataFrame:
        """Give ``shortfalls.csv``: one row for each lack, no row when nothing is missing.

        Columns ``base_grid_id, what, missing, nearest_member_id, nearest_m, extra_min, leaves_short,
        text``: `what` is ``members`` or a skill; the nearest candidate is the one whose coming costs
        least (`extra_min`), `leaves_short` the grid that would then lack what they bring.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [
            (
                s.base_grid_id,
                s.what,
                s.missing,
                s.nearest_member_id,
                round(s.nearest_m, 0),
                round(s.extra_min, 1),
                s.leaves_short,
                s.text,
            )
            for s in self.shortages
        ]
        columns = [
            f"{self.level}_id",
            "what",
            "missing",
            "nearest_member_id",
            "nearest_m",
            "extra_min",
            "leaves_short",
            "text",
        ]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Say who moves, how far people go, and what is missing."""
        placed = self.grid >= 0
        known = placed & np.isfinite(self.minutes)
        mean = f", mean commute {self.minutes[known].mean():.1f} min" if known.any() else ""
        missing = sum(s.missing for s in self.shortages)
        short = f", {missing} missing" if missing else ", nothing missing"
        return (
            f"<Roster: {int(placed.sum())} of {len(self.members)} members in {len(self.grid_ids)} grids, "
            f"{int(self.kept.sum())} stay{mean}{short}, at most {self.gap_min:.2f} min per member above the best>"
        )
