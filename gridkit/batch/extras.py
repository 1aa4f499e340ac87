"""Which layers does a run make beside grids, reports and members, and how are its columns named?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit.batch.field import contact_units, mobile_sites, round_lines, team_points
from gridkit.batch.frames import grid_frame
from gridkit.maps import ExtraLayer, MapMeasure
from gridkit.maps.content import KNOWN_MEASURES
from gridkit.model.sentences import say_in, unit_in_both

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit.batch.chain import Work
    from gridkit.model.plan import Plan

STAFF_MEASURES = (
    MapMeasure(name="load_today", label=("Load today", "现有负荷"), unit=("%", "%"), decimals=0, share=True),
    MapMeasure(name="members_today", label=("Members today", "现有网格员"), unit=("", "人"), decimals=0),
    MapMeasure(
        name="contact_coverage", label=("Contacts in place", "联络员到位率"), unit=("%", "%"), decimals=0, share=True
    ),
)  # fmt: skip
"""Columns of the base grids that staffing adds when a run knows them."""


def measures(work: Work) -> tuple[MapMeasure, ...]:
    """Name the town's own measures for legends and aliases."""
    own = tuple(
        MapMeasure(
            name=m.name, label=(sentence(m.label), say_in(m.label, "zh")), unit=unit_in_both(m.unit)
        )
        for m in work.town.units.measures.values()
        if m.name not in KNOWN_MEASURES
    )
    return (*own, *STAFF_MEASURES)


def sentence(text: str) -> str:
    """Start with a capital letter."""
    return text[:1].upper() + text[1:]


def extra_layers(work: Work) -> dict[str, ExtraLayer]:
    """Give every other layer that the batch file asks for, by the name it has in plan.gpkg."""
    return {k: v for k, v in (_other_grids(work) | _field(work)).items() if len(v.frame)}


def _other_grids(work: Work) -> dict[str, ExtraLayer]:
    """Give entity, road and overlay grids, and micro-grids."""
    found: dict[str, tuple[tuple[str, str], gpd.GeoDataFrame]] = {}
    if work.carved is not None:
        found["entity_grids"] = ("Entity grids", "专属网格"), work.carved.frame.reset_index()
    made = work.layers
    if made is not None and made.road is not None:
        road = made.road.drop(columns="area").reset_index()
        found["road_grids"] = ("Road grids", "道路网格"), road
    if made is not None and made.overlay is not None:
        frame = _slim(made.overlay, "overlay_grid")
        found["overlay_grids"] = ("Overlay grids", "叠加网格"), frame
    if made is not None and made.micro is not None:
        found["micro_grids"] = ("Micro-grids", "微网格"), _slim(made.micro, "micro_grid")
    return {k: ExtraLayer(name=n, frame=f) for k, (n, f) in found.items()}


def _slim(plan: Plan, level: str) -> gpd.GeoDataFrame:
    """Give the columns of a grid that one wants to see in passing."""
    frame = grid_frame(plan, level=level)
    wanted = ("grid_id", "n_units", "area_km2", "residents", "households", "n_objects", "geometry")
    return frame[[c for c in wanted if c in frame and not frame[c].isna().all()]]


def _field(work: Work) -> dict[str, ExtraLayer]:
    """Give what staffing adds: teams, contacts that lack, standby sites and rounds."""
    made, layers = work.field_work, {}
    if work.layers is not None and work.layers.contacts is not None:
        name = ("Units that lack contacts", "缺联络员的单元")
        layers["contact_gaps"] = ExtraLayer(name=name, frame=contact_units(work))
    if made is None:
        return layers
    if made.teams:
        layers["teams"] = ExtraLayer(name=("Other teams", "其他队伍"), frame=team_points(work))
    if made.mobile is not None:
        name = ("Mobile teams", "机动队待命点")
        layers["mobile_teams"] = ExtraLayer(name=name, frame=mobile_sites(work))
    if made.rounds is not None:
        day = made.rounds.visits.days[0].isoformat()
        name = (f"Rounds of {day}", f"{day} 巡查路线")
        lines = round_lines(made.rounds.rounds, work.town.units.crs)
        layers["rounds"] = ExtraLayer(name=name, frame=lines)
    return layers
