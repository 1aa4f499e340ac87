from __future__ import annotations

import csv
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridkit.io.sheets import cell_text, unguarded, write_csv, write_json
from gridkit.io.tables import read_table

PAYLOADS = ["=cmd|' /C calc'!A0", "+1+1|", "-2+3+cmd", "@SUM(1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")", "-", "+", "@", "=1+1", "-cmd"]  # fmt: skip


@pytest.mark.parametrize("text", PAYLOADS)
def test_formulas_are_defused(text):
    assert cell_text(text) == "'" + text


@given(st.text(st.sampled_from("'=+-@\t1a")))
def test_the_guard_comes_off_again_and_no_two_texts_look_alike(text):
    assert unguarded(pd.DataFrame({"a": [cell_text(text)]}))["a"].tolist() == [text]


@pytest.mark.parametrize("text", ["-12.5", "+3", "-1e9", "007", "a=b"])
def test_numbers_and_plain_texts_stay(text):
    assert cell_text(text) == text


def test_ids_survive_a_round_trip(tmp_path):
    ids = ["007", "1E5", "441900123456789012345", "厚街-01", "１２３", "a,b", 'q"q', "trail "]
    write_csv(tmp_path / "t.csv", pd.DataFrame({"unit_id": ids}))
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [r[0] for r in rows[1:]] == ids
    back = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert back["unit_id"].tolist() == ids


def test_blanks_are_empty_and_line_ends_are_plain(tmp_path):
    frame = pd.DataFrame(
        {
            "a": [1.0, np.nan],
            "b": [None, "x"],
            "c": pd.array([1, None], dtype="Int64"),
            "d": [True, False],
        }
    )
    write_csv(tmp_path / "t.csv", frame)
    assert (tmp_path / "t.csv").read_bytes() == b"a,b,c,d\n1,,1,true\n,x,,false\n"


def test_json_has_no_nan_and_knows_numpy(tmp_path):
    write_json(
        tmp_path / "t.json",
        {
            "n": np.int64(3),
            "x": np.float64(0.5),
            "l": np.array([1, 2]),
            "中": (1,),
            "b": np.bool_(1),
        },
    )
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8")) == {
        "n": 3,
        "x": 0.5,
        "l": [1, 2],
        "中": [1],
        "b": True,
    }
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "t.json", {"x": float("nan")})
    with pytest.raises(TypeError, match="cannot write a object as JSON"):
        write_json(tmp_path / "t.json", object())


def test_a_plan_with_ids_that_are_formulas_is_safe_on_disk_and_comes_back_as_it_was(tmp_path):
    ids = [p for p in PAYLOADS if "\r" not in p]  # no id holds a line end
    frame = pd.DataFrame({"unit_id": [*ids, "'tis", "007"], "=base": "@grid", "note": "x\r=1"})
    write_csv(tmp_path / "plan.csv", frame)
    with (tmp_path / "plan.csv").open(encoding="utf-8", newline="") as stream:
        cells = [c for row in csv.reader(stream) for c in row]
    assert not [c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    back = unguarded(read_table(tmp_path / "plan.csv"))
    assert back.iloc[:, 0].tolist() == frame["unit_id"].tolist()
    assert set(back.iloc[:, 1]) == {"@grid"}
