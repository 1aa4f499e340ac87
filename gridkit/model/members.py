"""Who serves the town: where do they live, what can they do, and where do they work today?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import SchemaError, some_of
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids, need_column, text_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from gridkit._typing import BoolArray, FloatArray, LabelArray

SKILL_SEPARATOR = ";"
"""Between skills in one cell of a table: ``"fire;lead"``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person.

    Parameters
    ----------
    member_id
        Pseudonym or staff number; goes to shared outputs.
    home_xy : metres
        Home or post, in the CRS of the town; None when it is not known.
    skills
        What the person is qualified for, sorted.
    base_grid_id
        Where the person works today; empty for a new member.
    team
        ``"grid_member"``, ``"auxiliary_police"``, ``"guard"``, ``"volunteer"``, ``"party_worker"``,
        ``"social_worker"``, or a word of the town's own.
    is_pinned
        Whether the person must stay where they are.
    seniority_years
        Years of service.
    """

    member_id: str
    home_xy: tuple[float, float] | None = None
    skills: tuple[str, ...] = ()
    base_grid_id: str = ""
    team: str = "grid_member"
    is_pinned: bool = False
    seniority_years: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Members:
    """All people who can be assigned, as columns.

    Parameters
    ----------
    ids
        Unique, not empty.
    home_xy : (m, 2), metres
        Homes or posts in the CRS of the town; ``nan`` where not known.
    skill_names
        The skills that occur, sorted.
    has_skill : (m, s)
        Who holds which.
    base_grid_ids
        Where each works today; ``""`` for a new member.
    teams
        Team of each; by default all are grid members.
    is_pinned : (m,)
        Who must stay in their grid.
    seniority_years : (m,), years
        Not negative.
    names
        Real names; empty unless the caller asked for them. They never reach an output by default.
    is_synthetic
        Whether these people are made up.

    Raises
    ------
    SchemaError
        If ids are empty or occur twice, columns differ in length, or a pinned member has no grid.
    """

    ids: tuple[str, ...]
    home_xy: FloatArray
    skill_names: tuple[str, ...]
    has_skill: BoolArray
    base_grid_ids: tuple[str, ...]
    teams: tuple[str, ...] = ()
    is_pinned: BoolArray | None = None
    seniority_years: FloatArray | None = None
    names: tuple[str, ...] = ()
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        m = len(self.ids)
        check_ids(self.ids, name="members")
        pinned = np.zeros(m, bool) if self.is_pinned is None else np.asarray(self.is_pinned, bool)
        years = (
            np.zeros(m)
            if self.seniority_years is None
            else np.asarray(self.seniority_years, np.float64)
        )
        home = np.asarray(self.home_xy, dtype=np.float64).reshape(-1, 2)
        held = np.asarray(self.has_skill, dtype=bool).reshape(m, len(self.skill_names))
        teams = tuple(self.teams) or ("grid_member",) * m
        sizes = (len(home), len(self.base_grid_ids), len(teams), pinned.size, years.size)
        if any(size != m for size in sizes) or (self.names and len(self.names) != m):
            msg = f"`members` has {m} ids, its other columns have {some_of(sizes)} values; give one for each member."
            raise SchemaError(msg)
        if not np.isfinite(years).all() or (years < 0).any():
            at = np.flatnonzero(~np.isfinite(years) | (years < 0))
            msg = f"`seniority_years` is negative or missing for {at.size} members: {some_of([self.ids[i] for i in at])}. Give 0 for a new member."
            raise SchemaError(msg)
        loose = [
            i for i, p, g in zip(self.ids, pinned, self.base_grid_ids, strict=True) if p and not g
        ]
        if loose:
            msg = f"{len(loose)} members are pinned and have no grid to stay in: {some_of(loose)}. Fill `base_grid_id`, or clear `pinned`."
            raise SchemaError(msg)
        for name, value in (
            ("home_xy", home),
            ("has_skill", held),
            ("is_pinned", pinned),
            ("seniority_years", years),
        ):
            object.__setattr__(self, name, frozen(value))
        object.__setattr__(self, "teams", teams)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, is_synthetic: bool = False) -> Members:
        """Take members from a table.

        Parameters
        ----------
        frame
            Column ``member_id``; optional ``x_m, y_m`` (home, in the CRS of the town), ``skills``
            (``"fire;lead"``), ``base_grid_id``, ``team``, ``pinned``, ``seniority_years``. A column
            ``name`` is left behind: pseudonyms are enough to plan with.
        is_synthetic
            Whether these people are made up.

        Raises
        ------
        SchemaError
            If ids are missing or double, or a column holds what it cannot.

        Examples
        --------
        >>> import pandas as pd
        >>> Members.from_frame(pd.DataFrame({"member_id": ["M1"], "skills": ["lead; fire"]}))
        <Members: 1 members, skills fire, lead; 1 without a known home>
        """
        ids = text_ids(frame, "member_id", name="members")
        m = len(ids)
        texts = {
            c: text_ids(frame, c, name="members") if c in frame.columns else ("",) * m
            for c in ("skills", "base_grid_id", "team")
        }
        sets = [
            {s.strip() for s in cell.split(SKILL_SEPARATOR) if s.strip()}
            for cell in texts["skills"]
        ]
        skill_names = tuple(sorted(set().union(*sets)))
        held = np.array([[s in own for s in skill_names] for own in sets], dtype=bool)
        home = np.full((m, 2), np.nan)
        if "x_m" in frame.columns or "y_m" in frame.columns:
            for axis, column in enumerate(("x_m", "y_m")):
                need_column(frame, column, name="members")
                home[:, axis] = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        years = np.zeros(m)
        if "seniority_years" in frame.columns:
            years = frame["seniority_years"].to_numpy(dtype=np.float64, na_value=np.nan)
        pinned = np.zeros(m, dtype=bool)
        if "pinned" in frame.columns:
            pinned = np.array(
                [_truth(v, i) for v, i in zip(frame["pinned"].tolist(), ids, strict=True)]
            )
        return cls(
            ids=ids,
            home_xy=home,
            skill_names=skill_names,
            has_skill=held.reshape(m, len(skill_names)),
            base_grid_ids=texts["base_grid_id"],
            teams=tuple(t or "grid_member" for t in texts["team"]),
            is_pinned=pinned,
            seniority_years=years,
            is_synthetic=is_synthetic,
        )

    def to_frame(self, *, with_names: bool = False) -> pd.DataFrame:
        """Give one row for each member: ``member_id, x_m, y_m, skills, base_grid_id, team, pinned, seniority_years``.

        Parameters
        ----------
        with_names
            Whether real names are added; only for outputs that are not shared.
        """
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        columns: dict[str, Any] = {
            "member_id": list(self.ids),
            "x_m": self.home_xy[:, 0],
            "y_m": self.home_xy[:, 1],
            "skills": [SKILL_SEPARATOR.join(m.skills) for m in self],
            "base_grid_id": list(self.base_grid_ids),
            "team": list(self.teams),
            "pinned": self.pinned,
            "seniority_years": self.years,
        }
        if with_names and self.names:
            columns["name"] = list(self.names)
        return pd.DataFrame(columns)

    def take(self, positions: LabelArray | BoolArray) -> Members:
        """Keep some members, in the order given."""
        at = np.arange(len(self))[positions]
        return Members(
            ids=tuple(self.ids[i] for i in at),
            home_xy=self.home_xy[at],
            skill_names=self.skill_names,
            has_skill=self.has_skill[at],
            base_grid_ids=tuple(self.base_grid_ids[i] for i in at),
            teams=tuple(self.teams[i] for i in at),
            is_pinned=self.pinned[at],
            seniority_years=self.years[at],
            names=tuple(self.names[i] for i in at) if self.names else (),
            is_synthetic=self.is_synthetic,
        )

    def of_team(self, team: str) -> Members:
        """Keep the members of one team.

        Raises
        ------
        SchemaError
            If there is no such team.
        """
        at = np.array([t == team for t in self.teams], dtype=bool)
        if not at.any():
            msg = f"no member is in team '{team}'; there are {some_of(sorted(set(self.teams)))}."
            raise SchemaError(msg)
        return self.take(at)

    @property
    def pinned(self) -> BoolArray:
        """Who must stay: (m,)."""
        assert self.is_pinned is not None  # noqa: S101  filled when made; tells the type checker
        return self.is_pinned

    @property
    def years(self) -> FloatArray:
        """Years of service: (m,)."""
        assert self.seniority_years is not None  # noqa: S101  filled when made; tells the type checker
        return self.seniority_years

    def __getitem__(self, position: int) -> Member:
        """Look one member up by position."""
        x, y = (float(v) for v in self.home_xy[position])
        return Member(
            member_id=self.ids[position],
            home_xy=(x, y) if np.isfinite([x, y]).all() else None,
            skills=tuple(
                s for s, h in zip(self.skill_names, self.has_skill[position], strict=True) if h
            ),
            base_grid_id=self.base_grid_ids[position],
            team=self.teams[position],
            is_pinned=bool(self.pinned[position]),
            seniority_years=float(self.years[position]),
        )

    def __iter__(self) -> Iterator[Member]:
        """Go through the members."""
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        """Count the members."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Say how many there are, and what they can do."""
        lost = int((~np.isfinite(self.home_xy).all(axis=1)).sum())
        rest = f"; {lost} without a known home" if lost else ""
        made = ", synthetic" if self.is_synthetic else ""
        skills = ", ".join(self.skill_names) or "none"
        return f"<Members: {len(self)} members, skills {skills}{rest}{made}>"


def _truth(value: Any, member_id: str) -> bool:
    """Read a yes or no as it stands in tables."""
    text = "" if value is None or value != value else str(value).strip().lower()  # noqa: PLR0124  NaN differs from itself
    if text in {"", "0", "0.0", "false", "no"}:
        return False
    if text in {"1", "1.0", "true", "yes"}:
        return True
    msg = f"`pinned` of member '{member_id}' is '{value}'; use true or false."
    raise SchemaError(msg)
