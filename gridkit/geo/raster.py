"""Which share of each raster cell lies in which polygon?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyproj
import shapely

from gridkit.errors import CRSError, GeometryError, InputError
from gridkit.geo.crs import read_crs

if TYPE_CHECKING:
    from gridkit._typing import BoolArray, FloatArray, GeometryArray, IntArray


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


def cell_shares(
    raster: Raster, shapes: GeometryArray, crs: object, *, name: str = "raster"
) -> tuple[IntArray, IntArray, FloatArray]:
    """Find for every polygon the cells it touches, and which share of each cell it covers.

    Parameters
    ----------
    raster
        The cells.
    shapes : (n,)
        Polygons.
    crs
        Their reference system; they are brought to that of the raster.
    name
        What to call the raster in messages.

    Returns
    -------
    shape, cell : (s,)
        Position of the polygon, and of the cell counted row by row.
    share : (s,), in (0, 1]
        Covered share of the cell.

    Raises
    ------
    GeometryError
        If raster and polygons do not overlap.

    References
    ----------
    Baston, D. (2018-2025). exactextract: exact coverage fractions of polygons on grids.
    """
    from exactextract import exact_extract
    from exactextract.feature import JSONFeatureSource
    from exactextract.raster import NumPyRasterSource

    there = _in_system(shapes, crs, raster.crs)
    west, south, east, north = raster.bounds
    box = shapely.total_bounds(there)
    if box[0] >= east or box[2] <= west or box[1] >= north or box[3] <= south:
        msg = (
            f"`{name}` and the town do not overlap: the raster lies in x {west:,.4g} to {east:,.4g}, y {south:,.4g} to {north:,.4g}, "
            f"the town in x {box[0]:,.4g} to {box[2]:,.4g}, y {box[1]:,.4g} to {box[3]:,.4g} ({raster.crs.to_string()})."
        )
        raise GeometryError(msg)
    number = np.arange(raster.values.size, dtype=np.float64).reshape(raster.values.shape)
    source = NumPyRasterSource(number, xmin=west, ymin=south, xmax=east, ymax=north)
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(g)}
        for g in there
    ]
    found = exact_extract(
        source, JSONFeatureSource(features), ["values", "coverage"], max_cells_in_memory=2**26
    )
    counts = np.array([len(f["properties"]["values"]) for f in found], dtype=np.int64)
    cells = [np.asarray(f["properties"]["values"]) for f in found]
    shares = [np.asarray(f["properties"]["coverage"]) for f in found]
    cell = np.concatenate(cells) if cells else np.zeros(0)
    share = np.concatenate(shares) if shares else np.zeros(0)
    owner = np.repeat(np.arange(len(shapes), dtype=np.int64), counts)
    use: BoolArray = share > 0
    return owner[use], cell[use].astype(np.int64), share[use].astype(np.float64)


def _in_system(shapes: GeometryArray, source: object, target: pyproj.CRS) -> GeometryArray:
    if source is None:
        msg = "the polygons have no reference system, so they cannot be laid on a raster."
        raise CRSError(msg)
    from_ = read_crs(source)
    if from_.equals(target, ignore_axis_order=True):
        return shapes
    turn = pyproj.Transformer.from_crs(from_, target, always_xy=True)
    moved = shapely.transform(shapes, lambda xy: np.column_stack(turn.transform(*xy.T)))
    return np.asarray(moved, dtype=object)
