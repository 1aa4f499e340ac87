"""How are the units of a town written down, before anything is divided?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gridkit.batch.chain import read_inputs
from gridkit.batch.stage import check_folder, staged
from gridkit.config.load import load_batch
from gridkit.errors import some_of
from gridkit.io.geopackage import write_geopackage
from gridkit.io.sheets import write_json
from gridkit.model.finding import Finding, Report
from gridkit.rules.bands import unit_classes

if TYPE_CHECKING:
    from gridkit.model.finding import Severity
    from gridkit.model.town import Town
    from gridkit.rules import Rules

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
        measure, with density classes in the rules also ``density_per_km2, density_class``, in the town's reference system) and ``units.json`` (what was found while reading).
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
        table = unit_table(work.town)
        said = work.said
        if work.batch.rules.density_classes:
            said = said + _with_classes(table, work.town, work.batch.rules)
        write_geopackage(draft / "units.gpkg", {"units": table})
        write_json(draft / "units.json", [f.to_json() for f in said])
    return folder / "units.gpkg", said


def _with_classes(table: gpd.GeoDataFrame, town: Town, rules: Rules) -> Report:
    """Add density and density class of every unit, and say how many there are of each."""
    classes, density, bare = unit_classes(town, rules)
    table.insert(table.shape[1] - 1, "density_per_km2", np.round(density, 1))
    table.insert(table.shape[1] - 1, "density_class", list(classes))
    over = "km²" if rules.density_area == "area_km2" else f"km² of {rules.density_area}"
    count = ", ".join(f"{c.name} {classes.count(c.name):,}" for c in rules.density_classes)
    text = (
        f"Density classes of {len(classes):,} units by {rules.density_measure} per {over}: {count}."
    )
    ids = tuple(town.units.ids[i] for i in np.flatnonzero(bare))
    if ids:
        text += f" {len(ids):,} units hold {rules.density_measure} and no {rules.density_area}; they are classed by their whole area: {some_of(ids)}."
    kind: Severity = "warning" if ids else "note"
    return Report((Finding(rule="density", severity=kind, text=text, level="unit", ids=ids),))


def unit_table(town: Town) -> gpd.GeoDataFrame:
    """Give one row for each unit: its id, community and measures."""
    units = town.units
    columns: dict[str, object] = {"unit_id": list(units.ids)}
    if town.community is not None:
        columns["community_grid_id"] = [town.community.ids[p] for p in town.community.holder]
    columns["area_m2"] = np.round(units.area_m2, 2)
    columns |= {m.name: np.round(m.values, 4) for m in units.measures.values()}
    return gpd.GeoDataFrame(columns, geometry=list(units.shapes), crs=units.crs)
