"""Which file holds what? The output contract of docs/files.md, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.batch.extras import extra_layers, measures
from gridkit.batch.field import FIELD_FILES, contact_shares
from gridkit.batch.formats import FORMAT_FILES, write_formats
from gridkit.batch.frames import grid_frame, unit_frame
from gridkit.batch.hazards import HAZARD_FILES, write_looked_into
from gridkit.batch.layers import LAYER_FILES
from gridkit.batch.staff import STAFF_FILES
from gridkit.io.geojson import write_geojson
from gridkit.io.geopackage import write_geopackage
from gridkit.io.sheets import write_csv, write_json
from gridkit.io.surface import write_surface
from gridkit.maps.styles import layer_styles

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from gridkit.batch.chain import Work

FILES = (
    "plan.csv",
    "base_grids.geojson",
    "community_grids.geojson",
    "plan.gpkg",
    "workload.csv",
    "headcount.csv",
    "roster.csv",
    "shortfalls.csv",
    "what_if.csv",
    "hazards.parquet",
    "rejected.csv",
    "hotspots.geojson",
    "hotspot_surface.tif",
    "indicators.csv",
    "findings.json",
    "certificate.json",
    "map.html",
    "report.html",
    "run.json",
)
"""Every name a run may write; public."""
ON_REQUEST = (
    "atlas.pdf",
    *FORMAT_FILES,
    *STAFF_FILES,
    *FIELD_FILES,
    *HAZARD_FILES,
    *LAYER_FILES,
)
"""What a run writes only when the batch file asks for it: ``[output] atlas = true``, ``[staffing] teams``, ``[streets]``, ``[layers]``..."""


def grid_frames(work: Work) -> dict[str, gpd.GeoDataFrame]:
    """Give the frames of all levels of the plan: ``{"base_grids": ..., "community_grids": ...}``."""
    if work.plan is None:
        return {}
    kinds = dict.fromkeys(work.batch.rules.locks.carved, "entity")
    frames = {}
    for v in work.plan.levels:
        frame = grid_frame(
            work.plan, level=v.name, staffed=work.staffed, codes=work.codes, kinds=kinds
        )
        share = contact_shares(work, v.name)
        if share is not None:
            frame.insert(len(frame.columns) - 1, "contact_coverage", share)
        frames[f"{v.name}s"] = frame
    return frames


def write_plan(folder: Path, work: Work, grids: dict[str, gpd.GeoDataFrame]) -> None:
    """Write the plan and its grids."""
    if work.plan is None:
        return
    write_csv(folder / "plan.csv", work.plan.to_frame())
    for name, frame in grids.items():
        write_geojson(folder / f"{name}.geojson", frame, id_column="grid_id")
    write_formats(folder, work, grids)
    if work.result is not None:
        write_json(folder / "certificate.json", work.result.certificate.to_json())


def write_staff(folder: Path, work: Work) -> None:
    """Write workload, head counts, roster and shortages."""
    if work.staffed is None:
        return
    write_csv(folder / "workload.csv", work.staffed.workload.to_frame())
    write_csv(folder / "headcount.csv", work.staffed.heads.to_frame())
    if work.what_if is not None:
        write_csv(folder / "what_if.csv", work.what_if)
    if work.roster is not None:
        write_csv(folder / "roster.csv", work.roster.to_frame())
        write_csv(folder / "shortfalls.csv", work.roster.shortfalls)


def write_hazards(folder: Path, work: Work) -> None:
    """Write cleaned reports, refused rows, hotspots, surface and indicators."""
    if work.hazards is None or work.cleaning is None:
        return
    hazard_frame(work).to_parquet(folder / "hazards.parquet", index=False)
    write_csv(folder / "rejected.csv", work.cleaning.rejected)
    if work.hotspots is not None:
        write_geojson(folder / "hotspots.geojson", work.hotspots.to_frame(), id_column="hotspot_id")
    if work.surface is not None:
        write_surface(folder / "hotspot_surface.tif", work.surface)
    if work.indicators is not None:
        write_csv(folder / "indicators.csv", work.indicators)
    write_looked_into(folder, work)


def hazard_frame(work: Work) -> gpd.GeoDataFrame:
    """Give the cleaned reports with the base grid they lie in."""
    assert work.hazards is not None  # noqa: S101  callers look first
    frame = work.hazards.to_frame(work.town)
    grid: list[str | None] = [None] * len(frame)
    if work.plan is not None:
        base, ids = work.plan.base, work.plan.levels[0].ids
        at = work.hazards.unit_pos
        grid = [ids[base[u]] if u >= 0 and base[u] >= 0 else None for u in at.tolist()]
    frame.insert(1, "grid_id", grid)
    if work.streets is not None:
        segment, at_m = work.streets.snap(work.hazards.xy)
        names = np.array([*work.streets.ids, ""], dtype=object)
        frame.insert(len(frame.columns) - 1, "street_id", names[segment])
        frame.insert(len(frame.columns) - 1, "street_at_m", at_m.round(1))
    return frame


def member_frame(work: Work) -> gpd.GeoDataFrame | None:
    """Give a point for each assigned member, at the middle of the grid it serves.

    Homes stay out of every output: a member is shown where it works.
    """
    if work.roster is None or work.plan is None:
        return None
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    frame: pd.DataFrame = work.roster.to_frame()
    position = {i: p for p, i in enumerate(work.plan.levels[0].ids)}
    at = np.array([position.get(str(g), -1) for g in frame["base_grid_id"]], dtype=np.int64)
    placed = frame[at >= 0]
    xy = work.grid_points()[at[at >= 0]]
    return gpd.GeoDataFrame(
        placed, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=work.town.units.crs
    )


def write_package(folder: Path, work: Work, grids: dict[str, gpd.GeoDataFrame]) -> None:
    """Write everything that has a shape into one GeoPackage, with styles."""
    if work.plan is None:
        return
    layers: dict[str, Any] = {"units": unit_frame(work.plan), **grids}
    if work.hazards is not None:
        layers["hazards"] = hazard_frame(work)
    if work.hotspots is not None:
        layers["hotspots"] = work.hotspots.to_frame()
    members = member_frame(work)
    if members is not None:
        layers["members"] = members
    layers |= {name: extra.frame for name, extra in extra_layers(work).items()}
    out = work.batch.output
    styles = layer_styles(layers, color_by=out.color_by, lang=out.lang, measures=measures(work))
    write_geopackage(folder / "plan.gpkg", layers, styles=styles)
