"""Which residents who offered become contacts, and which households have none near?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.geo.points import locate
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray, LabelArray
    from gridkit.model.members import Members
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """Volunteer contacts of a town, one for each ten households or stairwell.

    Parameters
    ----------
    unit_ids
        Ids of the units.
    needed, chosen : (n,)
        Contacts that each unit needs and has (own residents, or neighbours lent to it).
    households : (n,)
        Households of each unit.
    contact_ids
        Residents who were chosen.
    unit : (c,)
        Unit that each of them looks after.
    away_m : (c,), metres
        From their home to that unit's point; 0 in their own unit.
    per_households
        Households that one contact looks after.
    unused_ids
        Residents who offered and are not needed.
    outside_ids
        Residents who offered and live in no unit.
    """

    unit_ids: tuple[str, ...]
    needed: LabelArray
    chosen: LabelArray
    households: FloatArray
    contact_ids: tuple[str, ...]
    unit: LabelArray
    away_m: FloatArray
    per_households: int
    unused_ids: tuple[str, ...] = ()
    outside_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("needed", "chosen", "households", "unit", "away_m"):
            object.__setattr__(self, name, frozen(np.asarray(getattr(self, name))))

    @property
    def coverage(self) -> FloatArray:
        """Share of the contacts needed that each unit has: (n,); 1 where none is needed. For the map."""
        share = np.ones(self.needed.size)
        np.divide(self.chosen, self.needed, out=share, where=self.needed > 0)
        return np.minimum(share, 1.0)

    @property
    def n_households_without(self) -> float:
        """Households that no contact looks after."""
        return float((self.households * (1.0 - self.coverage)).sum())

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each contact: ``contact_id, unit_id, away_m``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        return pd.DataFrame(
            {
                "contact_id": list(self.contact_ids),
                "unit_id": [self.unit_ids[u] for u in self.unit],
                "away_m": np.round(self.away_m, 0),
            }
        )

    def coverage_frame(self) -> pd.DataFrame:
        """Give one row for each unit: ``unit_id, households, contacts_needed, contacts, coverage``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        return pd.DataFrame(
            {
                "unit_id": list(self.unit_ids),
                "households": self.households,
                "contacts_needed": self.needed,
                "contacts": self.chosen,
                "coverage": np.round(self.coverage, 4),
            }
        )

    def __repr__(self) -> str:
        """Say how many are needed, chosen, and how many households go without."""
        total = max(float(self.households.sum()), 1e-12)
        return (
            f"<Contacts: {len(self.contact_ids)} chosen of {int(self.needed.sum())} needed, "
            f"{self.n_households_without:,.0f} of {total:,.0f} households without one>"
        )


def find_contacts(
    town: Town,
    offered: Members,
    *,
    households: str = "households",
    stairwells: str = "",
    per_households: int = 10,
    max_m: float = 150.0,
) -> Contacts:
    """Choose contacts among residents who offered: one for each ten households, one for each stairwell.

    Every unit first takes its own residents, those that lie farthest apart; a resident who is not
    needed at home may serve a neighbouring unit that lacks one, the nearest first.

    Parameters
    ----------
    town
        With a measure of households.
    offered
        Residents who offered, with homes.
    households
        Measure of households.
    stairwells
        Measure of stairwells, if the town counts them.
    per_households
        Households that one contact looks after.
    max_m : metres
        Farthest point of a unit that somebody from outside it may serve.

    Returns
    -------
    Contacts
        With a `coverage` for each unit, and the households that go without.

    Raises
    ------
    InputError
        If `per_households` or `max_m` cannot be.
    SchemaError
        If the town has no such measure.

    References
    ----------
    "One for ten households, one for each stairwell" is the rule that Wuzhen published (2016).
    """
    if per_households < 1 or max_m < 0:
        msg = f"`per_households` is {per_households} and `max_m` {max_m:g}; expected at least 1 household, and metres not negative."
        raise InputError(msg)
    units = town.units
    homes = units.measure(households).values
    need = np.ceil(np.round(homes / per_households, 9)).astype(np.int64)
    if stairwells:
        need = np.maximum(need, np.ceil(units.measure(stairwells).values).astype(np.int64))
    at = locate(offered.home_xy, units.shapes)
    serves = np.full(len(offered), -1, dtype=np.int32)
    for u in np.unique(at[at >= 0]):
        own = np.flatnonzero(at == u)
        serves[own[_apart(offered.home_xy[own], int(need[u]))]] = u
    lack = need - np.bincount(serves[serves >= 0], minlength=need.size)
    _lend(serves, lack, at, offered.home_xy, units.xy, max_m)
    chosen = np.flatnonzero(serves >= 0)
    away = np.hypot(*(offered.home_xy[chosen] - units.xy[serves[chosen]]).T)
    return Contacts(
        unit_ids=units.ids,
        needed=need.astype(np.int32),
        chosen=np.bincount(serves[chosen], minlength=need.size).astype(np.int32),
        households=homes,
        contact_ids=tuple(offered.ids[i] for i in chosen),
        unit=serves[chosen],
        away_m=np.where(at[chosen] == serves[chosen], 0.0, away),
        per_households=per_households,
        unused_ids=tuple(offered.ids[i] for i in np.flatnonzero((serves < 0) & (at >= 0))),
        outside_ids=tuple(offered.ids[i] for i in np.flatnonzero(at < 0)),
    )


def _apart(xy: FloatArray, n: int) -> LabelArray:
    """Choose `n` points that lie far apart: each next one is farthest from those chosen."""
    if n >= len(xy):
        return np.arange(len(xy), dtype=np.int32)
    if n == 0:
        return np.zeros(0, dtype=np.int32)
    middle = xy.mean(axis=0)
    chosen = [int(np.argmin(((xy - middle) ** 2).sum(axis=1)))]
    away = ((xy - xy[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < n:
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, ((xy - xy[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(np.array(chosen, dtype=np.int32))


def _lend(
    serves: LabelArray,
    lack: np.ndarray,
    at: LabelArray,
    home: FloatArray,
    unit_xy: FloatArray,
    max_m: float,
) -> None:
    """Let residents who are not needed at home serve units that lack one, nearest pairs first."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  scipy loads when needed

    free = np.flatnonzero((serves < 0) & (at >= 0))
    short = np.flatnonzero(lack > 0)
    if free.size == 0 or short.size == 0 or max_m == 0:
        return
    tree = cKDTree(unit_xy[short])
    pairs = sorted(
        (float(np.linalg.norm(home[who] - unit_xy[short[j]])), int(who), int(short[j]))
        for who in free
        for j in tree.query_ball_point(home[who], max_m)
    )
    for _, who, unit in pairs:
        if serves[who] < 0 and lack[unit] > 0:
            serves[who] = unit
            lack[unit] -= 1
