"""Where do made-up hazard reports lie, and which hotspots were planted among them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit.model.town import Town

CATEGORIES = {
    "fire": ("electric bicycle charging", "blocked exit", "gas cylinder"),
    "order": ("noise", "street trading", "parking"),
    "environment": ("exposed rubbish", "standing water", "smoke"),
    "construction": ("illegal building", "open pit", "loose scaffold"),
}


def make_reports(
    town: Town,
    n_reports: int,
    seed: int = 0,
    *,
    n_hotspots: int = 3,
    share_in_hotspots: float = 0.25,
    exposure: str = "residents",
    start: str = "2025-01-01",
    n_days: int = 365,
) -> gpd.GeoDataFrame:
    """Make reports over a town, some of them gathered in planted hotspots.

    The background follows `exposure` unit by unit. Each hotspot is a circle around a unit with much
    of it; its reports are all of one category and fall in one span of time, so that methods in space,
    in time and in both have something to find. The columns that start with ``planted`` are the
    answer and not for the finder.

    Parameters
    ----------
    town
        The town.
    n_reports
        Number of reports.
    seed
        Chooses them.
    n_hotspots
        Number of planted hotspots.
    share_in_hotspots : 0..1
        Share of the reports that belong to them.
    exposure
        Measure that the background follows.
    start
        First day.
    n_days
        Number of days.

    Returns
    -------
    GeoDataFrame
        ``report_id, category, subcategory, urgency, reported_at, closed_at, planted, is_synthetic``
        and points in the CRS of the town, in the order of time. ``planted`` is 0, 1, ... for the
        hotspots and -1 elsewhere. ``.attrs["planted"]`` lists the hotspots with center, radius_m,
        category, first and last day.

    Raises
    ------
    InputError
        If a number cannot be.

    Examples
    --------
    >>> from gridkit.datasets import make_town
    >>> reports = make_reports(make_town(40, seed=2), 200, seed=1)
    >>> len(reports), int((reports["planted"] >= 0).sum())
    (200, 50)
    """
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it
    import pandas as pd  # noqa: PLC0415  the same

    if n_reports < 0 or n_hotspots < 0 or not 0 <= share_in_hotspots <= 1 or n_days < 1:
        msg = (
            f"expected n_reports >= 0, n_hotspots >= 0, 0 <= share_in_hotspots <= 1 and n_days >= 1; got "
            f"n_reports={n_reports}, n_hotspots={n_hotspots}, share_in_hotspots={share_in_hotspots}, n_days={n_days}."
        )
        raise InputError(msg)
    rng = np.random.default_rng([seed, n_reports, 7])
    weight = town.units.measure(exposure).values
    share = (weight + 1e-9) / (weight + 1e-9).sum()
    n_in = round(n_reports * share_in_hotspots) if n_hotspots else 0
    planted = np.full(n_reports, -1, dtype=np.int64)
    planted[:n_in] = np.arange(n_in) % max(n_hotspots, 1)
    minute = rng.integers(0, n_days * 1440, n_reports)
    group = rng.choice(len(CATEGORIES), n_reports, p=[0.3, 0.4, 0.2, 0.1])
    xy = _scatter(town, rng.choice(len(share), n_reports, p=share), rng)
    truth = []
    radius = float(np.sqrt(town.area_km2 * 1e6) * 0.02)
    area = shapely.union_all(town.units.shapes)
    shapely.prepare(area)
    for i in range(n_hotspots):
        own = np.flatnonzero(planted == i)
        unit = int(rng.choice(len(share), p=share))
        middle = town.units.xy[unit]
        first = int(rng.integers(0, max(1, n_days * 3 // 4)))
        last = min(first + max(1, n_days // 6), n_days)
        xy[own] = _disc(own.size, middle, radius, area, rng)
        minute[own] = rng.integers(first * 1440, last * 1440, own.size)
        group[own] = i % len(CATEGORIES)
        truth.append(
            {
                "center": (float(middle[0]), float(middle[1])),
                "unit_id": town.units.ids[unit],
                "radius_m": radius,
                "category": list(CATEGORIES)[i % len(CATEGORIES)],
                "first_day": first,
                "last_day": last - 1,
                "n": int(own.size),
            }
        )
    order = np.lexsort((xy[:, 1], xy[:, 0], minute))
    names = list(CATEGORIES)
    kind = rng.integers(0, 3, n_reports)
    reported = pd.Timestamp(start) + pd.to_timedelta(minute, unit="min")
    took = pd.to_timedelta(np.ceil(rng.lognormal(6.5, 1.6, n_reports)).astype(np.int64), unit="min")
    frame = gpd.GeoDataFrame(
        {
            "category": [names[g] for g in group],
            "subcategory": [CATEGORIES[names[g]][k] for g, k in zip(group, kind, strict=True)],
            "urgency": rng.choice(
                ["express", "emergency", "routine"], n_reports, p=[0.03, 0.17, 0.8]
            ),
            "reported_at": reported,
            "closed_at": reported + took,
            "planted": planted,
            "is_synthetic": True,
        },
        geometry=shapely.points(xy),
        crs=town.units.crs,
    )
    frame = frame.iloc[order].reset_index(drop=True)
    width = max(6, len(str(n_reports)))
    frame.insert(0, "report_id", [f"R{i:0{width}d}" for i in range(1, n_reports + 1)])
    frame.attrs["planted"] = truth
    return frame


def _scatter(town: Town, unit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Choose a random place inside the unit of each report."""
    bounds = shapely.bounds(town.units.shapes)[unit]
    xy: np.ndarray = town.units.xy[unit].copy()
    open_ = np.arange(unit.size)
    for _ in range(60):
        if not open_.size:
            break
        low, high = bounds[open_, :2], bounds[open_, 2:]
        try_ = low + rng.uniform(size=(open_.size, 2)) * (high - low)
        hit = shapely.contains_xy(town.units.shapes[unit[open_]], try_[:, 0], try_[:, 1])
        xy[open_[hit]] = try_[hit]
        open_ = open_[~hit]
    return xy


def _disc(
    n: int,
    middle: np.ndarray,
    radius: float,
    area: shapely.Geometry,
    rng: np.random.Generator,
) -> np.ndarray:
    """Choose places in a circle that lie in the town; the middle where none was found."""
    xy: np.ndarray = np.tile(middle, (n, 1))
    open_ = np.arange(n)
    for _ in range(60):
        if not open_.size:
            break
        angle = rng.uniform(0, 2 * np.pi, open_.size)
        far = radius * np.sqrt(rng.uniform(0, 1, open_.size))
        try_ = middle + np.column_stack([far * np.cos(angle), far * np.sin(angle)])
        hit = shapely.contains_xy(area, try_[:, 0], try_[:, 1])
        xy[open_[hit]] = try_[hit]
        open_ = open_[~hit]
    return xy
