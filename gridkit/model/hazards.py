"""What was reported, where and when, and which reports speak of the same hazard?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridkit.errors import SchemaError, did_you_mean
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pyproj

    from gridkit._typing import BoolArray, FloatArray, IntArray, LabelArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

TimeArray: TypeAlias = NDArray[np.datetime64]
"""Local times of the town in whole seconds; NaT for unknown."""

STAGES = (
    "reported",
    "accepted",
    "dispatched",
    "disposed",
    "fed_back",
    "verified",
    "closed",
    "evaluated",
)
"""The life cycle in its order; every stage but the first is optional."""

TRAITS = ("urgency", "channel", "department", "reporter")
"""What else may be known of a report, one word each."""

MARKS = ("returned", "rework", "deferred", "self_disposed")
"""What may have happened to a report, as a number of times."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """One word for each row, stored as positions in a short list.

    Parameters
    ----------
    codes : (n,)
        Positions in `words`; -1 for none.
    words : (k,)
        The vocabulary, each word once.
    """

    codes: LabelArray
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        codes = np.asarray(self.codes, dtype=np.int32)
        if codes.size and (codes.min() < -1 or codes.max() >= len(self.words)):
            msg = f"word positions run from {codes.min()} to {codes.max()}, there are {len(self.words)} words."
            raise SchemaError(msg)
        object.__setattr__(self, "codes", frozen(codes))

    @classmethod
    def of(cls, texts: Sequence[str]) -> Words:
        """Code a list of texts; the vocabulary is sorted, an empty text is none.

        Examples
        --------
        >>> Words.of(["smoke", "", "blocked", "smoke"]).codes.tolist()
        [1, -1, 0, 1]
        """
        words = tuple(sorted(set(texts) - {""}))
        number = {w: i for i, w in enumerate(words)}
        codes = np.array([number.get(t, -1) for t in texts], dtype=np.int32)
        return cls(codes=codes, words=words)

    def texts(self) -> NDArray[np.object_]:
        """Give the words themselves, an empty text for none: (n,)."""
        table = np.array([*self.words, ""], dtype=object)
        return np.asarray(table[self.codes], dtype=object)

    def take(self, rows: IntArray | BoolArray) -> Words:
        """Give the same vocabulary for some rows."""
        return Words(codes=self.codes[rows], words=self.words)

    def __len__(self) -> int:
        """Count the rows."""
        return int(self.codes.size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hazards:
    """Reported hazards, cleaned and located.

    Parameters
    ----------
    ids : (n,)
        Text ids of the reports, unique, not empty.
    xy : (n, 2), metres
        x east, y north, in `crs`.
    crs
        The reference system of the town.
    category
        What was reported.
    times
        When, by stage (`STAGES`) and ``"due"``; ``"reported"`` is always there and always known.
        Local time of the town, whole seconds; NaT where unknown.
    traits
        Further words by name: some of `TRAITS`.
    marks
        Numbers of times by name: some of `MARKS`; -1 where unknown.
    unit_pos : (n,)
        Unit of the town in which the report lies; -1 outside the town.
    first_pos : (n,), optional
        Position of the first report of the same hazard; a report that is the first, or the only
        one, points at itself. By default no two reports are of the same hazard.

    Raises
    ------
    SchemaError
        If lengths differ, ids repeat, a coordinate is not finite, or a report has no time.
    """

    ids: tuple[str, ...]
    xy: FloatArray
    crs: pyproj.CRS
    category: Words
    times: Mapping[str, TimeArray]
    unit_pos: LabelArray
    traits: Mapping[str, Words] = field(default_factory=dict)
    marks: Mapping[str, LabelArray] = field(default_factory=dict)
    first_pos: LabelArray | None = None

    def __post_init__(self) -> None:
        check_ids(self.ids, name="hazards")
        n = len(self.ids)
        _known(self.times, (*STAGES, "due"), what="time")
        _known(self.traits, TRAITS, what="trait")
        _known(self.marks, MARKS, what="mark")
        times = {k: frozen(np.asarray(v, dtype="datetime64[s]")) for k, v in self.times.items()}
        marks = {k: frozen(np.asarray(v, dtype=np.int32)) for k, v in self.marks.items()}
        xy = np.asarray(self.xy, dtype=np.float64).reshape(-1, 2)
        first = np.arange(n, dtype=np.int32) if self.first_pos is None else self.first_pos
        sizes: dict[str, int] = {
            "xy": len(xy),
            "category": len(self.category),
            "unit_pos": len(self.unit_pos),
            "first_pos": len(first),
            **{k: len(v) for k, v in (times | dict(self.traits) | marks).items()},
        }
        wrong = [f"{k} has {v}" for k, v in sizes.items() if v != n]
        if wrong:
            msg = f"there are {n} hazards, but {', '.join(wrong)} rows."
            raise SchemaError(msg)
        if "reported" not in times or np.isnat(times["reported"]).any():
            msg = "every hazard needs the time at which it was reported (`times['reported']`)."
            raise SchemaError(msg)
        if not np.isfinite(xy).all():
            msg = f"{int((~np.isfinite(xy).all(axis=1)).sum())} of {n} hazards have coordinates that are not finite."
            raise SchemaError(msg)
        object.__setattr__(self, "xy", frozen(xy))
        object.__setattr__(self, "times", MappingProxyType(times))
        object.__setattr__(self, "marks", MappingProxyType(marks))
        object.__setattr__(self, "traits", MappingProxyType(dict(self.traits)))
        object.__setattr__(self, "unit_pos", frozen(np.asarray(self.unit_pos, dtype=np.int32)))
        object.__setattr__(self, "first_pos", frozen(np.asarray(first, dtype=np.int32)))

    # ------------------------------------------------------------------ asked
    @property
    def reported_at(self) -> TimeArray:
        """When each was reported: (n,), local time, whole seconds."""
        return self.times["reported"]

    @property
    def urgency(self) -> Words | None:
        """How urgent each is, where that is known."""
        return self.traits.get("urgency")

    @property
    def is_first(self) -> BoolArray:
        """Whether each report is the first one of its hazard: (n,)."""
        return np.asarray(self.first_pos == np.arange(len(self)), dtype=bool)

    @property
    def n_reports(self) -> IntArray:
        """How many reports there are of the hazard of each: (n,)."""
        assert self.first_pos is not None  # noqa: S101  set when made
        count = np.bincount(self.first_pos, minlength=len(self))
        return np.asarray(count[self.first_pos], dtype=np.int64)

    @property
    def repeated_by(self) -> NDArray[np.object_]:
        """Whether a repeated report comes from the ``"same"`` reporter as the first one or an ``"other"``.

        An empty text for first reports, and where one of the two reporters is not known: (n,).
        """
        out = np.full(len(self), "", dtype=object)
        who = self.traits.get("reporter")
        if who is None or not len(self):
            return out
        first = who.codes[self.first_pos]
        known = ~self.is_first & (who.codes >= 0) & (first >= 0)
        out[known] = np.where(who.codes[known] == first[known], "same", "other")
        return out

    @property
    def is_inside(self) -> BoolArray:
        """Whether each report lies in the town: (n,)."""
        return np.asarray(self.unit_pos >= 0, dtype=bool)

    def take(self, rows: IntArray | BoolArray) -> Hazards:
        """Give some of the reports, in the order asked for.

        A report whose first report is left out points at the earliest one that stays.

        Parameters
        ----------
        rows
            Positions, or true and false for each report.

        Returns
        -------
        Hazards
            With new positions of first reports.
        """
        given = np.asarray(rows)
        at: IntArray = np.flatnonzero(given) if given.dtype == bool else given.astype(np.int64)
        assert self.first_pos is not None  # noqa: S101  set when made
        root = self.first_pos[at]
        _, start, group = np.unique(root, return_index=True, return_inverse=True)
        return Hazards(
            ids=tuple(self.ids[i] for i in at),
            xy=self.xy[at],
            crs=self.crs,
            category=self.category.take(at),
            times={k: v[at] for k, v in self.times.items()},
            traits={k: v.take(at) for k, v in self.traits.items()},
            marks={k: v[at] for k, v in self.marks.items()},
            unit_pos=self.unit_pos[at],
            first_pos=start[group].astype(np.int32),
        )

    def inside(self) -> Hazards:
        """Give the first reports that lie in the town: what rates and hotspots count.

        Returns
        -------
        Hazards
            One report for each hazard.
        """
        return self.take(self.is_inside & self.is_first)

    def outside(self) -> Hazards:
        """Give the reports outside the town, which count in no grid.

        Returns
        -------
        Hazards
            Repeated reports included.
        """
        return self.take(~self.is_inside)

    def of_category(self, *names: str) -> Hazards:
        """Give the reports of some categories.

        Parameters
        ----------
        *names
            Categories, as in ``hazards.category.words``.

        Returns
        -------
        Hazards
            In the order they had.

        Raises
        ------
        SchemaError
            If there is no such category, with the ones there are.
        """
        for name in names:
            if name not in self.category.words:
                known = ", ".join(self.category.words)
                msg = f"no hazard has the category '{name}'{did_you_mean(name, self.category.words)} There are: {known}."
                raise SchemaError(msg)
        wanted = [i for i, w in enumerate(self.category.words) if w in names]
        return self.take(np.isin(self.category.codes, wanted))

    # ------------------------------------------------------------------ handed on
    def to_frame(
        self, town: Town | None = None, *, plan: Plan | None = None, reporters: bool = False
    ) -> gpd.GeoDataFrame:
        """Give one row for each report, in the reference system of the town.

        Parameters
        ----------
        town
            Adds ``unit_id`` (empty outside the town).
        plan
            Adds ``unit_id``, ``grid_id`` (the base grid) and ``community_grid_id`` where the plan
            has that level.

        Returns
        -------
        GeoDataFrame
            ``hazard_id, category``, the traits, ``reported_at`` and the other times, the marks,
            ``same_as`` (id of the first report of the same hazard, empty if this is it),
            ``unit_id, grid_id, geometry``.
        """
        import geopandas as gpd  # noqa: PLC0415  frames cross the door only

        assert self.first_pos is not None  # noqa: S101  set when made
        ids = np.array(self.ids, dtype=object)
        data: dict[str, Any] = {"hazard_id": ids, "category": self.category.texts()}
        shown = [k for k in TRAITS if k in self.traits and (reporters or k != "reporter")]
        data |= {k: self.traits[k].texts() for k in shown}
        data |= {f"{k}_at": self.times[k] for k in (*STAGES, "due") if k in self.times}
        data |= {k: self.marks[k] for k in MARKS if k in self.marks}
        data["same_as"] = np.where(self.is_first, "", ids[self.first_pos] if len(self) else ids)
        if "reporter" in self.traits:
            data["repeated_by"] = self.repeated_by
        data["n_reports"] = self.n_reports
        data["is_inside"] = self.is_inside
        town = plan.town if plan is not None else town
        if town is not None:
            data["unit_id"] = _named(town.units.ids, self.unit_pos)
        if plan is not None:
            for level in plan.levels:
                of = np.append(plan.labels(level.name), np.int32(-1))[self.unit_pos]
                data["grid_id" if level.name == "base_grid" else f"{level.name}_id"] = _named(
                    level.ids, of
                )
        points = gpd.points_from_xy(self.xy[:, 0], self.xy[:, 1], crs=self.crs)
        return gpd.GeoDataFrame(data, geometry=points, crs=self.crs)

    @classmethod
    def from_frame(cls, frame: gpd.GeoDataFrame, town: Town) -> Hazards:
        """Take hazards from a frame with the columns that `to_frame` writes.

        Parameters
        ----------
        frame
            Points in the reference system of the town, with at least ``hazard_id, category,
            reported_at``. Raw reports come in through `gridkit.io.hazards.read_hazards`.
        town
            In whose units they are located.

        Raises
        ------
        SchemaError
            If a column is missing or the reference system differs.
        """
        from gridkit.geo.points import locate  # noqa: PLC0415  only this door locates points
        from gridkit.model.units import need_column, text_ids  # noqa: PLC0415  the same

        for column in ("hazard_id", "category", "reported_at"):
            need_column(frame, column, name="hazards")
        if frame.crs != town.units.crs:
            msg = f"`hazards` is in {frame.crs}, the town in {town.units.crs}: hazards = hazards.to_crs(town.units.crs)"
            raise SchemaError(msg)
        ids = text_ids(frame, "hazard_id", name="hazards")
        xy = np.column_stack([frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()])
        row = {i: p for p, i in enumerate(ids)}
        same = (
            frame["same_as"].fillna("").tolist() if "same_as" in frame.columns else [""] * len(ids)
        )
        first = [row.get(s, p) if s else p for p, s in enumerate(same)]
        return cls(
            ids=ids,
            xy=xy,
            crs=town.units.crs,
            category=Words.of(frame["category"].fillna("").astype(str).tolist()),
            times={
                k: frame[f"{k}_at"].to_numpy().astype("datetime64[s]")
                for k in (*STAGES, "due")
                if f"{k}_at" in frame.columns
            },
            traits={
                k: Words.of(frame[k].fillna("").astype(str).tolist())
                for k in TRAITS
                if k in frame.columns
            },
            marks={
                k: frame[k].fillna(-1).to_numpy().astype(np.int32)
                for k in MARKS
                if k in frame.columns
            },
            unit_pos=locate(xy, town.units.shapes),
            first_pos=np.array(first, dtype=np.int32),
        )

    def __len__(self) -> int:
        """Count the reports."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Say how many, of what, from when to when."""
        if not len(self):
            return "<Hazards: none>"
        start, end = self.reported_at.min(), self.reported_at.max()
        return (
            f"<Hazards: {len(self):,} reports ({int((~self.is_first).sum()):,} repeat another, "
            f"{int((~self.is_inside).sum()):,} outside), {len(self.category.words)} categories, "
            f"{start.astype('datetime64[D]')} to {end.astype('datetime64[D]')}>"
        )


def _known(given: Mapping[str, Any], allowed: Sequence[str], *, what: str) -> None:
    """Refuse names that nothing in gridkit reads."""
    for name in given:
        if name not in allowed:
            msg = f"hazards have no {what} `{name}`{did_you_mean(name, allowed) or '.'} Known: {', '.join(allowed)}."
            raise SchemaError(msg)


def _named(ids: Sequence[str], at: LabelArray) -> NDArray[np.object_]:
    """Translate positions to ids, an empty text for -1."""
    return np.asarray(np.array([*ids, ""], dtype=object)[at], dtype=object)
