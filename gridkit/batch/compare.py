"""How do the plans of several runs differ? Figures side by side, and what moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import InputError, some_of
from gridkit.io.vector import read_layer
from gridkit.rules.compare import matched

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import BoolArray

KEY = ("unit_id", "base_grid_id", "community_grid_id")


def compare_folders(folders: Sequence[Path | str]) -> pd.DataFrame:
    """Put the plans of several runs side by side; the first is what the others are compared with.

    Parameters
    ----------
    folders
        What `run_job` wrote, at least two, of the same town.

    Returns
    -------
    DataFrame
        One row for each figure, one column for each folder: grids, balance, compactness, members,
        load, findings, and the units, residents, households and objects that change base grid
        against the first plan (grids are matched so that as little as possible changes).

    Raises
    ------
    InputError
        If there are fewer than two folders, one has no results, or they are of different towns.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    if len(folders) < 2:
        msg = f"a comparison needs at least two folders of results; got {len(folders)}."
        raise InputError(msg)
    paths = [Path(f) for f in folders]
    units = [read_units(p) for p in paths]
    first = units[0]
    for path, other in zip(paths[1:], units[1:], strict=True):
        if list(other["unit_id"]) != list(first["unit_id"]):
            unknown = sorted(set(other["unit_id"]) ^ set(first["unit_id"]))
            msg = (
                f"{path} is of another town than {paths[0]}: {len(unknown)} units are in one of them only "
                f"({some_of(unknown)})."
            )
            raise InputError(msg)
    names = plan_names(paths)
    columns = {
        name: _figures(path) | _moved(table, first)
        for name, path, table in zip(names, paths, units, strict=True)
    }
    return pd.DataFrame(columns).reindex(
        list(dict.fromkeys(k for c in columns.values() for k in c))
    )


def plan_names(paths: Sequence[Path]) -> list[str]:
    """Call every plan by its folder, by its whole path where two folders are called the same."""
    last = [p.name for p in paths]
    return [p.name if last.count(p.name) == 1 else p.as_posix() for p in paths]


def read_units(folder: Path) -> gpd.GeoDataFrame:
    """Read the units of a run."""
    package = folder / "plan.gpkg"
    if not package.is_file():
        msg = f"{folder} has no plan.gpkg. Make one: gridkit run CONFIG --out {folder}"
        raise InputError(msg)
    return read_layer(package, layer="units", name=f"units of {folder.name}")


def _figures(folder: Path) -> dict[str, Any]:
    """Read the figures of the summary, in words."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))["figures"]
    plan, staff, found = record["plan"], record.get("staff", {}), record["findings"]
    rows = {
        "base grids": plan["n_base_grids"],
        "largest deviation of load": plan.get("deviation_max"),
        "compactness, mean": plan["compactness_mean"],
        "compactness, worst": plan["compactness_min"],
        "members": staff.get("members"),
        "load, largest": staff.get("load_worst"),
        "load, least": staff.get("load_least"),
        "broken rules": found["broken"],
    }
    return {k: v for k, v in rows.items() if v is not None}


def _moved(table: gpd.GeoDataFrame, first: gpd.GeoDataFrame) -> dict[str, Any]:
    """Count what changes base grid against the first plan."""
    moved = moved_between(first, table)
    rows: dict[str, Any] = {"units moved": int(moved.sum())}
    for name in ("residents", "households", "n_objects"):
        if name in table.columns:
            rows[f"{name.removeprefix('n_')} moved"] = round(
                float(table[name].to_numpy()[moved].sum()), 1
            )
    return rows


def moved_between(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> BoolArray:
    """Tell which units change base grid between two tables of units.

    Parameters
    ----------
    old, new
        ``unit_id, base_grid_id, area_m2``, the same units in the same order.

    Returns
    -------
    (n,)
        Grids are matched by common area, whatever their ids.
    """
    a_ids, a = np.unique(old["base_grid_id"].fillna("").to_numpy(dtype=str), return_inverse=True)
    b_ids, b = np.unique(new["base_grid_id"].fillna("").to_numpy(dtype=str), return_inverse=True)
    weight = new["area_m2"].to_numpy(dtype=np.float64)
    match = matched(b.astype(np.int32), a.astype(np.int32), len(b_ids), len(a_ids), weight)
    return np.asarray(match[b] != a)
