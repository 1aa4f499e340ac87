"""How is a comparison of runs shown? One page with maps, figures and alternatives, and two tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gridkit.batch.compare import compare_folders, moved_between, plan_names, read_units
from gridkit.io.atomic import write_bytes
from gridkit.io.sheets import write_csv
from gridkit.io.vector import read_layer
from gridkit.maps import ComparisonContent, draw_comparison
from gridkit.maps.comparison import SHARES, tradeoff_of
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

MEASURES = ("residents", "households", "n_objects")


def draw_folders(
    folders: Sequence[Path | str], out: Path | str, *, lang: Literal["en", "zh"] = "en"
) -> tuple[Path, ...]:
    """Draw the plans of two to four runs side by side.

    Parameters
    ----------
    folders
        What `run_job` wrote, of the same town; the first is what the others are compared with.
    out
        Folder for ``compare.html``, ``moved.csv`` (every unit that changes grid) and ``grids.csv``
        (every grid beside the one it comes from).
    lang
        Language of the page.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    InputError
        If there are fewer than two or more than four folders, or they are of different towns.
    """
    table = compare_folders(folders)
    paths = [Path(f) for f in folders]
    names = plan_names(paths)
    grids = {
        n: read_layer(p / "plan.gpkg", layer="base_grids", name=f"base grids of {n}")
        for n, p in zip(names, paths, strict=True)
    }
    units = [read_units(p) for p in paths]
    moved = moved_table(names, units)
    record = json.loads((paths[0] / "run.json").read_text(encoding="utf-8"))
    content = ComparisonContent(
        title=str(record.get("town", paths[0].name)),
        plans=grids,
        figures=figure_rows(table, lang),
        tradeoff=tradeoff_of(table, lang=lang),
        moved=moved,
        is_synthetic=bool(record.get("is_synthetic", False)),
    )
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    page, moves, changes = folder / "compare.html", folder / "moved.csv", folder / "grids.csv"
    write_bytes(page, draw_comparison(content, lang=lang).encode("utf-8"))
    write_csv(moves, moved)
    write_csv(changes, grid_changes(names, grids, units))
    return page, moves, changes


def figure_rows(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Give the figures with their names in words; shares in percent."""
    rows = table.astype(float)
    rows.loc[[r for r in SHARES if r in rows.index]] *= 100
    words = [say_in(str(k), lang) + (" (%)" if k in SHARES else "") for k in rows.index]
    rows.insert(0, "measure", words)
    return rows.reset_index(drop=True)


def moved_table(names: Sequence[str], units: Sequence[gpd.GeoDataFrame]) -> pd.DataFrame:
    """List the units that are in another grid than in the first plan: id, grid in each plan, measures."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    first = units[0]
    changed = np.zeros(len(first), dtype=bool)
    for other in units[1:]:
        changed |= moved_between(first, other)
    columns = {"unit_id": first["unit_id"]}
    columns |= {n: u["base_grid_id"] for n, u in zip(names, units, strict=True)}
    columns |= {m: first[m] for m in MEASURES if m in first.columns}
    return pd.DataFrame(columns)[changed].reset_index(drop=True)


def grid_changes(
    names: Sequence[str],
    grids: dict[str, gpd.GeoDataFrame],
    units: Sequence[gpd.GeoDataFrame],
) -> pd.DataFrame:
    """Set every grid of the later plans beside the grid of the first one it shares most ground with."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    first = grids[names[0]].set_index("grid_id")
    rows = []
    for name, table in zip(names[1:], units[1:], strict=True):
        own = grids[name].set_index("grid_id")
        shown = [
            c
            for c in (*MEASURES, "workload_h", "members", "load", "compactness")
            if c in own and c in first
        ]
        shared = pd.crosstab(
            table["base_grid_id"], units[0]["base_grid_id"], values=table["area_m2"], aggfunc="sum"
        ).fillna(0.0)
        for grid in own.index:
            from_id = str(shared.loc[grid].idxmax()) if grid in shared.index else ""
            row: dict[str, object] = {"plan": name, "grid_id": grid, "from_grid_id": from_id}
            row["shared_area"] = (
                round(float(shared.loc[grid].max() / shared.loc[grid].sum()), 4)
                if from_id
                else None
            )
            for c in shown:
                row[c] = own.loc[grid, c]
                row[f"{c}_change"] = (
                    own.loc[grid, c] - first.loc[from_id, c] if from_id in first.index else None
                )
            rows.append(row)
    return pd.DataFrame(rows)
