"""How do plans of real towns compare with ours? Balance, roundness, change; pictures before and after.

    python benchmarks/partition/real_towns.py --washington DIR --tainan DIR --houjie configs/houjie.toml --out DIR

Cambridge is in the repository; the other folders hold the open data that `docs/engine.md` names.
Every figure is recounted from the dissolved polygons. Washington has no open map of its blocks with
residents: its units are Voronoi cells, about 40 to a district, cut at the districts in force (so that
these are exactly plans of the units), with the residents of the 100 m population raster.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import gridkit as gk
from gridkit.geo.coverage import dissolve
from gridkit.model.town import nearest_links
from gridkit.rules import (
    Balance,
    ChangeBudget,
    GridCount,
    Objective,
    Rules,
    moved_units,
)
from gridkit.solver import MaxIterations, draw_communities, group_grids, solve

ROWS: list[dict[str, object]] = []
"""The table, one row for each plan."""


def row(name, plan, measure, *, current=None, seconds=float("nan"), members=None) -> None:
    """Score a plan from its dissolved polygons, and print it."""
    shapes = dissolve(plan.town.units.shapes, plan.base, len(plan.levels[0]))
    area, length = shapely.area(shapes), shapely.length(shapes)
    score = 4 * np.pi * area / length**2
    load, k = plan.total(measure), len(plan.levels[0])
    heads = np.ones(k) if members is None else np.array([members[i] for i in plan.levels[0].ids])
    own = heads > 0  # entity grids have staff of their own
    group = np.zeros(k, int) if len(plan.levels) < 2 else plan.levels[1].holder
    load, heads, group = load[own], heads[own].astype(float), group[own]
    ideal = (np.bincount(group, load) / np.bincount(group, heads))[group]
    load = load / heads
    off = np.abs(load / ideal - 1)
    moved = float("nan")
    if current is not None:
        values = plan.town.units.measure(measure).values
        moved = values[moved_units(plan, current)].sum() / values.sum()
    found = {
        "plan": name, "grids": int(own.sum()), "dev max": off.max(), "dev mean": off.mean(),
        "town max/mean": load.max() / np.average(load, weights=heads),
        "PP": score.mean(), "PP min": score.min(),
        "in pieces": int((gk.metrics.n_pieces(plan) > 1).sum()), "moved": moved, "CPU s": seconds,
    }  # fmt: skip
    ROWS.append(found)
    print(
        "  ".join(f"{k}={v:.3f}" if isinstance(v, float) else f"{k}={v}" for k, v in found.items()),
        flush=True,
    )


def timed(*args, **how):
    """Solve, and count CPU seconds."""
    began = time.process_time()
    result = solve(*args, **how)
    return result, time.process_time() - began


# ---------------------------------------------------------------- Washington


def washington(folder: Path, out: Path) -> None:
    """20 commissions, 151 districts: the real plan, one from nothing, one near the real one."""
    town, current = _washington(folder)
    row("Washington: the real plan (2013)", current, "residents")
    even = Balance(measure="residents", tolerance=0.05)
    counts = dict(
        zip(town.community.ids, np.bincount(current.levels[1].holder).tolist(), strict=True)
    )
    rules = Rules(balance=even, grids=GridCount(by_community=counts))
    result, seconds = timed(town, rules, seed=1, prove=False, relax=True)
    row(
        "Washington: from nothing, +-5 %",
        result.plan,
        "residents",
        current=current,
        seconds=seconds,
    )
    found = None
    for tolerance in (0.05, 0.075, 0.10, 0.15, 0.20):
        use = Rules(
            balance=Balance(measure="residents", tolerance=tolerance),
            change=(ChangeBudget(measure="residents", share=0.10),),
        )
        result, seconds = timed(town, use, start=current, seed=1, prove=False, relax=True)
        row(
            f"Washington: redraw, +-{tolerance:.1%}, at most 10 % moved ({'kept' if result.is_legal else 'NOT kept'})",
            result.plan, "residents", current=current, seconds=seconds,
        )  # fmt: skip
        if found is None and result.is_legal:
            found = result.plan
            break
    if found is not None:
        picture(
            out / "washington_redraw",
            current,
            found,
            "Washington, districts of 2013",
            "redrawn, 10 % of residents moved",
        )


def _washington(folder: Path):
    smd = gpd.read_parquet(folder / "smd_2013.parquet").to_crs("EPSG:26985").sort_values("smd")
    rng = np.random.default_rng(1)
    area = shapely.union_all(smd.geometry.buffer(0.01))
    shapes = np.asarray(smd.geometry)
    seeds = []
    for s in shapes:
        x0, y0, x1, y1 = s.bounds
        shapely.prepare(s)
        inside = np.empty((0, 2))
        while len(inside) < 40:
            xy = rng.uniform((x0, y0), (x1, y1), (400, 2))
            inside = np.vstack([inside, xy[shapely.contains_xy(s, xy)]])
        seeds.append(_spread(inside[:400], 40))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(np.vstack(seeds)), extend_to=area)
    )
    lines = shapely.union_all([*shapely.boundary(shapes), *shapely.boundary(cells)], grid_size=0.01)
    faces = shapely.get_parts(shapely.polygonize([lines]))
    at = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="within")
    keep, owner = faces[at[0]], at[1]
    frame = gpd.GeoDataFrame(
        {"id": [f"w{i:05d}" for i in range(len(keep))], "smd": smd["smd"].to_numpy()[owner],
         "anc": smd["anc"].to_numpy()[owner]},
        geometry=keep, crs=smd.crs,
    )  # fmt: skip
    frame = _without_slivers(frame)
    frame["residents"] = _from_raster(frame, folder / "population_2010_100m_derived.tif")
    town = gk.Town.from_frame(
        frame, name="Washington", id_column="id", measures={"residents": ("residents", "persons")},
        community_column="anc",
    )  # fmt: skip
    loose = [(town.units.ids[a], town.units.ids[b]) for a, b, _ in _joins(town)]
    town = town.with_links(loose)
    plan = gk.Plan.from_frame(
        town,
        pd.DataFrame(
            {
                "unit_id": frame["id"],
                "base_grid_id": frame["smd"],
                "community_grid_id": frame["anc"],
            }
        ),
    )
    return town, plan


def _joins(town):
    """Link the pieces of communities that do not touch."""
    return nearest_links(town, town.community.holder)


def _spread(xy, n):
    """Choose n points far apart (farthest first)."""
    chosen = [0]
    away = np.hypot(*(xy - xy[0]).T)
    for _ in range(n - 1):
        i = int(np.argmax(away))
        chosen.append(i)
        away = np.minimum(away, np.hypot(*(xy - xy[i]).T))
    return xy[chosen]


def _without_slivers(frame):
    """Give pieces under 400 m² to the neighbour of the same district with the longest border."""
    while True:
        small = np.flatnonzero(frame.geometry.area < 400)
        if not small.size:
            return frame
        shapes = np.asarray(frame.geometry)
        tree = shapely.STRtree(shapes)
        gone, grown = set(), {}
        for i in small:
            if i in gone or i in grown:
                continue
            near = [
                j
                for j in tree.query(shapes[i], predicate="intersects")
                if j != i and j not in gone and frame["smd"].iat[j] == frame["smd"].iat[i]
            ]
            if not near:
                continue
            common = [
                shapely.length(shapely.intersection(shapes[i], grown.get(j, shapes[j])))
                for j in near
            ]
            j = near[int(np.argmax(common))]
            grown[j] = shapely.union(grown.get(j, shapes[j]), shapes[i], grid_size=0.01)
            gone.add(i)
        if not gone:
            return frame
        shapes = shapes.copy()
        for j, s in grown.items():
            shapes[j] = s
        keep = [i for i in range(len(frame)) if i not in gone]
        frame = frame.iloc[keep].set_geometry(shapes[keep], crs=frame.crs).reset_index(drop=True)


def _from_raster(frame, path):
    """Spread the residents of every raster cell over the units by area (points of a 10 m lattice)."""
    import rasterio

    with rasterio.open(path) as source:
        values, transform = source.read(1), source.transform
        nodata = source.nodata
    values = np.where((values == nodata) | ~np.isfinite(values), 0.0, values)
    fine = 10
    row_, column = np.nonzero(values > 0)
    step = (np.arange(fine) + 0.5) / fine
    dx, dy = np.meshgrid(step, step)
    x = (column[:, None] + dx.ravel()[None, :]).ravel()
    y = (row_[:, None] + dy.ravel()[None, :]).ravel()
    px, py = transform * (x, y)
    tree = shapely.STRtree(np.asarray(frame.geometry))
    at = tree.query(shapely.points(px, py), predicate="within")
    first = np.unique(at[0], return_index=True)[1]
    point, unit = at[0][first], at[1][first]
    share = values[row_, column].repeat(fine * fine)[point]
    cell = point // (fine * fine)
    hit = np.bincount(cell, minlength=row_.size)
    out = np.bincount(unit, share / np.maximum(hit[cell], 1), len(frame))
    return np.round(out).astype(int)


# ---------------------------------------------------------------- Cambridge


def cambridge(out: Path) -> None:
    """13 neighbourhoods, 38 patrols: the real plan, ours, and how few residents must change."""
    batch = gk.load_batch("configs/cambridge.toml")
    town = gk.load_town("configs/cambridge.toml")
    current, _ = gk.read_current(town, batch.current)
    measure = batch.rules.balance.measure
    row("Cambridge: the real plan", current, measure)
    result, seconds = timed(town, batch.rules, members=80, seed=1)
    row(
        "Cambridge: 38 grids, +-10 % per member",
        result.plan,
        measure,
        members=result.members,
        current=current,
        seconds=seconds,
    )
    for share in (0.45, 0.40, 0.35, 0.30):
        use = Rules(
            balance=Balance(measure=measure, tolerance=0.25),
            grids=GridCount(total=38),
            change=(ChangeBudget(measure="residents", share=share),),
        )
        result, seconds = timed(town, use, start=current, seed=1, prove=False, relax=True)
        row(
            f"Cambridge: redraw, +-25 %, at most {share:.0%} of residents moved ({'kept' if result.is_legal else 'NOT kept'})",
            result.plan,
            measure,
            current=current,
            seconds=seconds,
        )
        if share == 0.45:
            picture(
                out / "cambridge_redraw",
                current,
                result.plan,
                "Cambridge, patrols today",
                "redrawn, neighbourhoods whole",
            )


# ---------------------------------------------------------------- Tainan and Houjie


def tainan(folder: Path) -> None:
    """5,146 statistical areas: base grids nested in 231 villages; communities drawn from villages; groups."""
    units = gpd.read_parquet(folder / "base_areas.parquet").to_crs("EPSG:3826")
    units = units[["codebase", "population", "households", "geometry"]].explode(index_parts=False)
    units = units.dissolve("codebase", aggfunc="first").reset_index()
    villages = gpd.read_parquet(folder / "villages.parquet").to_crs("EPSG:3826")
    at = gpd.overlay(
        units[["codebase", "geometry"]], villages[["villcode", "geometry"]], keep_geom_type=True
    )
    at["area"] = at.area
    best = at.sort_values("area").groupby("codebase").last()["villcode"]
    units["village"] = units["codebase"].map(best)
    town = gk.Town.from_frame(
        units, name="Tainan", id_column="codebase", community_column="village",
        measures={"residents": ("population", "persons"), "households": ("households", "households")},
    )  # fmt: skip
    town = town.with_links([(town.units.ids[a], town.units.ids[b]) for a, b, _ in _joins(town)])
    even = Balance(measure="households", tolerance=0.5)
    result, seconds = timed(
        town, Rules(balance=even, grids=GridCount(total=600)), seed=1, relax=True, prove=False
    )
    row(
        f"Tainan: 231 villages -> 600 grids, +-50 % ({'kept' if result.is_legal else 'NOT kept'})",
        result.plan,
        "households",
        seconds=seconds,
    )
    print(
        f"   grids across a village line: {int((gk.metrics.n_communities(result.plan) > 1).sum())}"
    )
    began = time.process_time()
    drawn = draw_communities(town, 40, measure="households", tolerance=0.15, seed=1, relax=True)
    print(f"   40 communities of whole villages: {time.process_time() - began:.1f} CPU s")
    even = Balance(measure="households", tolerance=0.1)
    result, seconds = timed(
        drawn, Rules(balance=even, grids=GridCount(total=400)), seed=1, relax=True, prove=False
    )
    row(
        f"Tainan: 40 new communities -> 400 grids, +-10 % ({'kept' if result.is_legal else 'NOT kept'})",
        result.plan,
        "households",
        seconds=seconds,
    )
    group = group_grids(result.plan, 12, measure="households", tolerance=0.1, seed=1, relax=True)
    load = np.bincount(group.holder, result.plan.total("households"))
    print(
        f"   12 groups of base grids: largest deviation {np.abs(load / load.mean() - 1).max():.1%}"
    )


def houjie(config: Path) -> None:
    """24 networks, 101 base grids, 412 members."""
    from gridkit.batch.chain import read_inputs

    work = read_inputs(gk.load_batch(config))
    rules = work.batch.rules
    result, seconds = timed(work.town, rules, members=412, seed=1, relax=True)
    row(
        f"Houjie (made up): 101 grids, 412 members ({'kept' if result.is_legal else 'NOT kept'})",
        result.plan,
        rules.balance.measure,
        members=result.members,
        seconds=seconds,
    )
    heads = np.array(sorted(result.members.values()))
    print(f"   members per grid: {heads.min()} to {heads.max()}, {heads.sum()} in all")


# ---------------------------------------------------------------- pictures


def picture(path: Path, before, after, title: str, title_after: str) -> None:
    """Draw two plans side by side; units that change grid are hatched in the second."""
    from matplotlib.figure import Figure

    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(10, 5.2), dpi=90)
    axes = figure.subplots(1, 2)
    moved = moved_units(after, before)
    tones = _tones(before, after)
    ids = {g: i for i, g in enumerate(before.levels[0].ids)}
    for axis, plan, text in zip(axes, (before, after), (title, title_after), strict=True):
        k = len(plan.levels[0])
        shapes = dissolve(plan.town.units.shapes, plan.base, k)
        tone = tones[[ids.get(g, 0) for g in plan.levels[0].ids]]
        gpd.GeoSeries(shapes).plot(ax=axis, color=tone, edgecolor="#333333", linewidth=0.5)
        holder = plan.town.community.holder
        gpd.GeoSeries(dissolve(plan.town.units.shapes, holder, holder.max() + 1)).boundary.plot(
            ax=axis, color="black", linewidth=1.3
        )
        score = gk.metrics.compactness(plan)
        pieces = int((gk.metrics.n_pieces(plan) > 1).sum())
        axis.set_title(
            f"{text}\nmean Polsby-Popper {score.mean():.3f}, worst {score.min():.2f}"
            + (f"; {pieces} in pieces" if pieces else ""),
            fontsize=9,
        )
        axis.set_axis_off()
    if moved.any():
        gone = shapely.union_all(after.town.units.shapes[moved], grid_size=0.01)
        gpd.GeoSeries([gone]).plot(
            ax=axes[1], facecolor="none", edgecolor="#b00020", hatch="////", linewidth=0.0
        )
        axes[1].annotate(
            "red hatching: changes grid; thick lines: communities",
            (0.5, -0.01),
            xycoords="axes fraction",
            ha="center",
            color="#b00020",
            fontsize=8,
        )
    figure.tight_layout()
    figure.savefig(path.with_suffix(".png"))
    print(f"   {path.with_suffix('.png')}")


def _tones(before, after):
    """Colour grids so that neighbours differ in both plans (greedy)."""
    palette = np.array(
        ["#8dd3c7", "#ffffb3", "#bebada", "#fdb462", "#80b1d3", "#b3de69", "#fccde5", "#d9d9d9"]
    )
    ids = {g: i for i, g in enumerate(before.levels[0].ids)}
    near = {}
    for plan in (before, after):
        left, right, _ = plan.town.graph.edges()
        number = np.array([ids.get(g, 0) for g in plan.levels[0].ids] + [-1])
        a, b = number[plan.base[left]], number[plan.base[right]]
        for x, y in np.unique(np.column_stack([a, b])[(a != b) & (a >= 0) & (b >= 0)], axis=0):
            near.setdefault(int(x), set()).add(int(y))
            near.setdefault(int(y), set()).add(int(x))
    tone = np.zeros(len(ids), int)
    for g in range(tone.size):
        used = {tone[x] for x in near.get(g, ()) if x < g}
        tone[g] = next((c for c in range(len(palette)) if c not in used), 0)
    return palette[tone]


def main() -> None:
    """Measure what there is data for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("washington", "tainan", "houjie"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--only", default="washington,cambridge,tainan,houjie")
    parser.add_argument("--out", type=Path, default=Path("out/real_towns"))
    args = parser.parse_args()
    solve(
        gk.make_town(300, 1),
        Rules(
            grids=GridCount(total=6),
            objective=Objective(),
            balance=Balance(measure="residents", tolerance=0.5),
        ),
        relax=True,
        stop=MaxIterations(50),
    )  # compiles
    only = args.only.split(",")
    if args.washington and "washington" in only:
        washington(args.washington, args.out)
    if "cambridge" in only:
        cambridge(args.out)
    if args.tainan and "tainan" in only:
        tainan(args.tainan)
    if args.houjie and "houjie" in only:
        houjie(args.houjie)
    print()
    print(
        "| plan | grids | dev max | dev mean | max / mean of the town | PP | PP min | in pieces | moved | CPU s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for r in ROWS:
        cells = [
            ("-" if np.isnan(v) else f"{v:.3f}") if isinstance(v, float) else str(v)
            for v in r.values()
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
