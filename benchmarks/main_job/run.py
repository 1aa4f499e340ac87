"""Measure the main job: python benchmarks/main_job/run.py [--quick].

Whole processes, wall seconds and peak memory (resource usage of the child), three runs each, median printed:
the run on the embedded town, ``gridkit --help``, ``import gridkit``; and the partition of 20,000 units into 500 grids
with its quality recounted from the labels.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # from a checkout, installed or not


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; give wall seconds and peak megabytes."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def row(label: str, command: list[str], n: int) -> None:
    runs = [measure(command) for _ in range(n)]
    wall = [w for w, _ in runs]
    print(
        f"| {label} | {statistics.median(wall):.2f} | {min(wall):.2f}-{max(wall):.2f} | {max(m for _, m in runs):.0f} |"
    )


def partition() -> None:
    import numpy as np

    import gridkit as gk
    from gridkit.rules import Balance, GridCount, Rules

    started = time.perf_counter()
    town = gk.make_town(20_000, 1)
    made = time.perf_counter() - started
    rules = Rules(
        grids=GridCount(total=500),
        balance=Balance(measure="residents", tolerance=0.05, within="town"),
    )
    gk.solve(
        gk.make_town(500, 1), Rules(grids=GridCount(total=10), balance=rules.balance)
    )  # compiled before the clock
    started = time.perf_counter()
    plan = gk.solve(town, rules).plan
    took = time.perf_counter() - started
    load = plan.total("residents")
    pieces = len(set(zip(plan.base.tolist(), town.graph.pieces(plan.base).tolist(), strict=True)))
    print(
        f"\n20,000 units made in {made:.1f} s; 500 grids in {took:.1f} s, largest deviation "
        f"{np.abs(load / load.mean() - 1).max():.4f}, pieces {pieces}, compactness {gk.metrics.compactness(plan).mean():.3f}"
    )


if __name__ == "__main__":
    n = 1 if "--quick" in sys.argv else 3
    python = sys.executable
    print("| whole process | wall s (median) | range | peak MB |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        row(
            "gridkit run configs/cambridge.toml",
            [
                python,
                "-m",
                "gridkit",
                "run",
                "configs/cambridge.toml",
                "--out",
                f"{folder}/o",
                "--overwrite",
                "--no-progress",
            ],
            n,
        )
    row("gridkit --help", [python, "-m", "gridkit", "--help"], n)
    row("import gridkit", [python, "-c", "import gridkit"], n)
    row("python -c pass", [python, "-c", "pass"], n)
    partition()
