"""Which stretches of street are hotspots?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.case import hotspot
from gridkit.hotspots.expect import expected_in
from gridkit.hotspots.walking import cluster_along_streets, scan_streets

if TYPE_CHECKING:
    from gridkit._typing import IntArray
    from gridkit.hotspots.case import Case
    from gridkit.hotspots.network import Streets
    from gridkit.model.hotspots import Hotspot

SNAP_M = 50.0
"""Hazards farther from every street are on none."""

HALF_STREET_M = 12.0
"""Half the width of the outline that is drawn around a street."""
CLOSED_M = 70.0
"""What lies between streets nearer than twice this is drawn as inside: an area reads, a mesh does not."""


def street_scan(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Stretches of street with more hazards per km than any stretch would have by chance."""
    streets = _streets(case, "street_scan")
    s = case.settings
    segment, _ = streets.snap(case.hazards.xy, most_m=SNAP_M)
    count = np.bincount(segment[segment >= 0], minlength=len(streets)).astype(np.int64)
    n_far = int((segment < 0).sum())
    if len(streets) < 10 or count.sum() < 10:
        return [], ["No scan along streets: it needs at least 10 streets and 10 hazards on them."]
    result = scan_streets(streets, count, settings=s.scan, seed=case.seed)
    found = [
        _stretch(case, streets, "street_scan", c.units, c.n, c.expected, c.statistic, c.p_value)
        for c in result.clusters
        if c.p_value <= s.alpha
    ]
    note = (
        f"Scan along streets: windows of street with up to {result.share:.0%} of {float(np.sum(streets.length_m)) / 1000:,.0f} km, hazards "
        f"per km of street, distances along streets; p as in a scan. {n_far:,} hazards are more than {SNAP_M:g} m from a street and left out."
    )
    return found, [note]


def street_crowds(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Hazards that lie near each other along streets."""
    from scipy.stats import poisson  # noqa: PLC0415  heavy, and only here

    streets = _streets(case, "street_crowds")
    s, xy = case.settings, case.hazards.xy
    per_m = len(xy) / float(np.sum(streets.length_m))
    # within reach along streets lie about 2 to 3 reaches of street: each way, and round a corner
    least = s.min_hazards or max(4, int(poisson.isf(0.001, 3 * s.reach_m * per_m)) + 1)
    labels = cluster_along_streets(streets, xy, reach_m=s.reach_m, least=least, most_m=SNAP_M)
    segment, _ = streets.snap(xy, most_m=SNAP_M)
    found = []
    total_km = float(np.sum(streets.length_m)) / 1000
    for label in range(int(labels.max(initial=-1)) + 1):
        own = np.unique(segment[labels == label]).astype(np.int64)
        n = int((labels == label).sum())
        length = float(streets.length_m[own].sum()) / 1000
        expected = len(xy) * length / total_km
        found.append(
            _stretch(case, streets, "street_crowds", own, n, expected, n / length, float("nan"))
        )
    found.sort(key=lambda h: (-h.n, -h.statistic))
    note = (
        f"Crowds along streets (DBSCAN with distances along streets): at least {least} hazards within {s.reach_m:g} m; a river or "
        f"a railway divides. Not tested against chance, {int((labels < 0).sum()):,} hazards are in none."
    )
    return found, [note]


def _streets(case: Case, method: str) -> Streets:
    if case.streets is None:
        msg = f"`{method}` needs streets; name their file in [streets], or give find_hotspots(..., streets=...)."
        raise InputError(msg)
    return case.streets


def _stretch(
    case: Case,
    streets: Streets,
    method: str,
    segments: IntArray,
    n: int,
    expected: float,
    statistic: float,
    p_value: float,
) -> Hotspot:
    """Turn some segments into a hotspot."""
    lines = shapely.union_all(streets.shapes[segments])
    street = shapely.buffer(lines, HALF_STREET_M, quad_segs=4)
    _, touched = expected_in(np.array([street], dtype=object), case.town, np.zeros(case.cases.size))
    wide = shapely.buffer(lines, CLOSED_M, quad_segs=4)
    outline = shapely.normalize(shapely.buffer(wide, HALF_STREET_M - CLOSED_M, quad_segs=4))
    km = float(streets.length_m[segments].sum()) / 1000
    return hotspot(
        case, method, n, expected, statistic=statistic, p_value=p_value, shape=outline,
        units=touched[0], what=f"{km:.2f} km of street",
    )  # fmt: skip
