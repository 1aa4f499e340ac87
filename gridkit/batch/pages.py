"""What stands on the map and in the report of a run? The frames, put into the pages' own words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gridkit.batch.extras import extra_layers, measures, sentence
from gridkit.batch.frames import grid_frame
from gridkit.batch.map_layers import ground, shown_units
from gridkit.batch.outputs import grid_frames, hazard_frame, member_frame
from gridkit.batch.summary import before_after
from gridkit.errors import some_of
from gridkit.io.atomic import write_bytes
from gridkit.maps import (
    MapContent,
    ReportContent,
    draw_atlas,
    draw_page,
    draw_report,
)
from gridkit.rules import moved_units
from gridkit.staffing import workload
from gridkit.staffing.teams import grid_members

if TYPE_CHECKING:
    from gridkit.batch.chain import Work

SHOWN = ("hazard_id", "grid_id", "category", "urgency", "reported_at", "geometry")
"""Columns of a hazard that the map shows."""


def write_map(path: Path, work: Work) -> None:
    """Write the one-file map, when there is a plan to draw."""
    if work.plan is not None:
        write_bytes(
            path,
            draw_page(map_content(work), lang=work.batch.output.lang).encode("utf-8"),
        )


def write_atlas(path: Path, work: Work) -> None:
    """Write the atlas, when the batch file asks for it and there is a plan to draw."""
    out = work.batch.output
    if work.plan is not None and out.atlas:
        write_bytes(path, draw_atlas(map_content(work), lang=out.lang))


def map_content(work: Work) -> MapContent:
    """Gather everything that the map shows."""
    grids = grid_frames(work)
    under = ground(work)
    out = work.batch.output
    return MapContent(
        title=work.town.name,
        base_grids=grids["base_grids"],
        community_grids=grids.get("community_grids"),
        current_grids=current_frame(work),
        moved=moved_frame(work),
        hotspots=None if work.hotspots is None else work.hotspots.to_frame(),
        hazards=None if work.hazards is None else shown_hazards(work),
        members=member_frame(work),
        units=shown_units(work),
        streets=under["streets"],
        rail=under["rail"],
        water=under["water"],
        barriers=under["barriers"],
        extras=tuple(extra_layers(work).values()),
        surface=work.surface,
        findings=tuple(work.report),
        measures=measures(work),
        color_by=out.color_by,
        sources=out.sources,
        is_synthetic=work.town.is_synthetic,
    )


def write_report(path: Path, work: Work, methods: dict[str, str]) -> None:
    """Write the report, when there is a plan to report on."""
    if work.plan is not None:
        content = report_content(work, methods)
        write_bytes(path, draw_report(content, lang=work.batch.output.lang).encode("utf-8"))


def report_content(work: Work, methods: dict[str, str]) -> ReportContent:
    """Gather everything that the report says."""
    grids = grid_frames(work)
    certificate = work.result.certificate if work.result is not None else None
    return ReportContent(
        title=work.town.name,
        base_grids=grids["base_grids"],
        community_grids=grids.get("community_grids"),
        asked=asked(work),
        certificate=() if certificate is None else certificate.sentences(),
        headcount=None if work.staffed is None else work.staffed.heads.to_frame(),
        shortfalls=None if work.roster is None else work.roster.shortfalls,
        hotspots=None if work.hotspots is None else work.hotspots.to_frame(),
        suggestions=suggestions(work),
        indicators=work.indicators,
        changes=changes(work),
        findings=tuple(work.report),
        data_quality=tuple(f.text for f in work.said)
        + (() if work.hotspots is None else work.hotspots.notes),
        methods=methods,
        sources=work.batch.output.sources,
        measures=measures(work),
        color_by=work.batch.output.color_by,
        is_synthetic=work.town.is_synthetic,
    )


MOST_NAMED = 5


def suggestions(work: Work) -> tuple[str, ...]:
    """Say where several methods point at one grid, and whether its members have room for more."""
    if work.hotspots is None or work.plan is None:
        return ()
    by: dict[str, set[str]] = {}
    for spot in work.hotspots:
        for grid in spot.grids:
            by.setdefault(grid, set()).add(spot.method)
    many = sorted((g for g in by if len(by[g]) > 1), key=lambda g: (-len(by[g]), g))
    if not many:
        return ()
    named = many[:MOST_NAMED]
    said = [f"Look first in {some_of(named)}: hotspots of {len(by[many[0]])} methods meet there."]
    if work.staffed is not None:
        frame = work.staffed.heads.to_frame()
        load = frame["load"].to_numpy(dtype=np.float64)
        heavy = set(frame["base_grid_id"][load > load.mean()])
        full = [g for g in named if g in heavy]
        if full:
            said.append(
                f"Of these, {some_of(full)} are loaded above the mean of the town: give them the next members."
            )
    return tuple(said)


def shown_hazards(work: Work) -> gpd.GeoDataFrame:
    """Give the cleaned reports with the columns that the map shows."""
    frame = hazard_frame(work)
    return frame[[c for c in SHOWN if c in frame.columns]]


def asked(work: Work) -> tuple[tuple[str, str], ...]:
    """Say the rules as label and value."""
    rules, town = work.batch.rules, work.town
    rows = []
    if rules.grids.total is not None:
        rows.append(("Base grids", f"{rules.grids.total} in the town"))
    elif rules.grids.by_community:
        rows.append(
            ("Base grids", f"{sum(rules.grids.by_community.values())}, given for each community")
        )
    if rules.balance is not None:
        b, name = rules.balance, town.units.measure(rules.balance.measure).label
        rows.append(
            ("Even load", f"{name} within ±{b.tolerance:.0%} of the mean of the {b.within}")
        )
    for limit in rules.limits:
        low = f"at least {limit.low:,.6g}" if limit.low > 0 else ""
        high = f"at most {limit.high:,.6g}" if np.isfinite(limit.high) else ""
        rows.append(
            (
                f"Limit on {limit.label}",
                " and ".join(p for p in (low, high) if p)
                + f" in each {limit.level.replace('_', ' ')}",
            )
        )
    if work.batch.staffing is not None:
        s = work.batch.staffing
        rows.append(
            (
                "Members",
                f"{s.members_total or 'as many as the work needs'}, at least {s.floor} in each base grid",
            )
        )
    rows.append(
        (
            "Always",
            "every unit in one base grid, every base grid in one community, every grid in one piece",
        )
    )
    return tuple(rows)


def changes(work: Work) -> tuple[tuple[str, str], ...]:
    """Say what changed against the plan in force."""
    if work.current is None or work.plan is None or work.plan is work.current:
        return ()
    moved = moved_units(work.plan, work.current)
    rows = [
        (
            "Units that change base grid",
            f"{int(moved.sum()):,} of {moved.size:,} ({moved.mean():.0%})",
        )
    ]
    for m in work.town.units.measures.values():
        total = float(m.values.sum())
        if m.name in {"residents", "households", "n_objects"} and total > 0:
            part = float(m.values[moved].sum())
            rows.append(
                (
                    f"{sentence(m.label)} concerned",
                    f"{part:,.0f} of {total:,.0f} ({part / total:.0%})",
                )
            )
    if work.roster is not None:
        frame = work.roster.to_frame()
        kept = int(frame["kept"].sum())
        rows.append(("Members who stay in their grid", f"{kept} of {len(frame)}"))
    if work.staffed is not None and work.staffed.transfers is not None:
        t = work.staffed.transfers
        rows.append(
            (
                "Fewest transfers from today's posts",
                f"{len(t.moves)}: the largest load goes {before_after(t)}",
            )
        )
    return tuple(rows)


def current_frame(work: Work) -> gpd.GeoDataFrame | None:
    """Give the base grids of the plan in force, for the before/after switch."""
    if work.current is None or work.current is work.plan:
        return None
    frame = grid_frame(work.current, level=work.current.levels[0].name)
    if work.standards is None or work.staffed is None:
        return frame
    hours = workload(work.current, standards=work.standards).workload_h
    frame["workload_h"] = hours.round(2)
    if work.members is None:
        return frame
    posts = Counter(grid_members(work.members).base_grid_ids)
    members = np.array([posts[i] for i in work.current.levels[0].ids])
    if members.any():  # the roster says who works in which grid of today's plan
        time_h = members * work.staffed.heads.available_min / 60
        frame["members"] = members
        frame["load"] = np.divide(
            hours, time_h, out=np.full(len(hours), np.nan), where=time_h > 0
        ).round(4)
    return frame


def moved_frame(work: Work) -> gpd.GeoDataFrame | None:
    """Give the units that change base grid, with both grids."""
    if work.current is None or work.plan is None or work.current is work.plan:
        return None
    moved = np.flatnonzero(moved_units(work.plan, work.current))
    units = work.town.units
    old, new = work.current.levels[0], work.plan.levels[0]

    def name(ids: tuple[str, ...], at: int) -> str:
        return ids[at] if at >= 0 else ""

    return gpd.GeoDataFrame(
        {
            "unit_id": [units.ids[i] for i in moved],
            "from_grid_id": [name(old.ids, int(old.holder[i])) for i in moved],
            "base_grid_id": [name(new.ids, int(new.holder[i])) for i in moved],
        },
        geometry=list(units.shapes[moved]),
        crs=units.crs,
    )
