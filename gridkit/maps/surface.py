"""How does a raster in any reference system get onto the page as a small picture?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from gridkit.geo.crs import WGS84, turn_between
from gridkit.maps.palettes import HEAT

if TYPE_CHECKING:
    from gridkit.model.surface import Surface

_UNITS = {"per km²": "每平方公里", "reports per km²": "条/平方公里"}
MOST_PIXELS = 512
"""Most columns or rows of the picture."""


def surface_layer(surface: Surface) -> tuple[dict[str, Any], bytes]:
    """Sample a surface on a grid of degrees and give each pixel its class.

    Class 0 is left clear: below a tenth of the highest value.

    Parameters
    ----------
    surface
        What to draw.

    Returns
    -------
    head, body
        For the payload: one byte a pixel, rows from north to south.
    """
    values = np.asarray(surface.values, dtype=np.float64)
    west, north = surface.west, surface.north
    east = west + values.shape[1] * surface.cell_m
    south = north - values.shape[0] * surface.cell_m
    crs = pyproj.CRS.from_user_input(surface.crs)
    there = turn_between(crs, WGS84)
    back = turn_between(WGS84, crs)
    bounds = there.transform_bounds(west, south, east, north)
    rows, columns = (min(n, MOST_PIXELS) for n in values.shape)
    lon = bounds[0] + (np.arange(columns) + 0.5) * (bounds[2] - bounds[0]) / columns
    lat = bounds[3] - (np.arange(rows) + 0.5) * (bounds[3] - bounds[1]) / rows
    x, y = back.transform(*np.meshgrid(lon, lat))
    column = np.floor((x - west) / (east - west) * values.shape[1]).astype(np.int64)
    row = np.floor((north - y) / (north - south) * values.shape[0]).astype(np.int64)
    inside = (column >= 0) & (column < values.shape[1]) & (row >= 0) & (row < values.shape[0])
    sampled = np.full((rows, columns), np.nan)
    sampled[inside] = values[row[inside], column[inside]]
    top = float(np.nanmax(sampled)) if np.isfinite(sampled).any() else 0.0
    breaks = [float(f"{top * f:.2g}") for f in (0.1, 0.25, 0.45, 0.65, 0.85)][: len(HEAT)]
    classes = (
        np.searchsorted(breaks, np.nan_to_num(sampled, nan=-1.0), side="right")
        if top > 0
        else sampled * 0
    )
    head = {
        "key": "surface",
        "kind": "image",
        "n": 1,
        "on": False,
        "columns": {},
        "measures": [],
        "size": [rows, columns],
        "bounds": [round(b, 7) for b in bounds],
        "breaks": breaks,
        "unit": [surface.unit, _UNITS.get(surface.unit, surface.unit)],
    }
    return head, np.nan_to_num(classes).astype(np.uint8).tobytes()
