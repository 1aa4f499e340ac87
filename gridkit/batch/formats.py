"""Which other formats does a run write, when the batch file asks for them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.geo.crs import to_wgs84
from gridkit.geo.datum import to_gcj02
from gridkit.io.geojson import write_geojson
from gridkit.io.shapefile import write_shapefiles

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from gridkit._typing import FloatArray
    from gridkit.batch.chain import Work

LEVELS = ("base_grids", "community_grids")
FORMAT_FILES = (
    "plan_shapefile.zip",
    *(f"{name}.parquet" for name in LEVELS),
    *(f"{name}_thin.geojson" for name in LEVELS),
    *(f"{name}_gcj02.geojson" for name in LEVELS),
)
"""Files of ``[output] shapefile, geoparquet, thin_m, gcj02``, each on request."""


def write_formats(folder: Path, work: Work, grids: dict[str, gpd.GeoDataFrame]) -> None:
    """Write what the batch file asks for beside GeoJSON and GeoPackage."""
    out = work.batch.output
    shown = {name: grids[name] for name in LEVELS if name in grids}
    if out.shapefile and shown:
        write_shapefiles(folder / "plan_shapefile.zip", shown)
    for name, frame in shown.items():
        if out.geoparquet:
            frame.to_parquet(folder / f"{name}.parquet", index=False)
        if out.thin_m > 0:
            write_geojson(
                folder / f"{name}_thin.geojson", thinned(frame, out.thin_m), id_column="grid_id"
            )
        if out.gcj02:
            write_geojson(folder / f"{name}_gcj02.geojson", in_gcj02(frame), id_column="grid_id")


def thinned(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Take points out of borders; what two grids share stays shared.

    Parameters
    ----------
    frame
        Grids that touch and do not overlap, in metres.
    tolerance_m
        About how far a border may move.

    Examples
    --------
    >>> import geopandas as gpd
    >>> wavy = shapely.Polygon([(0, 0), (50, 0.2), (100, 0), (100, 100), (0, 100)])
    >>> frame = gpd.GeoDataFrame({"grid_id": ["a"]}, geometry=[wavy], crs="EPSG:4547")
    >>> len(thinned(frame, 5.0).geometry[0].exterior.coords)
    5
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return frame.set_geometry(list(shapely.coverage_simplify(shapes, tolerance_m)), crs=frame.crs)


def in_gcj02(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a copy in the datum of Chinese web maps; every row says so.

    GeoJSON knows WGS 84 only, so the copy is for the maps it is made for and for nothing else.
    """

    def turn(xy: FloatArray) -> FloatArray:
        return to_gcj02(to_wgs84(xy, frame.crs)) if len(xy) else xy

    shapes = shapely.transform(
        shapely.force_2d(np.asarray(frame.geometry.array, dtype=object)), turn
    )
    moved = frame.assign(datum="GCJ-02")
    return moved.set_geometry(list(shapes), crs=None).set_crs("EPSG:4326", allow_override=True)
