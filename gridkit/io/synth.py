"""How is a made-up town written as the ordinary files that gridkit reads?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.datasets.specs import town_specs
from gridkit.datasets.synth import SyntheticTown, make_synthetic
from gridkit.io.atomic import write_atomic, write_text
from gridkit.io.geopackage import write_geopackage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from gridkit.geo.raster import Raster

FILES = (
    "town.gpkg",
    "population.tif",
    "households.tif",
    "registered.tif",
    "migrants.tif",
    "elderly.tif",
    "objects.csv",
    "members.csv",
    "reports.parquet",
    "targets.csv",
    "README.txt",
)
"""What `write_synthetic` writes for each town."""

README = """{title}

Everything in this folder is SYNTHETIC: made up by `gridkit synth {name} --seed {seed}`. No person, shop or street exists.

town.gpkg        layers town_line, streets (class), rail, water, whole (entities: park, market, school), communities; {crs}
population.tif   residents per 100 m cell; {crs}. Of them registered.tif and migrants.tif (together all), and elderly.tif
households.tif   households per 100 m cell
objects.csv      supervised objects by class; GB18030, longitude and latitude in WGS 84
members.csv      full-time grid members with homes and skills; UTF-8, WGS 84
contacts.csv     residents who offered to look after ten households (only where the town is known for it)
reports.parquet  reports of one year with life-cycle times; longitude and latitude in GCJ-02 (as phone apps give them)
targets.csv      what the town was made to look like beside what came out

Assumed, because no source was found: {assumed}.
"""


def write_synthetic(
    name: str,
    folder: Path,
    *,
    seed: int = 0,
    on_town: Callable[[SyntheticTown], None] | None = None,
) -> list[Path]:
    """Make a town, or all towns of a city, and write the input files of each.

    Parameters
    ----------
    name
        ``"houjie"``, ``"wuzhen"`` or ``"dongguan"`` (33 towns, a folder each).
    folder
        Where to; made when it is missing.
    seed
        Same seed, same bytes.
    on_town
        Called with each town when it is written (to print target beside realised).

    Returns
    -------
    list of Path
        The folder of each town.

    Raises
    ------
    InputError
        If the name is not known, or the folder cannot be made.
    """
    specs = town_specs(name)
    out = []
    for spec in specs:
        town = make_synthetic(spec, seed)
        where = folder if len(specs) == 1 else folder / spec.name
        _write(town, where, name=name, seed=seed)
        out.append(where)
        if on_town is not None:
            on_town(town)
    return out


def _write(town: SyntheticTown, folder: Path, *, name: str, seed: int) -> None:
    write_geopackage(folder / "town.gpkg", town.layers)
    for kind, raster in town.population.items():
        unit = "households" if kind == "households" else "persons"
        tif = "population" if kind == "residents" else kind
        _write_raster(raster, folder / f"{tif}.tif", unit=unit)
    _write_csv(town.objects, folder / "objects.csv", encoding="gb18030")
    _write_csv(town.members, folder / "members.csv", encoding="utf-8")
    if len(town.contacts):
        _write_csv(town.contacts, folder / "contacts.csv", encoding="utf-8")
    _write_csv(town.targets, folder / "targets.csv", encoding="utf-8")
    with write_atomic(folder / "reports.parquet") as part:
        town.reports.to_parquet(part, index=False)
    text = README.format(
        title=town.spec.title,
        name=name,
        seed=seed,
        crs=town.spec.crs,
        assumed="; ".join(town.spec.assumed),
    )
    write_text(folder / "README.txt", text)


def _write_csv(frame: pd.DataFrame, path: Path, *, encoding: str) -> None:
    with write_atomic(path) as part:
        frame.to_csv(part, index=False, encoding=encoding, lineterminator="\n")


def _write_raster(raster: Raster, path: Path, *, unit: str) -> None:
    """Write cells as float32; whole persons below 16 million are exact in it."""
    import rasterio

    values = raster.values.astype("float32")
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": raster.crs.to_wkt(),
        "nodata": -9999.0,
        "transform": rasterio.Affine(
            raster.cell_x, 0, raster.west, 0, -raster.cell_y, raster.north
        ),
        "compress": "deflate",
    }
    with write_atomic(path) as part, rasterio.open(part, "w", **profile) as out:
        out.write(np.asarray(values), 1)
        out.update_tags(is_synthetic="true", made_by="gridkit synth", unit=f"{unit} per cell")
