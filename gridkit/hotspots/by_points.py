"""Which hotspots show in the points themselves: crowds in space, in space and time, near repeats?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.hotspots.case import hotspot
from gridkit.hotspots.density import (
    cluster_points,
    cluster_space_time,
    crowd_size,
    outlines,
)
from gridkit.hotspots.expect import expected_in
from gridkit.hotspots.repeat import knox

if TYPE_CHECKING:
    from gridkit._typing import LabelArray
    from gridkit.hotspots.case import Case
    from gridkit.model.hotspots import Hotspot


def density(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Crowds of hazards, whatever the exposure."""
    from sklearn.cluster import DBSCAN

    s, xy = case.settings, case.hazards.xy
    least = s.min_hazards or crowd_size(len(xy), _lived_m2(case), s.reach_m)
    labels = cluster_points(xy, DBSCAN(eps=s.reach_m, min_samples=least))
    how = (
        "as set" if s.min_hazards else "more than an even spread would give at 999 of 1,000 places"
    )
    note = (
        f"Density clusters (DBSCAN): at least {least} hazards within {s.reach_m:g} m ({how}); they are not tested "
        f"against chance, and {int((labels < 0).sum()):,} hazards are in none."
    )
    return crowds(case, "density", labels), [note]


def hdbscan(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Crowds at whatever density makes them stand out longest."""
    from sklearn.cluster import HDBSCAN

    s, xy = case.settings, case.hazards.xy
    least = s.min_hazards or max(5, round(0.005 * len(xy)))
    if len(xy) <= least:
        return [], [f"No HDBSCAN: it needs more than {least} hazards."]
    labels = cluster_points(xy, HDBSCAN(min_cluster_size=least, copy=True))
    note = (
        f"Density clusters (HDBSCAN) of at least {least} hazards: no distance has to be set, dense and sparse parts "
        f"of the town are judged alike; not tested against chance, {int((labels < 0).sum()):,} hazards are in none."
    )
    return crowds(case, "hdbscan", labels), [note]


def density_time(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Crowds that are near in space and in time."""
    s, xy = case.settings, case.hazards.xy
    day = case.hazards.reported_at.astype(np.int64) / 86_400
    span = max(float(np.ptp(day)), s.reach_days)
    mean = len(xy) * min(1.0, 2 * s.reach_days / span)
    least = s.min_hazards or crowd_size(round(mean), _lived_m2(case), s.reach_m)
    labels = cluster_space_time(xy, day, reach_m=s.reach_m, reach_time=s.reach_days, least=least)
    note = (
        f"Crowds in space and time (ST-DBSCAN): at least {least} hazards within {s.reach_m:g} m and {s.reach_days:g} days "
        f"of each other; not tested against chance, {int((labels < 0).sum()):,} hazards are in none."
    )
    return crowds(case, "density_time", labels, timed=True), [note]


def near_repeat(case: Case) -> tuple[list[Hotspot], list[str]]:
    """Say whether one hazard brings the next; it is a fact of the town, no place."""
    s = case.settings
    day = case.hazards.reported_at.astype(np.int64) / 86_400
    try:
        found = knox(
            case.hazards.xy, day, near_m=s.reach_m, soon=s.reach_days, n_permutations=999, seed=case.seed
        )  # fmt: skip
    except InputError as error:
        return [], [f"Near repeat (Knox) was not computed: {error}"]
    sure = found.p_value <= s.alpha and found.ratio > 1
    told = (
        f"go back to a place within {s.reach_days:g} days of a report"
        if sure
        else "no more than chance would bring"
    )
    note = (
        f"Near repeat (Knox): {found.n_pairs:,} pairs of hazards lie within {s.reach_m:g} m and {s.reach_days:g} days, "
        f"{found.expected:,.1f} expected ({found.ratio:.2f} times, p = {found.p_value:.2g}): {told}."
    )
    return [], [note]


def crowds(case: Case, method: str, labels: LabelArray, *, timed: bool = False) -> list[Hotspot]:
    """Turn clusters of points into hotspots, the largest first."""
    from dataclasses import replace  # noqa: PLC0415  only here

    s, xy = case.settings, case.hazards.xy
    shapes = outlines(xy, labels, margin_m=s.reach_m / 4, ratio=s.outline_ratio)
    line = shapely.coverage_union_all(case.town.units.shapes)
    shapes = shapely.normalize(shapely.intersection(shapes, line))
    expected, units = expected_in(shapes, case.town, np.nan_to_num(case.expected))
    count = np.bincount(labels[labels >= 0], minlength=len(shapes))
    day = case.hazards.reported_at.astype("datetime64[D]")
    whole = float(np.ptp(day).astype(np.int64) + 1)
    found = []
    for i, shape in enumerate(shapes):
        n, e = int(count[i]), float(expected[i]) if case.has_exposure else float("nan")
        own = day[labels == i]
        if timed:  # expected in the days it lasted
            e *= float(np.ptp(own).astype(np.int64) + 1) / whole
        made = hotspot(
            case, method, n, e, statistic=n / (shape.area / 1e6), p_value=float("nan"), shape=shape, units=units[i]
        )  # fmt: skip
        if timed:
            period = f"{own.min()}/{own.max()}"
            made = replace(made, period=period, text=f"{period}: {made.text}")
        found.append(made)
    found.sort(key=lambda h: (-h.n, -h.statistic))
    return found


def _lived_m2(case: Case) -> float:
    """Area of the units where hazards can be."""
    lived = case.cases > 0
    if case.has_exposure:
        lived |= case.expected > 0
    return float(case.town.units.area_m2[lived].sum())
