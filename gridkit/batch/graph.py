"""Which units count as neighbours, where is a border shut, and what hangs on nothing? A map of the contiguity graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gridkit.batch.chain import read_inputs
from gridkit.batch.extras import measures
from gridkit.batch.map_layers import ground
from gridkit.batch.units import unit_table
from gridkit.config.load import load_batch
from gridkit.io.atomic import write_bytes
from gridkit.maps import ExtraLayer, MapContent, draw_page
from gridkit.model.finding import Finding
from gridkit.model.graph import UnitGraph
from gridkit.model.town import nearest_links

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit._typing import IntArray
    from gridkit.model.town import Town


def draw_graph(
    config: Path | str, out: Path | str, *, lang: Literal["en", "zh"] | None = None
) -> tuple[Path, str]:
    """Draw the contiguity graph of a town over its units, before anything is divided.

    Shown are the edges that a plan may use; borders that a barrier, or a forbidden pair, shuts; links
    that somebody declared; and for every piece that hangs on nothing, the nearest link that would join
    it to the rest of its community.

    Parameters
    ----------
    config
        A batch file.
    out
        Page to write.
    lang
        Language it opens in; by default that of the batch file.

    Returns
    -------
    Path
        The page.
    str
        What it shows, in one line.

    Raises
    ------
    InputError
        If something given cannot be used; nothing is written.
    """
    work = read_inputs(load_batch(config))
    town, target, spoken = work.town, Path(out), lang or work.batch.output.lang
    edges = edge_frame(town)
    loose = _loose_frame(town)
    kinds = edges["kind"]
    layers = {
        ("Neighbours", "相邻关系"): edges[kinds == "border"],
        ("Borders shut by barriers", "被阻隔的边界"): edges[kinds == "shut"],
        ("Declared links", "声明的连接"): edges[kinds == "declared"],
        ("Suggested links", "建议的连接"): loose,
    }
    n = {name[0]: len(frame) for name, frame in layers.items()}
    text = (
        f"{len(town.units):,} units, {n['Neighbours']:,} borders, {n['Declared links']:,} declared links, "
        f"{n['Borders shut by barriers']:,} borders shut, {n['Suggested links']:,} pieces hang on nothing"
    )
    said = Finding(
        rule="graph", severity="warning" if len(loose) else "note", text=f"{text}.", level="unit"
    )
    units = unit_table(town).rename(columns={"unit_id": "grid_id"})
    under = ground(work)
    content = MapContent(
        title=f"{town.name}: which units touch" if spoken == "en" else f"{town.name}：相邻关系",
        base_grids=units,
        base_name=("Units", "单元"),
        streets=under["streets"],
        rail=under["rail"],
        water=under["water"],
        extras=tuple(
            ExtraLayer(name=name, frame=frame.reset_index(drop=True), on=True)
            for name, frame in layers.items()
            if len(frame)
        ),
        findings=(said, *work.said),
        measures=measures(work),
        color_by="residents" if "residents" in units else None,
        sources=work.batch.output.sources,
        is_synthetic=town.is_synthetic,
    )
    write_bytes(target, draw_page(content, lang=spoken).encode("utf-8"))
    return target, text


def edge_frame(town: Town) -> gpd.GeoDataFrame:
    """Give a line for every edge, and for every common border that is no edge.

    Returns
    -------
    GeoDataFrame
        ``unit_a, unit_b, kind, border_m``; kind is ``border``, ``declared`` (a link without a border) or
        ``shut`` (a border that a barrier or a forbidden pair takes out).
    """
    n = len(town.units)
    left, right, border_m = town.graph.edges()
    there = UnitGraph.build_rook(town.units)
    all_left, all_right, all_m = there.edges()
    shut = ~np.isin(all_left * n + all_right, left * n + right)
    kind = np.where(border_m > 0, "border", "declared")
    return _lines(
        town,
        np.concatenate([left, all_left[shut]]),
        np.concatenate([right, all_right[shut]]),
        kind=[*kind.tolist(), *["shut"] * int(shut.sum())],
        border_m=np.concatenate([border_m, all_m[shut]]).round(1).tolist(),
    )


def _loose_frame(town: Town) -> gpd.GeoDataFrame:
    """Give a line for the nearest link of every piece that hangs on nothing in its community."""
    labels = (
        np.zeros(len(town.units), dtype=np.int32)
        if town.community is None
        else town.community.holder
    )
    found = nearest_links(town, labels)
    pairs = np.array([(a, b) for a, b, _ in found], dtype=np.int64).reshape(-1, 2)
    apart = [round(m, 1) for _, _, m in found]
    return _lines(town, pairs[:, 0], pairs[:, 1], apart_m=apart)


def _lines(town: Town, left: IntArray, right: IntArray, **columns: object) -> gpd.GeoDataFrame:
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only

    ids, xy = town.units.ids, town.units.xy
    shapes = shapely.linestrings(np.stack([xy[left], xy[right]], axis=1))
    table: dict[str, object] = {
        "unit_a": [ids[i] for i in left],
        "unit_b": [ids[i] for i in right],
        **columns,
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=town.units.crs)
