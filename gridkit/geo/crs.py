"""Is this reference system fit for measuring areas and lengths at this place?"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyproj

from gridkit.errors import CRSError

if TYPE_CHECKING:
    from gridkit._typing import FloatArray

AREA_TOLERANCE = 0.005
"""Largest error of the areal scale at the town: 0.5 % (style, section 6)."""

WGS84 = pyproj.CRS.from_epsg(4326)


def read_crs(text: object, *, name: str = "crs") -> pyproj.CRS:
    """Make a reference system from a code, WKT or object.

    Raises
    ------
    CRSError
        If it is not known.
    """
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        msg = (
            f"`{name}` is {text!r}, which is not a known reference system. Write it as 'EPSG:4547'."
        )
        raise CRSError(msg) from error


def suggest_crs(lon: float, lat: float) -> str:
    """Name a projected system that is fit for a town at this place.

    China gets its three-degree CGCS2000 zone (EPSG:4534-4554), every other place its UTM zone.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees.

    Examples
    --------
    >>> suggest_crs(113.67, 22.94)
    'EPSG:4547'
    >>> suggest_crs(-71.1, 42.37)
    'EPSG:32619'
    """
    meridian = 3 * round(lon / 3)
    if 75 <= meridian <= 135 and 18 <= lat <= 53.6:
        return f"EPSG:{4534 + (meridian - 75) // 3}"
    zone = int((lon + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def turn_between(source: object, target: object) -> pyproj.Transformer:
    """Find the way from one reference system into another; x is east in both.

    Looking for it in PROJ's database takes far longer than walking it, so each is kept.

    Parameters
    ----------
    source, target
        Codes, WKT or objects.

    Examples
    --------
    >>> turn_between("EPSG:4326", "EPSG:4547") is turn_between(4326, "EPSG:4547")
    True
    """
    return _turn_between(read_crs(source, name="source"), read_crs(target, name="target"))


@lru_cache(maxsize=64)
def _turn_between(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def areal_scale(crs: pyproj.CRS, x: float, y: float) -> float:
    """Area in the projection divided by area on the ellipsoid at one place.

    Parameters
    ----------
    crs
        A projected system.
    x, y
        A place, in its units (x east, y north).

    Returns
    -------
    float
        1 is exact; Web Mercator at 22.9 N gives 1.178.
    """
    to_degrees = turn_between(crs, crs.geodetic_crs)
    lon, lat = to_degrees.transform(x, y)
    factors = pyproj.Proj(crs).get_factors(lon, lat)
    return float(factors.areal_scale)


def check_metric(
    crs: object, bounds: tuple[float, float, float, float], *, name: str
) -> pyproj.CRS:
    """Return the reference system if areas in it are right at this place.

    Parameters
    ----------
    crs
        What the layer says of itself; None when it says nothing.
    bounds
        (west, south, east, north) in units of `crs`.
    name
        What to call the layer in the message.

    Raises
    ------
    CRSError
        If there is none, if it is in degrees, if its unit is not the metre, or if areas come out
        wrong by more than 0.5 %.
    """
    if crs is None:
        msg = (
            f"`{name}` has no reference system, so nothing can be measured. Say which one its "
            f"coordinates are in: {name} = {name}.set_crs('EPSG:...')"
        )
        raise CRSError(msg)
    found = read_crs(crs, name=name)
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    code = found.to_string() if found.to_epsg() is None else f"EPSG:{found.to_epsg()}"
    if found.is_geographic:
        way = suggest_crs(x, y)
        msg = (
            f"`{name}` is in degrees ({code}), where areas and lengths mean nothing. "
            f"Reproject first: {name} = {name}.to_crs('{way}')"
        )
        raise CRSError(msg)
    if not found.is_projected or any(
        a.unit_name not in {"metre", "meter"} for a in found.axis_info[:2]
    ):
        unit = found.axis_info[0].unit_name if found.axis_info else "unknown"
        msg = f"`{name}` is in {code}, whose unit is {unit}; metres are needed. Reproject to a metric system."
        raise CRSError(msg)
    scale = areal_scale(found, x, y)
    if not np.isfinite(scale) or abs(scale - 1) > AREA_TOLERANCE:
        lon, lat = to_wgs84(np.array([[x, y]]), found)[0]
        wrong = f"{scale - 1:+.1%}" if np.isfinite(scale) else "beyond measure"
        msg = (
            f"`{name}` is in {code}, where areas at {lat:.2f} N {lon:.2f} E come out {wrong} wrong "
            f"(limit {AREA_TOLERANCE:.1%}). Reproject first: {name} = {name}.to_crs('{suggest_crs(lon, lat)}')"
        )
        raise CRSError(msg)
    return found


def to_wgs84(xy: FloatArray, crs: object) -> FloatArray:
    """Turn coordinates into WGS 84 longitude and latitude.

    Parameters
    ----------
    xy : (n, 2)
        x east, y north, in units of `crs`.
    crs
        Their reference system.

    Returns
    -------
    (n, 2), degrees
        Longitude, latitude.
    """
    turn = turn_between(crs, WGS84)
    lon, lat = turn.transform(xy[:, 0], xy[:, 1])
    return np.column_stack([lon, lat])
