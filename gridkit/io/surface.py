"""How does a surface become a GeoTIFF that any GIS opens fast?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError
from gridkit.io.atomic import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from gridkit.model.surface import Surface

NODATA = -9999.0
"""Written where a surface has no value."""


def write_surface(path: str | Path, surface: Surface) -> None:
    """Write a surface as a cloud-optimised GeoTIFF (float32, deflate, tiled, with overviews).

    The file appears whole or not at all; equal surfaces give equal bytes.

    Parameters
    ----------
    path
        Ends in ``.tif``.
    surface
        What to write.

    Raises
    ------
    InputError
        If the folder cannot be made or written to.
    """
    import rasterio
    from rasterio import shutil as raster_files
    from rasterio.io import MemoryFile

    values = np.where(np.isfinite(surface.values), surface.values, NODATA).astype(np.float32)
    rows, columns = values.shape
    profile = {
        "driver": "GTiff",
        "dtype": "float32",
        "count": 1,
        "height": rows,
        "width": columns,
        "crs": surface.crs.to_wkt(),
        "transform": rasterio.Affine(*surface.transform),
        "nodata": NODATA,
    }
    try:
        with (
            write_atomic(path) as part,
            rasterio.Env(GDAL_NUM_THREADS="1"),
            MemoryFile() as memory,
        ):
            with memory.open(**profile) as made:
                made.write(values, 1)
                made.set_band_description(1, surface.name)
                made.set_band_unit(1, surface.unit)
                made.update_tags(NOTES=" ".join(surface.notes))
            raster_files.copy(
                memory.name,
                str(part),
                driver="COG",
                COMPRESS="DEFLATE",
                PREDICTOR="YES",
                BLOCKSIZE=256,
                OVERVIEW_RESAMPLING="AVERAGE",
            )
    except rasterio.errors.RasterioIOError as error:
        msg = f"'{path}' cannot be written: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
