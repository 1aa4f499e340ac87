"""How does a layer become a shapefile for those who need one? A zip, with a table of what the short names mean."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio

from gridkit.io.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

LONGEST = 10
"""Letters a field name of a shapefile may have."""
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""Equal plans give equal bytes."""


def short_names(columns: Sequence[str]) -> dict[str, str]:
    """Give every column a field name of at most ten plain letters, each a different one.

    Parameters
    ----------
    columns
        Names, each once.

    Returns
    -------
    dict
        Column -> field, in the order given.

    Examples
    --------
    >>> short_names(["grid_id", "density_per_km2", "density_per_ha", "户数"])
    {'grid_id': 'grid_id', 'density_per_km2': 'density_pe', 'density_per_ha': 'density__2', '户数': 'field_4'}
    """
    taken: set[str] = set()
    out: dict[str, str] = {}
    for number, column in enumerate(columns, start=1):
        plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "" for c in column)
        stem = plain if plain and plain[0].isalpha() else f"field_{number}"
        name, k = stem[:LONGEST], 2
        while name.lower() in taken:
            name = f"{stem[: LONGEST - 1 - len(str(k))]}_{k}"
            k += 1
        taken.add(name.lower())
        out[column] = name
    return out


def write_shapefiles(path: Path, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Write layers as shapefiles into one zip, with ``fields.csv``: layer, field, column.

    Texts are UTF-8 and say so (``.cpg``). Times become text, as a shapefile has only dates.

    Parameters
    ----------
    path
        Target; replaced in one step.
    layers
        Name -> frame with a CRS; empty ones are left out.
    """
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as box:
        rows = ["layer,field,column"]
        for layer, frame in layers.items():
            if frame.empty:
                continue
            names = short_names([str(c) for c in frame.columns if c != frame.geometry.name])
            rows += [f"{layer},{field},{column}" for column, field in names.items()]
            plain = frame.copy()
            for column in names:
                if plain[column].dtype.kind == "M":
                    plain[column] = plain[column].dt.strftime("%Y-%m-%dT%H:%M:%S")
                elif plain[column].dtype.kind == "b":
                    plain[column] = plain[column].astype("int32")
            draft = Path(folder) / f"{layer}.shp"
            pyogrio.write_dataframe(
                plain.rename(columns=names), draft, driver="ESRI Shapefile", encoding="UTF-8"
            )
            _fix_date(draft.with_suffix(".dbf"))
        for file in sorted(Path(folder).iterdir()):
            box.writestr(zipfile.ZipInfo(file.name, FIXED_DATE), file.read_bytes())
        table = "\n".join(rows) + "\n"
        box.writestr(zipfile.ZipInfo("fields.csv", FIXED_DATE), "\ufeff" + table)
    write_bytes(path, packed.getvalue())


def _fix_date(dbf: Path) -> None:
    """Blank the date of writing, three bytes behind the first."""
    body = bytearray(dbf.read_bytes())
    body[1:4] = bytes((80, 1, 1))
    dbf.write_bytes(bytes(body))
