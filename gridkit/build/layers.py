"""Do the layers that a town is built from fit together, and in which system are they measured?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gridkit.errors import CRSError, GeometryError
from gridkit.geo.crs import WGS84, check_metric, read_crs, suggest_crs, turn_between
from gridkit.geo.faces import GRID_M

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit._typing import GeometryArray

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """The town line, and the system in which everything is measured.

    Parameters
    ----------
    area
        Polygon or multipolygon, metres, on a grid of a millimetre.
    crs
        Its reference system.
    """

    area: shapely.Geometry
    crs: pyproj.CRS

    @classmethod
    def from_frame(cls, frame: gpd.GeoDataFrame, *, crs: str = "") -> Ground:
        """Unite the polygons of the town line in a metric system.

        Raises
        ------
        CRSError
            If the frame has no system, or `crs` is not fit for areas here.
        GeometryError
            If the line crosses itself, or encloses nothing.
        """
        shapes = _own(frame, name="town_line")
        wrong = np.flatnonzero(~shapely.is_valid(shapes))
        if wrong.size:
            reason = shapely.is_valid_reason(shapes[wrong[0]])
            msg = (
                f"`town_line` crosses itself or is broken ({reason}). Correct it where it was drawn, or look at "
                f"what shapely.make_valid(..., method='structure') does to it."
            )
            raise GeometryError(msg, places=list(shapes[wrong]))
        if not len(shapes) or not (shapely.get_dimensions(shapes) == 2).all():
            msg = "`town_line` must be one or more polygons; a line or point encloses nothing."
            raise GeometryError(msg)
        system = _metric(frame.crs, shapes, crs)
        united = shapely.union_all(_turned(shapes, frame.crs, system), grid_size=GRID_M)
        return cls(area=united, crs=system)

    @property
    def area_m2(self) -> float:
        """Area of the town."""
        return float(shapely.area(self.area))

    def bring(self, frame: gpd.GeoDataFrame | None, *, name: str) -> GeometryArray:
        """Give the shapes of a layer in the town's system, those that come near the town only.

        Raises
        ------
        CRSError
            If the layer has no reference system.
        GeometryError
            If it does not overlap the town at all.
        """
        if frame is None:
            return np.zeros(0, dtype=object)
        shapes = _own(frame, name=name)
        if not len(shapes):
            return shapes
        if not read_crs(frame.crs).equals(self.crs, ignore_axis_order=True):
            _LOG.info("%s: reprojected to %s", name, self.crs.to_string())
        moved = _turned(shapes, frame.crs, self.crs)
        near = shapely.intersects(shapely.box(*shapely.bounds(self.area)), moved)
        if not near.any():
            west, south, east, north = shapely.total_bounds(moved)
            tw, ts, te, tn = shapely.bounds(self.area)
            msg = (
                f"`{name}` and `town_line` do not overlap: {name} lies in x {west:,.0f} to {east:,.0f}, y {south:,.0f} to "
                f"{north:,.0f}, the town in x {tw:,.0f} to {te:,.0f}, y {ts:,.0f} to {tn:,.0f} ({self.crs.to_string()}). "
                f"Is the reference system of one of them wrong, or x and y swapped?"
            )
            raise GeometryError(msg)
        return moved

    def bring_all(self, frame: gpd.GeoDataFrame, *, name: str) -> GeometryArray:
        """Give all shapes of a layer in the town's system, row by row."""
        if frame.crs is None:
            _own(frame, name=name)
        return _turned(np.asarray(frame.geometry.array, dtype=object), frame.crs, self.crs)


def _own(frame: Any, *, name: str) -> GeometryArray:
    """Take the shapes of a frame that are there."""
    if frame.crs is None:
        msg = f"`{name}` has no reference system. Say which one its coordinates are in: {name} = {name}.set_crs('EPSG:...')"
        raise CRSError(msg)
    shapes: GeometryArray = np.asarray(frame.geometry.array, dtype=object)
    return shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def _metric(crs: object, shapes: GeometryArray, wanted: str) -> pyproj.CRS:
    """Choose the system: the one asked for, the layer's own when it is fit, or one that suits the place."""
    if wanted:
        chosen = read_crs(wanted)
    else:
        bounds = shapely.total_bounds(shapes)
        try:
            return check_metric(crs, tuple(bounds), name="town_line")
        except CRSError:
            middle = shapely.points((bounds[:2] + bounds[2:]) / 2)
            lon, lat = shapely.get_coordinates(
                _turned(np.array([middle], dtype=object), crs, WGS84)
            )[0]
            chosen = read_crs(suggest_crs(float(lon), float(lat)))
            _LOG.info("town_line: measured in %s", chosen.to_string())
    moved = _turned(shapes, crs, chosen)
    return check_metric(chosen, tuple(shapely.total_bounds(moved)), name="town_line")


def _turned(shapes: GeometryArray, source: object, target: pyproj.CRS) -> GeometryArray:
    from_ = read_crs(source)
    if from_.equals(target, ignore_axis_order=True):
        return shapely.force_2d(shapes)
    turn = turn_between(from_, target)
    return np.asarray(
        shapely.transform(
            shapely.force_2d(shapes), lambda xy: np.column_stack(turn.transform(*xy.T))
        ),
        dtype=object,
    )
