"""How does the plan in force come in: from polygons of grids, or from a table?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import some_of
from gridkit.geo.overlap import largest_overlap
from gridkit.io.sheets import unguarded
from gridkit.io.tables import read_table
from gridkit.io.town import CurrentSource, in_crs
from gridkit.io.vector import read_layer
from gridkit.model.finding import Finding, Report
from gridkit.model.plan import Level, Plan, majority
from gridkit.model.units import text_ids

if TYPE_CHECKING:
    from gridkit.model.town import Town


def read_current(town: Town, source: CurrentSource) -> tuple[Plan, Report]:
    """Read the plan in force onto the units of the town.

    Parameters
    ----------
    town
        The town.
    source
        Polygons or a table.

    Returns
    -------
    Plan
        Each base grid lies in the community that holds most of its units; grids that cross a
        community line are for `gridkit.rules.check` to say.
    Report
        Grids without a name, units that lie in no grid, how well polygons and units agree.
    """
    if source.path.lower().endswith(".csv"):
        return Plan.from_frame(
            town, unguarded(read_table(Path(source.path), name="current"))
        ), Report()
    frame = read_layer(Path(source.path), layer=source.layer, name="current")
    frame = in_crs(frame, town.units.crs.to_string(), name="current")
    ids = [i.strip() for i in text_ids(frame, source.id_column, name="current")]
    findings = []
    nameless = [p for p, i in enumerate(ids) if not i]
    if nameless:
        for p in nameless:
            ids[p] = f"unnamed-{p + 1}"
        findings.append(
            Finding(
                rule="current_names",
                severity="warning",
                level="base_grid",
                ids=tuple(ids[p] for p in nameless),
                text=f"{len(nameless)} of {len(ids)} grids of the current plan have no name (rows "
                f"{', '.join(str(p + 1) for p in nameless)}); they are called {some_of([ids[p] for p in nameless])} here.",
                facts={"n": len(nameless), "rows": [p + 1 for p in nameless]},
            )
        )
    shapes = np.asarray(frame.geometry.array, dtype=object)
    base, share = largest_overlap(town.units.shapes, shapes)
    loose = np.flatnonzero(base < 0)
    torn = np.flatnonzero((base >= 0) & (share < 0.9))
    if loose.size:
        findings.append(
            Finding(
                rule="current_cover",
                severity="warning",
                level="unit",
                ids=tuple(town.units.ids[i] for i in loose),
                text=f"Units in no grid of the current plan: {loose.size:,} of {len(base):,}: "
                f"{some_of([town.units.ids[i] for i in loose])}.",
                facts={"n": int(loose.size)},
            )
        )
    if torn.size:
        findings.append(
            Finding(
                rule="current_fit",
                severity="note",
                level="unit",
                ids=tuple(town.units.ids[i] for i in torn),
                text=f"Units of which less than 90 % lies in one grid of the current plan: {torn.size:,} of {len(base):,}; "
                f"each is counted to the grid that holds most of it.",
                facts={"n": int(torn.size)},
            )
        )
    levels = [Level(name="base_grid", ids=tuple(ids), holder=base)]
    if town.community is not None:
        given = town.community
        holder = majority(base, given.holder, len(ids), len(given))
        levels.append(Level(name=given.name, ids=given.ids, holder=holder, names=given.names))
    return Plan(town=town, levels=tuple(levels)), Report(tuple(findings))
