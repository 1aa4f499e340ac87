"""Measure the plan engine, and the peers that are installed, on the same towns with one scorer.

    python benchmarks/partition/run.py                          # syn1k syn5k syn20k isl1k
    python benchmarks/partition/run.py syn100k
    python benchmarks/partition/run.py --json rows.json

Each row runs in a process of its own, pinned to one thread; the clock runs around the solve only
(reading, building the town and loading compiled loops come before). `MB` is the growth of the peak
memory over what the town itself took. Peers come with ``pip install pymetis gerrychain``; one that
is missing is left out. Figures are of the machine they were made on: compare rows, not absolutes,
and CPU seconds where other work ran beside.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
METHODS = ("gridkit 5%", "gridkit 2%", "gridkit 1%", "metis 5%", "metis 3%", "gerrychain 5%")
SLOW = {"gerrychain 5%": 1000}
"""Peers that are run up to this many units only."""


def solve_gridkit(frame, k, tolerance):
    import numpy as np

    from gridkit.model.town import Town
    from gridkit.model.units import Measure
    from gridkit.rules import Balance, GridCount, Rules
    from gridkit.solver import solve

    def rules(n):
        return Rules(balance=Balance(measure="load", tolerance=tolerance), grids=GridCount(total=n))

    def town_of(part):
        return Town.from_frame(part, name="bench", id_column="id", measures={"load": ("load", "h")})

    from gridkit.datasets import make_town

    small = make_town(300, 1).with_measures(Measure(name="load", values=np.ones(300), unit="h"))
    solve(small, rules(5), relax=True)  # loads the compiled loops
    town = town_of(frame)

    def run():
        return solve(town, rules(k), relax=True).plan.base

    return run


def solve_metis(frame, k, tolerance):
    import numpy as np
    import pymetis

    from gridkit.model.graph import UnitGraph
    from gridkit.model.units import Units

    units = Units.from_frame(frame, id_column="id", measures={"load": ("load", "h")})
    graph = UnitGraph.build_rook(units)
    options = pymetis.Options(seed=1, contig=1, ufactor=round(tolerance * 1000))

    def run():
        _, labels = pymetis.part_graph(
            k,
            xadj=graph.start.astype(np.int32),
            adjncy=graph.neighbor.astype(np.int32),
            vweights=frame["load"].to_numpy().astype(np.int32),
            eweights=np.maximum(1, graph.border_m).astype(np.int32),
            recursive=False,
            options=options,
        )
        return np.asarray(labels)

    return run


def solve_gerrychain(frame, k, tolerance):
    import random  # noqa: TID251  GerryChain draws from it

    from gerrychain import Graph
    from gerrychain.tree import recursive_tree_part

    from gridkit.model.graph import UnitGraph
    from gridkit.model.units import Units

    units = Units.from_frame(frame, id_column="id", measures={"load": ("load", "h")})
    plain = UnitGraph.build_rook(units).to_networkx()
    for i, w in zip(frame["id"], frame["load"], strict=True):
        plain.nodes[i]["load"] = float(w)
    graph = Graph.from_networkx(plain)

    def run():
        random.seed(1)
        found = recursive_tree_part(
            graph, range(k), float(frame["load"].sum() / k), "load", tolerance
        )
        return [found[i] for i in frame["id"]]

    return run


def child(name, method):
    """Run one row and print it as JSON."""
    import resource

    from instances import make
    from score import score

    from gridkit.geo.adjacency import rook_edges

    frame, k = make(name)
    which, tolerance = method.split()
    solver = {"gridkit": solve_gridkit, "metis": solve_metis, "gerrychain": solve_gerrychain}[which]
    run = solver(frame, k, float(tolerance.rstrip("%")) / 100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, busy = time.perf_counter(), time.process_time()
    labels = run()
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    left, right, _ = rook_edges(frame.geometry.array)
    row = score(frame, labels, k, (left, right))
    print(
        json.dumps(
            {
                "town": name,
                "method": method,
                "s": seconds,
                "cpu_s": busy,
                "mb": (after - before) / 1024,
                **row,
            }
        )
    )


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("towns", nargs="*", default=["syn1k", "syn5k", "syn20k", "isl1k"])
    ask.add_argument("--methods", nargs="*", default=list(METHODS))
    ask.add_argument("--json")
    ask.add_argument("--limit", type=float, default=600, help="seconds for one row")
    ask.add_argument("--child", nargs=2)
    given = ask.parse_args()
    if given.child:
        child(*given.child)
        return
    from instances import SIZES

    env = {**os.environ, **dict.fromkeys(THREADS, "1")}
    rows = []
    print(
        "| units / grids | method | s | CPU s | dev | in 5 % | PP | PP min | cut edges | in pieces | MB |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in given.towns:
        for method in given.methods:
            if SIZES[name] > SLOW.get(method, 1 << 60):
                continue
            command = [sys.executable, __file__, "--child", name, method]
            try:
                done = subprocess.run(
                    command,
                    env=env,
                    capture_output=True,
                    text=True,
                    timeout=given.limit,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                print(f"| {name} | {method} | > {given.limit:.0f} |")
                continue
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["no message"])[-1][:80]
                print(f"| {name} | {method} | failed: {reason} |")
                continue
            row = json.loads(done.stdout.splitlines()[-1])
            rows.append(row)
            print(
                f"| {SIZES[name]:,} / {row['grids']} | {method} | {row['s']:.2f} | {row['cpu_s']:.2f} | {row['dev']:.3f} | {row['in5']:.3f} "
                f"| {row['pp']:.3f} | {row['pp_min']:.2f} | {row['cut']:,} | {row['in_pieces']} | {row['mb']:.0f} |",
                flush=True,
            )
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
