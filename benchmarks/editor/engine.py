"""How quickly does the editor count a stroke, ask the engine, and replay a long history, without a browser?

Run: python benchmarks/editor/engine.py [--units 20000] [--grids 300]

CPU seconds of one process beside wall seconds, since machines are busy; the median of many strokes.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

import gridkit as gk
from gridkit.editor import log as editor_log
from gridkit.editor.editor import Editor
from gridkit.editor.engine import errand, run_errand
from gridkit.editor.ground import Ground
from gridkit.model.plan import Plan
from gridkit.rules import Balance, Rules


def blocks(town: gk.Town, k: int) -> Plan:
    """Cut a town into k grids of equal numbers of units: strips from west to east, cut from north to south."""
    x, y = town.units.xy.T
    strips = max(1, round(k**0.5))
    per = np.full(strips, k // strips) + (np.arange(strips) < k % strips)
    label = np.zeros(len(x), dtype=np.int32)
    first, order = 0, np.argsort(x, kind="stable")
    for own, n in zip(np.array_split(order, strips), per.tolist(), strict=True):
        for part in np.array_split(own[np.argsort(-y[own], kind="stable")], n):
            label[part] = first
            first += 1
    return Plan.from_labels(town, label)


def strokes(editor: Editor, n: int, seed: int) -> tuple[float, float]:
    """Make strokes of ten units over a border; median of counting alone, and of a whole operation, in ms of CPU."""
    own, table = np.random.default_rng(seed), editor.table("main")
    g, desk = editor.ground, table.desk
    counted, whole = [], []
    for _ in range(n):
        source = np.repeat(np.arange(g.n), np.diff(g.open_start))
        unit = int(own.choice(source[desk.base[source] != desk.base[g.open_neighbor]]))
        near = g.open_neighbor[g.open_start[unit] : g.open_start[unit + 1]]
        other = near[desk.base[near] != desk.base[unit]]
        to = int(desk.base[other[0]])
        mine = np.flatnonzero(desk.base == desk.base[unit])
        far = ((g.town.units.xy[mine] - g.town.units.xy[unit]) ** 2).sum(axis=1)
        units = mine[np.argsort(far)[:10]].tolist()
        began = time.process_time()
        editor.do({"kind": "assign", "units": units, "to": to})
        whole.append(time.process_time() - began)
        began = time.process_time()
        desk.survey({to, int(desk.base[near[0]])})
        desk.values([to])
        counted.append(time.process_time() - began)
    return 1000 * statistics.median(counted), 1000 * statistics.median(whole)


def asked(editor: Editor, **job: object) -> str:
    """Let the engine work once; CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        run_errand(errand(editor.table("main").desk, job, editor.slots), cancelled=lambda: False)
    except gk.GridkitError as error:
        return f"failed: {str(error)[:90]}"
    return f"{time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - wall:.2f} s"


def main() -> None:
    """Measure, one line each."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--units", type=int, default=20_000)
    ask.add_argument("--grids", type=int, default=300)
    ask.add_argument("--steps", type=int, default=10_000)
    of = ask.parse_args()
    town = gk.make_town(of.units, 1, n_communities=1)
    rules = Rules(balance=Balance(measure="residents", tolerance=0.3))
    took = {}
    for k in (5, 500, of.grids):
        editor = Editor(Ground(blocks(town, k), rules))
        strokes(editor, 5, 0)
        took[k] = strokes(editor, 60, 1)
        print(
            f"{k} grids: counting {took[k][0]:.2f} ms, whole stroke {took[k][1]:.2f} ms", flush=True
        )
    print(
        f"500 grids / 5 grids: counting {took[500][0] / took[5][0]:.2f}, whole stroke {took[500][1] / took[5][1]:.2f}"
    )
    editor = Editor(Ground(blocks(town, of.grids), rules))
    desk = editor.table("main").desk
    first = np.flatnonzero(desk.base == 0)
    near = next(
        int(desk.base[v])
        for u in first.tolist()
        for v in editor.ground.open_neighbor[
            editor.ground.open_start[u] : editor.ground.open_start[u + 1]
        ]
        if desk.base[v] != 0
    )
    asked(editor, kind="balance", grids=[0, near])
    print("balance these two:", asked(editor, kind="balance", grids=[0, near]), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        editor_log.os.fsync = lambda _: None  # only while the history is made
        own, long = (
            np.random.default_rng(2),
            Editor(Ground(blocks(town, of.grids), rules), folder=Path(folder)),
        )
        for _ in range(of.steps):
            long.do(
                {
                    "kind": "assign",
                    "units": [int(own.integers(of.units))],
                    "to": int(own.integers(of.grids)),
                }
            )
        want = long.hash()
        long.close()
        (Path(folder) / "snapshot.json").unlink(missing_ok=True)
        ground = Ground(blocks(town, of.grids), rules)
        cpu, wall = time.process_time(), time.perf_counter()
        again = Editor(ground, folder=Path(folder))
        same = again.hash() == want
        print(
            f"replay of {of.steps} operations: {time.process_time() - cpu:.2f} s CPU, {time.perf_counter() - wall:.2f} s, same hash: {same}",
            flush=True,
        )
        again.close()
    free = np.flatnonzero(desk.base >= of.grids // 2).tolist()
    editor.do({"kind": "assign", "units": free[::2], "to": -1})
    print(
        f"finish the rest ({len(free[::2])} units free):", asked(editor, kind="finish"), flush=True
    )


if __name__ == "__main__":
    main()
