"""Which share of each raster cell lies in which polygon?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gridkit.errors import CRSError, GeometryError, InputError
from gridkit.geo.crs import read_crs, turn_between

if TYPE_CHECKING:
    from gridkit._typing import FloatArray, GeometryArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raster:
    """Amounts in square or rectangular cells, north up.

    Parameters
    ----------
    values : (rows, columns)
        Amount of each cell; ``nan`` where nothing is known. The first row is the northernmost.
    west, north
        Corner of the first cell, in units of `crs`.
    cell_x, cell_y
        Size of a cell, both positive.
    crs
        Reference system.
    """

    values: FloatArray
    west: float
    north: float
    cell_x: float
    cell_y: float
    crs: pyproj.CRS

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.cell_x <= 0 or self.cell_y <= 0:
            msg = f"a raster needs rows and columns and positive cells; got shape {self.values.shape}, cell {self.cell_x} x {self.cell_y}."
            raise InputError(msg)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        n_rows, n_columns = self.values.shape
        return (
            self.west,
            self.north - n_rows * self.cell_y,
            self.west + n_columns * self.cell_x,
            self.north,
        )

    @property
    def total(self) -> float:
        """Sum of all known cells."""
        return float(np.nansum(self.values))


def covered_share(
    raster: Raster, shapes: GeometryArray, crs: object, *, name: str = "raster"
) -> FloatArray:
    """Measure which share of each cell polygons cover together.

    Parameters
    ----------
    raster
        The cells.
    shapes : (n,)
        Polygons that do not overlap.
    crs
        Their reference system; they are brought to that of the raster.
    name
        What to call the raster in messages.

    Returns
    -------
    (rows * columns,), in 0..1
        Row by row.

    Raises
    ------
    GeometryError
        If raster and polygons do not overlap.
    """
    there = _in_system(shapes, crs, raster.crs)
    west, south, east, north = raster.bounds
    box = shapely.total_bounds(there)
    if box[0] >= east or box[2] <= west or box[1] >= north or box[3] <= south:
        msg = (
            f"`{name}` and the town do not overlap: the raster lies in x {west:,.7g} to {east:,.7g}, y {south:,.7g} to {north:,.7g}, "
            f"the town in x {box[0]:,.7g} to {box[2]:,.7g}, y {box[1]:,.7g} to {box[3]:,.7g} ({raster.crs.to_string()})."
        )
        raise GeometryError(msg)
    number = np.arange(raster.values.size, dtype=np.float64).reshape(raster.values.shape)
    united = np.array([shapely.coverage_union_all(there)], dtype=object)
    (found,) = _extract(number, raster, united, ["values", "coverage"])
    out = np.zeros(raster.values.size)
    out[np.asarray(found["values"]).astype(np.int64)] = found["coverage"]
    return out


def area_weighted_sums(
    values: FloatArray, raster: Raster, shapes: GeometryArray, crs: object
) -> FloatArray:
    """Add up cells in polygons, each by the share of its area that lies inside.

    Parameters
    ----------
    values : (rows, columns)
        Amounts in the cells of `raster`, all of them numbers.
    raster
        Where the cells lie.
    shapes : (n,)
        Polygons.
    crs
        Their reference system.

    Returns
    -------
    (n,)
        Sums.

    References
    ----------
    Baston, D. (2018-2025). exactextract: exact coverage fractions of polygons on grids.
    """
    found = _extract(values, raster, _in_system(shapes, crs, raster.crs), ["sum"])
    return np.array([f["sum"] or 0.0 for f in found], dtype=np.float64)


def _extract(
    values: FloatArray, raster: Raster, shapes: GeometryArray, what: list[str]
) -> list[dict[str, Any]]:
    """Ask exactextract."""
    from exactextract import exact_extract
    from exactextract.feature import JSONFeatureSource
    from exactextract.raster import NumPyRasterSource

    west, south, east, north = raster.bounds
    source = NumPyRasterSource(values, xmin=west, ymin=south, xmax=east, ymax=north)
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(g)}
        for g in shapes
    ]
    found = exact_extract(source, JSONFeatureSource(features), what, max_cells_in_memory=2**26)
    return [f["properties"] for f in found]


def _in_system(shapes: GeometryArray, source: object, target: pyproj.CRS) -> GeometryArray:
    if source is None:
        msg = "the polygons have no reference system, so they cannot be laid on a raster."
        raise CRSError(msg)
    from_ = read_crs(source)
    if from_.equals(target, ignore_axis_order=True):
        return shapes
    turn = turn_between(from_, target)
    moved = shapely.transform(shapes, lambda xy: np.column_stack(turn.transform(*xy.T)))
    return np.asarray(moved, dtype=object)
