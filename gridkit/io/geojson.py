"""How does a frame become GeoJSON that every reader takes, the same bytes every time?"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import CRSError, GeometryError, SchemaError
from gridkit.geo.crs import to_wgs84
from gridkit.io.atomic import write_bytes
from gridkit.model.units import check_ids, text_ids

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from gridkit._typing import FloatArray, Json


def write_geojson(
    path: str | Path, frame: gpd.GeoDataFrame, *, decimals: int = 7, id_column: str | None = None
) -> None:
    """Write a frame as GeoJSON (RFC 7946), in one step.

    WGS 84 longitude and latitude, shells counter-clockwise, features sorted by id, a fixed number of
    decimals, no ``crs`` member, blanks as ``null``. Coordinates are rounded after reprojection, so
    vertices that two neighbours share stay equal. Equal frames give equal bytes.

    Parameters
    ----------
    path
        Where to.
    frame
        With a CRS. Columns become properties.
    decimals
        Of degrees; 7 are about one centimetre.
    id_column
        Column of ids; by default the index of the frame.

    Raises
    ------
    CRSError
        If the frame has no CRS.
    SchemaError
        If ids are empty or occur twice, or a value has no place in JSON.
    GeometryError
        If coordinates are not finite or wider than half the globe.
    """
    write_bytes(path, geojson_text(frame, decimals=decimals, id_column=id_column).encode("utf-8"))


def geojson_text(
    frame: gpd.GeoDataFrame, *, decimals: int = 7, id_column: str | None = None
) -> str:
    """Give the text that `write_geojson` writes, one feature on a line."""
    if frame.crs is None:
        msg = "the frame has no reference system; GeoJSON needs one to turn into degrees: frame.set_crs('EPSG:...')"
        raise CRSError(msg)
    name = "features"
    indexed = frame if id_column else frame.assign(__id=frame.index.astype(str))
    ids = text_ids(indexed, id_column or "__id", name=name)
    check_ids(ids, name=name)
    shapes = _degrees(np.asarray(frame.geometry.array, dtype=object), frame.crs, decimals)
    geometry_column = frame.geometry.name
    columns = [c for c in frame.columns if c != geometry_column]
    values = [frame[c].tolist() for c in columns]
    keys = [json.dumps(str(c), ensure_ascii=False) for c in columns]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    lines = []
    for i in order:
        properties = ",".join(
            f"{key}:{_value(column[i], name=str(c))}"
            for key, column, c in zip(keys, values, columns, strict=True)
        )
        lines.append(
            f'{{"type":"Feature","id":{json.dumps(ids[i], ensure_ascii=False)},'
            f'"geometry":{_geometry(shapes[i], decimals)},"properties":{{{properties}}}}}'
        )
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _degrees(shapes: Any, crs: object, decimals: int) -> Any:
    """Reproject and round."""

    def turn(xy: FloatArray) -> FloatArray:
        degrees = np.round(to_wgs84(xy, crs), decimals) if len(xy) else xy
        return np.asarray(degrees + 0.0)  # no -0.0

    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    out = np.full(len(shapes), None, dtype=object)
    if not there.any():
        return out
    flat = shapely.transform(shapely.force_2d(shapes[there]), turn)
    xy, owner = shapely.get_coordinates(flat, return_index=True)
    bad = np.unique(owner[~np.isfinite(xy).all(axis=1)])
    if bad.size:
        rows = ", ".join(str(r + 1) for r in np.flatnonzero(there)[bad[:5]])
        msg = f"{bad.size} features have coordinates that are not finite in WGS 84 (rows {rows}). Check the reference system of the frame."
        raise GeometryError(msg)
    if np.ptp(xy[:, 0]) > 180:
        msg = "the features span more than 180 degrees of longitude; cut them at the antimeridian first (package `antimeridian`)."
        raise GeometryError(msg)
    out[there] = flat
    return out


def _value(value: Any, *, name: str) -> str:
    """Give one property as JSON."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in {"NAType", "NaTType"} or value != value:  # noqa: PLR0124  NaN differs from itself
        return "null"
    if isinstance(value, float) and math.isinf(value):
        msg = f"column `{name}` holds an infinite number, which JSON cannot hold. Give a number or a blank."
        raise SchemaError(msg)
    if isinstance(value, dt.date):
        value = value.isoformat()
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        msg = (
            f"column `{name}` holds {value!r} ({type(value).__name__}), which has no place in JSON."
        )
        raise SchemaError(msg) from error


def _geometry(shape: BaseGeometry | None, decimals: int) -> str:
    """Give one geometry as JSON with fixed decimals; null when nothing of it is left by rounding."""
    if shape is None:
        return "null"
    kind = shape.geom_type
    if kind == "GeometryCollection":
        parts = ",".join(_geometry(p, decimals) for p in shapely.get_parts(shape))
        return f'{{"type":"{kind}","geometries":[{parts}]}}'
    coordinates = _coordinates(shape, decimals)
    return f'{{"type":"{kind}","coordinates":{coordinates}}}' if coordinates else "null"


def _coordinates(shape: BaseGeometry, decimals: int) -> str:
    """Give coordinates as JSON; an empty text for what rounding has made to nothing."""
    kind = shape.geom_type
    if kind.startswith("Multi"):
        parts = [_coordinates(p, decimals) for p in shapely.get_parts(shape)]
        there = [p for p in parts if p]
        return f"[{','.join(there)}]" if there else ""
    if kind == "Polygon":
        shell, *holes = (shapely.get_coordinates(r).tolist() for r in shapely.get_rings(shape))
        rings = [_oriented(shell, is_shell=True)]
        if not rings[0]:
            return ""
        rings += [h for h in (_oriented(hole, is_shell=False) for hole in holes) if h]
        return f"[{','.join(_positions(r, decimals) for r in rings)}]"
    xy = shapely.get_coordinates(shape).tolist()
    if kind == "Point":
        return _positions(xy, decimals)[1:-1]
    line = [p for p, _ in itertools.groupby(xy)]
    return _positions(line, decimals) if len(line) > 1 else ""


def _positions(xy: list[list[float]], decimals: int) -> str:
    return f"[{','.join(f'[{x:.{decimals}f},{y:.{decimals}f}]' for x, y in xy)}]"


def _oriented(ring: list[list[float]], *, is_shell: bool) -> list[list[float]]:
    """Drop repeated points and turn the ring; empty when it encloses nothing."""
    once = [p for p, _ in itertools.groupby(ring)]
    twice = _twice_area(once)
    if len(once) < 4 or twice == 0:
        return []
    return once if (twice > 0) == is_shell else once[::-1]


def _twice_area(ring: list[list[float]]) -> float:
    """Twice the signed area, positive when counter-clockwise; exact in sign for either direction."""
    x0, y0 = min(ring)
    return math.fsum(
        term
        for a, b in itertools.pairwise(ring)
        for term in ((a[0] - x0) * (b[1] - y0), -(b[0] - x0) * (a[1] - y0))
    )


# ---------------------------------------------------------------------- checked
_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def check_rfc7946(data: Json | str | bytes | Path) -> list[str]:
    """List everything in a GeoJSON document that RFC 7946 does not allow or advises against.

    Parameters
    ----------
    data
        A document, its text, or the path of a file.

    Returns
    -------
    list of str
        One sentence each; empty when all is well.

    References
    ----------
    Butler, H. et al. (2016). The GeoJSON Format. RFC 7946.

    Examples
    --------
    >>> check_rfc7946('{"type": "Point", "coordinates": [200, 10]}')
    ['document: longitude 200 is outside -180..180']
    """
    if isinstance(data, Path):
        data = data.read_bytes()
    if isinstance(data, str | bytes):
        problems: list[str] = []

        def refuse(text: str) -> None:
            problems.append(f"document: {text} is not a JSON number")

        try:
            data = json.loads(data, parse_constant=refuse)
        except ValueError as error:
            return [f"document: not JSON ({error})"]
        if problems:
            return problems
    return list(_object(data, "document"))


def _object(data: Any, where: str) -> list[str]:
    """Check a document, a feature or a geometry."""
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        return [f"{where}: not an object with a type"]
    out = [f"{where}: has a `crs` member (RFC 7946 section 4)"] if "crs" in data else []
    kind = data["type"]
    if kind == "FeatureCollection":
        if not isinstance(data.get("features"), list):
            return [*out, f"{where}: `features` is not a list"]
        seen: set[Any] = set()
        for i, feature in enumerate(data["features"]):
            at = f"feature {i}"
            if not isinstance(feature, dict) or feature.get("type") != "Feature":
                out.append(f"{at}: not a Feature")
                continue
            out += _feature(feature, at)
            if "id" in feature and feature["id"] in seen:
                out.append(f"{at}: id {feature['id']!r} occurs twice")
            seen.add(feature.get("id"))
        return out
    if kind == "Feature":
        return [*out, *_feature(data, where)]
    return [*out, *_shape(data, where)]


def _feature(data: Json, where: str) -> list[str]:
    out = []
    if "geometry" not in data or "properties" not in data:
        out.append(f"{where}: needs `geometry` and `properties`")
    if not isinstance(data.get("properties"), dict | None):
        out.append(f"{where}: `properties` is neither an object nor null")
    if "id" in data and (
        isinstance(data["id"], bool) or not isinstance(data["id"], str | int | float)
    ):
        out.append(f"{where}: id is neither text nor a number")
    out += [
        f"{where}: has a member `{k}` of a geometry"
        for k in ("coordinates", "geometries", "features")
        if k in data
    ]
    if data.get("geometry") is not None:
        out += _shape(data["geometry"], where)
    return out


def _shape(data: Any, where: str) -> list[str]:
    """Check a geometry."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "GeometryCollection":
        parts = data.get("geometries")
        if not isinstance(parts, list):
            return [f"{where}: `geometries` is not a list"]
        return [p for part in parts for p in _shape(part, where)]
    if kind not in _DEPTH:
        return [f"{where}: {kind!r} is no geometry type"]
    if "coordinates" not in data:
        return [f"{where}: {kind} without coordinates"]
    return _nested(data["coordinates"], _DEPTH[kind], kind, where)


def _nested(value: Any, depth: int, kind: str, where: str) -> list[str]:
    """Check coordinates, from the outside in."""
    if not isinstance(value, list):
        return [f"{where}: coordinates of {kind} are not nested as they should be"]
    if depth == 0:
        return _position(value, where)
    if kind in {"Polygon", "MultiPolygon"} and depth == 2:
        out = []
        for i, ring in enumerate(value):
            found = _nested(ring, 1, kind, where)
            out += found or _ring(ring, where, is_shell=i == 0)
        return out or ([] if value else [f"{where}: a polygon without rings"])
    if kind in {"LineString", "MultiLineString"} and depth == 1 and len(value) < 2:
        return [f"{where}: a line with {len(value)} positions"]
    return [p for part in value for p in _nested(part, depth - 1, kind, where)]


def _position(value: list[Any], where: str) -> list[str]:
    if not 2 <= len(value) <= 3 or any(
        isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in value
    ):
        return [f"{where}: {value!r} is no position of 2 or 3 finite numbers"]
    out = []
    if abs(value[0]) > 180:
        out.append(f"{where}: longitude {value[0]} is outside -180..180")
    if abs(value[1]) > 90:
        out.append(f"{where}: latitude {value[1]} is outside -90..90")
    return out


def _ring(ring: list[list[float]], where: str, *, is_shell: bool) -> list[str]:
    if len(ring) < 4:
        return [f"{where}: a ring with {len(ring)} positions, 4 are needed"]
    if ring[0] != ring[-1]:
        return [f"{where}: a ring that is not closed"]
    twice = _twice_area([p[:2] for p in ring])
    if twice == 0 or (twice > 0) != is_shell:
        kind = (
            "an outer ring that is not counter-clockwise"
            if is_shell
            else "a hole that is not clockwise"
        )
        return [f"{where}: {kind}"]
    return []
