"""How fast are towns made, built and loaded?

Run from a checkout: ``python benchmarks/town/run.py [--small]``. Prints one line for each task with the
number of things handled, seconds and seconds of the processor (one thread); nothing is written. Targets on two slow cores: enclosures
of 20,000 street pieces <= 20 s, a million points counted into 20,000 units <= 1 s, a raster of
4,000 x 4,000 onto 20,000 units <= 10 s, the synthetic Houjie <= 30 s, a made town of 20,000 units in a few
seconds.
"""

from __future__ import annotations

import sys
import time

import geopandas as gpd
import numpy as np
import shapely

from gridkit.build import build_units, count_points, sum_raster
from gridkit.datasets import make_synthetic, make_town, town_specs
from gridkit.geo.raster import Raster


def timed(what: str, n: int, work):
    start, cpu = time.perf_counter(), time.process_time()
    out = work()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{what:<58} {n:>12,} {wall:>8.2f} s {cpu:>8.2f} cpu s", flush=True)
    return out


def main() -> None:
    part = 20 if "--small" in sys.argv else 1
    n = 20_000 // part
    make_town(100, 1)
    town = timed("made town, units", n, lambda: make_town(n, 1, n_communities=24))
    rng = np.random.default_rng(1)

    west, south, east, north = shapely.total_bounds(town.units.shapes)
    xy = rng.uniform((west, south), (east, north), (1_000_000 // part, 2))
    points = gpd.GeoDataFrame(geometry=shapely.points(xy), crs=town.units.crs)
    timed(
        "points counted into these units",
        len(points),
        lambda: count_points(town.units, points, name="n"),
    )

    side = max(east - west, north - south) / (4_000 / part**0.5)
    rows, columns = int((north - south) / side) + 1, int((east - west) / side) + 1
    raster = Raster(
        values=rng.gamma(0.5, 1.0, (rows, columns)),
        west=west,
        north=north,
        cell_x=side,
        cell_y=side,
        crs=town.units.crs,
    )
    timed(
        "raster cells brought onto these units",
        rows * columns,
        lambda: sum_raster(town.units, raster, name="r"),
    )

    few = make_town(max(n // 3, 100), 2)
    border = shapely.get_parts(shapely.node(shapely.union_all(shapely.boundary(few.units.shapes))))
    streets = gpd.GeoDataFrame(geometry=border, crs=few.units.crs)
    line = gpd.GeoDataFrame(geometry=[shapely.union_all(few.units.shapes)], crs=few.units.crs)
    built = timed(
        "units enclosed by street pieces", len(streets), lambda: build_units(line, streets=streets)
    )
    print(built.report)

    houjie = timed(
        "synthetic Houjie, residents", 400_000, lambda: make_synthetic(town_specs("houjie")[0], 1)
    )
    print(houjie.describe())


if __name__ == "__main__":
    main()
