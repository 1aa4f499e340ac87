"""Where do reports come from, and what do their columns mean?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from gridkit.errors import ConfigError, did_you_mean
from gridkit.geo.datum import DatumWord
from gridkit.model.hazards import MARKS, STAGES, TRAITS


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardSource:
    """A file of reports, or a database.

    Parameters
    ----------
    path
        CSV (``.csv``, ``.csv.gz``), GeoJSON, GeoPackage (also zipped), Parquet or SQLite
        (``.sqlite``, ``.db``).
    database
        Instead of a file: a server, as ``"postgresql://user@host/name"`` (PostGIS; needs
        ``gridkit[sql]``). It is read in a transaction that cannot change anything. Passwords belong in
        ``~/.pgpass``; ``${NAME}`` stands for an environment variable.
    query
        SELECT whose rows are the reports, for SQLite and servers.
    layer
        Layer of a GeoPackage with more than one; table of a database where there is no `query`.
    geometry_column
        Column of points in a database (PostGIS geometry, or WKB); empty to take `x_column` and
        `y_column`.
    id_column
        Column of report ids, read as text; empty to number the rows from 1.
    time_column
        Column of the time of reporting.
    category_column
        Column of the category; empty for one category ``"hazard"``.
    urgency_column
        Column of the urgency; empty when there is none.
    x_column, y_column
        Columns of the coordinates (x east or longitude, y north or latitude) in CSV files and in
        tables without geometry.
    crs
        Reference system of the coordinates, as ``"EPSG:4326"``; empty to take the file's own.
        A file that says something else is refused.
    datum
        Datum of longitudes and latitudes: ``"WGS84"``, ``"CGCS2000"``, ``"GCJ02"`` or ``"BD09"``
        (or in small letters); it is declared, never guessed.
    encoding
        Of CSV files: ``"auto"`` (UTF-8, with or without mark, else GB18030) or a name.
    time_format
        As in strftime, for example ``"%d.%m.%Y %H:%M"``; empty for ISO 8601.
    time_zone
        IANA name of the town's zone, needed when times carry an offset from UTC; times without
        one are taken as local.
    time_columns
        Further times: stage (`STAGES`) or ``due`` to column.
    trait_columns
        Further words: ``channel``, ``department``, ``reporter`` to column.
    mark_columns
        Numbers of times: ``returned``, ``rework``, ``deferred``, ``self_disposed`` to column
        (numbers, or true/false).
    categories
        Vocabulary: word in the file to category. Empty to take the words as they are.
    urgencies
        Vocabulary: word in the file to urgency.
    unknown_word
        What to do with a word that a given vocabulary lacks: ``"refuse"`` the row, or call it
        ``"other"``.
    categories_kept
        Only these categories are read (after the vocabulary); empty for all.
    first_day, last_day
        Days as ``"2016-01-31"``, both included; reports outside are refused. Empty for no limit
        (a report from the future is always refused).
    max_refused_share : 0..1
        Reading stops when more of the rows than this are refused.
    duplicate_m : m
        Reports of one category that are at most this far apart...
    duplicate_h : h
        ...and at most this long apart are linked as one hazard; 0 to link none.
    duplicate_reporter
        Whose repeated reports are linked: ``"any"``, ``"same"`` (only those of one reporter: a second
        reporter then makes a second hazard) or ``"other"`` (only those of different reporters). The
        last two need ``trait_columns.reporter``.
    snap_m : m
        Reports outside the town but at most this far from a unit count in it (a kerb, a river bank);
        0 for none. Their coordinates stay.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str = ""
    database: str = ""
    query: str = ""
    layer: str = ""
    geometry_column: str = ""
    id_column: str = ""
    time_column: str = "reported_at"
    category_column: str = ""
    urgency_column: str = ""
    x_column: str = ""
    y_column: str = ""
    crs: str = ""
    datum: DatumWord = "WGS84"
    encoding: str = "auto"
    time_format: str = ""
    time_zone: str = ""
    time_columns: dict[str, str] = field(default_factory=dict)
    trait_columns: dict[str, str] = field(default_factory=dict)
    mark_columns: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    urgencies: dict[str, str] = field(default_factory=dict)
    unknown_word: Literal["refuse", "other"] = "refuse"
    categories_kept: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    max_refused_share: float = 0.10
    duplicate_m: float = 20.0
    duplicate_h: float = 24.0
    duplicate_reporter: Literal["any", "same", "other"] = "any"
    snap_m: float = 0.0

    def __post_init__(self) -> None:
        if bool(self.path) == bool(self.database):
            msg = "give either `path` (a file of reports) or `database` (a server), and not both."
            raise ConfigError(msg)
        if self.database and not (self.query or self.layer):
            msg = "a `database` needs a `query`, or the name of a table as `layer`."
            raise ConfigError(msg)
        if not 0 <= self.max_refused_share <= 1:
            msg = f"`max_refused_share` is a share from 0 to 1; got {self.max_refused_share}"
            raise ConfigError(msg)
        if min(self.duplicate_m, self.duplicate_h, self.snap_m) < 0:
            msg = f"`duplicate_m`, `duplicate_h` and `snap_m` are not negative; got {self.duplicate_m}, {self.duplicate_h} and {self.snap_m}"
            raise ConfigError(msg)
        if self.duplicate_reporter != "any" and "reporter" not in self.trait_columns:
            msg = f"duplicate_reporter = '{self.duplicate_reporter}' needs to know who reported: trait_columns = {{ reporter = '...' }}"
            raise ConfigError(msg)
        for name, given, known in (
            ("time_columns", self.time_columns, (*STAGES[1:], "due")),
            ("trait_columns", self.trait_columns, TRAITS[1:]),
            ("mark_columns", self.mark_columns, MARKS),
        ):
            for key in given:
                if key not in known:
                    msg = f"`{name}` has the key '{key}'{did_you_mean(key, known) or '.'} Known: {', '.join(known)}."
                    raise ConfigError(msg)
        if bool(self.x_column) != bool(self.y_column):
            msg = "give both `x_column` and `y_column`, or neither."
            raise ConfigError(msg)

    @property
    def label(self) -> str:
        """Where the reports are from, for messages: the file, or the server without its password."""
        return self.path or re.sub(r"//([^:/@]*):[^@]*@", r"//\1:***@", self.database)
