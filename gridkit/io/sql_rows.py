"""How are reports read from a database, and nothing in it ever changed?"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from gridkit._deps import need
from gridkit.errors import InputError, SchemaError, some_of
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from gridkit.model.hazard_source import HazardSource

SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db")


def read_sql(source: HazardSource) -> tuple[pd.DataFrame, Any, object]:
    """Run the query of a source, or read its table, without the right to change anything.

    Parameters
    ----------
    source
        With `database`, or with a `path` to a SQLite file.

    Returns
    -------
    frame
        The rows of the answer.
    shapes
        Geometries, or None when the coordinates are columns.
    crs
        The reference system that the geometries carry; None for none.

    Raises
    ------
    InputError
        If there is no such database, the server does not answer, or the query is refused.
    SchemaError
        If a column is missing.
    MissingDependencyError
        For a server, when the extra ``sql`` is not installed.
    """
    if source.query and not re.match(r"\s*(select|with)\b", source.query, re.IGNORECASE):
        msg = f"`query` must be one SELECT; got '{source.query[:40]}'. Nothing else is run."
        raise InputError(msg)
    frame = _from_server(source) if source.database else _from_file(source)
    named = [source.geometry_column] if source.geometry_column else [source.x_column, source.y_column]  # fmt: skip
    for column in named:
        need_column(frame, column, name="hazards")
    if not source.geometry_column:
        return frame, None, None
    return frame, *_shapes(frame[source.geometry_column], source)


def _from_file(source: HazardSource) -> pd.DataFrame:
    """Read SQLite, opened for reading only."""
    path = Path(source.path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            names = _tables(base)
            return pd.read_sql_query(source.query or _whole(source, names), base)
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        msg = f"'{path.name}' did not answer the query: {_last(error)}."
        raise InputError(msg) from error


def _tables(base: sqlite3.Connection) -> list[str]:
    found = base.execute("select name from sqlite_master where type in ('table', 'view')")
    return sorted(str(n) for (n,) in found if not str(n).startswith("sqlite_"))


def _whole(source: HazardSource, names: list[str]) -> str:
    """Write the query for a whole table, one of those there are."""
    table = source.layer or (names[0] if len(names) == 1 else "")
    if not table:
        msg = f"'{source.label}' has {len(names)} tables: {some_of(names, most=12)}. Say which: layer = '...', or give a `query`."
        raise SchemaError(msg)
    if table not in names:
        msg = f"'{source.label}' has no table '{table}'. It has: {some_of(names, most=12)}."
        raise SchemaError(msg)
    return f"select * from {_quoted(table)}"  # noqa: S608  a table there is, quoted


def _from_server(source: HazardSource) -> pd.DataFrame:
    """Ask a server (PostgreSQL with PostGIS, or any that SQLAlchemy knows) in a read-only transaction."""
    sql = need("sqlalchemy", why="to read reports from a database")
    text = re.sub(r"\$\{(\w+)\}", _from_environment, source.database)
    try:
        url = sql.make_url(text)
    except sql.exc.ArgumentError as error:
        msg = "`database` is written as 'postgresql://user@host/name'; keep the password out of it, in ~/.pgpass or as ${NAME}."
        raise InputError(msg) from error
    if url.drivername == "postgresql":
        need("psycopg", why="to read reports from PostgreSQL")
        url = url.set(drivername="postgresql+psycopg")
    query = source.query or f"select * from {'.'.join(map(_quoted, source.layer.split('.')))}"  # noqa: S608  quoted
    try:
        engine = sql.create_engine(url, poolclass=sql.pool.NullPool)
        if url.get_backend_name() == "postgresql":
            engine = engine.execution_options(postgresql_readonly=True)
        with engine.connect() as base:
            # as it stands: neither `::` nor `%` in it is a place for a parameter
            return pd.read_sql_query(query, base.execution_options(no_parameters=True))
    except (sql.exc.SQLAlchemyError, pd.errors.DatabaseError, ImportError) as error:
        msg = f"the database {url.render_as_string(hide_password=True)} did not answer the query: {_last(error)}."
        raise InputError(msg) from error


def _from_environment(found: re.Match[str]) -> str:
    """Put in what an environment variable holds, so that no password stands in a batch file."""
    name = found.group(1)
    if name not in os.environ:
        msg = f"`database` names the environment variable {name}, which is not set."
        raise InputError(msg)
    return os.environ[name]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _last(error: Exception) -> str:
    """Give the line of a database's answer that says what is wrong."""
    cause = error.__cause__ if isinstance(error, pd.errors.DatabaseError) else error
    text = str(getattr(cause, "orig", None) or cause or error)
    lines = [s.strip() for s in text.splitlines() if s.strip()]
    wrong = [s for s in lines if "ERROR" in s or "error" in s or "no such" in s]
    return (wrong or lines or ["no reason given"])[0][:200].rstrip(".")


def _shapes(values: pd.Series, source: HazardSource) -> tuple[Any, object]:
    """Read geometries as databases hand them out: WKB with or without a reference system, as bytes or hex."""
    raw = [bytes(v) if isinstance(v, bytearray | memoryview) else v for v in values.tolist()]
    shapes = shapely.from_wkb(
        np.array([v if isinstance(v, str | bytes) else None for v in raw], dtype=object),
        on_invalid="ignore",
    )
    there = ~shapely.is_missing(shapes)
    if not there.any():
        msg = f"column `{source.geometry_column}` of '{source.label}' holds no geometry as WKB; select it as ST_AsBinary(...)."
        raise SchemaError(msg)
    found = np.unique(shapely.get_srid(shapes[there]))
    known = found[found > 0]
    if known.size > 1:
        msg = f"the geometries of '{source.label}' are in {known.size} reference systems ({some_of([f'EPSG:{k}' for k in known])}); bring them into one with ST_Transform."
        raise SchemaError(msg)
    return shapes, pyproj.CRS.from_epsg(int(known[0])) if known.size else None
