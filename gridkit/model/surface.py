"""What is a measured value at every place of a town, on square cells?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    import pyproj

    from gridkit._typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """A raster in the reference system of the town.

    Parameters
    ----------
    values : (rows, columns)
        Row 0 is the northernmost; nan outside the town.
    west, north : metres
        The outer corner of the first cell.
    cell_m : m
        Side of a cell.
    crs
        The town's.
    name, unit
        For legends: ``"hazard density"``, ``"per km²"``.
    notes
        How it was made, in sentences.
    """

    values: FloatArray
    west: float
    north: float
    cell_m: float
    crs: pyproj.CRS
    name: str = "density"
    unit: str = "per km²"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        if values.ndim != 2 or 0 in values.shape or not self.cell_m > 0:
            msg = f"a surface needs rows, columns and a cell size above 0; got shape {values.shape}, cell {self.cell_m} m"
            raise InputError(msg)
        object.__setattr__(self, "values", frozen(values))

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine coefficients (a, b, c, d, e, f) from column and row to x and y."""
        return (self.cell_m, 0.0, self.west, 0.0, -self.cell_m, self.north)

    @property
    def total(self) -> float:
        """Sum over the ground of a density per km²: values times cell area."""
        return float(np.nansum(self.values) * self.cell_m**2 / 1e6)

    def at(self, xy: FloatArray) -> FloatArray:
        """Look values up.

        Parameters
        ----------
        xy : (n, 2), metres
            Places.

        Returns
        -------
        (n,)
            Value of the cell each place lies in; nan outside.
        """
        xy = np.asarray(xy, dtype=np.float64)
        column = np.floor((xy[:, 0] - self.west) / self.cell_m).astype(np.int64)
        row = np.floor((self.north - xy[:, 1]) / self.cell_m).astype(np.int64)
        rows, columns = self.values.shape
        ok = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        out = np.full(len(xy), np.nan)
        out[ok] = self.values[row[ok], column[ok]]
        return out

    def __repr__(self) -> str:
        """Say how large and of what."""
        rows, columns = self.values.shape
        top = np.nanmax(self.values) if np.isfinite(self.values).any() else np.nan
        return f"<Surface: {self.name}, {columns} x {rows} cells of {self.cell_m:g} m, up to {top:,.1f} {self.unit}>"
