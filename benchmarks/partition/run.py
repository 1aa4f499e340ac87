"""Measure the plan engine, and its peers, on the same towns with one scorer.

    python benchmarks/partition/run.py                          # syn1k syn5k syn20k isl1k
    python benchmarks/partition/run.py syn100k
    python benchmarks/partition/run.py syn1k --peers pygeoda=ENV/bin/python spopt=ENV2/bin/python
    python benchmarks/partition/run.py syn20k --seconds 1 3 10  # quality under a time limit
    python benchmarks/partition/run.py --seeds 10               # means over seeds 0 to 9
    python benchmarks/partition/run.py --json rows.json

Each row runs in a process of its own, on one thread; the clock runs around the solve only (reading,
building the town and loading compiled loops come before). `MB` is the peak memory of the whole
process, interpreter and libraries included. A peer runs by its own interpreter (``--peers
NAME=PYTHON``; names: metis gerrychain pygeoda spopt mtkahypar); METIS by this one if it is not
named. Figures are of the machine they were made on: compare rows, not absolutes, and CPU seconds
where other work ran beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
METHODS = ("gridkit 5%", "gridkit 2%", "gridkit 1%", "metis 5%", "metis 3%")
OF_PEER = {
    "metis": (),
    "gerrychain": ("gerrychain tree", "gerrychain optimiser"),
    "pygeoda": ("pygeoda maxp", "pygeoda azp", "pygeoda skater"),
    "spopt": ("spopt ward", "spopt skater", "spopt azp"),
    "mtkahypar": ("mtkahypar default", "mtkahypar quality"),
}
HERE = Path(__file__).parent


def solve_gridkit(frame, k, method):
    """Build the town and load the loops; give the solve that the clock runs around."""
    from gridkit.model.town import Town
    from gridkit.rules import Balance, GridCount, Rules
    from gridkit.solver import solve
    from gridkit.solver.stop import MaxSeconds

    method, _, seed = method.partition(" @")
    _, tolerance, *limit = method.split()
    stop = MaxSeconds(float(limit[0])) if limit else None

    def rules(n):
        share = float(tolerance.rstrip("%")) / 100
        return Rules(balance=Balance(measure="load", tolerance=share), grids=GridCount(total=n))

    def town_of(part):
        return Town.from_frame(part, name="bench", id_column="id", measures={"load": ("load", "h")})

    near = frame.geometry.distance(frame.geometry.iloc[0]).to_numpy().argsort()[:120]
    solve(town_of(frame.iloc[near]), rules(3), relax=True, prove=False)  # loads the compiled loops
    town = town_of(frame)
    return lambda: (
        solve(town, rules(k), relax=True, prove=False, stop=stop, seed=int(seed or 0)).plan.base
    )


def prepare(name, folder):
    """Write the town for the rows to come: once as a frame, once as plain arrays."""
    import geopandas as gpd
    import numpy as np
    from instances import make

    from gridkit.model.graph import UnitGraph
    from gridkit.model.units import Units

    frame, k = make(name)
    frame.attrs["k"] = k  # kept by the pickle
    frame.to_pickle(folder / f"{name}.frame")
    graph = UnitGraph.build_rook(
        Units.from_frame(frame, id_column="id", measures={"load": ("load", "h")})
    )
    wkb = gpd.GeoSeries(frame.geometry).to_wkb()
    middle = frame.geometry.centroid
    np.savez(
        folder / f"{name}.npz", start=graph.start, neighbor=graph.neighbor, border=graph.border_m,
        load=frame["load"].to_numpy(), xy=np.c_[middle.x, middle.y], k=k,
        wkb=np.frombuffer(b"".join(wkb), np.uint8), ends=np.cumsum([len(x) for x in wkb]),
    )  # fmt: skip


def child(name, method, folder):
    """Run one row of gridkit and save its labels."""
    import numpy as np
    import pandas as pd
    from peers import peak_mb

    frame = pd.read_pickle(folder / f"{name}.frame")
    run = solve_gridkit(frame, frame.attrs["k"], method)
    started, busy = time.perf_counter(), time.process_time()
    labels = run()
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    np.savez(folder / "labels.npz", labels=labels, s=seconds, cpu_s=busy, peak_mb=peak_mb())


def scored(name, folder):
    """Recount the figures of a row from its labels and the polygons."""
    import numpy as np
    import pandas as pd
    from score import score

    frame = pd.read_pickle(folder / f"{name}.frame")
    given, found = np.load(folder / f"{name}.npz"), np.load(folder / "labels.npz")
    source = np.repeat(np.arange(len(frame)), np.diff(given["start"]))
    once = source < given["neighbor"]
    edges = (source[once], given["neighbor"][once])
    row = score(frame, found["labels"], int(given["k"]), edges)
    return {
        "s": float(found["s"]),
        "cpu_s": float(found["cpu_s"]),
        "mb": float(found["peak_mb"]),
    } | row


def one_row(name, method, folder, *, peers, limit):
    """Run one row in a process of its own; give its figures, or the reason why there are none."""
    who = method.split()[0]
    if who == "gridkit":
        command = [sys.executable, __file__, "--child", name, method, str(folder)]
    else:
        files = [str(folder / f"{name}.npz"), str(folder / "labels.npz")]
        command = [peers.get(who, sys.executable), str(HERE / "peers.py"), method, *files]
    env = {**os.environ, **dict.fromkeys(THREADS, "1")}
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"> {limit:.0f} s"
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return f"failed: {said[:80]}"
    return {"town": name, "method": method, **scored(name, folder)}


def over_seeds(name, method, folder, *, peers, limit, n_seeds):
    """Run a row of gridkit with several seeds: means, and the worst of what has a worst."""
    seeds = [f"{method} @{s}" for s in range(n_seeds)] if method.startswith("gridkit") else [method]
    rows = [one_row(name, m, folder, peers=peers, limit=limit) for m in seeds]
    if isinstance(rows[0], str) or len(rows) == 1:
        return rows[0]
    worst = {"dev": max, "in5": min, "pp_min": min, "in_pieces": max, "mb": max}
    out = {"town": name, "method": method, "grids": rows[0]["grids"]}
    for key in rows[0]:
        if key in worst:
            out[key] = worst[key](r[key] for r in rows)
        elif key not in out:
            out[key] = sum(r[key] for r in rows) / len(rows)
    return out


def main():
    """Run all rows and print them as a table."""
    ask = argparse.ArgumentParser()
    ask.add_argument("towns", nargs="*", default=["syn1k", "syn5k", "syn20k", "isl1k"])
    ask.add_argument("--methods", nargs="*")
    ask.add_argument("--peers", nargs="*", default=[], metavar="NAME=PYTHON")
    ask.add_argument("--seconds", nargs="*", default=[], help="time limits to try at 5 %%")
    ask.add_argument("--seeds", type=int, default=1, help="seeds that gridkit's rows are means of")
    ask.add_argument("--json")
    ask.add_argument("--limit", type=float, default=600, help="seconds for one row")
    ask.add_argument("--child", nargs=3)
    given = ask.parse_args()
    if given.child:
        child(*given.child[:2], Path(given.child[2]))
        return
    from instances import SIZES

    peers = dict(p.split("=", 1) for p in given.peers)
    methods = given.methods or [*METHODS, *(m for p in peers for m in OF_PEER[p])]
    methods = [f"gridkit 5% {t}" for t in given.seconds] or methods
    rows = []
    print(
        "| units / grids | method | s | CPU s | dev | in 5 % | PP | PP min | cut edges | in pieces | MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in given.towns:
            prepare(name, folder)
            for method in methods:
                row = over_seeds(
                    name, method, folder, peers=peers, limit=given.limit, n_seeds=given.seeds
                )
                if isinstance(row, str):
                    print(f"| {name} | {method} | {row} |", flush=True)
                    continue
                rows.append(row)
                print(
                    f"| {SIZES[name]:,} / {row['grids']} | {method} | {row['s']:.2f} | {row['cpu_s']:.2f} | {row['dev']:.3f} | {row['in5']:.3f} "
                    f"| {row['pp']:.3f} | {row['pp_min']:.2f} | {row['cut']:,.0f} | {row['in_pieces']} | {row['mb']:.0f} |",
                    flush=True,
                )
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
