"""Which streets, rails, waters, buildings and places does an OpenStreetMap file hold?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely

from gridkit._deps import need
from gridkit.errors import InputError, SchemaError, did_you_mean
from gridkit.geo.points import inner_points

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """Objects with one of `keys` whose value is in `only` and not in `never`, as lines, areas or points."""

    shape: Literal["line", "area", "point"]
    keys: tuple[str, ...]
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ("no",)
    says: str = ""

    def word(self, tags: Any) -> str:
        """Give the class of an object; empty when it does not belong here."""
        for key in self.keys:
            value = str(tags.get(key, ""))
            if value and value not in self.never and (not self.only or value in self.only):
                return value
        return ""


_GONE = ("no", "abandoned", "disused", "razed", "demolished", "proposed", "construction")
LAYERS = {
    "streets": _Layer(
        shape="line", keys=("highway",), never=(*_GONE, "platform"), says="class is `highway`"
    ),
    "rail": _Layer(
        shape="line", keys=("railway",), never=(*_GONE, "platform"), says="class is `railway`"
    ),
    "waterways": _Layer(shape="line", keys=("waterway",), says="rivers, canals, streams as lines"),
    "water": _Layer(
        shape="area",
        keys=("natural", "waterway", "landuse"),
        only=("water", "riverbank", "reservoir", "basin"),
        says="rivers and lakes as areas",
    ),
    "buildings": _Layer(shape="area", keys=("building",), says="class is `building`"),
    "landuse": _Layer(
        shape="area",
        keys=("landuse", "leisure", "amenity"),
        says="parks, schools, estates; class is `landuse`, `leisure` or `amenity`",
    ),
    "boundaries": _Layer(
        shape="area", keys=("admin_level",), says="administrative; class is `admin_level`"
    ),
    "places": _Layer(
        shape="point",
        keys=("shop", "amenity", "office", "craft", "tourism", "healthcare", "industrial"),
        says="shops, offices, workshops; buildings at a point inside",
    ),
}
"""Layers that are made of an OpenStreetMap file."""


def read_osm(file: Path, *, layer: str | None, name: str) -> gpd.GeoDataFrame:
    """Read one layer of an OpenStreetMap file.

    Parameters
    ----------
    file
        ``.osm.pbf`` or ``.osm``.
    layer
        A key of `LAYERS`.
    name
        What to call the layer in messages.

    Returns
    -------
    GeoDataFrame
        ``osm_id`` (``n``, ``w`` or ``r`` and the number), ``class``, ``name``, and for lines ``bridge``
        and ``tunnel``, as text, in WGS 84, in the order of the file. What lacks nodes, because the file
        was cut there, is left out and counted in the log.

    Raises
    ------
    SchemaError
        If there is no such layer, or it holds nothing.
    InputError
        If the file is broken.
    MissingDependencyError
        If osmium is not installed.
    """
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    if layer not in LAYERS:
        asked = f"no layer '{layer}'" if layer else "several layers; say which"
        msg = f"`{name}`: '{file.name}' has {asked}{did_you_mean(layer or '', LAYERS) or '.'} Of OpenStreetMap are made: {', '.join(LAYERS)}."
        raise SchemaError(msg)
    kind = LAYERS[layer]
    osmium = need("osmium", why="to read OpenStreetMap files")
    try:
        rows, wkb, n_torn = _scan(osmium, file, kind)
    except RuntimeError as error:  # what osmium raises for every broken file
        msg = f"`{name}`: '{file.name}' cannot be read as OpenStreetMap: {str(error).splitlines()[0][:200]}"
        raise InputError(msg) from error
    if n_torn:
        _LOG.warning("%s: %d objects of '%s' lack nodes and are left out", name, n_torn, file.name)
    if not rows:
        msg = f"`{name}`: '{file.name}' holds no {layer} ({kind.says or kind.shape})."
        raise SchemaError(msg)
    shapes = shapely.from_wkb(np.array(wkb, dtype=object))
    if kind.shape == "point":
        areal = shapely.get_dimensions(shapes) == 2
        shapes[areal] = shapely.points(inner_points(shapes[areal]))
    columns = ["osm_id", "class", "name", "bridge", "tunnel"]
    frame = gpd.GeoDataFrame(rows, columns=columns, geometry=shapes, crs="EPSG:4326")
    return frame if kind.shape == "line" else frame.drop(columns=["bridge", "tunnel"])


def _scan(osmium: Any, file: Path, kind: _Layer) -> tuple[list[list[str]], list[str], int]:
    """Go through the file once (twice for areas) and keep what belongs to the layer."""
    make = osmium.geom.WKBFactory()
    reader = osmium.FileProcessor(str(file)).with_filter(osmium.filter.KeyFilter(*kind.keys))
    asked = osmium.filter.KeyFilter(*kind.keys)
    reader = reader.with_locations() if kind.shape == "line" else reader.with_areas(asked)
    rows: list[list[str]] = []
    wkb: list[str] = []
    n_torn = 0
    for thing in reader:
        word = kind.word(thing.tags)
        is_node = thing.is_node() and kind.shape == "point"
        is_line = thing.is_way() and kind.shape == "line" and thing.tags.get("area") != "yes"
        is_area = thing.is_area() and kind.shape != "line"
        if not word or not (is_node or is_line or is_area):
            continue
        try:
            if is_line:
                wkb.append(make.create_linestring(thing))
            else:
                wkb.append(make.create_point(thing) if is_node else make.create_multipolygon(thing))
        except (osmium.InvalidLocationError, RuntimeError):  # nodes are missing, or the same
            n_torn += 1
            continue
        letter = "n" if is_node else "w" if is_line or thing.from_way() else "r"
        number = thing.orig_id() if is_area else thing.id
        tags = (thing.tags.get(k, "") for k in ("name", "bridge", "tunnel"))
        rows.append([f"{letter}{number}", word, *tags])
    return rows, wkb, n_torn
