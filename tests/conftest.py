"""What do all tests share? Profiles, and a way to write a small town down."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, settings

from gridkit.model.town import Town

settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile(
    "deep", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

X0, Y0 = 466_000.0, 2_538_000.0
"""A corner near Houjie in EPSG:4547, where areas are right within 0.01 %."""


def square_frame(rows: int, columns: int, *, side_m: float = 100.0) -> gpd.GeoDataFrame:
    """Square units in rows from the north, ids u01, u02, ...; 10 residents each."""
    boxes = [
        shapely.box(X0 + c * side_m, Y0 - (r + 1) * side_m, X0 + (c + 1) * side_m, Y0 - r * side_m)
        for r in range(rows)
        for c in range(columns)
    ]
    n = rows * columns
    width = max(2, len(str(n)))
    return gpd.GeoDataFrame(
        {
            "id": [f"u{i + 1:0{width}d}" for i in range(n)],
            "pop": np.full(n, 10),
            "side": ["west" if i % columns < columns / 2 else "east" for i in range(n)],
        },
        geometry=boxes,
        crs="EPSG:4547",
    )


def square_town(rows: int, columns: int, *, communities: bool = False) -> Town:
    return Town.from_frame(
        square_frame(rows, columns),
        name="squares",
        id_column="id",
        measures={"residents": ("pop", "persons")},
        community_column="side" if communities else None,
    )


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    return square_frame(3, 4)


@pytest.fixture
def town() -> Town:
    return square_town(3, 4, communities=True)
