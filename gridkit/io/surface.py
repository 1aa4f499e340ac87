"""How does a surface become a GeoTIFF that any GIS opens fast?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import InputError

if TYPE_CHECKING:
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
        If the folder does not exist or cannot be written to.
    """
    import rasterio
    from rasterio import shutil as raster_files
    from rasterio.io import MemoryFile

    path = Path(path)
    if not path.parent.is_dir():
        msg = f"the folder '{path.parent}' does not exist; make it first."
        raise InputError(msg)
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
    part = path.with_name(f".{path.name}.part")
    try:
        with rasterio.Env(GDAL_NUM_THREADS="1"), MemoryFile() as memory:
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
        part.replace(path)
    except (rasterio.errors.RasterioIOError, OSError) as error:
        msg = f"'{path}' cannot be written: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
    finally:
        part.unlink(missing_ok=True)
