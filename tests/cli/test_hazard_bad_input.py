"""Are odd reports one clear sentence or listed rows, at the command line?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.conftest import X0, Y0

HEAD = "no,when,what,x,y,closed"


def table(n=60, *, seed=1, x=None, y=None, when=None, what=None, closed=""):
    """Reports in the town, one each day; single columns can be given."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=n, freq="1D").strftime("%Y-%m-%dT08:30")
    return pd.DataFrame(
        {
            "no": np.arange(n),
            "when": days if when is None else when,
            "what": ["fire", "litter"] * (n // 2) + ["fire"] * (n % 2) if what is None else what,
            "x": X0 + rng.uniform(0, 800, n).round(2) if x is None else x,
            "y": Y0 - rng.uniform(0, 600, n).round(2) if y is None else y,
            "closed": closed,
        }
    ).astype(object)


def write(folder, frame, *, setting=""):
    frame.to_csv(folder / "hazards.csv", index=False)
    text = (folder / "town.toml").read_text(encoding="utf-8")
    more = 'time_columns = { closed = "closed" }\n' + setting
    text = text.replace('category_column = "what"\n', f'category_column = "what"\n{more}\n')
    (folder / "town.toml").write_text(text, encoding="utf-8")


def changed(frame, column, values):
    frame.loc[: len(values) - 1, column] = values
    return frame


def nobody(folder):
    """Residents only in the last unit, reports elsewhere."""
    units = gpd.read_file(folder / "units.gpkg")
    units["pop"] = 0
    units.loc[len(units) - 1, "pop"] = 100
    (folder / "units.gpkg").unlink()
    units.to_file(folder / "units.gpkg", layer="units")
    write(folder, table(x=X0 + 20.0, y=Y0 - 20.0))


REFUSED = {
    "no points": (lambda f: write(f, table(0)), "has no rows"),
    "all outside": (lambda f: write(f, table(x=X0 - 90_000.0)), "lies in Squares"),
    "hazards where nobody is exposed": (nobody, "all 60 hazards lie in units without any residents"),
    "more than a tenth refused": (lambda f: write(f, changed(table(), "when", ["soon"] * 7)), "more than `max_refused_share` = 10% allows"),
    "mixed zones": (lambda f: write(f, changed(table(), "when", ["2024-01-01T08:00:00+08:00"])), "carry an offset from UTC. Declare the town's zone"),
    "a datum that metres cannot have": (lambda f: write(f, table(), setting='datum = "gcj02"'), "datum"),
    "an unknown datum": (lambda f: write(f, table(), setting='datum = "gcj03"'), "gcj02"),
    "a table that is not there": (lambda f: (f / "hazards.csv").unlink(), "there is no file"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_one_sentence_and_nothing_is_written(case, folder, gridkit):
    spoil, words = REFUSED[case]
    spoil(folder)
    before = sorted(p.name for p in folder.iterdir())
    code, out, err = gridkit(
        "hotspots", folder / "town.toml", "--out", folder / "out", "--no-progress"
    )
    assert code == 2, err
    assert words in err
    assert err.startswith("gridkit: ")
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(p.name for p in folder.iterdir()) == before


def run(folder, gridkit):
    code, out, err = gridkit(
        "hotspots", folder / "town.toml", "--out", folder / "out", "--no-progress"
    )
    assert code == 0, err
    return out, pd.read_csv(folder / "out" / "rejected.csv")


@pytest.mark.parametrize("n", [1, 30])
def test_one_place_does_no_harm(n, folder, gridkit):
    write(folder, table(n, x=X0 + 250.0, y=Y0 - 250.0))
    out, refused = run(folder, gridkit)
    assert f"{n} kept" in out
    assert refused.empty
    assert len(pd.read_parquet(folder / "out" / "hazards.parquet")) == n


def test_negative_times_future_dates_and_unknown_words_are_listed(folder, gridkit):
    frame = changed(table(), "when", ["2999-01-01T00:00"])
    frame = changed(frame, "what", ["fire", "fier"])
    frame.loc[2, "closed"] = "2023-12-31T10:00"
    write(folder, frame, setting='categories = { fire = "fire", litter = "litter" }')
    out, refused = run(folder, gridkit)
    assert "60 rows read, 58 kept, 2 refused" in out
    assert "1 " in out
    assert "lies before the report" in out
    assert refused["line"].tolist() == [2, 3]
    assert refused["reason"].tolist()[1] == "unknown category 'fier'"
    assert "future" in refused["reason"].iloc[0]


def test_points_out_of_town_are_kept_apart_and_counted_in_no_grid(folder, gridkit):
    frame = table()
    frame.loc[:4, "x"] = X0 - 5_000.0
    write(folder, frame)
    out, _ = run(folder, gridkit)
    assert "5 outside the town" in out
    kept = pd.read_parquet(folder / "out" / "hazards.parquet")
    assert (~kept["is_inside"]).sum() == 5
    assert (kept.loc[~kept["is_inside"], "unit_id"] == "").all()
