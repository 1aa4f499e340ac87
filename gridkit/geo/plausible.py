"""Can these coordinates be what they are said to be?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import CRSError, GeometryError
from gridkit.geo.crs import read_crs

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray


def check_coordinates(shapes: GeometryArray, crs: object, *, name: str) -> None:
    """Make sure that coordinates are finite and possible in their reference system.

    Parameters
    ----------
    shapes : (n,)
        Any geometries; missing and empty ones are passed over.
    crs
        What the layer says of itself; None says nothing.
    name
        What to call the layer.

    Raises
    ------
    GeometryError
        If coordinates are not finite, with the rows.
    CRSError
        If a layer in degrees holds metres, or longitude and latitude are swapped.
    """
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    bad = np.unique(row[~np.isfinite(xy).all(axis=1)])
    if bad.size:
        rows = ", ".join(str(r + 1) for r in bad[:20]) + (
            f" and {bad.size - 20} more" if bad.size > 20 else ""
        )
        msg = f"`{name}` has coordinates that are not finite numbers in {bad.size} rows ({rows}). Correct the source."
        raise GeometryError(msg, places=list(shapes[bad]))
    if crs is None or not len(xy) or not read_crs(crs, name=name).is_geographic:
        return
    wide = np.abs(xy).max(axis=0)
    if wide[0] > 360 or wide[1] > 360:
        msg = (
            f"`{name}` says it is in degrees, but its coordinates reach {wide[0]:,.0f} and {wide[1]:,.0f}. "
            f"They look like metres{_likely(xy)}."
        )
        raise CRSError(msg)
    if wide[1] > 90 and wide[0] <= 90:
        msg = (
            f"`{name}` has latitudes up to {wide[1]:g}, so longitude and latitude look swapped. "
            f"x is longitude (east), y is latitude (north)."
        )
        raise CRSError(msg)
    if wide[0] > 180 or wide[1] > 90:
        msg = f"`{name}` has longitudes up to {wide[0]:g} and latitudes up to {wide[1]:g}; 180 and 90 are the most."
        raise CRSError(msg)


def _likely(xy: FloatArray) -> str:
    """Guess the CGCS2000 zone from an easting, as half a sentence."""
    x, y = np.median(xy, axis=0)
    if 13e6 <= x < 46e6 and 1.9e6 < y < 6e6:
        zone = int(x // 1e6)
        code = 4513 + zone - 25 if zone >= 25 else 4491 + zone - 13
        return f"; an easting of 8 digits that starts with {zone} points to CGCS2000 zone {zone}: set_crs('EPSG:{code}', allow_override=True)"
    if 2e5 <= x <= 8e5 and 1.9e6 < y < 6e6:
        return "; perhaps a CGCS2000 three-degree zone (EPSG:4534 to 4554, by its central meridian) or a UTM zone: set_crs('EPSG:4547', allow_override=True) where 114 E is the meridian"
    return "; say which system: set_crs('EPSG:...', allow_override=True)"
