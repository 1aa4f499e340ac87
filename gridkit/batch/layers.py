"""Which other grids lie over a town: entity, road and overlay grids, levels below the base grid, and codes?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.batch.codes import renew_codes
from gridkit.batch.frames import grid_frame, named_codes
from gridkit.build import (
    Carved,
    CodeBook,
    add_level_below,
    carve_entities,
    crossings,
    cut_roads,
    overlay,
)
from gridkit.datasets.members import make_members
from gridkit.errors import some_of
from gridkit.io.build import read_chosen
from gridkit.io.geojson import write_geojson
from gridkit.io.members import read_members
from gridkit.io.sheets import write_csv
from gridkit.io.tables import read_table
from gridkit.io.town import in_crs
from gridkit.io.vector import read_layer
from gridkit.model.finding import Finding, Report
from gridkit.model.units import need_column
from gridkit.solver import group_grids
from gridkit.staffing import find_contacts, unit_workload_min

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from gridkit.batch.chain import Work
    from gridkit.build import ContactLevel, EntityLayer, OverlayLayer, RoadLayer
    from gridkit.model.members import Members
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town
    from gridkit.rules import Rules
    from gridkit.staffing import Standards
    from gridkit.staffing.contacts import Contacts

LAYER_FILES = (
    "entity_grids.geojson",
    "road_grids.geojson",
    "road_areas.geojson",
    "overlay_grids.geojson",
    "crossings.csv",
    "micro_grids.geojson",
    "micro.csv",
    "contacts.csv",
    "contact_coverage.csv",
    "codes.csv",
)
"""Files of ``[layers]``, ``[levels]`` and ``[codes]``, each on request."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TownLayers:
    """What was laid over a plan."""

    road: gpd.GeoDataFrame | None = None
    overlay: Plan | None = None
    micro: Plan | None = None
    contacts: Contacts | None = None
    book: CodeBook | None = None
    findings: Report = field(default_factory=Report)


# ---------------------------------------------------------------------- before the town is divided
def carve(
    town: Town, source: EntityLayer, rules: Rules, standards: Standards | None
) -> tuple[Town, Rules, Carved, Finding]:
    """Take the entities out: their own share of the objects leaves, and their units are locked."""
    frame = read_layer(source.path, layer=source.layer, name="layers.entity")
    frame = in_crs(frame, town.units.crs.to_string(), name="layers.entity")
    counted = tuple(m for m in town.units.measures if m == "n_objects" or m.startswith("objects_"))
    carved = carve_entities(
        town,
        frame,
        id_column=source.id_column,
        kind_column=source.kind_column,
        measures=counted,
        share=source.share,
    )
    own = _entity_frame(town, carved, standards)
    carved = dataclasses.replace(carved, frame=own)
    if source.cut_out:
        locks = dataclasses.replace(rules.locks, carved={**rules.locks.carved, **carved.units})
        rules = dataclasses.replace(rules, locks=locks)
    moved = float(own["n_objects"].sum()) if "n_objects" in own else 0.0
    said = Finding(
        rule="layer_entity",
        severity="note",
        text=(
            f"{len(own)} entity grids hold {int(own['n_units'].sum()):,} units; their own staff looks after {moved:,.0f} objects "
            f"({source.share:.0%} of theirs){'; each is a base grid of its own' if source.cut_out else ''}."
        ),
        level="base_grid",
        ids=tuple(own.index),
        facts={"n": len(own), "share": source.share, "objects": moved},
    )
    return carved.town, rules, carved, said


def left_to_members(
    objects: pd.DataFrame, town: Town, carved: Carved, share: float
) -> pd.DataFrame:
    """Drop the single objects that the own staff of entities looks after.

    Of each class and risk tier in a unit the first go, so many as `share` says, rounded.
    """
    position = town.position
    inside = np.zeros(len(town.units), dtype=bool)
    inside[[position[u] for units in carved.units.values() for u in units]] = True
    same = objects.groupby(["unit_pos", "object_class", "risk"], sort=False, dropna=False)
    number, n = same.cumcount(), same["unit_pos"].transform("size")
    theirs = inside[objects["unit_pos"]] & (number < np.rint(share * n)).to_numpy()
    left: pd.DataFrame = objects[~theirs].reset_index(drop=True)
    return left


def _entity_frame(town: Town, carved: Carved, standards: Standards | None) -> gpd.GeoDataFrame:
    """Describe the entity grids: what they hold, and the work that is their own staff's."""
    frame = carved.frame.copy()
    position = town.position
    own = [np.array([position[u] for u in carved.units[i]], dtype=np.int64) for i in frame.index]
    frame.insert(1, "n_units", [o.size for o in own])
    frame.insert(2, "area_km2", [round(float(town.units.area_m2[o].sum()) / 1e6, 6) for o in own])
    if "residents" in town.units.measures:
        people = town.units.measures["residents"].values
        frame.insert(3, "residents", [float(people[o].sum()) for o in own])
    if standards is not None:
        less = unit_workload_min(town, standards=standards) - unit_workload_min(
            carved.town, standards=standards
        )
        frame["own_workload_h"] = [round(float(less[o].sum()) / 60, 2) for o in own]
    return frame


# ---------------------------------------------------------------------- over the plan
def lay_layers(work: Work) -> Work:
    """Make the other layers, levels and codes that the batch file asks for, and check each."""
    plan, batch = work.plan, work.batch
    if plan is None:
        return work
    made: dict[str, Any] = {}
    found: list[Finding] = []
    if batch.layers.road is not None:
        made["road"] = _roads(work, batch.layers.road, found)
    if batch.layers.overlay is not None:
        made["overlay"] = _overlay(work, plan, batch.layers.overlay, found)
    if batch.levels.micro is not None:
        made["micro"] = _micro(work, plan, found)
    if batch.levels.contacts is not None:
        made["contacts"] = _contacts(work, found)
    codes = work.codes
    if batch.codes is not None:
        made["book"] = renew_codes(plan, batch.codes, work.current, found)
        codes = named_codes(plan, made["book"], batch.codes.holder)
    if not made:
        return work
    layers = TownLayers(**made, findings=Report(tuple(found)))
    return dataclasses.replace(work, layers=layers, codes=codes, said=work.said + layers.findings)


def _roads(work: Work, source: RoadLayer, found: list[Finding]) -> gpd.GeoDataFrame:
    units = work.town.units
    streets = read_chosen(source, name="layers.road", said=found)
    streets = in_crs(streets, units.crs.to_string(), name="layers.road")
    inside = streets.geometry.intersection(shapely.coverage_union_all(units.shapes))
    streets = streets.set_geometry(inside)[~inside.is_empty].explode(ignore_index=True)
    streets = streets[streets.geom_type == "LineString"].reset_index(drop=True)
    if source.load_column:
        need_column(streets, source.load_column, name="layers.road")
    frame = cut_roads(
        streets,
        source.n_sections,
        load_column=source.load_column,
        points=None if work.hazards is None else work.hazards.xy,
        point_m=source.report_m,
        buffer_m=source.buffer_m,
    )
    mean = float(frame["load"].mean())
    off = (frame["load"] - mean).abs() / mean
    torn, uneven = frame.index[frame["n_pieces"] > 1], frame.index[off > source.tolerance]
    text = (
        f"{len(frame)} road grids share {frame['length_m'].sum() / 1000:,.1f} km of street; their load is within "
        f"±{off.max():.0%} of the mean (allowed ±{source.tolerance:.0%})"
    )
    if len(uneven):
        text += f"; further off than allowed: {some_of(list(uneven))}"
    if len(torn):
        text += f"; {len(torn)} are in several pieces, because parts of the network hang on nothing: {some_of(list(torn))}"
    found.append(
        Finding(
            rule="layer_road",
            severity="warning" if len(uneven) or len(torn) else "note",
            text=text + ".",
            ids=tuple(sorted({*torn, *uneven})),
            facts={"n": len(frame), "worst": float(off.max()), "in_pieces": len(torn)},
        )
    )
    return frame


def _overlay(work: Work, plan: Plan, source: OverlayLayer, found: list[Finding]) -> Plan:
    base = plan.levels[0]
    if source.path:
        table = read_table(source.path, name="layers.overlay")
        for column in ("base_grid_id", "overlay_grid_id"):
            need_column(table, column, name="layers.overlay")
        pairs = zip(table["base_grid_id"], table["overlay_grid_id"], strict=True)
        groups = {str(b): str(g) for b, g in pairs if g}
    else:
        level = group_grids(
            plan,
            source.n_grids,
            measure=source.measure,
            name="overlay",
            tolerance=source.tolerance,
            seed=work.batch.solve.seed,
            relax=True,
        )
        groups = {b: level.ids[p] for b, p in zip(base.ids, level.holder, strict=True) if p >= 0}
    made = overlay(plan, groups)
    total = made.total(source.measure, level="overlay_grid")
    mean = float(total.mean()) or 1.0
    off = np.abs(total - mean) / mean
    labels = made.labels("overlay_grid")
    pieces = plan.town.graph.pieces(labels)
    n_pieces = np.array([np.unique(pieces[labels == g]).size for g in range(total.size)])
    left_out = [b for b in base.ids if b not in groups]
    ids = made.levels[1].ids
    problems = []
    if left_out:
        problems.append(f"{len(left_out)} base grids are in none: {some_of(left_out)}")
    if (off > source.tolerance).any():
        problems.append(
            f"{source.measure} up to ±{off.max():.0%} from the mean (allowed ±{source.tolerance:.0%}): "
            f"{some_of([ids[i] for i in np.flatnonzero(off > source.tolerance)])}"
        )
    if (n_pieces > 1).any():
        problems.append(
            f"in several pieces: {some_of([ids[i] for i in np.flatnonzero(n_pieces > 1)])}"
        )
    text = f"{len(ids)} overlay grids group {len(groups)} base grids, {source.measure} within ±{off.max():.0%}"
    found.append(
        Finding(
            rule="layer_overlay",
            severity="warning" if problems else "note",
            text="; ".join([text, *problems]) + ".",
            ids=tuple(left_out),
            level="base_grid",
            facts={"n": len(ids), "worst": float(off.max()), "left_out": len(left_out)},
        )
    )
    return made


def _micro(work: Work, plan: Plan, found: list[Finding]) -> Plan:
    rule = work.batch.levels.micro
    assert rule is not None  # noqa: S101  callers look first
    deeper, over = add_level_below(plan, measure=rule.measure, high=rule.high)
    held = deeper.total(rule.measure, level="micro_grid")
    few = [i for i, h in zip(deeper.levels[0].ids, held, strict=True) if h < rule.low]
    text = f"{held.size} micro-grids of {held.min():,.6g} to {held.max():,.6g} {rule.measure} (median {np.median(held):,.6g})"
    if over:
        text += f"; {len(over)} hold more than {rule.high:g}, because one unit alone does: {some_of(over)}; divide the units further (max_load)"
    if few:
        text += f"; {len(few)} hold fewer than {rule.low:g}: {some_of(few)}"
    found.append(
        Finding(
            rule="level_micro",
            severity="warning" if over else "note",
            text=text + ".",
            ids=tuple(over),
            facts={"n": held.size, "over": len(over), "under": len(few)},
        )
    )
    return deeper


def _contacts(work: Work, found: list[Finding]) -> Contacts:
    rule = work.batch.levels.contacts
    assert rule is not None  # noqa: S101  callers look first
    got = find_contacts(
        work.town,
        _offered(work, rule),
        households=rule.households,
        stairwells=rule.stairwells,
        per_households=rule.per_households,
        max_m=rule.max_m,
    )
    needed, without = int(got.needed.sum()), got.n_households_without
    total = float(got.households.sum())
    text = (
        f"{len(got.contact_ids):,} contacts of {needed:,} needed (one for {rule.per_households} households"
        f"{' and each stairwell' if rule.stairwells else ''}); {without:,.0f} of {total:,.0f} households "
        f"({without / max(total, 1):.1%}) have none; {len(got.unused_ids):,} who offered are not needed"
    )
    if got.outside_ids:
        text += f"; {len(got.outside_ids):,} live outside the town: {some_of(got.outside_ids)}"
    bare = [u for u, c in zip(got.unit_ids, got.coverage, strict=True) if c == 0]
    found.append(
        Finding(
            rule="level_contacts",
            severity="warning" if without > 0 else "note",
            text=text + ".",
            level="unit",
            ids=tuple(bare),
            facts={"needed": needed, "chosen": len(got.contact_ids), "households_without": without},
        )
    )
    return got


def _offered(work: Work, rule: ContactLevel) -> Members:
    """Read the residents who offered, or make them up."""
    if rule.members_file:
        return read_members(rule.members_file, work.town)
    seed = work.batch.solve.seed + 77
    made = make_members(work.town, rule.n_synthetic, seed=seed, skill_shares={})
    return dataclasses.replace(made, ids=tuple(f"S-contact-{i[1:]}" for i in made.ids))


# ---------------------------------------------------------------------- written
def write_layers(folder: Path, work: Work) -> None:
    """Write what was laid over the plan."""
    if work.carved is not None:
        _write(folder / "entity_grids.geojson", work.carved.frame)
    layers = work.layers
    if layers is None:
        layers = TownLayers()
    if layers.road is not None:
        _write(folder / "road_grids.geojson", layers.road.drop(columns="area"))
        areas = layers.road.drop(columns="geometry").set_geometry("area", crs=layers.road.crs)
        _write(folder / "road_areas.geojson", areas.rename_geometry("geometry"))
    if layers.overlay is not None:
        write_geojson(
            folder / "overlay_grids.geojson",
            grid_frame(layers.overlay, level="overlay_grid"),
            id_column="grid_id",
        )
    if layers.micro is not None:
        micro = grid_frame(layers.micro, level="micro_grid")
        write_geojson(folder / "micro_grids.geojson", micro, id_column="grid_id")
        write_csv(folder / "micro.csv", layers.micro.to_frame())
    if layers.contacts is not None:
        write_csv(folder / "contacts.csv", layers.contacts.to_frame())
        write_csv(folder / "contact_coverage.csv", layers.contacts.coverage_frame())
    if layers.book is not None:
        write_csv(folder / "codes.csv", layers.book.to_frame())
    table = crossing_table(work, layers)
    if table is not None:
        write_csv(folder / "crossings.csv", table)


def _write(path: Path, frame: gpd.GeoDataFrame) -> None:
    write_geojson(path, frame.reset_index(), id_column="grid_id")


def crossing_table(work: Work, layers: TownLayers) -> pd.DataFrame | None:
    """Say how every pair of layers cuts each other; None when there is one layer only."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    there: list[tuple[str, Any, str]] = []
    if work.plan is not None:
        there.append(("area", work.plan, ""))
    if layers.overlay is not None:
        there.append(("overlay", layers.overlay, "overlay_grid"))
    if work.carved is not None:
        there.append(("entity", work.carved.frame, ""))
    if layers.road is not None:
        there.append(("road", layers.road, ""))
    rows = []
    for i, (name_a, a, level_a) in enumerate(there):
        for name_b, b, level_b in there[i + 1 :]:
            table = crossings(a, b, levels=(level_a, level_b))
            table.insert(0, "layer_a", name_a)
            table.insert(2, "layer_b", name_b)
            table.insert(6, "unit", "m" if name_b == "road" else "m2")
            rows.append(table)
    if not rows:
        return None
    out = pd.concat(rows, ignore_index=True)
    return out.round({"amount": 1, "share_of_a": 4, "share_of_b": 4})
