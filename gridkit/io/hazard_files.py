"""How is a file of reports read, row by row, with nothing lost on the way?"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridkit.errors import InputError, SchemaError, some_of
from gridkit.io.sql_rows import SQLITE_SUFFIXES, read_sql
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, IntArray
    from gridkit.model.hazard_source import HazardSource

_SUFFIXES = (".csv", ".csv.gz", ".geojson", ".json", ".gpkg", ".gpkg.zip", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a file, before anybody judged them.

    Parameters
    ----------
    frame : (n rows)
        The columns asked for, as they stand in the file.
    x, y : (n,)
        Coordinates; nan where there are none.
    is_point : (n,)
        Whether the row has a point (False for a line, a polygon).
    line : (n,)
        Record number; in a CSV file the header is 1.
    crs
        What the file says of itself; None when it says nothing.
    broken
        Line and text of records that could not be split into columns.
    notes
        What had to be found out about the file.
    """

    frame: pd.DataFrame
    x: FloatArray
    y: FloatArray
    is_point: Any
    line: IntArray
    crs: object = None
    broken: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = field(default=())


def read_rows(source: HazardSource) -> Rows:
    """Read the columns that a source names.

    Raises
    ------
    InputError
        If the file is missing, of an unknown kind, or cannot be read.
    SchemaError
        If a column or layer is missing.
    """
    if source.database:
        return _read_database(source)
    path = Path(source.path)
    name = path.name.lower()
    if not path.is_file():
        msg = f"there is no file of hazards at '{source.path}'."
        raise InputError(msg)
    if name.endswith(SQLITE_SUFFIXES):
        return _read_database(source)
    if not name.endswith(_SUFFIXES):
        msg = f"'{source.path}' is of no kind that is read here; the name must end in one of {', '.join((*_SUFFIXES, *SQLITE_SUFFIXES))}."
        raise InputError(msg)
    if name.endswith((".csv", ".csv.gz")):
        return _read_csv(path, source)
    if name.endswith(".parquet"):
        return _read_parquet(path, source)
    return _read_vector(path, source)


def wanted(source: HazardSource) -> list[str]:
    """List the columns that a source names, each once."""
    named = [
        source.id_column,
        source.time_column,
        source.category_column,
        source.urgency_column,
        *source.time_columns.values(),
        *source.trait_columns.values(),
        *source.mark_columns.values(),
    ]
    return list(dict.fromkeys(c for c in named if c))


def _encoding(path: Path, source: HazardSource, opened: Any) -> tuple[str, str]:
    """Find the encoding of a text file, strictly: UTF-8 or GB18030."""
    if source.encoding != "auto":
        return source.encoding, ""
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            with opened(path, "rb") as stream:
                while chunk := stream.read(1 << 20):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        note = "" if encoding == "utf-8" else f"'{path.name}' is not UTF-8; read as GB18030."
        return encoding, note
    msg = f"'{path.name}' is neither UTF-8 nor GB18030. Say what it is: encoding = 'big5'"
    raise InputError(msg)


def _read_csv(path: Path, source: HazardSource) -> Rows:
    """Read a CSV file as text; records with too few or too many fields are kept apart."""
    import gzip  # noqa: PLC0415  only for packed files

    import pyarrow as pa  # noqa: PLC0415  heavy, and only for CSV and Parquet
    from pyarrow import csv  # noqa: PLC0415  the same

    if not source.x_column:
        msg = "a CSV file has no geometry: name the columns with `x_column` and `y_column`."
        raise SchemaError(msg)
    opened: Any = gzip.open if path.name.lower().endswith(".gz") else open
    encoding, note = _encoding(path, source, opened)
    broken: list[tuple[int, str]] = []

    def set_aside(row: Any) -> str:
        broken.append((int(row.number), str(row.text)))
        return "skip"

    with opened(path, "rb") as stream:
        head = stream.read(3)
        stream.seek(3 if head == codecs.BOM_UTF8 else 0)
        names = stream.readline().decode(encoding, errors="replace")
        if not names.strip():
            msg = f"'{path.name}' is empty: not even column names."
            raise InputError(msg)
        stream.seek(3 if head == codecs.BOM_UTF8 else 0)
        known = pd.read_csv(StringIO(names), nrows=0, dtype=str)
        named = [*wanted(source), source.x_column, source.y_column]
        for column in named:
            need_column(known, column, name="hazards")
        try:
            table = csv.read_csv(
                stream,
                read_options=csv.ReadOptions(encoding=encoding, use_threads=False),
                parse_options=csv.ParseOptions(
                    invalid_row_handler=set_aside, newlines_in_values=True
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(named, pa.string()),
                    include_columns=list(dict.fromkeys(named)),
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            msg = f"'{path.name}' cannot be read as CSV: {str(error).splitlines()[0]}"
            raise InputError(msg) from error
    frame = table.to_pandas()
    line = np.arange(2, len(frame) + len(broken) + 2, dtype=np.int64)
    line = np.setdiff1d(line, [n for n, _ in broken])[: len(frame)]
    x, y = (_float(frame[c]) for c in (source.x_column, source.y_column))
    return Rows(
        frame=frame,
        x=x,
        y=y,
        is_point=np.ones(len(frame), dtype=bool),
        line=line,
        broken=tuple(broken),
        notes=(note,) if note else (),
    )


def _float(values: pd.Series) -> FloatArray:
    """Read numbers; what is none becomes nan."""
    made = pd.to_numeric(values, errors="coerce")
    return np.asarray(made.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _read_parquet(path: Path, source: HazardSource) -> Rows:
    """Read Parquet, with geometry (GeoParquet) or with coordinate columns."""
    import geopandas as gpd  # noqa: PLC0415  heavy, and only for some files
    import pyarrow as pa  # noqa: PLC0415  the same
    from pyarrow import parquet  # noqa: PLC0415  the same

    try:
        schema = parquet.read_schema(path)
    except pa.ArrowInvalid as error:
        msg = f"'{path.name}' cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
    known = pd.DataFrame(columns=schema.names)
    named = wanted(source) + ([source.x_column, source.y_column] if source.x_column else [])
    for column in named:
        need_column(known, column, name="hazards")
    if source.x_column:
        frame = pd.read_parquet(path, columns=list(dict.fromkeys(named)))
        x, y = (_float(frame[c]) for c in (source.x_column, source.y_column))
        return _rows(frame, x, y, np.ones(len(frame), dtype=bool), None)
    if b"geo" not in (schema.metadata or {}):
        msg = f"'{path.name}' has no geometry: name the columns with `x_column` and `y_column`."
        raise SchemaError(msg)
    located = gpd.read_parquet(path, columns=[*named, "geometry"])
    return _located(located)


def _read_vector(path: Path, source: HazardSource) -> Rows:
    """Read GeoJSON or GeoPackage."""
    import pyogrio  # noqa: PLC0415  heavy, and only for some files

    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        if source.layer and source.layer not in layers:
            msg = (
                f"'{path.name}' has no layer '{source.layer}'. It has: {some_of(layers, most=20)}."
            )
            raise SchemaError(msg)
        if not source.layer and len(layers) != 1:
            msg = f"'{path.name}' has {len(layers)} layers: {some_of(layers, most=20)}. Say which: layer = '...'"
            raise SchemaError(msg)
        layer = source.layer or layers[0]
        fields = pyogrio.read_info(path, layer=layer)["fields"]
        known = pd.DataFrame(columns=[str(f) for f in fields])
        for column in wanted(source):
            need_column(known, column, name="hazards")
        frame = pyogrio.read_dataframe(path, layer=layer, columns=wanted(source))
    except pyogrio.errors.DataSourceError as error:
        msg = f"'{path.name}' cannot be read: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
    if "geometry" not in frame.columns:
        msg = f"layer '{layer}' of '{path.name}' has no geometry."
        raise SchemaError(msg)
    return _located(frame)


def _read_database(source: HazardSource) -> Rows:
    """Read SQLite or a server."""
    if not (source.geometry_column or source.x_column):
        msg = "a database needs `geometry_column`, or `x_column` and `y_column`."
        raise SchemaError(msg)
    frame, shapes, crs = read_sql(source)
    for column in wanted(source):
        need_column(frame, column, name="hazards")
    if shapes is None:
        x, y = (_float(frame[c]) for c in (source.x_column, source.y_column))
        return _rows(frame, x, y, np.ones(len(frame), dtype=bool), None)
    return _points(frame, shapes, crs)


def _located(frame: Any) -> Rows:
    """Take coordinates from point geometries."""
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    return _points(plain, np.asarray(frame.geometry.array, dtype=object), frame.crs)


def _points(frame: pd.DataFrame, shapes: Any, crs: object) -> Rows:
    is_point = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    x, y = np.full(len(shapes), np.nan), np.full(len(shapes), np.nan)
    x[is_point], y[is_point] = shapely.get_x(shapes[is_point]), shapely.get_y(shapes[is_point])
    return _rows(frame, x, y, is_point | ~there, crs)


def _rows(frame: pd.DataFrame, x: FloatArray, y: FloatArray, is_point: Any, crs: object) -> Rows:
    line = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Rows(frame=frame, x=x, y=y, is_point=is_point, line=line, crs=crs)
