"""How are the loops compiled before a person waits for them? By planning a made-up village once."""

from __future__ import annotations

import time

from gridkit.datasets import make_reports, make_town
from gridkit.hotspots import HotspotSettings, find_hotspots
from gridkit.model.hazards import Hazards
from gridkit.rules import Balance, GridCount, Rules
from gridkit.solver import solve


def compile_kernels() -> float:
    """Compile every loop of the main job; the result stays on the disk.

    Returns
    -------
    float
        Seconds it took: some ten after an install, less than two later.
    """
    started = time.perf_counter()
    town = make_town(300, 1, n_communities=2)
    rules = Rules(grids=GridCount(total=8), balance=Balance(measure="residents", tolerance=0.1))
    solve(town, rules, relax=True)
    reports = make_reports(town, 200, seed=1).rename(columns={"report_id": "hazard_id"})
    find_hotspots(
        town, Hazards.from_frame(reports, town), settings=HotspotSettings(n_permutations=99)
    )
    return time.perf_counter() - started
