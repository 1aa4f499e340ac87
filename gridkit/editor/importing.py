"""Does a plan that somebody sends fit this town, and what does it leave out?"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.editor.engine import proposal_of_labels
from gridkit.editor.refusal import Refusal, bad, both
from gridkit.errors import InputError
from gridkit.io.sheets import unguarded
from gridkit.io.tables import read_table
from gridkit.io.town import in_crs
from gridkit.io.vector import read_layer

if TYPE_CHECKING:
    import pandas as pd

    from gridkit._typing import Json
    from gridkit.editor.desk import Desk
    from gridkit.editor.ground import Ground
    from gridkit.editor.ops import Proposal

SUFFIXES = (".csv", ".geojson", ".json", ".gpkg")
UNIT_COLUMNS = ("unit_id", "id", "geoid20", "geoid", "block")
GRID_COLUMNS = ("base_grid_id", "grid_id", "grid", "district")
COMMUNITY = "community_grid_id"
LEAST = 0.5
"""Share of the units that must be found in the file."""
SHOWN = 100
EXAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A plan that was sent, matched with the town.

    Parameters
    ----------
    label
        File name, for the history.
    grids
        Grid of every unit, by id; empty where the file has none.
    communities
        Community of each grid by id, where the file says so.
    report
        What matched, as docs/editor.md describes it.
    """

    label: str
    grids: tuple[str, ...]
    communities: dict[str, str]
    report: Json


def read_arrival(ground: Ground, name: str, content: bytes) -> Arrival:
    """Read the bytes of a plan and match them with the town.

    Parameters
    ----------
    ground
        With the town.
    name
        Used for its suffix and as a label only.
    content
        CSV, GeoJSON or GeoPackage.

    Raises
    ------
    Refusal
        ``import``, with the report, when fewer than half of the units are in the file.
    """
    label = Path(name.replace("\\", "/")).name[:80] or "plan"
    suffix = Path(label).suffix.lower()
    if suffix not in SUFFIXES:
        raise bad(
            f"'{label}' is none of {', '.join(SUFFIXES)}.",
            f"“{label}”不是 {'、'.join(SUFFIXES)} 文件。",
        )
    with tempfile.TemporaryDirectory(prefix="gridkit-") as folder:
        path = Path(folder) / f"plan{suffix}"
        path.write_bytes(content)
        try:
            if suffix == ".csv":
                table = unguarded(read_table(path, name="plan"))
                return _from_table(ground, label, table, first=2)
            frame = _plan_layer(path)
        except InputError as error:
            if isinstance(error, Refusal):
                raise
            said = str(error).replace(str(path), label).replace(str(folder), "")
            raise Refusal("import", (said, f"文件无法读取：{said}"), report=None) from error
    unit = _column(frame, UNIT_COLUMNS)  # "id" may be that of the grids
    if (
        unit is not None
        and _column(frame, GRID_COLUMNS) is not None
        and not ground.town.position.keys().isdisjoint(_texts(frame[unit]))
    ):
        return _from_table(ground, label, frame, first=1)
    return _from_shapes(ground, label, frame)


def _plan_layer(path: Path) -> Any:
    """Read the layer of a plan: ``units`` of a run's package, or the only one."""
    if path.suffix != ".gpkg":
        return read_layer(path, name="plan")
    for layer in ("units", "base_grids", None):
        try:
            return read_layer(path, layer=layer, name="plan")
        except InputError:
            if layer is None:
                raise
    raise AssertionError  # pragma: no cover  the loop ends


def _column(frame: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    lower = {str(c).lower(): str(c) for c in frame.columns}
    return next((lower[n] for n in names if n in lower), None)


def _from_table(ground: Ground, label: str, frame: pd.DataFrame, *, first: int) -> Arrival:
    """Match rows with units by id; rows are numbered from `first`: a spreadsheet counts the header too."""
    unit, grid = _column(frame, UNIT_COLUMNS), _column(frame, GRID_COLUMNS)
    if unit is None or grid is None:
        raise Refusal(
            "import",
            (
                f"'{label}' needs columns unit_id and base_grid_id; it has {', '.join(map(str, frame.columns[:12]))}.",
                f"“{label}”应有 unit_id 和 base_grid_id 两列，现有：{'、'.join(map(str, frame.columns[:12]))}。",
            ),
            report=None,
        )
    position = ground.town.position
    ids, values = _texts(frame[unit]), _texts(frame[grid])
    above = _texts(frame[COMMUNITY]) if COMMUNITY in frame.columns else [""] * len(ids)
    rows: dict[str, list[int]] = {}
    extra: list[Json] = []
    found = [""] * ground.n
    communities: dict[str, str] = {}
    for row, (i, g, c) in enumerate(zip(ids, values, above, strict=True), start=first):
        rows.setdefault(i, []).append(row)
        if i not in position:
            extra.append({"id": i, "row": row})
            continue
        if len(rows[i]) == 1:
            found[position[i]] = g
            if g and c:
                communities.setdefault(g, c)
    missing = [i for i in ground.town.units.ids if i not in rows]
    twice = [{"id": i, "rows": r} for i, r in rows.items() if len(r) > 1]
    matched = ground.n - len(missing)
    report = _report(label, len(ids), matched, missing, extra, twice, ground.n, found)
    if matched < LEAST * ground.n:
        raise Refusal(
            "import",
            (
                f"only {matched} of {ground.n} units of the town are in '{label}'; at least half must be. Is it of this town?",
                f"“{label}”只含本镇 {ground.n} 个单元中的 {matched} 个，至少需要一半。是否为本镇的文件？",
            ),
            report=report,
            examples={
                "file": [e["id"] for e in extra[:EXAMPLES]] or ids[:EXAMPLES],
                "town": missing[:EXAMPLES],
            },
        )
    return Arrival(label=label, grids=tuple(found), communities=communities, report=report)


def _from_shapes(ground: Ground, label: str, frame: Any) -> Arrival:
    """Give each unit to the grid that holds most of it."""
    units = ground.town.units
    placed = in_crs(frame, units.crs.to_string(), name="plan")
    column = _column(frame, GRID_COLUMNS) or _column(frame, ("id", "name", "code"))
    ids = (
        _texts(placed[column])
        if column is not None
        else [f"G{i + 1:02d}" for i in range(len(placed))]
    )
    shapes = np.asarray(placed.geometry.array, dtype=object)
    ok = np.flatnonzero(~shapely.is_missing(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6)))
    grid, unit = shapely.STRtree(units.shapes).query(shapes[ok], predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[ok[grid]], units.shapes[unit]))
    order = np.lexsort((-area, unit))
    unit, grid, area = unit[order], grid[order], area[order]
    first = np.flatnonzero(np.append([True], unit[1:] != unit[:-1])[: unit.size])
    found = [""] * ground.n
    for i in first:
        if area[i] > 0.5 * units.area_m2[unit[i]]:
            found[int(unit[i])] = ids[int(ok[grid[i]])]
    missing = [u for u, g in zip(units.ids, found, strict=True) if not g]
    matched = ground.n - len(missing)
    report = _report(label, len(placed), matched, missing, [], [], ground.n, found)
    if matched < LEAST * ground.n:
        raise Refusal(
            "import",
            (
                f"the grids in '{label}' hold only {matched} of {ground.n} units of the town; at least half must be.",
                f"“{label}”中的网格只覆盖本镇 {ground.n} 个单元中的 {matched} 个，至少需要一半。",
            ),
            report=report,
            examples={"file": ids[:EXAMPLES], "town": missing[:EXAMPLES]},
        )
    return Arrival(label=label, grids=tuple(found), communities={}, report=report)


def _texts(column: Any) -> list[str]:
    blank = column.isna().tolist()
    return ["" if b else str(v) for v, b in zip(column.tolist(), blank, strict=True)]


def _report(
    label: str,
    n_rows: int,
    matched: int,
    missing: list[str],
    extra: list[Json],
    twice: list[Json],
    n: int,
    found: list[str],
) -> Json:
    n_grids = len({g for g in found if g})
    text = (
        f"{label}: {matched} of {n} units in {n_grids} grids; {len(missing)} units are missing, {len(extra)} rows are of unknown units, {len(twice)} units stand twice (their first row counts).",
        f"{label}：{n} 个单元中匹配 {matched} 个，分属 {n_grids} 个网格；缺 {len(missing)} 个，多出 {len(extra)} 行，重复 {len(twice)} 个（取首行）。",
    )
    return {
        "n_rows": n_rows,
        "matched": matched,
        "missing": missing[:SHOWN],
        "n_missing": len(missing),
        "extra": extra[:SHOWN],
        "n_extra": len(extra),
        "duplicates": twice[:SHOWN],
        "n_duplicates": len(twice),
        "share": round(matched / n, 4),
        "n_grids": n_grids,
        "text": both(text),
    }


def proposal_from(desk: Desk, arrival: Arrival, slots: list[str]) -> Proposal:
    """Turn a plan that was sent into a step: known ids are the same grids, others are new."""
    return proposal_of_labels(
        desk,
        arrival.grids,
        slots,
        kind="import",
        parents=arrival.communities,
        facts={"file": arrival.label},
    )
