from __future__ import annotations

import csv
import ctypes
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import gridkit as gk
from gridkit.batch.outputs import FILES
from gridkit.cli import entry


def test_the_whole_job_writes_every_file_and_says_where(folder, gridkit):
    code, out, err = gridkit("run", folder / "town.toml", "--out", folder / "out")
    assert code == 0, err
    assert sorted(p.name for p in (folder / "out").iterdir()) == sorted(
        [*FILES, "early_warning.csv", "next_members.csv", "outlook.csv", "reasons.csv"]
    )
    assert "6 base grids in 2 communities" in out
    assert "every hard rule is kept" in out
    assert str(folder / "out" / "map.html") in out
    assert "divide the town" in err


def test_the_plan_is_one_row_a_unit_in_unit_order(folder, gridkit):
    gridkit("partition", folder / "town.toml", "--out", folder / "out", "--no-progress")
    with (folder / "out" / "plan.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["unit_id", "base_grid_id", "community_grid_id"]
    assert [r["unit_id"] for r in rows] == [f"u{i:02d}" for i in range(1, 49)]
    assert {r["community_grid_id"] for r in rows} == {"east", "west"}


def test_equal_runs_write_equal_bytes(folder, gridkit):
    for name in ("a", "b"):
        assert gridkit("run", folder / "town.toml", "--out", folder / name)[0] == 0
    differ = [
        n for n in FILES if (folder / "a" / n).read_bytes() != (folder / "b" / n).read_bytes()
    ]
    assert differ == ["run.json"]


def test_hash_seed_and_threads_change_nothing(folder):
    seen = set()
    for hash_seed, threads in (("0", "1"), ("4242", "2")):
        out = folder / hash_seed
        env = {
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "OMP_NUM_THREADS": threads,
            "NUMBA_NUM_THREADS": threads,
        }
        command = [
            sys.executable,
            "-m",
            "gridkit",
            "run",
            str(folder / "town.toml"),
            "--out",
            str(out),
            "--no-progress",
        ]
        subprocess.run(command, check=True, env=env, capture_output=True)
        seen.add(tuple((n, (out / n).read_bytes()) for n in FILES if n != "run.json"))
    assert len(seen) == 1


def test_an_earlier_run_is_not_overwritten_unless_asked(folder, gridkit):
    call = ("partition", folder / "town.toml", "--out", folder / "out")
    assert gridkit(*call)[0] == 0
    code, _, err = gridkit(*call)
    assert code == 2
    assert "already holds" in err
    assert "--overwrite" in err
    assert gridkit(*call, "--overwrite")[0] == 0


def test_json_is_one_object_and_nothing_else(folder, gridkit):
    code, out, err = gridkit("run", folder / "town.toml", "--out", folder / "out", "--json")
    said = json.loads(out)
    assert code == 0
    assert err == ""
    assert said["schema"] == 1
    assert said["figures"]["plan"]["n_base_grids"] == 6
    assert said["is_legal"] is True


def test_a_plan_of_ones_own_is_staffed_and_checked(folder, gridkit):
    gridkit("partition", folder / "town.toml", "--out", folder / "p")
    plan = folder / "p" / "plan.csv"
    code, out, _ = gridkit("staff", folder / "town.toml", "--plan", plan, "--out", folder / "s")
    assert code == 0
    assert {p.name for p in (folder / "s").iterdir()} >= {
        "workload.csv",
        "headcount.csv",
        "roster.csv",
        "shortfalls.csv",
    }
    text = plan.read_text().splitlines()
    broken = folder / "broken.csv"
    broken.write_text(
        "\n".join(
            [
                text[0],
                *(
                    line.replace("east-01", "east-02") if i % 5 else line
                    for i, line in enumerate(text[1:])
                ),
            ]
        )
        + "\n"
    )
    code, out, _ = gridkit("check", folder / "town.toml", "--plan", broken)
    assert code == 1
    assert "BROKEN" in out


def test_hotspots_alone_need_no_plan(folder, gridkit):
    code, out, err = gridkit("hotspots", folder / "town.toml", "--out", folder / "h")
    assert code == 0, err
    assert {p.name for p in (folder / "h").iterdir()} == {
        "early_warning.csv", "findings.json", "hazards.parquet", "hotspot_surface.tif", "hotspots.geojson", "indicators.csv",
        "outlook.csv", "rejected.csv", "run.json",
    }  # fmt: skip
    assert "1 refused" in out
    assert "998" in (folder / "h" / "rejected.csv").read_text()


def test_the_map_is_drawn_again_in_chinese(folder, gridkit):
    gridkit("run", folder / "town.toml", "--out", folder / "out")
    before = (folder / "out" / "map.html").read_bytes()
    code, out, _ = gridkit("draw", folder / "out", "--lang", "zh")
    assert code == 0
    assert "map.html" in out
    assert (folder / "out" / "map.html").read_bytes() != before


def test_check_writes_nothing(folder, gridkit):
    before = sorted(p.name for p in folder.iterdir())
    code, out, _ = gridkit("check", folder / "town.toml")
    assert code == 0
    assert sorted(p.name for p in folder.iterdir()) == before
    assert "objects" in out


def test_two_runs_are_compared(folder, gridkit):
    for name, seed in (("a", "0"), ("b", "7")):
        gridkit(
            "run", folder / "town.toml", "--out", folder / name, "--seed", seed, "--no-progress"
        )
    code, out, _ = gridkit("compare", folder / "a", folder / "b", "--json")
    table = json.loads(out)
    assert code == 0
    assert table["a"]["units moved"] == 0
    assert table["b"]["base grids"] == 6
    assert 0 <= table["b"]["units moved"] < 48
    code, _, err = gridkit(
        "compare", folder / "a", folder / "b", "--out", folder / "c", "--lang", "zh"
    )
    assert code == 0
    assert err.count("Wrote ") == 3
    page = (folder / "c" / "compare.html").read_text(encoding="utf-8")
    assert "变更网格的单元" in page
    assert "units moved" not in page
    moved = (folder / "c" / "moved.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(moved) - 1 == table["b"]["units moved"]
    assert len((folder / "c" / "grids.csv").read_text(encoding="utf-8-sig").splitlines()) == 7
    code, _, err = gridkit("compare", folder / "a")
    assert code == 2
    assert "at least two folders" in err


def test_schema_is_json(gridkit):
    code, out, _ = gridkit("schema")
    assert code == 0
    assert "units" in json.loads(out)["properties"]


@pytest.mark.parametrize(
    "command",
    [
        "",
        "run",
        "check",
        "partition",
        "staff",
        "hotspots",
        "draw",
        "compare",
        "schema",
        "warm",
        "units",
        "synth",
        "datum",
        "presets",
    ],
)
def test_help_teaches_with_an_example(command, gridkit):
    code, out, _ = gridkit(*command.split(), "--help")
    assert code == 0
    assert "Usage" in out
    if command:
        assert "Example: gridkit" in out


def test_version(gridkit):
    assert gridkit("--version")[1].strip() == f"gridkit {gk.__version__}"


def test_ctrl_c_leaves_nothing(folder):
    out = folder / "out"
    command = [sys.executable, "-m", "gridkit", "run", str(folder / "town.toml"), "--out", str(out)]
    before = sorted(p.name for p in folder.iterdir())
    err = ""
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as running:
        for line in running.stderr:
            err += line
            if "divide the town" in line:
                running.send_signal(signal.SIGINT)
    assert running.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert sorted(p.name for p in folder.iterdir()) == before


@pytest.mark.parametrize("made_by", ["run", "partition"])
def test_a_plan_drawn_for_its_members_keeps_the_rules_when_it_is_read_again(
    folder, gridkit, made_by
):
    text = (folder / "town.toml").read_text(encoding="utf-8")
    text = text.replace(
        'measure = "residents", tolerance = 0.2', 'measure = "workload_min", tolerance = 0.2'
    )
    (folder / "town.toml").write_text(text, encoding="utf-8")
    code, _, err = gridkit(made_by, folder / "town.toml", "--out", folder / "o", "--no-progress")
    assert code == 0, err
    plan = folder / "o" / "plan.csv"
    code, said, _ = gridkit("check", folder / "town.toml", "--plan", plan, "--no-progress")
    assert (code, "per member" in said) == (0, True), said
    code, said, _ = gridkit(
        "staff", folder / "town.toml", "--plan", plan, "--out", folder / "s", "--no-progress"
    )
    assert (code, "per member" in said) == (0, True), said
    if made_by == "run":
        assert (folder / "s" / "headcount.csv").read_bytes() == (
            folder / "o" / "headcount.csv"
        ).read_bytes()


def test_ctrl_c_is_heard_though_a_callback_swallows_it(monkeypatch):
    @ctypes.CFUNCTYPE(None)
    def callback():  # as those by which numba loads kernels: nothing can be raised through C
        raise KeyboardInterrupt

    def work():  # goes on in small steps
        for _ in range(6000):
            time.sleep(0.01)

    monkeypatch.setattr(sys, "unraisablehook", entry._drop)
    callback()
    with pytest.raises(KeyboardInterrupt):
        work()
