"""How are the units of a town written down, before anything is divided?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gridkit.batch.chain import read_inputs
from gridkit.batch.stage import check_folder, staged
from gridkit.config.load import load_batch
from gridkit.io.geopackage import write_geopackage
from gridkit.io.sheets import write_json

if TYPE_CHECKING:
    from gridkit.model.finding import Report
    from gridkit.model.town import Town

FILES = ("units.gpkg", "units.json")


def write_units(
    config: Path | str, out: Path | str, *, overwrite: bool = False
) -> tuple[Path, Report]:
    """Read or build the units of a town and write them with their measures.

    Parameters
    ----------
    config
        A batch file.
    out
        Folder for ``units.gpkg`` (layer ``units``: ``unit_id, community_grid_id, area_m2`` and every
        measure, in the town's reference system) and ``units.json`` (what was found while reading).
    overwrite
        Whether files of an earlier run may be replaced.

    Returns
    -------
    Path
        The GeoPackage.
    Report
        What was united, shut, lost and assumed.

    Raises
    ------
    InputError
        If something given cannot be used; nothing is written.
    """
    folder = Path(out)
    check_folder(folder, FILES, overwrite=overwrite)
    work = read_inputs(load_batch(config))
    with staged(folder, FILES) as draft:
        write_geopackage(draft / "units.gpkg", {"units": unit_table(work.town)})
        write_json(draft / "units.json", [f.to_json() for f in work.said])
    return folder / "units.gpkg", work.said


def unit_table(town: Town) -> gpd.GeoDataFrame:
    """Give one row for each unit: its id, community and measures."""
    units = town.units
    columns: dict[str, object] = {"unit_id": list(units.ids)}
    if town.community is not None:
        columns["community_grid_id"] = [town.community.ids[p] for p in town.community.holder]
    columns["area_m2"] = np.round(units.area_m2, 2)
    columns |= {m.name: np.round(m.values, 4) for m in units.measures.values()}
    return gpd.GeoDataFrame(columns, geometry=list(units.shapes), crs=units.crs)
