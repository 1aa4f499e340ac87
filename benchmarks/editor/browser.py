"""How quickly does the editor open and follow the hand, in a browser without a graphics card?

Run: python benchmarks/editor/browser.py [--units 20000] [--grids 300]

A made town, the real server in a process of its own, Debian's Chromium without a GPU. Opening runs from `gk.edit`
to the first painted plan, the page's share of it from the request for the page. A stroke is a drag of the brush
over about ten units; its time runs from the lifted pointer to the frame after the panel shows the server's
answer. Memory is that of the renderer's process, and of its JavaScript heap.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

import gridkit as gk
from gridkit.rules.settings import GridCount, Rules
from gridkit.solver.stop import MaxIterations

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
WATCH = """() => { window.times = []; let began = 0, seen = '';
  document.getElementById('gk-map').addEventListener('pointerup', () => { began = performance.now(); }, true);
  const panel = document.getElementById('ge-touched');
  new MutationObserver(() => { if (!began || panel.dataset.revision === seen) return; seen = panel.dataset.revision; const t = began; began = 0;
    requestAnimationFrame(() => setTimeout(() => window.times.push(performance.now() - t))); }).observe(panel, { attributes: true }); }"""
PLACE = """u => { const { board } = gridkit, m = board.sheets.middle(u), b = board.place.getBoundingClientRect();
  const s = 256 * 2 ** board.map.getZoom(), o = board.map.getPixelOrigin();
  const p = board.map.layerPointToContainerPoint([m[0] * s - o.x, m[1] * s - o.y]); return [p.x + b.left, p.y + b.top]; }"""
BORDERS = """n => { const { store, board } = gridkit, out = [], step = Math.max(1, Math.floor(store.base.length / (4 * n)));
  for (let u = 0; u < store.base.length && out.length < n; u += step) if (board.sheets.has(u))
    for (const v of board.sheets.neighbors(u)) if (board.sheets.has(v) && store.base[v] !== store.base[u] && store.base[v] >= 0) { out.push([u, v]); break; }
  return out; }"""


def p95(values: list[float]) -> float:
    """Give the value that 19 of 20 do not pass."""
    return sorted(values)[max(0, -(-19 * len(values) // 20) - 1)]


def serve(units: int, grids: int, communities: int, line: Connection) -> None:
    """Open the editor each time something is sent, and close the one before; in a process of its own."""
    town = gk.make_town(units, seed=1, n_communities=min(communities, grids))
    rules = Rules(grids=GridCount(total=grids))
    plan = gk.solve(town, rules, seed=1, relax=True, prove=False, stop=MaxIterations(1)).plan
    gk.edit(plan, rules=rules).close()  # imports and compiled kernels are there
    line.send("ready")
    while line.recv() == "open":
        cpu, wall = time.process_time(), time.perf_counter()
        editor = gk.edit(plan, rules=rules)
        line.send((editor.url, 1000 * (time.perf_counter() - wall)))
        line.recv()
        line.send(time.process_time() - cpu)
        line.recv()
        editor.close()


def main() -> None:
    """Measure one town and print one row of a table."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--units", type=int, default=20_000)
    ask.add_argument("--grids", type=int, default=300)
    ask.add_argument("--opens", type=int, default=12)
    ask.add_argument("--strokes", type=int, default=40)
    ask.add_argument("--communities", type=int, default=24)
    of = ask.parse_args()
    spawn = multiprocessing.get_context("spawn")
    line, far = spawn.Pipe()
    server = spawn.Process(
        target=serve, args=(of.units, of.grids, of.communities, far), daemon=True
    )
    server.start()
    line.recv()
    opens, pages, cpus = [], [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for turn in range(of.opens):
            line.send("open")
            url, before = line.recv()
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            page = context.new_page()
            page.goto(url)
            page.wait_for_selector("#gk-edit[data-painted]", timeout=120_000)
            pages.append(page.evaluate("window.gridkitReady"))
            opens.append(before + pages[-1])
            line.send("painted")
            cpus.append(line.recv())
            if turn == of.opens - 1:
                strokes, sizes = stroke_times(page, of.strokes)
                heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
                rss = renderer_mb(browser)
            context.close()
            line.send("close")
        browser.close()
    line.send("end")
    server.join(timeout=20)
    print(
        "| units | grids | open median / p95 | of it the page | server's CPU | stroke median / p95 | units a stroke | renderer | heap | load |"
    )
    print(
        f"| {of.units:,} | {of.grids} | {statistics.median(opens):.0f} / {p95(opens):.0f} ms | {statistics.median(pages):.0f} / {p95(pages):.0f} ms "
        f"| {statistics.median(cpus):.2f} s | {statistics.median(strokes):.0f} / {p95(strokes):.0f} ms | {statistics.mean(sizes):.0f} "
        f"| {rss:.0f} MB | {heap:.0f} MB | {os.getloadavg()[0]:.1f} |"
    )


def stroke_times(page, n: int) -> tuple[list[float], list[int]]:
    """Drag the brush over borders, one after another; wait for each answer as a hand would."""
    page.wait_for_selector("#gk-map[data-sheets]", timeout=120_000)  # the communities in view
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    page.keyboard.press("1")
    sizes = []
    for u, v in page.evaluate(BORDERS, n):
        before = page.evaluate("gridkit.store.revision")
        page.evaluate(
            "([u]) => { gridkit.store.target = gridkit.store.base[u]; gridkit.store.tell('choice'); }",
            [u],
        )
        (ax, ay), (bx, by) = page.evaluate(PLACE, u), page.evaluate(PLACE, v)
        page.mouse.move(ax, ay)
        page.mouse.down()
        far = 40 / max(
            1.0, ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        )  # about ten units on the whole town
        page.mouse.move(ax + (bx - ax) * far, ay + (by - ay) * far, steps=4)
        page.mouse.up()
        end = time.monotonic() + 5
        while page.evaluate("gridkit.store.revision") == before and time.monotonic() < end:
            page.wait_for_timeout(20)
        page.wait_for_timeout(120)
        sizes.append(page.evaluate("gridkit.store.last?.units.length ?? 0"))
    return page.evaluate("window.times"), [s for s in sizes if s]


def renderer_mb(browser) -> float:
    """Resident memory of the largest renderer process."""
    info = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pids = [p["id"] for p in info if p["type"] == "renderer"]
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return max(pages, default=0) * 4096 / 1e6


if __name__ == "__main__":
    main()
