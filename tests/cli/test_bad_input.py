"""Is every bad input one clear sentence, with exit 2 or 3, and nothing written?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from tests.conftest import square_frame


def rewrite(folder, change):
    frame = gpd.read_file(folder / "units.gpkg")
    frame = change(frame)
    (folder / "units.gpkg").unlink()
    frame.to_file(folder / "units.gpkg", layer="units")


def replace(folder, old, new):
    text = (folder / "town.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "town.toml").write_text(text.replace(old, new), encoding="utf-8")


def set_at(frame, row, column, value):
    frame.loc[row, column] = value
    return frame


def shifted(frame):
    moved = shapely.transform(frame.geometry[1], lambda xy: xy - [30.0, 0.0])
    return set_at(frame, 1, "geometry", moved)


def bow_tie(frame):
    x, y = shapely.get_coordinates(frame.geometry[0]).min(axis=0)
    return set_at(
        frame,
        0,
        "geometry",
        shapely.Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)]),
    )


def without_crs(folder):
    frame = square_frame(6, 8).set_crs(None, allow_override=True)
    (folder / "units.gpkg").unlink()
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(folder / "units.gpkg", layer="units")


CASES = {
    "missing batch file": (lambda f: (f / "town.toml").rename(f / "twon.toml"), 2, "there is no batch file"),
    "missing layer file": (lambda f: (f / "units.gpkg").unlink(), 2, "units.gpkg"),
    "missing background": (lambda f: (f / "town.toml").write_text((f / "town.toml").read_text() + "[output]\nrail = { path = 'unit.gpkg' }\n"), 2, "did you mean 'units.gpkg'"),
    "missing column": (lambda f: replace(f, 'column = "pop"', 'column = "popu"'), 2, "no column `popu`; did you mean 'pop'?"),
    "missing community column": (lambda f: replace(f, '"side"', '"sid"'), 2, "no column `sid`; did you mean 'side'"),
    "unknown key": (lambda f: replace(f, "tolerance", "tolerence"), 2, "unknown key `rules.balance.tolerence`; did you mean 'tolerance'?"),
    "duplicate ids": (lambda f: rewrite(f, lambda u: set_at(u, 5, "id", "u01")), 2, "'u01' (rows 1 and 6)"),
    "empty ids": (lambda f: rewrite(f, lambda u: set_at(u, 5, "id", "")), 2, "have no id (rows 6)"),
    "no reference system": (without_crs, 2, "no reference system"),
    "degrees where metres are needed": (lambda f: replace(f, 'crs = "EPSG:4547"\nsyn', 'crs = "EPSG:4326"\nsyn'), 2, "in degrees"),
    "web mercator": (lambda f: replace(f, 'crs = "EPSG:4547"\nsyn', 'crs = "EPSG:3857"\nsyn'), 2, "come out +1"),
    "unknown reference system": (lambda f: replace(f, 'crs = "EPSG:4547"\nsyn', 'crs = "EPSG:1"\nsyn'), 2, "not a known reference system"),
    "invalid units": (lambda f: rewrite(f, bow_tie), 2, "'u01' (Self-intersection"),
    "overlapping units": (lambda f: rewrite(f, shifted), 2, "'u01' and 'u02' by 3,000 m²"),
    "unit in no community": (lambda f: rewrite(f, lambda u: set_at(u, 3, "side", None)), 2, "in no community: 'u04'"),
    "text for numbers": (lambda f: rewrite(f, lambda u: u.assign(pop="many")), 2, "holds text (for example 'many')"),
    "negative amounts": (lambda f: rewrite(f, lambda u: u.assign(pop=np.where(u.index == 2, -1, 5))), 2, "-1 in row 3"),
    "low above high": (lambda f: replace(f, "[staffing]\n", "[[rules.limits]]\nmeasure = 'residents'\nlow = 9\nhigh = 3\n[staffing]\n"), 2, "low=9, high=3"),
    "fewer members than two a grid": (lambda f: replace(f, "members_total = 14\nn_synthetic = 14", "members_total = 9"), 3, "9"),
    "more grids than units": (lambda f: replace(f, "total = 6", "total = 60"), 3, "60 base grids are asked for, and the town has 48 units"),
    "limit below the heaviest unit": (lambda f: replace(f, "[staffing]\n", "[[rules.limits]]\nmeasure = 'residents'\nhigh = 3\n[staffing]\n"), 3, "residents"),
    "unknown measure": (lambda f: replace(f, 'measure = "residents"', 'measure = "resident"'), 2, "did you mean 'residents'?"),
    "hazards without their column": (lambda f: replace(f, '"when"', '"wen"'), 2, "`wen`"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_sentence_and_nothing_is_written(case, folder, gridkit):
    spoil, expected, words = CASES[case]
    spoil(folder)
    before = sorted(p.name for p in folder.iterdir())
    code, out, err = gridkit("run", folder / "town.toml", "--out", folder / "out", "--no-progress")
    assert code == expected, err
    assert words in err
    assert err.startswith("gridkit: ")
    assert "Traceback" not in err
    assert expected == 3 or err.count("\n") == 1
    assert out == ""
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_file_that_is_another_in_disguise_is_refused(folder, gridkit):
    (folder / "units.gpkg").write_text(
        "<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>"
    )
    code, _, err = gridkit("run", folder / "town.toml", "--out", folder / "out", "--no-progress")
    assert code == 2
    assert "units.gpkg" in err
