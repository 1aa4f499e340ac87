"""What does a run work out from reports? Hotspots, surfaces, streets, indicators, warnings, outlook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots import density_surface, find_hotspots, indicators, outlook, risk_surface
from gridkit.hotspots.network import street_density
from gridkit.hotspots.warning import warning_table
from gridkit.io.geojson import write_geojson
from gridkit.io.sheets import write_csv
from gridkit.io.surface import write_surface
from gridkit.model.finding import Finding

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from gridkit.batch.chain import Work
    from gridkit.config.batch_file import BatchFile
    from gridkit.hotspots import RiskSurface, Streets
    from gridkit.model.hazards import Hazards
    from gridkit.model.hotspots import Hotspots
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

HAZARD_FILES = (
    "outlook.csv",
    "early_warning.csv",
    "street_density.geojson",
    "hotspot_risk.tif",
    "hotspot_risk_p.tif",
    "risk_contours.geojson",
)
"""Files that reports give when the record is long enough, there are streets, or a risk surface is asked for."""


def look_into(
    town: Town,
    hazards: Hazards,
    batch: BatchFile,
    *,
    plan: Plan | None,
    streets: Streets | None,
    seed: int,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Work out everything about reports; returns fields of `Work`, and what there is to say."""
    s = batch.hotspots
    spots = find_hotspots(town, hazards, settings=s, plan=plan, streets=streets, seed=seed)
    made: dict[str, Any] = {
        "hotspots": spots,
        "surface": density_surface(town, hazards, settings=s.surface),
        "indicators": indicators(hazards, plan, settings=batch.indicators),
        "warnings": warning_table(
            hazards, plan, settings=s.warning, suppress_below=s.suppress_below
        ),
    }
    findings = list(_alarms(made["warnings"]))
    try:
        made["outlook"] = outlook(spots, hazards, settings=s.outlook)
    except InputError as error:  # a short record is no fault of the run
        findings.append(Finding(rule="outlook", severity="note", text=str(error), level="town"))
    if s.risk_surface and spots.exposure:
        made["risk"] = risk_surface(
            town, hazards, exposure=spots.exposure, settings=s.surface, alpha=s.alpha, seed=seed
        )
    if streets is not None:
        made["street_density"] = street_density(streets, hazards.inside().xy)
    return made, tuple(findings)


def _alarms(table: pd.DataFrame) -> list[Finding]:
    """Say which groups were above their own past in the last period."""
    if table.empty:
        return []
    last = table[(table["last_day"] == table["last_day"].max()) & (table["table"] != "town")]
    hit = last[last["is_alarm"]]
    rate = float(last["false_alarm_rate"].iloc[0])
    text = (
        f"Early warning for {last['first_day'].iloc[0]} to {last['last_day'].iloc[0]}: {len(hit)} of {len(last)} grids, communities and "
        f"categories had more reports than their own past lets one expect; {len(last) * rate:.1f} would by chance alone."
    )
    names = tuple(f"{t} {g}" for t, g in zip(hit["table"], hit["group"], strict=True))
    return [Finding(rule="early_warning", severity="note", text=text, level="grid", ids=names)]


def write_looked_into(folder: Path, work: Work) -> None:
    """Write what `look_into` found beyond hotspots, surface and indicators."""
    if work.hotspots is None:
        return
    suppress = work.batch.hotspots.suppress_below
    if work.outlook is not None:
        write_csv(folder / "outlook.csv", outlook_frame(work.outlook, work.hotspots))
    if work.warnings is not None and len(work.warnings):
        write_csv(folder / "early_warning.csv", work.warnings)
    if work.street_density is not None:
        lines = work.street_density.segments_frame(suppress_below=suppress)
        lines.insert(0, "line_id", [str(k + 1) for k in range(len(lines))])
        write_geojson(folder / "street_density.geojson", lines, id_column="line_id")
    if work.risk is not None:
        write_surface(folder / "hotspot_risk.tif", work.risk.ratio)
        write_surface(folder / "hotspot_risk_p.tif", work.risk.p_value)
        frame = contour_frame(work.risk, work.hazards, work.town, suppress_below=suppress)
        write_geojson(folder / "risk_contours.geojson", frame, id_column="contour_id")


def outlook_frame(table: pd.DataFrame, spots: Hotspots) -> pd.DataFrame:
    """Give the outlook with the place and grids of each hotspot."""
    out = table.round(4).reset_index()
    out.insert(1, "method", [h.method for h in spots])
    out.insert(2, "grids", [";".join(h.grids) for h in spots])
    return out


def contour_frame(
    risk: RiskSurface, hazards: Hazards | None, town: Town, *, suppress_below: int
) -> gpd.GeoDataFrame:
    """Give one polygon for each place where the risk is higher than chance allows."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only
    import pandas as pd  # noqa: PLC0415  the same

    shapes = np.asarray(risk.outlines, dtype=object)
    count = np.zeros(len(shapes), dtype=np.int64)
    if hazards is not None and len(shapes):
        xy = hazards.inside().xy
        count = np.array([shapely.contains_xy(g, xy[:, 0], xy[:, 1]).sum() for g in shapes])
    small = (count > 0) & (count < suppress_below)
    data: dict[str, Any] = {
        "contour_id": [f"risk-{k + 1:02d}" for k in range(len(shapes))],
        "n": pd.array([None if h else int(c) for c, h in zip(count, small, strict=True)], "Int64"),
        "p_value_below": risk.alpha,
        "area_km2": shapely.area(shapes) / 1e6,
        "is_suppressed": small,
    }
    return gpd.GeoDataFrame(data, geometry=shapes, crs=town.units.crs)
