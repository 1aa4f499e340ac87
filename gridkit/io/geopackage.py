"""How does a whole result go into one GeoPackage that QGIS opens coloured?"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio

from gridkit.io.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""Stands where GeoPackage wants a time of change: equal plans give equal bytes."""


def write_geopackage(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    styles: pd.DataFrame | None = None,
) -> None:
    """Write several layers, with the styles QGIS uses when it opens them.

    Parameters
    ----------
    path
        Target; replaced in one step.
    layers
        Name -> frame with a CRS; written in this order.
    styles
        Rows of the table ``layer_styles``, as `gridkit.maps.layer_styles` makes them.
    """
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft.gpkg"
        for name, frame in layers.items():
            kind = "Unknown" if frame.empty else None
            pyogrio.write_dataframe(
                frame, draft, layer=name, driver="GPKG", append=draft.exists(), geometry_type=kind
            )
        if styles is not None:
            pyogrio.write_dataframe(styles, draft, layer="layer_styles", driver="GPKG", append=True)
        _finish(draft)
        write_bytes(path, draft.read_bytes())


def _finish(draft: Path) -> None:
    """Blank the times and pack the file."""
    with closing(sqlite3.connect(draft)) as base:
        base.execute("UPDATE gpkg_contents SET last_change = ?", (FIXED_TIME,))
        base.execute("PRAGMA journal_mode = DELETE")
        base.commit()
        base.execute("VACUUM")
