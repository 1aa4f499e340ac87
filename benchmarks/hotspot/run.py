"""How fast are the hotspot statistics, and how much of what was planted do they find?

    python benchmarks/hotspot/run.py                       instances of its own
    python benchmarks/hotspot/run.py --bench FOLDER        the instances and the scorer of FOLDER, which
                                                           holds ``instances.py`` and ``score.py``
    python benchmarks/hotspot/run.py --only gi,scan --large
    python benchmarks/hotspot/run.py --peers               esda, pygeoda, KDEpy, scikit-learn beside it, where installed

Seconds are CPU seconds of one core (set OMP_NUM_THREADS=1), compiling kept out by a small warm-up. `--large` adds 100,000 and
1,000,000 units. Published results are checked by ``reference.py``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np

from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.emerging import emerging_hotspots
from gridkit.hotspots.kde import Grid, SurfaceSettings, smooth
from gridkit.hotspots.local import adjusted_p, eb_index, gi_star
from gridkit.hotspots.neighbors import band_neighbors
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import SpaceTimeSettings, scan_space_time
from gridkit.hotspots.sharpen import sharpened
from gridkit.hotspots.window import scan_by_gini


def planted(k, *, seed=0, scatter=0.0, risk=True):
    """k x k units of a town of 126 km² (a city of 2,460 km² from 250 x 250), 8 hotspots, 4 decoys."""
    rng = np.random.default_rng([k, seed])
    side = np.sqrt(126.0 if k < 250 else 2460.0) * 1000
    cell = side / k
    j, i = np.meshgrid(np.arange(k), np.arange(k))
    x = (j.ravel() + 0.5) * cell + rng.uniform(-0.02, 0.02, k * k) * cell
    y = (i.ravel() + 0.5) * cell + rng.uniform(-0.02, 0.02, k * k) * cell
    pop = 6 + 90 * np.exp(-((x - side / 2) ** 2 + (y - side / 2) ** 2) / (2 * (0.16 * side) ** 2))
    reach = 650.0 if k < 250 else 1000.0
    spots: list[tuple[float, float]] = []
    while len(spots) < 12:
        p = side * rng.uniform(0.07, 0.93, 2)
        if all(np.hypot(*(p - q)) > 3.2 * reach for q in spots):
            spots.append((float(p[0]), float(p[1])))
    decoy = np.zeros(k * k, dtype=bool)
    for px, py in spots[8:]:
        d2 = (x - px) ** 2 + (y - py) ** 2
        pop += 260 * np.exp(-d2 / (2 * (0.75 * reach) ** 2))
        decoy |= d2 <= reach**2
    pop = np.floor(10 * pop * rng.lognormal(0, 0.25, k * k))
    for _ in range(10):
        px, py = side * rng.uniform(size=2)
        pop[(x - px) ** 2 + (y - py) ** 2 <= (side * rng.uniform(0.015, 0.05)) ** 2] = 0
    rr, truth = np.ones(k * k), np.zeros(k * k, dtype=np.int64)
    for n, ((px, py), r) in enumerate(zip(spots, (1.3, 1.5, 1.5, 2, 2, 2, 3, 4), strict=False)):
        a = rng.uniform(0, np.pi)
        long, short = (1.8, 0.6) if n in {2, 5} else (1.0, 1.0)
        u = (x - px) * np.cos(a) + (y - py) * np.sin(a)
        v = (y - py) * np.cos(a) - (x - px) * np.sin(a)
        inside = (u / (long * reach)) ** 2 + (v / (short * reach)) ** 2 <= 1
        pop[inside] = np.maximum(pop[inside], 60)
        if risk:
            rr[inside], truth[inside] = r, n + 1
    mean = pop * rr
    mean *= (20.0 if k == 32 else 10.0) * k * k / mean.sum()
    if scatter:
        mean = mean * rng.gamma(1 / scatter, scatter, k * k)
    cases = rng.poisson(mean)
    return SimpleNamespace(
        n=k * k, k=k, x=x, y=y, pop=pop, cases=cases, truth=truth, decoy=decoy, cell=cell, side=side
    )


def score(a, hot):
    ok = a.pop > 0
    hot, true = hot & ok, (a.truth > 0) & ok
    hit = (hot & true).sum()
    out = {"precision": hit / max(hot.sum(), 1), "recall": hit / max(true.sum(), 1)}
    out["f1"] = 2 * hit / max(hot.sum() + true.sum(), 1)
    out["decoys"] = (hot & a.decoy & ok & ~true).sum() / max((a.decoy & ok & ~true).sum(), 1)
    return out


class Bench:
    """Instances by size, from the project or from a folder."""

    def __init__(self, folder):
        self.outside = None
        if folder:
            sys.path.insert(0, folder)
            import instances

            self.outside = instances

    def areal(self, k, kind="planted", rep=0):
        if self.outside is None:
            return planted(
                k, seed=rep, scatter=0.09 if kind == "nulloverdisp" else 0.0, risk=kind == "planted"
            )
        return self.outside.load(f"areal:{k}:{'town' if k < 250 else 'city'}:{kind}:{rep}")

    def space_time(self, k, t):
        if self.outside is not None:
            s = self.outside.load(f"st:{k}:{t}:planted:0")
            return s.base, s.cases, s.truth
        a = planted(k, risk=False)
        rng = np.random.default_rng(7)
        mean = np.outer(a.pop, 1 + 0.25 * np.sin(2 * np.pi * np.arange(t) / t))
        mean *= 2.0 * a.n * t / mean.sum()
        truth = np.zeros((a.n, t), dtype=np.int64)
        for n, (first, risk) in enumerate(((t // 5, 2.0), (t // 2, 3.0), (t - 5, 4.0))):
            p = a.side * rng.uniform(0.2, 0.8, 2)
            inside = np.hypot(a.x - p[0], a.y - p[1]) < 650
            mean[inside, first : first + 5] *= risk
            truth[inside, first : first + 5] = n + 1
        return a, rng.poisson(mean), truth


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def line(what, seconds, result=None, note=""):
    told = " ".join(f"{k} {v:.3f}" for k, v in (result or {}).items())
    print(f"| {what:58s} | {seconds:8.3f} | {peak_mb():6.0f} | {told:52s} | {note} |", flush=True)


def band_of(a):
    return (
        max(1.5 * a.cell, 0.5 * (650.0 if a.side < 20_000 else 1000.0))
        if a.n < 500_000
        else 1.5 * a.cell
    )


def run_gi(bench, sizes, peers):
    for k in (12, *sizes):
        a = bench.areal(k)
        ok = a.pop > 0
        xy = np.column_stack([a.x, a.y])[ok]
        rate = np.arcsinh(eb_index(a.cases[ok].astype(float), a.pop[ok].astype(float)))
        t0 = time.process_time()
        graph = band_neighbors(
            xy, band_of(a), np.zeros(len(xy) + 1, np.int64), np.zeros(0, np.int32)
        )
        t1 = time.process_time()
        best = np.inf
        for _ in range(3 if k > 12 else 1):
            t2 = time.process_time()
            found = gi_star(rate, *graph, n_permutations=99_999)
            best = min(best, time.process_time() - t2)
        hot = np.zeros(a.n, dtype=bool)
        hot[ok] = (adjusted_p(found.p_high) <= 0.05) & (found.statistic > 0)
        if k > 12:
            line(
                f"Gi* on rates, 99,999 draws, {a.n:,} units",
                best,
                score(a, hot),
                f"neighbours {t1 - t0:.2f} s",
            )
            if peers and k <= 100:  # beyond, they take minutes
                import peers as others

                others.gi_star(a, xy, a.cases[ok] / a.pop[ok], band_of(a), ok, line, score)


def run_scan(bench, item):
    k, share, shape = item
    work = [(12, 0.1, "circular"), (k, share, shape)]
    for k, share, shape in work:
        a = bench.areal(k)
        xy, cases = np.column_stack([a.x, a.y]), np.where(a.pop > 0, a.cases, 0)
        for careful in ("", "scatter", "negative binomial", "Gini") if k in {12, 32, 100} and share < 0.2 and shape == "circular" else ("", "scatter"):  # fmt: skip
            s = ScanSettings(max_share=share, shape=shape, overdispersed=careful == "scatter")
            model = "negative_binomial" if careful == "negative binomial" else "poisson"
            look = scan_by_gini if careful == "Gini" else scan
            dt = np.inf
            for _ in range(3 if k == 32 else 1):
                t0 = time.process_time()
                r = look(xy, cases, a.pop, model=model, settings=s, seed=1)
                dt = min(dt, time.process_time() - t0)
            sure = [c for c in r.clusters if c.p_value <= 0.05]
            hot = np.zeros(a.n, dtype=bool)
            for c in sure:
                hot[c.units] = True
            if k == 12:
                continue
            name = f"{shape} scan{f', {careful}' if careful else ''}, {a.n:,} units, {share:.1%}"
            line(name, dt, score(a, hot), f"{len(sure)} clusters")
            if shape == "circular" and share < 0.5:
                t0 = time.process_time()
                graph = band_neighbors(
                    xy, 1.5 * a.cell, np.zeros(a.n + 1, np.int64), np.zeros(0, np.int32)
                )
                sharp = sharpened(xy, cases, a.pop, [c.units for c in sure], *graph)
                hot = np.zeros(a.n, dtype=bool)
                for units in sharp:
                    hot[units] = True
                line("   and its edges sharpened", time.process_time() - t0, score(a, hot))


def run_time(bench):
    for k, t, maps in ((12, 40, 32), (32, 52, 999)):
        a, cases, truth = bench.space_time(k, t)
        ok = a.pop > 0
        hoped = np.outer(a.pop, cases[ok].sum(axis=0)).astype(float)
        s = SpaceTimeSettings(max_share=0.1, max_periods=t // 4, n_replicates=maps)
        t0 = time.process_time()
        r = scan_space_time(
            np.column_stack([a.x, a.y]), np.where(ok[:, None], cases, 0), hoped, settings=s, seed=1
        )
        dt = time.process_time() - t0
        hot = np.zeros(cases.shape, dtype=bool)
        for c in r.clusters:
            if c.p_value <= 0.05:
                hot[np.ix_(c.units, np.arange(c.first, c.last + 1))] = True
        true = truth > 0
        if k > 12:
            line(
                f"space-time scan, {a.n:,} units x {t} periods",
                dt,
                {"f1": 2 * (hot & true).sum() / max(hot.sum() + true.sum(), 1)},
            )


def run_calm(maps=300, k=24):
    """How often is there an alarm at the 5 % level on maps without any hotspot?"""
    for variance in (0.0, 0.02, 0.09, 0.3):
        alarms = dict.fromkeys(("Poisson", "scatter", "negative binomial", "Gi*"), 0)
        t0 = time.process_time()
        for rep in range(maps):
            a = planted(k, seed=1000 + rep, scatter=variance, risk=False)
            xy, cases = np.column_stack([a.x, a.y]), np.where(a.pop > 0, a.cases, 0)
            for name, model in (
                ("Poisson", "poisson"),
                ("scatter", "poisson"),
                ("negative binomial", "negative_binomial"),
            ):
                own = ScanSettings(overdispersed=name != "Poisson", max_share=0.1, n_replicates=199)
                r = scan(xy, cases, a.pop, model=model, settings=own, seed=rep)
                alarms[name] += bool(r.clusters) and r.clusters[0].p_value <= 0.05
            ok = a.pop > 0
            graph = band_neighbors(
                xy[ok], band_of(a), np.zeros(ok.sum() + 1, np.int64), np.zeros(0, np.int32)
            )
            rate = np.arcsinh(eb_index(a.cases[ok].astype(float), a.pop[ok].astype(float)))
            g = gi_star(rate, *graph)
            alarms["Gi*"] += bool(((adjusted_p(g.p_high) <= 0.05) & (g.statistic > 0)).any())
        line(
            f"{maps} maps without a hotspot, {k * k} units, variance of risk {variance:g}",
            time.process_time() - t0,
            {name: v / maps for name, v in alarms.items()},
        )


def run_kde(*, large, peers):
    rng = np.random.default_rng(0)
    grid = Grid(west=0.0, south=0.0, cell_m=10.0, rows=1000, columns=1000)
    inside = np.ones((1000, 1000), dtype=bool)
    for n in (1000, 10_000, 100_000, *([1_000_000] if large else [])):
        xy = np.concatenate(
            [
                rng.normal(c, s, (n // 4, 2))
                for c, s in ((3000, 500), (6000, 900), (7500, 300), (5000, 2500))
            ]
        )
        xy = np.clip(xy, 1, 9999)
        for adaptive in (False, True):
            t0 = time.process_time()
            z = smooth(
                xy, grid, inside, bandwidth_m=150, settings=SurfaceSettings(adaptive=adaptive)
            )
            dt = time.process_time() - t0
            if n > 1000 and peers and not adaptive:
                import peers as others

                others.kde(xy, line)
            if n > 1000:
                line(
                    f"KDE{' adaptive' * adaptive}, edge-corrected, {len(xy):,} points, 1,000 x 1,000",
                    dt,
                    {"mass": z.sum() * 100 / len(xy)},
                )


def run_emerging(*, large):
    rng = np.random.default_rng(0)
    for k, t in ((12, 12), (32, 24), (100, 52), *([(316, 52)] if large else [])):
        j, i = np.meshgrid(np.arange(k), np.arange(k))
        xy = np.column_stack([j.ravel(), i.ravel()]).astype(float)
        graph = band_neighbors(xy, 1.5, np.zeros(k * k + 1, np.int64), np.zeros(0, np.int32))
        values = rng.poisson(10, (k * k, t)).astype(float)
        t0 = time.process_time()
        emerging_hotspots(values, *graph)
        if k > 12:
            line(f"emerging hotspots, {k * k:,} units x {t} periods", time.process_time() - t0)


def run_network(*, large):
    import geopandas as gpd
    import shapely

    from gridkit.hotspots.network import Streets, street_density

    rng = np.random.default_rng(0)
    for m, n in ((12, 200), (107, 100_000 if large else 20_000)):
        made = []
        for i in range(m):
            for j in range(m):
                p = (150.0 * i, 150.0 * j)
                ends = ((p[0] + 150, p[1]), (p[0], p[1] + 150))
                made += [
                    shapely.LineString([p, q])
                    for q in ends
                    if max(q) < 150 * m and rng.random() > 0.12
                ]
        lines = gpd.GeoSeries(made, crs="EPSG:32633").translate(500_000, 5_000_000)
        streets = Streets.from_lines(lines)
        xy = rng.uniform(0, 150.0 * (m - 1), (n, 2)) + np.array([500_000.0, 5_000_000.0])
        t0 = time.process_time()
        made_density = street_density(streets, xy, bandwidth_m=300, lixel_m=150, most_m=100)
        if m > 12:
            line(
                f"network KDE, {n:,} points, {len(streets):,} segments",
                time.process_time() - t0,
                {"mass": made_density.total / n},
            )


def run_reports():
    """One million reports: read, clean, link, locate, count."""
    import tempfile
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    import shapely

    from gridkit.hotspots.indicator_table import IndicatorSettings, indicators
    from gridkit.io.hazards import read_hazards
    from gridkit.model.hazard_source import HazardSource
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

    rng = np.random.default_rng(0)
    n, k = 1_000_000, 60
    j, i = np.meshgrid(np.arange(k), np.arange(k))
    x, y = 466_000 + 200.0 * j.ravel(), 2_530_000 + 200.0 * i.ravel()
    frame = gpd.GeoDataFrame(
        {"id": [f"{v:05d}" for v in range(k * k)], "pop": 100.0},
        geometry=shapely.box(x, y, x + 200, y + 200),
        crs="EPSG:4547",
    )
    town = Town.from_frame(
        frame, name="Million", id_column="id", measures={"residents": ("pop", "persons")}
    )
    plan = Plan.from_labels(town, (np.arange(k * k) // 36).astype(np.int32))
    start = np.datetime64("2024-01-01", "s")
    when = start + rng.integers(0, 365 * 86_400, n)
    closed = when + rng.exponential(2 * 86_400, n).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reports.csv"
        pd.DataFrame(
            {
                "id": np.arange(n),
                "when": when,
                "closed": closed,
                "due": when + np.timedelta64(3 * 86_400, "s"),
                "what": rng.choice(["rubbish", "smoke", "blocked exit", "wiring", "other"], n),
                "x": rng.uniform(466_000, 478_000, n).round(2),
                "y": rng.uniform(2_530_000, 2_542_000, n).round(2),
            }
        ).to_csv(path, index=False)
        source = HazardSource(
            path=str(path),
            id_column="id",
            time_column="when",
            category_column="what",
            x_column="x",
            y_column="y",
            crs="EPSG:4547",
            time_columns={"closed": "closed", "due": "due"},
        )
        t0 = time.process_time()
        hazards, report = read_hazards(source, town)
        t1 = time.process_time()
        line("1,000,000 reports: read, clean, link, locate", t1 - t0, note=str(report))
        indicators(hazards, plan, settings=IndicatorSettings())
        line("   and indicators by grid, category, month", time.process_time() - t1)


def items(only, *, large):
    """List the rows of the table; each is made in a process of its own, so that its memory is its own."""
    out = []
    if "gi" in only:
        out += [f"gi:{k}" for k in (32, 100, *((316, 1000) if large else ()))]
    if "scan" in only:
        out += ["scan:32:0.1:circular", "scan:32:0.1:elliptic", "scan:100:0.02:circular"]
        out += ["scan:100:0.1:circular", "scan:100:0.5:circular"]
        out += ["scan:316:0.005:circular"] * large
    return out + [w for w in ("time", "calm", "kde", "emerging", "network", "reports") if w in only]


def run_item(item, args):
    """Make one row."""
    bench = Bench(args.bench)
    what, *rest = item.split(":")
    if what == "gi":
        run_gi(bench, [int(rest[0])], args.peers)
    elif what == "scan":
        run_scan(bench, (int(rest[0]), float(rest[1]), rest[2]))
    elif what == "time":
        run_time(bench)
    elif what == "calm":
        run_calm()
    elif what == "kde":
        run_kde(large=args.large, peers=args.peers)
    elif what == "emerging":
        run_emerging(large=args.large)
    elif what == "network":
        run_network(large=args.large)
    elif what == "reports":
        run_reports()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bench", help="folder with instances.py")
    parser.add_argument("--only", default="gi,scan,time,calm,kde,emerging,network,reports")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--item", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.item:
        run_item(args.item, args)
        return
    print(
        f"| {'work':58s} | {'CPU s':>8s} | {'MB':>6s} | {'result':52s} | note |\n| --- | ---: | ---: | --- | --- |",
        flush=True,
    )
    for item in items(set(args.only.split(",")), large=args.large):
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--item", item], check=True)


if __name__ == "__main__":
    main()
