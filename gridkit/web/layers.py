"""Which background layers can the editor show, and where do they come from?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.batch.chain import find_hazards
from gridkit.batch.map_layers import background
from gridkit.batch.pages import shown_hazards
from gridkit.geo.coverage import dissolve
from gridkit.hotspots import density_surface
from gridkit.io.vector import read_layer
from gridkit.maps.surface import surface_layer
from gridkit.maps.wire import to_lon_lat
from gridkit.rules.bands import positions, unit_classes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gridkit._typing import GeometryArray, Json
    from gridkit.batch.chain import Work
    from gridkit.editor.ground import Ground
    from gridkit.editor.payload import Parcel
    from gridkit.maps.texts import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerKind:
    """One background layer.

    Parameters
    ----------
    key, name, kind
        For the page.
    is_there
        Whether this town has it.
    on
        Whether it is shown at first.
    """

    key: str
    name: Pair
    kind: str
    is_there: Callable[[Ground, Work | None, Path | None], bool]
    on: bool = False


def _drawn(name: str) -> Callable[[Ground, Work | None, Path | None], bool]:
    return lambda _, work, __: work is not None and getattr(work.batch.output, name) is not None


def _has_hazards(ground: Ground, work: Work | None, folder: Path | None) -> bool:  # noqa: ARG001
    return work is not None and work.batch.hazards is not None


def _objects(ground: Ground) -> list[str]:
    return [m for m in ground.town.units.measures if m.startswith("objects_")]


LAYERS: tuple[LayerKind, ...] = (
    LayerKind(key="streets", name=("Streets", "街道"), kind="line", is_there=_drawn("streets"), on=True),
    LayerKind(key="rail", name=("Rail", "铁路"), kind="line", is_there=_drawn("rail"), on=True),
    LayerKind(key="water", name=("Water", "水域"), kind="polygon", is_there=_drawn("water"), on=True),
    LayerKind(
        key="barriers", name=("Barriers", "阻隔"), kind="line",
        is_there=lambda g, _, __: bool(g.rules.contiguity.barriers),
    ),
    LayerKind(
        key="links", name=("Bridges and declared links", "桥梁与连接"), kind="line",
        is_there=lambda g, _, __: _links(g) > 0,
    ),
    LayerKind(
        key="current_grids", name=("Borders in force", "现行边界"), kind="polygon",
        is_there=lambda g, _, __: g.current is not None,
    ),
    LayerKind(
        key="density", name=("Density classes", "密度分级"), kind="polygon",
        is_there=lambda g, _, __: "residents" in g.town.units.measures,
    ),
    LayerKind(
        key="objects", name=("Objects by class", "监管对象（按类）"), kind="point",
        is_there=lambda g, _, __: bool(_objects(g)),
    ),
    LayerKind(key="hazards", name=("Reported hazards", "隐患上报"), kind="point", is_there=_has_hazards),
    LayerKind(
        key="hotspots", name=("Hotspots", "热点"), kind="polygon",
        is_there=lambda _, __, folder: folder is not None and (folder / "hotspots.geojson").is_file(),
    ),
    LayerKind(key="surface", name=("Density of reports", "上报密度"), kind="image", is_there=_has_hazards),
    LayerKind(
        key="posts", name=("Members' posts", "网格员岗位"), kind="point",
        is_there=lambda g, _, __: g.heads is not None,
    ),
    LayerKind(
        key="homes", name=("Members' homes", "网格员住处"), kind="point",
        is_there=lambda _, work, __: work is not None and work.batch.staffing is not None
        and bool(work.batch.staffing.members_file or work.batch.staffing.n_synthetic),
    ),
)  # fmt: skip


def layer_frame(
    parcel: Parcel, key: str, ground: Ground, work: Work | None, folder: Path | None
) -> None:
    """Put a layer into an answer."""
    own = {
        "barriers": _barriers,
        "links": _link_lines,
        "current_grids": _current,
        "density": _density,
        "objects": _object_points,
        "posts": _posts,
    }
    if key in own:
        own[key](parcel, ground)
    elif key in ("streets", "rail", "water") and work is not None:
        frame = background(work, getattr(work.batch.output, key), key)
        _frame(parcel, key, frame, ())
    elif key == "hotspots" and folder is not None:
        frame = read_layer(folder / "hotspots.geojson", name="hotspots")
        _frame(parcel, key, frame, [c for c in frame.columns if c != "geometry"])
    elif work is not None:
        _of_work(parcel, key, work)


def _of_work(parcel: Parcel, key: str, work: Work) -> None:
    """Give what must be read from the inputs of the run."""
    if key == "homes":
        from gridkit.batch.staff import members_of  # noqa: PLC0415  beside its use

        members = members_of(work)
        if members is None or members.home_xy is None:
            parcel.add(key, np.zeros(0, dtype=object), {})
            return
        ok = np.asarray(np.isfinite(members.home_xy).all(axis=1))
        shapes = _turned(shapely.points(members.home_xy[ok]), work.town.units.crs)
        parcel.add(
            key, shapes, {"member_id": [i for i, o in zip(members.ids, ok, strict=True) if o]}
        )
        return
    found = find_hazards(dataclasses.replace(work, plan=work.plan), look=False)
    if key == "hazards":
        frame = shown_hazards(found)
        _frame(parcel, key, frame, [c for c in frame.columns if c != "geometry"])
    elif found.hazards is not None:
        surface = density_surface(work.town, found.hazards, settings=work.batch.hotspots.surface)
        parcel.add_raw(*surface_layer(surface))


def _frame(parcel: Parcel, key: str, frame: Any, columns: Any) -> None:
    """Put a frame into an answer, its columns as plain values."""
    shapes = _turned(np.asarray(frame.geometry.array, dtype=object), frame.crs)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    shapes, part = (
        shapely.get_parts(shapes[there], return_index=True) if there.size else (shapes[:0], there)
    )
    frame = frame.iloc[there[part]]
    parcel.add(key, shapes, {str(c): [_plain(v) for v in frame[c].tolist()] for c in columns})


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, (int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return "、".join(map(str, value))
    text = str(value)
    return None if text in ("NaT", "<NA>", "nan") else text


def _turned(shapes: Any, crs: Any) -> GeometryArray:
    return to_lon_lat(np.asarray(shapes, dtype=object), crs, name="layer")


def _links(ground: Ground) -> int:
    return int((ground.town.graph.border_m == 0).sum()) + len(ground.rules.contiguity.links)


def _link_lines(parcel: Parcel, ground: Ground) -> None:
    left, right, border = ground.town.graph.edges()
    pairs = [(int(a), int(b)) for a, b in zip(left[border == 0], right[border == 0], strict=True)]
    flat = positions(
        ground.town,
        tuple(i for p in ground.rules.contiguity.links for i in p),
        where="contiguity.links",
    )
    pairs += [(int(a), int(b)) for a, b in flat.reshape(-1, 2)]
    xy = ground.town.units.xy
    lines = [shapely.LineString([xy[a], xy[b]]) for a, b in pairs]
    columns: Json = {"left": [a for a, _ in pairs], "right": [b for _, b in pairs]}
    parcel.add("links", _turned(lines, ground.town.units.crs), columns)


def _barriers(parcel: Parcel, ground: Ground) -> None:
    """Draw the borders that must not be crossed."""
    names = tuple(i for p in ground.rules.contiguity.barriers for i in p)
    ends = positions(ground.town, names, where="contiguity.barriers").reshape(-1, 2)
    shapes = ground.town.units.shapes
    lines = shapely.intersection(shapes[ends[:, 0]], shapes[ends[:, 1]])
    lines = shapely.get_parts(lines)
    lines = lines[np.isin(shapely.get_type_id(lines), (1,))]
    parcel.add("barriers", _turned(lines, ground.town.units.crs), {})


def _current(parcel: Parcel, ground: Ground) -> None:
    assert ground.current is not None  # noqa: S101  offered only then
    shapes = ground.current.shapes()
    there = np.flatnonzero(~shapely.is_empty(shapes))
    level = ground.current.levels[0]
    columns: Json = {
        "grid_id": [level.ids[i] for i in there],
        "name": [level.names[i] for i in there],
    }
    parcel.add(
        "current_grids", _turned(shapes[there], ground.town.units.crs), columns, anchors=True
    )


def _density(parcel: Parcel, ground: Ground) -> None:
    """Unite the units of each density class: those of the rules, else five equal parts."""
    units = ground.town.units
    density = ground.amounts("residents") / np.maximum(units.area_m2 / 1e6, 1e-9)
    if ground.rules.density_classes:
        of = unit_classes(ground.town, ground.rules)[0]
        names = [c.name for c in ground.rules.density_classes]
        label = np.array([names.index(c) for c in of], dtype=np.int32)
        columns: Json = {"class": names}
    else:
        cuts = np.unique(np.quantile(density, (0.2, 0.4, 0.6, 0.8)).round(-1))
        label = np.searchsorted(cuts, density, side="right").astype(np.int32)
        low = ["0", *(f"{c:,.0f}" for c in cuts)]
        columns = {"class": [f"≥ {x} /km²" for x in low]}
    shapes = dissolve(units.shapes, label, len(columns["class"]))
    there = np.flatnonzero(~shapely.is_empty(shapes))
    columns = {"class": [columns["class"][i] for i in there], "rank": there.tolist()}
    parcel.add("density", _turned(shapes[there], units.crs), columns)


def _object_points(parcel: Parcel, ground: Ground) -> None:
    """One point for each unit and class that has objects."""
    units = ground.town.units
    unit: list[int] = []
    name: list[str] = []
    count: list[float] = []
    for measure in _objects(ground):
        values = ground.amounts(measure)
        at = np.flatnonzero(values > 0)
        unit += at.tolist()
        name += [measure.removeprefix("objects_")] * at.size
        count += values[at].tolist()
    points = (
        _turned(shapely.points(units.xy[unit]), units.crs) if unit else np.zeros(0, dtype=object)
    )
    parcel.add("objects", points, {"class": name, "n": count, "unit": unit})


def _posts(parcel: Parcel, ground: Ground) -> None:
    """A point for each grid of the opened plan, with its members."""
    plan, heads = ground.opened, ground.heads or {}
    units = plan.town.units
    at = [np.flatnonzero(plan.base == i) for i in range(len(plan.levels[0]))]
    there = [i for i, own in enumerate(at) if own.size]
    xy = np.array([units.xy[at[i]].mean(axis=0) for i in there]).reshape(-1, 2)
    columns: Json = {
        "grid_id": [plan.levels[0].ids[i] for i in there],
        "members": [heads.get(plan.levels[0].ids[i], 0) for i in there],
    }
    parcel.add("posts", _turned(shapely.points(xy), units.crs), columns)
