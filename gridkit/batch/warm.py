"""How are the loops compiled before a person waits for them? By planning a made-up village once."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import shapely
from geopandas import GeoSeries

from gridkit._kernels.live import find_enclosed, number_pieces
from gridkit.datasets import make_reports, make_town
from gridkit.datasets.members import make_members
from gridkit.geo.points import MANY, locate
from gridkit.hotspots import HotspotSettings, find_hotspots
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.network import Streets
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.walking import along_streets
from gridkit.model.hazards import Hazards
from gridkit.model.rounds import Stops
from gridkit.rules import Balance, GridCount, Rules
from gridkit.solver import solve
from gridkit.staffing import apportion, assign_members, plan_rounds

if TYPE_CHECKING:
    from gridkit.model.town import Town


def compile_kernels() -> float:
    """Compile every loop of the main job, in two processes; the result stays on the disk.

    Returns
    -------
    float
        Seconds it took: some fifteen after an install, three later.
    """
    started = time.perf_counter()
    program = f"import gc; gc.disable(); from {__name__} import compile_other as go; go()"
    other = subprocess.Popen([sys.executable, "-c", program])  # noqa: S603  our own words
    collects = gc.isenabled()
    gc.disable()  # the compiler leaves little garbage, and a lot to look through
    try:
        compile_plan()
    finally:
        is_done = other.wait() == 0
        if collects:
            gc.enable()
    if not is_done:  # an interpreter that cannot be started again: do it here
        compile_other()
    return time.perf_counter() - started


def compile_plan() -> None:
    """Draw and prove a plan, locate points, and assign members."""
    town = make_town(300, 1, n_communities=2)
    rules = Rules(grids=GridCount(total=8), balance=Balance(measure="residents", tolerance=0.1))
    solve(town, rules, relax=True)
    locate(np.repeat(town.units.xy, MANY // 300 + 1, axis=0), town.units.shapes)
    heads = apportion(np.array([900, 900]), total=6)
    assign_members(make_members(town, 6), heads, xy=town.units.xy[:2])


def compile_other() -> None:
    """Look for hotspots, plan rounds, and look at a grid."""
    town = make_town(300, 1, n_communities=2)
    _look(town)
    reports = make_reports(town, 200, seed=1).rename(columns={"report_id": "hazard_id"})
    tested = tuple(m for m in HotspotSettings().methods if m != "density")  # that is scikit-learn's
    few = HotspotSettings(methods=tested, n_permutations=99)
    find_hotspots(town, Hazards.from_frame(reports, town), settings=few)
    _walk(town)


def _walk(town: Town) -> None:
    """Visit the first places, and scan them along a street and for counts that scatter."""
    xy, n = town.units.xy[:12], 12
    stops = Stops(ids=tuple("abcdefghijkl"), xy=xy, on_site_min=np.full(n, 5.0))
    plan_rounds(stops, member_ids=("M1", "M2"), post_xy=xy[0])
    street = shapely.LineString(xy), shapely.LineString([xy[0], xy[-1]])
    streets = Streets.from_lines(GeoSeries(street, crs=town.units.crs))
    cases = np.arange(n, dtype=np.int64)
    few = ScanSettings(n_replicates=9, overdispersed=False)
    scan(xy, cases, np.ones(n), settings=few, distance=along_streets(streets, xy))
    scan(xy, cases, np.ones(n), settings=few, model="negative_binomial")


def _look(town: Town) -> None:
    """Look at a grid as the editor does after a stroke."""
    label = np.zeros(len(town.units), dtype=np.int32)
    own = np.flatnonzero(label == 0).astype(np.int64)
    start, neighbor = town.graph.start.copy(), town.graph.neighbor.copy()
    mark, queue = label.copy(), label.copy()
    number_pieces(own, start, neighbor, label, mark, queue)
    edge = np.ones(len(town.units), dtype=bool)
    find_enclosed(0, own, edge, start, neighbor, label, np.zeros_like(mark), queue)
