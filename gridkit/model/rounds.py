"""Which places are visited on one day, by whom and in which order?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit.errors import SchemaError, some_of
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids, need_column, numbers, text_ids

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import FloatArray

_NEVER = 1e18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stops:
    """Places to visit on one day.

    Parameters
    ----------
    ids
        Unique, not empty.
    xy : (n, 2), metres
        Where.
    on_site_min : (n,), minutes
        How long.
    opens_min, closes_min : (n,), minutes
        When the visit may start, after the shift begins; by default at any time.
    urgency
        One word each; by default the least urgent.
    skill
        What the member must be able to do; ``""`` for anybody.
    """

    ids: tuple[str, ...]
    xy: FloatArray
    on_site_min: FloatArray
    opens_min: FloatArray | None = None
    closes_min: FloatArray | None = None
    urgency: tuple[str, ...] = ()
    skill: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ids(self.ids, name="stops")
        n = len(self.ids)
        opens = np.zeros(n) if self.opens_min is None else np.asarray(self.opens_min, np.float64)
        closes = (
            np.full(n, _NEVER)
            if self.closes_min is None
            else np.asarray(self.closes_min, np.float64)
        )
        xy = np.asarray(self.xy, dtype=np.float64).reshape(-1, 2)
        minutes = np.asarray(self.on_site_min, dtype=np.float64)
        skill = tuple(self.skill) or ("",) * n
        sizes = (len(xy), minutes.size, opens.size, closes.size, len(skill))
        if any(s != n for s in sizes) or (self.urgency and len(self.urgency) != n):
            msg = f"`stops` has {n} ids, its other columns have {some_of(sizes)} values; give one for each stop."
            raise SchemaError(msg)
        bad = ~np.isfinite(xy).all(axis=1) | ~np.isfinite(minutes) | (minutes < 0)
        if bad.any():
            at = np.flatnonzero(bad)
            msg = f"{at.size} stops have no place, or minutes that are negative or missing: {some_of([self.ids[i] for i in at])}."
            raise SchemaError(msg)
        late = np.flatnonzero(~(opens <= closes))
        if late.size:
            i = int(late[0])
            msg = f"{late.size} stops close before they open: {some_of([self.ids[j] for j in late])} (opens {opens[i]:g}, closes {closes[i]:g} min)."
            raise SchemaError(msg)
        for name, value in (
            ("xy", xy),
            ("on_site_min", minutes),
            ("opens_min", opens),
            ("closes_min", closes),
        ):
            object.__setattr__(self, name, frozen(value))
        object.__setattr__(self, "skill", skill)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Stops:
        """Take stops from a table ``stop_id, x_m, y_m, on_site_min[, opens_min, closes_min, urgency, skill]``.

        Raises
        ------
        SchemaError
            If a column is missing or holds what it cannot.
        """
        ids = text_ids(frame, "stop_id", name="stops")
        for column in ("x_m", "y_m"):
            need_column(frame, column, name="stops")
        times = {
            c: frame[c].to_numpy(dtype=np.float64, na_value=empty) if c in frame.columns else None
            for c, empty in (("opens_min", 0.0), ("closes_min", _NEVER))
        }
        texts = {
            c: text_ids(frame, c, name="stops") if c in frame.columns else ()
            for c in ("urgency", "skill")
        }
        return cls(
            ids=ids,
            xy=np.column_stack([frame[c].to_numpy(dtype=np.float64) for c in ("x_m", "y_m")]),
            on_site_min=numbers(frame, "on_site_min", name="stops"),
            opens_min=times["opens_min"],
            closes_min=times["closes_min"],
            urgency=texts["urgency"],
            skill=texts["skill"],
        )

    def __len__(self) -> int:
        """Count the stops."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A stop that nobody visits, and why.

    Parameters
    ----------
    stop_id
        Which.
    cause
        ``"skill"``, ``"window"``, ``"too_far"`` or ``"time"``.
    text
        The reason in one sentence.
    """

    stop_id: str
    cause: Literal["skill", "window", "too_far", "time"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rounds:
    """Who visits what, in which order.

    Parameters
    ----------
    stops
        The places.
    member_ids
        Who walks.
    routes
        Positions of stops in walking order, for each member.
    arrive_min
        When each visit starts, minutes after the shift begins, in the same order.
    shift_min : (K,), minutes
        Length of each member's round, from the post and back.
    walk_m : (K,), metres
        Length walked.
    leg_m
        Metres walked to each stop from the one before.
    post_xy : (K, 2), metres
        Where each member starts and ends.
    unserved
        Stops that nobody visits.
    """

    stops: Stops
    member_ids: tuple[str, ...]
    routes: tuple[tuple[int, ...], ...]
    arrive_min: tuple[tuple[float, ...], ...]
    leg_m: tuple[tuple[float, ...], ...]
    shift_min: FloatArray
    walk_m: FloatArray
    post_xy: FloatArray
    unserved: tuple[Unserved, ...] = ()

    @property
    def longest_min(self) -> float:
        """The longest shift: minutes."""
        return float(self.shift_min.max(initial=0.0))

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each visit.

        Columns ``member_id, order, stop_id, arrive_min, leave_min, walk_m``: minutes after the shift
        begins, metres walked from the stop before.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = []
        for k, route in enumerate(self.routes):
            for p, s in enumerate(route):
                start = self.arrive_min[k][p]
                rows.append(
                    (
                        self.member_ids[k],
                        p + 1,
                        self.stops.ids[s],
                        round(start, 1),
                        round(start + float(self.stops.on_site_min[s]), 1),
                        round(self.leg_m[k][p], 0),
                    )
                )
        columns = ["member_id", "order", "stop_id", "arrive_min", "leave_min", "walk_m"]
        return pd.DataFrame(rows, columns=columns)

    def unserved_frame(self) -> pd.DataFrame:
        """Give one row for each stop that nobody visits: ``stop_id, cause, text``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [(u.stop_id, u.cause, u.text) for u in self.unserved]
        return pd.DataFrame(rows, columns=["stop_id", "cause", "text"])

    def lines(self) -> tuple[FloatArray, ...]:
        """Give the path of each member, from the post and back: (length + 2, 2), metres."""
        out = []
        for k, route in enumerate(self.routes):
            at = self.stops.xy[list(route)] if route else np.zeros((0, 2))
            out.append(np.vstack([self.post_xy[k : k + 1], at, self.post_xy[k : k + 1]]))
        return tuple(out)

    def __repr__(self) -> str:
        """Say how many stops, how long the longest shift, how far all walk."""
        n = sum(len(r) for r in self.routes)
        left = f", {len(self.unserved)} not served" if self.unserved else ""
        return (
            f"<Rounds: {n} stops, {len(self.member_ids)} members, longest shift {self.longest_min:.0f} min, "
            f"{self.walk_m.sum() / 1000:.2f} km{left}>"
        )
