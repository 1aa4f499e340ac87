"""How large is the map page, and how soon is it ready?

Run with a Chromium on the machine:  python benchmarks/maps/run.py [n_grids ...]

For 2,000 base grids and for 100,000 units in 2,000 grids (generated towns, real outlines): size of map.html, seconds to
write it, and milliseconds from opening to the first painted map in headless Chromium, the median of three.
Targets: 2,000 grids <= 1 MB and <= 2 s; 100,000 units <= 5 MB. Then an atlas of 101 base grids with unit borders as
its streets: target <= 60 s and <= 20 MB.
"""

from __future__ import annotations

import dataclasses
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np

from gridkit.datasets import make_town
from gridkit.geo.coverage import dissolve
from gridkit.geo.order import hilbert_order
from gridkit.maps import MapContent, draw_atlas, draw_page


def content(n_units: int, n_grids: int) -> MapContent:
    """Grids are runs of units along a Hilbert curve: not a plan to sign, but as many outlines."""
    town = make_town(n_units, seed=1)
    units = town.units
    order = hilbert_order(units.xy)
    label = np.empty(n_units, dtype=np.int32)
    label[order] = (np.arange(n_units) * n_grids // n_units).astype(np.int32)
    shapes = dissolve(units.shapes, label, n_grids)
    rng = np.random.default_rng(1)
    base = gpd.GeoDataFrame(
        {
            "grid_id": [f"441900{i:06d}" for i in range(n_grids)],
            "code": [f"{i:04d}" for i in range(n_grids)],
            "parent_id": [f"C{i // 5}" for i in range(n_grids)],
            "residents": rng.lognormal(7.5, 0.6, n_grids).round(),
            "households": rng.lognormal(6.5, 0.6, n_grids).round(),
            "n_objects": rng.lognormal(6, 0.6, n_grids).round(),
            "workload_h": rng.lognormal(5, 0.3, n_grids),
            "members": rng.integers(2, 7, n_grids),
            "load": rng.normal(130, 10, n_grids),
            "compactness": rng.uniform(0.2, 0.8, n_grids),
        },
        geometry=shapes,
        crs=units.crs,
    )
    drawn = None
    if n_units != n_grids:
        drawn = gpd.GeoDataFrame(
            {
                "unit_id": list(units.ids),
                "base_grid_id": base.grid_id.to_numpy()[label],
                "residents": rng.lognormal(4, 1, n_units).round(),
            },
            geometry=units.shapes,
            crs=units.crs,
        )
    return MapContent(title=f"{n_grids} grids", base_grids=base, units=drawn, is_synthetic=True)


def ready_ms(path: Path, *, units: bool) -> tuple[float, float]:
    """Milliseconds to the first map, and to repaint it with the units switched on."""
    from playwright.sync_api import sync_playwright

    first, repaint = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(3):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(path.as_uri())
            page.wait_for_function("window.gridkitReady !== undefined", timeout=120_000)
            first.append(page.evaluate("window.gridkitReady"))
            if units:
                page.check("#gk-layer-units")
            repaint.append(
                page.evaluate(
                    """() => new Promise(done => { const box = document.querySelector('#gk-labels'), n = document.querySelector('#gk-app').dataset.painted;
                    const start = performance.now(); box.click();
                    const look = () => document.querySelector('#gk-app').dataset.painted !== n ? done(performance.now() - start) : requestAnimationFrame(look);
                    look(); })"""
                )
            )
            page.close()
        browser.close()
    return statistics.median(first), statistics.median(repaint)


def main() -> None:
    sizes = [(2_000, 2_000), (100_000, 2_000)]
    if len(sys.argv) > 1:
        sizes = [(int(n), int(n)) for n in sys.argv[1:]]
    print("units    grids   MB     write s  ready ms  repaint ms")
    for n_units, n_grids in sizes:
        drawn = content(n_units, n_grids)
        start = time.perf_counter()
        text = draw_page(drawn)
        seconds = time.perf_counter() - start
        print(
            f"{n_units:7,} {n_grids:7,} {len(text.encode()) / 1e6:6.2f} {seconds:8.2f}",
            end="",
            flush=True,
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "map.html"
            path.write_text(text, encoding="utf-8")
            first, again = ready_ms(path, units=drawn.units is not None)
        print(f" {first:9.0f} {again:9.0f}")
    drawn = content(4_000, 101)
    streets = drawn.units[["geometry"]].set_geometry(drawn.units.boundary)
    start, cpu = time.perf_counter(), time.process_time()
    pdf = draw_atlas(dataclasses.replace(drawn, units=None, streets=streets))
    print(
        f"atlas of 101 base grids: {len(pdf) / 1e6:.2f} MB, {time.process_time() - cpu:.1f} s CPU, "
        f"{time.perf_counter() - start:.1f} s wall"
    )


if __name__ == "__main__":
    main()
