"""How does a layer of shapes come in? The one door for reading vector files."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import CRSError, GeometryError, InputError, SchemaError, did_you_mean
from gridkit.geo.plausible import check_coordinates
from gridkit.io.dbf import dbf_encoding
from gridkit.io.osm import LAYERS, read_osm
from gridkit.io.sniff import existing_file, sniff
from gridkit.io.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    import geopandas as gpd

_LOG = logging.getLogger(__name__)
VECTOR = ("gpkg", "geojson", "parquet", "flatgeobuf", "shapefile", "osm")


def read_layer(
    path: str | Path,
    *,
    layer: str | None = None,
    columns: Sequence[str] | None = None,
    name: str = "layer",
) -> gpd.GeoDataFrame:
    """Read one layer of a vector file.

    GeoPackage, GeoJSON, GeoParquet, FlatGeobuf, Shapefile and OpenStreetMap (see `gridkit.io.osm`)
    are read, alone or in a zip or gzip file. The kind is found from the first bytes, never from the name, and only files on this machine
    are opened. Nothing is repaired, reprojected or guessed.

    Parameters
    ----------
    path
        The file.
    layer
        Which layer, where the file has several.
    columns
        Read only these columns (and the geometry).
    name
        What to call the layer in messages.

    Returns
    -------
    GeoDataFrame
        In the CRS of the file (None where it says none); heights are dropped. Rows without geometry
        stay, so that a check can name them.

    Raises
    ------
    InputError
        If the file is missing, of another kind than it says, broken, or not a vector file.
    SchemaError
        If the layer or a column is missing, with the nearest names there are.
    GeometryError, CRSError
        If coordinates are not finite, or impossible in the reference system.
    """
    file = existing_file(path, name=name)
    kind = sniff(file, name=name)
    if kind in {"zip", "gzip"}:
        with unpacked(file, kind, name=name, member=layer) as inner:
            held = sniff(inner, name=name)
            only = layer if held in {"gpkg", "osm"} else None
            return _read(inner, held, layer=only, columns=columns, name=name)
    return _read(file, kind, layer=layer, columns=columns, name=name)


def list_layers(path: str | Path, *, name: str = "layer") -> list[str]:
    """Name the layers of a vector file that have shapes.

    Raises
    ------
    InputError
        As `read_layer`.
    """
    file = existing_file(path, name=name)
    kind = sniff(file, name=name)
    if kind in {"zip", "gzip"}:
        with unpacked(file, kind, name=name) as inner:
            return _layers(inner, sniff(inner, name=name), name=name)
    return _layers(file, kind, name=name)


def _read(
    file: Path, kind: str, *, layer: str | None, columns: Sequence[str] | None, name: str
) -> gpd.GeoDataFrame:
    if kind not in VECTOR:
        msg = f"`{name}`: '{file.name}' holds {kind}, where shapes are needed (GeoPackage, GeoJSON, Parquet, FlatGeobuf, Shapefile, OpenStreetMap)."
        raise InputError(msg)
    if kind == "osm":
        frame = read_osm(file, layer=layer, name=name)
        if columns is not None:
            _check_columns(columns, [c for c in frame if c != "geometry"], name=name)
            frame = frame[[*columns, "geometry"]]
    elif kind == "parquet":
        frame = _read_parquet(file, columns, name=name)
    else:
        frame = _read_gdal(file, kind, layer, columns, name=name)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    if shapely.has_z(shapes).any():
        _LOG.info("%s: heights in '%s' are dropped", name, file.name)
        frame = frame.set_geometry(shapely.force_2d(shapes), crs=frame.crs)
    check_coordinates(shapes, frame.crs, name=name)
    return frame


def _source(file: Path, kind: str) -> str:
    """Name the driver where GDAL lets one, so that nothing else can take the file."""
    prefix = {"gpkg": "GPKG:", "geojson": "GeoJSON:"}.get(kind, "")
    return f"{prefix}{file.resolve()}"


def _layers(file: Path, kind: str, *, name: str) -> list[str]:
    import pyogrio  # noqa: PLC0415  GDAL is loaded only when a file is read

    if kind == "osm":
        return list(LAYERS)
    if kind not in VECTOR or kind == "parquet":
        return [file.stem]
    with _worded(file, name=name):
        found = pyogrio.list_layers(_source(file, kind))
    return [str(n) for n, geometry in found.tolist() if geometry is not None]


def _read_gdal(
    file: Path, kind: str, layer: str | None, columns: Sequence[str] | None, *, name: str
) -> gpd.GeoDataFrame:
    import pyogrio  # noqa: PLC0415  GDAL is loaded only when a file is read

    if kind == "geojson":
        _check_geojson(file, name=name)
    source = _source(file, kind)
    names = _layers(file, kind, name=name)
    if not names:
        msg = f"`{name}`: '{file.name}' has no layer with shapes."
        raise SchemaError(msg)
    layer = _chosen(layer, names, file, name=name) if kind == "gpkg" else names[0]
    options: dict[str, Any] = {"layer": layer}
    if kind == "shapefile":
        options["encoding"] = dbf_encoding(file.with_suffix(".dbf"), name=name)
    with _worded(file, name=name):
        info = pyogrio.read_info(source, **options)
    fields = [str(f) for f in info["fields"]]
    if columns is not None:
        _check_columns(columns, fields, name=name)
        options["columns"] = list(columns)
    try:
        with _worded(file, name=name):
            frame = pyogrio.read_dataframe(source, **options)
    except shapely.errors.GEOSException as error:
        raise _unreadable(source, options, file, error, name=name) from error
    if not hasattr(frame, "geometry"):
        msg = f"`{name}`: layer '{layer}' of '{file.name}' has no shapes."
        raise SchemaError(msg)
    whole = {str(f) for f, t in zip(info["fields"], info["dtypes"], strict=True) if "int" in str(t)}
    spoilt = [c for c in frame.columns if c in whole and frame[c].dtype.kind == "f"]
    if spoilt:  # a blank turned whole numbers into decimals, which lose digits beyond the sixteenth
        options["columns"] = spoilt
        table = pyogrio.read_arrow(source, read_geometry=False, **options)[1]
        for column in spoilt:
            frame[column] = _whole(table.column(column))
    return frame


def _whole(column: Any) -> Any:
    """Give an Arrow column of whole numbers with blanks as pandas has them, without loss."""
    import pandas as pd  # noqa: PLC0415  importing gridkit must not load it

    return pd.array(column.to_pylist(), dtype="Int64")


def _chosen(layer: str | None, names: list[str], file: Path, *, name: str) -> str:
    if layer is None:
        if len(names) == 1:
            return names[0]
        msg = f"`{name}`: '{file.name}' has {len(names)} layers; say which: layer = '{names[0]}'. It has: {', '.join(names)}."
        raise SchemaError(msg)
    if layer not in names:
        msg = f"`{name}`: '{file.name}' has no layer '{layer}'{did_you_mean(layer, names) or '.'} It has: {', '.join(names)}."
        raise SchemaError(msg)
    return layer


def _check_columns(columns: Sequence[str], fields: Sequence[str], *, name: str) -> None:
    for column in columns:
        if column not in fields:
            some = ", ".join(fields[:12]) + (
                f" and {len(fields) - 12} more" if len(fields) > 12 else ""
            )
            msg = f"`{name}` has no column `{column}`{did_you_mean(column, fields) or '.'} It has: {some}."
            raise SchemaError(msg)


def _read_parquet(file: Path, columns: Sequence[str] | None, *, name: str) -> gpd.GeoDataFrame:
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it
    import pyarrow.parquet as pq  # noqa: PLC0415  the same
    from pyarrow import ArrowException  # noqa: PLC0415  the same

    try:
        schema = pq.read_schema(file)
        if b"geo" not in (schema.metadata or {}):
            msg = (
                f"`{name}`: '{file.name}' is a Parquet table without shapes; GeoParquet is needed."
            )
            raise SchemaError(msg)
        wanted = None
        if columns is not None:
            import json  # noqa: PLC0415  only to find the geometry's name

            geometry = str(json.loads(schema.metadata[b"geo"])["primary_column"])
            _check_columns(columns, [n for n in schema.names if n != geometry], name=name)
            wanted = [*columns, geometry]
        return gpd.read_parquet(file, columns=wanted)
    except (ArrowException, OSError, KeyError) as error:
        msg = f"`{name}`: '{file.name}' cannot be read as GeoParquet: {_first_line(error)}"
        raise InputError(msg) from error


def _check_geojson(file: Path, *, name: str) -> None:
    """Refuse JSON that is something else, or that makes GDAL run something."""
    data = file.read_bytes()
    if b"gdal_streamed_alg" in data:
        msg = f"`{name}`: '{file.name}' is a list of GDAL commands and not GeoJSON; it is not run."
        raise InputError(msg)
    if b'"Feature' not in data and b'"coordinates"' not in data and b'"geometries"' not in data:
        msg = f"`{name}`: '{file.name}' is JSON but not GeoJSON; a FeatureCollection is needed."
        raise InputError(msg)


def _unreadable(
    source: str, options: dict[str, Any], file: Path, error: Exception, *, name: str
) -> GeometryError:
    """Find the features that GEOS refuses, by row."""
    import pyogrio  # noqa: PLC0415  GDAL is loaded only when a file is read

    asked = {**options, "columns": []}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loose = pyogrio.read_dataframe(source, on_invalid="ignore", **asked)
    rows = np.flatnonzero(loose.geometry.isna().to_numpy()) + 1
    shown = ", ".join(str(r) for r in rows[:5]) + (
        f" and {rows.size - 5} more" if rows.size > 5 else ""
    )
    return GeometryError(
        f"`{name}`: {rows.size} features of '{file.name}' have a broken outline (rows {shown}: {_first_line(error)}). "
        f"Correct them where they were drawn; usually a ring is not closed."
    )


class _worded:  # noqa: N801  reads as a verb where it is used
    """Turn errors of GDAL into one sentence, and its warnings into log lines."""

    def __init__(self, file: Path, *, name: str) -> None:
        self._file = file
        self._name = name
        self._caught = warnings.catch_warnings(record=True)

    def __enter__(self) -> None:
        self._log = self._caught.__enter__()
        warnings.simplefilter("always")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._caught.__exit__(kind, error, trace)
        for warning in self._log or ():
            _LOG.info("%s: '%s': %s", self._name, self._file.name, warning.message)
        if kind is None or not isinstance(error, Exception):
            return
        import pyogrio.errors as known  # noqa: PLC0415  GDAL is loaded only when a file is read
        import pyproj  # noqa: PLC0415  only to recognise its error

        if isinstance(error, pyproj.exceptions.CRSError):
            msg = f"`{self._name}`: '{self._file.name}' names a reference system that is not known: {_first_line(error)}"
            raise CRSError(msg) from error
        wrong = (
            known.DataSourceError,
            known.DataLayerError,
            known.FeatureError,
            known.FieldError,
            known.GeometryError,
            UnicodeDecodeError,
        )
        if isinstance(error, wrong):
            msg = f"`{self._name}`: '{self._file.name}' cannot be read: {_first_line(error)}"
            raise InputError(msg) from error


def _first_line(error: BaseException) -> str:
    """Give the message without paths of this machine."""
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:300]
