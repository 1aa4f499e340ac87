"""How does a raster of amounts come in?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj

from gridkit.errors import CRSError, InputError, SchemaError
from gridkit.geo.crs import turn_between
from gridkit.geo.raster import Raster
from gridkit.io.sniff import existing_file, sniff

if TYPE_CHECKING:
    from pathlib import Path

MAX_SIDE: Final = 40_000
MAX_VALUES_BYTES: Final = 4_000_000_000


def read_raster(
    path: str | Path,
    *,
    near: tuple[tuple[float, float, float, float], object] | None = None,
    band: int = 1,
    nodata: float | None = None,
    name: str = "raster",
) -> Raster:
    """Read one band of a GeoTIFF, or the window of it that lies around a town.

    Parameters
    ----------
    path
        A GeoTIFF, north up.
    near
        Bounds (west, south, east, north) and their reference system; only the window around them is
        read.
    band
        Number of the band, from 1.
    nodata
        The value that means nothing is known, when the file does not say.
    name
        What to call it in messages.

    Returns
    -------
    Raster
        With ``nan`` where the file has no data.

    Raises
    ------
    InputError
        If the file is missing, is no GeoTIFF, is turned, or is larger than is read at once.
    CRSError
        If it has no reference system.
    SchemaError
        If the band is missing, or values are negative and no "no data" value is declared.
    """
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    file = existing_file(path, name=name, max_bytes=4_000_000_000)
    if sniff(file, name=name) != "tiff":
        msg = f"`{name}`: '{file.name}' is no GeoTIFF."
        raise InputError(msg)
    try:
        with rasterio.open(file, driver="GTiff") as source:
            if source.crs is None:
                msg = f"`{name}`: '{file.name}' has no reference system. Write one into it: gdal_edit.py -a_srs EPSG:4326 {file.name}"
                raise CRSError(msg)
            if not 1 <= band <= source.count:
                msg = f"`{name}`: '{file.name}' has {source.count} bands, band {band} is asked for."
                raise SchemaError(msg)
            grid = source.transform
            if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
                msg = f"`{name}`: '{file.name}' is turned or mirrored; warp it to north up first: gdalwarp in.tif out.tif"
                raise InputError(msg)
            crs = pyproj.CRS.from_wkt(source.crs.to_wkt())
            first, last = np.zeros(2, dtype=int), np.array([source.width, source.height])
            if near is not None:
                west, south, east, north = _around(near, crs, grid.a, -grid.e)
                low = np.array([(west - grid.c) / grid.a, (north - grid.f) / grid.e])
                high = np.array([(east - grid.c) / grid.a, (south - grid.f) / grid.e])
                first = np.clip(np.floor(low), 0, last - 1).astype(int)
                last = np.clip(np.ceil(high), first + 1, last).astype(int)
            window = Window(*first.tolist(), *(last - first).tolist())
            _check_size(window.width, window.height, file, name=name)
            values = source.read(band, window=window).astype(np.float64)
            missing = source.nodata if nodata is None else nodata
            corner = (grid.c + first[0] * grid.a, grid.f + first[1] * grid.e)
            cell_x, cell_y = grid.a, -grid.e
    except RasterioError as error:
        msg = f"`{name}`: '{file.name}' cannot be read: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
    if missing is not None:
        close = np.isclose(values, missing, rtol=1e-6) if abs(missing) > 1e30 else values == missing
        values[close] = np.nan
    wrong = int((values < 0).sum())
    if wrong or np.isinf(values).any():
        said = "no value for 'no data'" if missing is None else f"'no data' is {missing:g}"
        lowest = float(np.nanmin(values))
        msg = (
            f"`{name}`: '{file.name}' has {wrong} cells below 0 or infinite (lowest {lowest:g}; {said}). "
            f"Amounts are not negative; declare what means no data: nodata = {lowest:g}"
        )
        raise SchemaError(msg)
    return Raster(
        values=values, west=corner[0], north=corner[1], cell_x=cell_x, cell_y=cell_y, crs=crs
    )


def _around(
    near: tuple[tuple[float, float, float, float], object],
    crs: pyproj.CRS,
    cell_x: float,
    cell_y: float,
) -> tuple[float, float, float, float]:
    """Bring bounds to the raster's system, two cells wider."""
    bounds, source = near
    turn = turn_between(source, crs)
    west, south, east, north = turn.transform_bounds(*bounds)
    return (west - 2 * cell_x, south - 2 * cell_y, east + 2 * cell_x, north + 2 * cell_y)


def _check_size(width: float, height: float, file: Path, *, name: str) -> None:
    if max(width, height) > MAX_SIDE or width * height * 8 > MAX_VALUES_BYTES:
        msg = (
            f"`{name}`: '{file.name}' would be {width:,.0f} x {height:,.0f} cells, more than is read at once "
            f"({MAX_SIDE:,} a side, {MAX_VALUES_BYTES / 1e9:.0f} GB). Cut it to the town first."
        )
        raise InputError(msg)
