"""How is a whole file brought from one datum to another?"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import ConfigError, CRSError, InputError
from gridkit.geo.datum import convert, read_datum
from gridkit.io.atomic import write_text
from gridkit.io.geojson import write_geojson
from gridkit.io.geopackage import write_geopackage
from gridkit.io.sniff import existing_file, sniff
from gridkit.io.tables import read_table, to_numbers
from gridkit.io.vector import read_layer

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray

DECIMALS = 8
"""Of degrees in tables: about a millimetre."""


def convert_file(
    path: str | Path,
    out: str | Path,
    *,
    source: str,
    target: str = "WGS84",
    layer: str | None = None,
    x_column: str = "lon",
    y_column: str = "lat",
    encoding: str | None = None,
) -> int:
    """Convert the longitudes and latitudes of a table or a layer, and write it anew in one step.

    Parameters
    ----------
    path
        CSV or DBF (columns `x_column`, `y_column`), or any vector file in degrees.
    out
        ``.csv`` for tables (UTF-8); ``.gpkg`` or ``.geojson`` for layers. A file in a shifted datum
        must say so in its name (``shops_gcj02.csv``), for nothing else in it will.
    source, target
        Datums: ``WGS84``, ``CGCS2000``, ``GCJ02``, ``BD09``.
    layer
        Layer of a vector file.
    x_column, y_column
        Longitude and latitude of a table.
    encoding
        Of the text; by default found.

    Returns
    -------
    int
        Number of rows; rows without coordinates stay as they are.

    Raises
    ------
    ConfigError
        If a datum is unknown, or the name of `out` does not fit.
    CRSError
        If the layer is not in degrees.
    InputError
        If the file cannot be read.
    """
    from_, to = read_datum(source, name="source"), read_datum(target, name="target")
    where = Path(out)
    if to in {"GCJ02", "BD09"} and to.lower() not in where.name.lower().replace("-", ""):
        msg = f"'{where.name}' would hold {to} and not say so; call it '{where.stem}_{to.lower()}{where.suffix}'."
        raise ConfigError(msg)
    file = existing_file(path, name="file")
    if where.exists() and where.resolve() == file.resolve():
        msg = f"'{where.name}' is the file that is read; write to another name, so that nothing is converted twice."
        raise ConfigError(msg)
    if where.suffix.lower() == ".csv":
        table = read_table(file, encoding=encoding, name="file")
        xy = np.column_stack([to_numbers(table, c, name="file") for c in (x_column, y_column)])
        there: BoolArray = np.asarray(np.isfinite(xy).all(axis=1))
        xy[there] = convert(xy[there], from_, to)
        for i, column in enumerate((x_column, y_column)):
            cells = table[column].tolist()
            table[column] = [
                f"{v:.{DECIMALS}f}" if ok else old
                for v, ok, old in zip(xy[:, i], there, cells, strict=True)
            ]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.itertuples(index=False))
        write_text(where, text.getvalue())
        return len(table)
    return _convert_layer(file, where, from_, to, layer)


def _convert_layer(file: Path, where: Path, source: str, target: str, layer: str | None) -> int:
    if sniff(file, name="file") in {"text", "dbf"}:
        msg = f"'{file.name}' is a table; write it to a .csv file."
        raise InputError(msg)
    frame = read_layer(file, layer=layer, name="file")
    if frame.crs is None or not frame.crs.is_geographic:
        msg = f"'{file.name}' is not in degrees, and datums shift degrees. Reproject it first: to_crs('EPSG:4326')"
        raise CRSError(msg)

    def turn(xy: FloatArray) -> FloatArray:
        return convert(xy, source, target) if len(xy) else xy

    shapes = shapely.transform(np.asarray(frame.geometry.array, dtype=object), turn)
    moved = frame.set_geometry(shapes, crs="EPSG:4326")
    if where.suffix.lower() == ".geojson":
        write_geojson(where, moved, decimals=DECIMALS)
    elif where.suffix.lower() == ".gpkg":
        write_geopackage(where, {layer or file.stem: moved})
    else:
        msg = f"'{where.name}': layers are written as .gpkg or .geojson, tables as .csv."
        raise ConfigError(msg)
    return len(moved)
