"""A small made-up town in files, with everything a run can read."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridkit.cli.entry import run
from tests.conftest import X0, Y0, square_frame

CONFIG = """
[town]
name = "Squares"
crs = "EPSG:4547"
synthetic = true

[units]
path = "units.gpkg"
id_column = "id"
community_column = "side"
[units.measures]
residents = { column = "pop", unit = "persons" }

[[objects]]
path = "objects.geojson"
class_column = "kind"

[rules]
grids = { total = 6 }
balance = { measure = "residents", tolerance = 0.2 }

[staffing]
members_total = 14
n_synthetic = 14
[staffing.standards]
classes = [{ object_class = "shop", visits_per_month = 2, on_site_min = 10 }, { object_class = "flat", visits_per_month = 1, on_site_min = 8 }]

[hazards]
path = "hazards.csv"
id_column = "no"
time_column = "when"
category_column = "what"
x_column = "x"
y_column = "y"
crs = "EPSG:4547"

[hotspots]
n_permutations = 999
"""


def write_town(tmp_path):
    """Write units, objects, hazards and the batch file ``town.toml``."""
    rng = np.random.default_rng(5)
    square_frame(6, 8).to_file(tmp_path / "units.gpkg", layer="units")
    xy = np.column_stack([X0 + rng.uniform(0, 800, 200), Y0 - rng.uniform(0, 600, 200)])
    kinds = np.where(np.arange(200) % 3 == 0, "shop", "flat")
    objects = gpd.GeoDataFrame({"kind": kinds}, geometry=shapely.points(xy), crs="EPSG:4547")
    objects.to_crs(4326).to_file(tmp_path / "objects.geojson")
    near = rng.normal([X0 + 620, Y0 - 130], 25, (60, 2))
    points = np.vstack(
        [near, np.column_stack([X0 + rng.uniform(0, 800, 60), Y0 - rng.uniform(0, 600, 60)])]
    )
    rows = [
        f"{i},2024-0{i % 6 + 1}-1{i % 9} 0{i % 9}:30,{'fire' if i % 2 else 'litter'},{x:.2f},{y:.2f}"
        for i, (x, y) in enumerate(points)
    ]
    rows.append("998,not a day,fire,466100,2537900")
    (tmp_path / "hazards.csv").write_text(
        "no,when,what,x,y\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    (tmp_path / "town.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def folder(tmp_path):
    return write_town(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the whole job has run once; for tests that only look."""
    path = write_town(tmp_path_factory.mktemp("town"))
    assert run(["run", str(path / "town.toml"), "--out", str(path / "out"), "--no-progress"]) == 0
    return path


@pytest.fixture
def gridkit(capsys):
    """Run a command in this process: (exit code, standard output, standard error)."""

    def call(*arguments):
        code = run([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
