import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.geo.points import locate
from gridkit.model.hazards import Hazards, Words
from gridkit.model.town import Town

CRS = "EPSG:32650"


def square_town(side, *, cell=100.0, residents=100.0):
    """Make side x side square units of 100 m with equally many residents."""
    j, i = np.meshgrid(np.arange(side), np.arange(side))
    x, y = 500_000 + j.ravel() * cell, 2_500_000 + i.ravel() * cell
    people = np.broadcast_to(residents, x.shape).astype(float)
    frame = gpd.GeoDataFrame(
        {"id": [f"u{k:04d}" for k in range(x.size)], "pop": people},
        geometry=shapely.box(x, y, x + cell, y + cell),
        crs=CRS,
    )
    return Town.from_frame(
        frame, name="Squares", id_column="id", measures={"residents": ("pop", "persons")}
    )


def hazards_at(town, xy, *, when=None, category=None):
    """Make one report for each place."""
    n = len(xy)
    start = np.datetime64("2024-01-01T08:00:00")
    when = start + np.arange(n) * np.timedelta64(1, "h") if when is None else when
    return Hazards(
        ids=tuple(f"r{k}" for k in range(n)),
        xy=xy,
        crs=town.units.crs,
        category=Words.of(category or ["smoke"] * n),
        times={"reported": when},
        unit_pos=locate(np.asarray(xy, float), town.units.shapes),
    )


@pytest.fixture(scope="session")
def squares():
    return square_town(20)


@pytest.fixture(scope="session")
def crowded(squares):
    """400 hazards everywhere and 150 more in the four units around (1000, 1000)."""
    rng = np.random.default_rng(5)
    spread = rng.uniform(0, 2000, (400, 2))
    crowd = rng.uniform(900, 1100, (150, 2))
    return hazards_at(squares, np.concatenate([spread, crowd]) + np.array([500_000.0, 2_500_000]))
