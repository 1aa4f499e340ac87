"""Do many towns run side by side, with failures as rows and no work done twice?"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import pandas as pd
import pytest

import gridkit as gk
from gridkit.cli.entry import run

TOML = """
[town]
name = "{name}"
crs = "EPSG:4547"

[units]
path = "{file}"
id_column = "id"

[units.measures]
residents = {{ column = "residents", unit = "persons" }}

[rules]
grids = {{ total = {k} }}
"""


def write_town(folder, name, *, seed, k=4, file=None):
    town = gk.make_town(60, seed=seed)
    frame = gpd.GeoDataFrame(
        {"id": town.units.ids, "residents": town.units.measure("residents").values},
        geometry=town.units.shapes,
        crs=town.units.crs,
    )
    frame.to_file(folder / f"{name}.gpkg")
    text = TOML.format(name=name, file=file or f"{name}.gpkg", k=k)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def towns(tmp_path):
    folder = tmp_path / "towns"
    folder.mkdir()
    write_town(folder, "north", seed=1)
    write_town(folder, "south", seed=2)
    write_town(folder, "lost", seed=3, file="nowhere.gpkg")
    write_town(folder, "tight", seed=4, k=61)
    return folder


def in_threads(jobs, out, **options):
    with ThreadPoolExecutor(1) as pool:
        return gk.run_batch(jobs, out=out, executor=pool, **options)


def test_a_failure_is_a_row_and_the_others_are_done(towns, tmp_path):
    out = tmp_path / "city"
    seen = []
    city = in_threads(gk.batch_jobs([towns], out), out, on_progress=lambda p: seen.append(p.share))
    assert [(t.town, t.state) for t in city.towns] == [
        ("lost", "failed"), ("north", "legal"), ("south", "legal"), ("tight", "failed"),
    ]  # fmt: skip
    assert "nowhere.gpkg" in city.towns[0].text
    assert "61" in city.towns[3].text
    assert (out / "north" / "plan.csv").is_file()
    assert not (out / "lost").exists()
    table = pd.read_csv(out / "city.csv")
    assert table["town"].tolist() == ["lost", "north", "south", "tight"]
    assert table.set_index("town").loc["south", "town_n_units"] == 60
    assert seen[-1] == 1.0
    assert "2 keep every rule" in str(city)
    assert "tight" in str(city)


def test_what_is_finished_is_not_done_again_unless_it_changed(towns, tmp_path):
    out = tmp_path / "city"
    in_threads(gk.batch_jobs([towns], out), out)
    written = (out / "north" / "run.json").stat().st_mtime_ns
    again = in_threads(gk.batch_jobs([towns], out), out)
    assert {t.town for t in again.towns if t.is_old} == {"north", "south"}
    assert (out / "north" / "run.json").stat().st_mtime_ns == written
    write_town(towns, "north", seed=9)
    changed = in_threads(gk.batch_jobs([towns], out), out)
    assert {t.town for t in changed.towns if t.is_old} == {"south"}


def test_a_line_cut_short_by_a_crash_is_done_again(towns, tmp_path):
    out = tmp_path / "city"
    in_threads(gk.batch_jobs([towns], out), out)
    manifest = out / "manifest.jsonl"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(lines[:-1]) + lines[-1][:40], encoding="utf-8")
    in_threads(gk.batch_jobs([towns], out), out)
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    assert {r["town"] for r in rows} >= {"north", "south"}


def test_shards_cover_every_town_once(towns, tmp_path):
    out = tmp_path / "city"
    parts = [in_threads(gk.batch_jobs([towns], out), out, shard=(i, 3)) for i in (1, 2, 3)]
    assert sorted(t.town for p in parts for t in p.towns) == ["lost", "north", "south", "tight"]
    assert (out / "city-2of3.csv").is_file()


@pytest.mark.slow
def test_processes_and_threads_give_the_same_plans(towns, tmp_path, capsys):
    (towns / "lost.toml").unlink()
    (towns / "tight.toml").unlink()
    code = run(
        ["batch", str(towns), "--out", str(tmp_path / "a"), "--workers", "2", "--no-progress"]
    )
    assert code == 0
    assert "2 towns: 2 keep every rule" in capsys.readouterr().out
    in_threads(gk.batch_jobs([towns], tmp_path / "b"), tmp_path / "b")
    for name in ("north", "south"):
        a, b = (tmp_path / side / name / "plan.csv" for side in "ab")
        assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["batch", "{towns}", "--out", "{out}", "--shard", "3"], "expected i/n"),
        (["batch", "{towns}", "--out", "{out}", "--shard", "4/3"], "1 <= i <= n"),
        (["batch", "{out}", "--out", "{out}"], "no batch file"),
        (["batch", "{towns}/north.toml", "{towns}/north.toml", "--out", "{out}"], "same folder"),
    ],
)
def test_a_wrong_call_is_one_sentence(towns, tmp_path, capsys, arguments, said):
    out = tmp_path / "city"
    out.mkdir()
    assert run([a.format(towns=towns, out=out) for a in arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
