"""Which code does a grid get, what does a code say, and which codes are used up?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gridkit.errors import ConfigError, SchemaError, did_you_mean, some_of
from gridkit.geo.order import band_order
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gridkit._typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePart:
    """A part of a code: so many digits that mean one thing.

    Parameters
    ----------
    name
        ``"district"``, ``"street"``, ``"community"``, ``"sequence"`` ...; the part named ``sequence``
        is the one that numbers the grids of a community.
    width
        Number of digits.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    width: int

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or not 1 <= self.width <= 18:
            msg = f"code part '{self.name}:{self.width}': a name of letters and 1 to 18 digits are expected."
            raise ConfigError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScheme:
    """A scheme of codes, as data.

    Parameters
    ----------
    name
        How it is called.
    parts
        From left to right; one of them is ``sequence``.
    separator
        Between parts; usually nothing.
    first
        First number given; lower ones stay free.
    single
        Whether the only grid of a community gets number 0.
    source
        Where the scheme is laid down.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    parts: tuple[CodePart, ...]
    separator: str = ""
    first: int = 1
    single: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        names = [p.name for p in self.parts]
        if names.count("sequence") != 1 or len(set(names)) != len(names):
            msg = f"code scheme '{self.name}': parts are {names}; each name once, and one of them 'sequence'."
            raise ConfigError(msg)

    @property
    def length(self) -> int:
        """Number of characters of a code."""
        return sum(p.width for p in self.parts) + len(self.separator) * (len(self.parts) - 1)

    @property
    def room(self) -> int:
        """Largest sequence number."""
        width = next(p.width for p in self.parts if p.name == "sequence")
        return int(10**width - 1)

    def write(self, values: Mapping[str, str | int]) -> str:
        """Make a code from its parts.

        Raises
        ------
        SchemaError
            If a part is missing, is not of digits, or does not fit.

        Examples
        --------
        >>> code_scheme("beijing-15").write(
        ...     {"district": "110101", "street": "001", "community": "007", "sequence": 12}
        ... )
        '110101001007012'
        """
        out = []
        for part in self.parts:
            if part.name not in values:
                msg = f"code scheme '{self.name}' needs '{part.name}', which is not given; it has: {', '.join(p.name for p in self.parts)}."
                raise SchemaError(msg)
            text = str(values[part.name])
            text = text.zfill(part.width) if isinstance(values[part.name], int) else text
            if len(text) != part.width or not (text.isascii() and text.isdigit()):
                msg = f"'{text}' is no {part.name} of code scheme '{self.name}': {part.width} digits are expected."
                raise SchemaError(msg)
            out.append(text)
        return self.separator.join(out)

    def read(self, code: str) -> dict[str, str]:
        """Take a code apart.

        Raises
        ------
        SchemaError
            If it is not of this scheme, saying where.

        Examples
        --------
        >>> code_scheme("beijing-15").read("110101001007012")["community"]
        '007'
        """
        pattern = re.escape(self.separator).join(f"([0-9]{{{p.width}}})" for p in self.parts)
        found = re.fullmatch(pattern, code, flags=re.ASCII)
        if found is None:
            shape = " + ".join(f"{p.width} {p.name}" for p in self.parts)
            odd = next(
                (
                    f"; '{c}' at place {i}"
                    for i, c in enumerate(code, 1)
                    if c not in "0123456789" + self.separator
                ),
                "",
            )
            msg = f"'{code}' is no code of scheme '{self.name}': {self.length} characters are expected ({shape}), it has {len(code)}{odd}."
            raise SchemaError(msg)
        return {p.name: text for p, text in zip(self.parts, found.groups(), strict=True)}


def _scheme(name: str, pattern: str, source: str, *, single: bool = False) -> CodeScheme:
    parts = [p.split(":") for p in pattern.split()]
    made = tuple(CodePart(name=n, width=int(w)) for n, w in parts)
    return CodeScheme(name=name, parts=made, source=source, single=single)


SCHEMES = {
    s.name: s
    for s in (
        _scheme(
            "beijing-15",
            "district:6 street:3 community:3 sequence:3",
            "DB11 Beijing, division and coding of unit grids (15 digits = 6 + 3 + 3 + 3)",
        ),
        _scheme(
            "cjt349-20",
            "object_class:6 county:6 street:3 community:3 sequence:2",
            "CJ/T 349-2010 (20 digits; sequence 00 when a community is not subdivided)",
            single=True,
        ),
        _scheme(
            "committee-grid-15",
            "committee:12 sequence:3",
            "committee code of 12 digits + 3 digits, as quoted for GB/T 34300-2017 (not read in the original)",
        ),
    )
}
"""Schemes that are known by name."""


def code_scheme(text: str) -> CodeScheme:
    """Look a scheme up, or make one from a pattern ``"part:width part:width ..."``.

    Parameters
    ----------
    text
        ``"beijing-15"``, ``"cjt349-20"``, ``"committee-grid-15"``, or a pattern.

    Returns
    -------
    CodeScheme
        Parts and their widths.

    Raises
    ------
    ConfigError
        If it is neither.

    Examples
    --------
    >>> code_scheme("town:4 community:2 sequence:2").length
    8
    """
    if text in SCHEMES:
        return SCHEMES[text]
    if re.fullmatch(r"\w+:\d+(\s+\w+:\d+)*", text):
        return _scheme("own", text, "pattern")
    msg = f"there is no code scheme '{text}'{did_you_mean(text, SCHEMES) or '.'} Known: {', '.join(SCHEMES)}; or write a pattern: 'community:3 sequence:3'."
    raise ConfigError(msg)


def check_codes(codes: Sequence[str], scheme: CodeScheme) -> list[str]:
    """List what is wrong with codes: not of the scheme, or given twice.

    Parameters
    ----------
    codes
        What is to be looked at.
    scheme
        What they should be.

    Returns
    -------
    list of str
        One sentence each; empty when all is well.

    Examples
    --------
    >>> check_codes(["0101", "0101"], code_scheme("community:2 sequence:2"))
    ["code '0101' is given 2 times."]
    """
    out = []
    for code in codes:
        try:
            scheme.read(code)
        except SchemaError as error:
            out.append(str(error))
    seen = Counter(codes)
    return out + [f"code '{c}' is given {n} times." for c, n in sorted(seen.items()) if n > 1]


# ---------------------------------------------------------------------- given and kept
def _day(text: object, code: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        msg = f"code '{code}' has the day '{text}'; a day such as '2026-01-01' is expected."
        raise SchemaError(msg) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """One code and its life.

    Parameters
    ----------
    code
        The code.
    grid_id
        The grid it stands for.
    valid_from
        First day.
    valid_to
        Last day; None while it is in use.
    """

    code: str
    grid_id: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBook:
    """All codes ever given; none is used twice.

    Parameters
    ----------
    scheme
        Their scheme.
    entries
        In the order they were given.
    """

    scheme: CodeScheme
    entries: tuple[CodeEntry, ...] = field(default=())

    def __post_init__(self) -> None:
        problems = check_codes([e.code for e in self.entries], self.scheme)
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise SchemaError(problems[0] + more, problems=problems)

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, scheme: CodeScheme) -> CodeBook:
        """Take a book back from the table that `to_frame` gives; every cell is text.

        Raises
        ------
        SchemaError
            If a column is missing, a day is none, or a code is not of the scheme or given twice.
        """
        for column in ("code", "grid_id", "valid_from", "valid_to"):
            need_column(frame, column, name="codes")
        rows = frame[["code", "grid_id", "valid_from", "valid_to"]].itertuples(index=False)
        entries = tuple(
            CodeEntry(
                code=str(code),
                grid_id=str(grid),
                valid_from=_day(first, code),
                valid_to=_day(last, code) if last else None,
            )
            for code, grid, first, last in rows
        )
        return cls(scheme=scheme, entries=entries)

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each code ever given: ``code, grid_id, valid_from, valid_to`` and its parts."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        columns: dict[str, list[str]] = {
            "code": [e.code for e in self.entries],
            "grid_id": [e.grid_id for e in self.entries],
            "valid_from": [e.valid_from.isoformat() for e in self.entries],
            "valid_to": [e.valid_to.isoformat() if e.valid_to else "" for e in self.entries],
        }
        read = [self.scheme.read(e.code) for e in self.entries]
        columns |= {p.name: [r[p.name] for r in read] for p in self.scheme.parts}
        return pd.DataFrame(columns, dtype=str)

    @property
    def current(self) -> dict[str, str]:
        """Code of each grid that has one today."""
        return {e.grid_id: e.code for e in self.entries if e.valid_to is None}

    def renew(
        self,
        grid_ids: Sequence[str],
        parents: Sequence[Mapping[str, str]],
        xy: FloatArray,
        *,
        day: date,
        same_as: Mapping[str, str] | None = None,
    ) -> CodeBook:
        """Give codes to the grids of a new plan; what goes on keeps its code, what ended is retired.

        New grids are numbered west to east in bands from north to south inside their community, after
        the highest number that was ever given there.

        Parameters
        ----------
        grid_ids : (k,)
            Grids of the plan.
        parents : (k,)
            The other parts of the code for each grid: ``{"district": "441900", ...}``.
        xy : (k, 2), m
            A point of each grid, x east, y north.
        day
            First day of the plan.
        same_as
            New grid id -> old grid id, for grids that go on under another id.

        Returns
        -------
        CodeBook

        Raises
        ------
        ConfigError
            If a community has more grids than the scheme has numbers.
        SchemaError
            If a part does not fit, or the day lies before an earlier one.
        """
        if self.entries and day < max(e.valid_from for e in self.entries):
            msg = f"the plan begins on {day}, before codes that were given on {max(e.valid_from for e in self.entries)}."
            raise SchemaError(msg)
        stems = [self._stem(p) for p in parents]
        current = self.current
        old = {g: (same_as or {}).get(g, g) for g in grid_ids}
        # A grid that moves to another community ends, for its code says where it is.
        keeps = {
            g: current[old[g]]
            for g, stem in zip(grid_ids, stems, strict=True)
            if old[g] in current and self._stem(self.scheme.read(current[old[g]])) == stem
        }
        kept = set(keeps.values())
        entries = [
            e
            if e.valid_to is not None or e.code in kept
            else replace(e, valid_to=date.fromordinal(day.toordinal() - 1))
            for e in self.entries
        ]
        name = {code: g for g, code in keeps.items()}
        entries = [replace(e, grid_id=name[e.code]) if e.valid_to is None else e for e in entries]
        return replace(
            self, entries=(*entries, *self._new(grid_ids, parents, stems, xy, keeps, day))
        )

    def _stem(self, values: Mapping[str, str]) -> str:
        return self.scheme.write({**values, "sequence": 0})

    def _new(
        self,
        grid_ids: Sequence[str],
        parents: Sequence[Mapping[str, str]],
        stems: list[str],
        xy: FloatArray,
        keeps: Mapping[str, str],
        day: date,
    ) -> list[CodeEntry]:
        used: dict[str, int] = {}
        for e in self.entries:
            values = self.scheme.read(e.code)
            stem = self._stem(values)
            used[stem] = max(used.get(stem, 0), int(values["sequence"]))
        out = []
        for stem in sorted(set(stems)):
            own = np.array(
                [i for i, s in enumerate(stems) if s == stem and grid_ids[i] not in keeps]
            )
            if not own.size:
                continue
            number = max(used.get(stem, 0) + 1, self.scheme.first)
            if self.scheme.single and stems.count(stem) == 1 and stem not in used:
                number = 0
            if number + own.size - 1 > self.scheme.room:
                where = ", ".join(f"{k} {v}" for k, v in parents[int(own[0])].items()) or "the town"
                msg = (
                    f"code scheme '{self.scheme.name}' is too short: {where} needs number {number + own.size - 1}, the largest is "
                    f"{self.scheme.room}. Widen `sequence`, or divide into fewer grids ({own.size} here: {some_of([grid_ids[int(i)] for i in own])})."
                )
                raise ConfigError(msg)
            for i in own[band_order(np.asarray(xy)[own])].tolist():
                code = self.scheme.write({**parents[i], "sequence": number})
                out.append(CodeEntry(code=code, grid_id=grid_ids[i], valid_from=day))
                number += 1
        return out
