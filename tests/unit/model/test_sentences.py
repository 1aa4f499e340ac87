"""Chinese beside English: one table, the same holes, nothing half said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gridkit
from gridkit.model.finding import Finding
from gridkit.model.notes_zh import NOTES
from gridkit.model.sentences import holes, in_both, say_in
from gridkit.model.sentences_zh import PHRASES, TEMPLATES

ROOM = Path(gridkit.__file__).parent
SPOKEN = (
    "rules/check.py",
    "rules/feasible.py",
    "rules/goals.py",
    "io/current.py",
    "io/cleaning.py",
    "solver/seats.py",
)
"""Modules whose sentences people read on the pages, each worded in one expression."""


@pytest.mark.parametrize(("english", "chinese"), [*TEMPLATES, *NOTES])
def test_both_sides_of_a_template_have_the_same_holes(english, chinese):
    assert holes(english) == holes(chinese)
    assert re.search("[\u4e00-\u9fff：/]", chinese)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "base grid 'A-1' has workload in a month 7,310 min; at most 5,000 min allowed (2,310 over).",
            "基础网格“A-1”的每月工作量为 7,310 分钟；允许不超过 5,000 分钟（超出 2,310）。",
        ),
        (
            "12 of 1,044 units are in no base grid: 'a', 'b', 'c', 'd', 'e' and 7 more.",
            "1,044 个单元中有 12 个不属于任何基础网格：'a'、'b'、'c'、'd'、'e' 等（另有 7 个）。",
        ),
        (
            "90% of the units of 'scan' are in 'density'",
            "“扫描统计”的单元有 90% 在“密度聚类”内",
        ),
        ("at most 6,000 in each base grid", "每个基础网格不超过 6,000"),
        (
            "An upper limit of 120 instead of 100 on residents (in 长德里) together with a tolerance of 19.2% instead of 10.0% of households (base grid 'A-1' needs it) would do: the plan that was found keeps that.",
            "将居民的上限由 100 改为 120（长德里），并且将户数的允许偏差由 10.0% 改为 19.2%（基础网格“A-1”需要），即可：已找到的方案满足这一点。",
        ),
        (
            "C1: 2 base grids fewer (2 instead of 4) would do.",
            "C1：减少 2 个基础网格（由 4 个改为 2 个），即可。",
        ),
        (
            "To let the base grids of 'A', 'B' be in several pieces (`multi_part` of [rules.contiguity]) would do.",
            "允许 'A'、'B' 的基础网格分为多块（[rules.contiguity] 的 `multi_part`），即可。",
        ),
    ],
)
def test_a_sentence_is_said_in_chinese_with_its_facts(english, chinese):
    assert say_in(english, "zh") == chinese
    assert say_in(english, "en") == english
    assert in_both(english) == (english, chinese)


@pytest.mark.parametrize(
    "text",
    ["Baldwin-01", "", "{n}", "a; b; c", "任意文字", "<script>alert(1)</script>", "x" * 5000],
)
def test_what_is_no_sentence_of_gridkit_stays_as_it_is(text):
    assert say_in(text, "zh") == text


def test_numbers_and_ids_survive_every_template():
    for english, _ in (*TEMPLATES, *NOTES):
        filled = re.sub(r"\{(id|a|b)\}", "q-7", english)
        filled = re.sub(r"\{\w+\}", "1,234", filled)
        said = say_in(filled, "zh")
        assert said != filled, english
        assert said.count("1,234") == filled.count("1,234"), english
        assert said.count("q-7") == filled.count("q-7"), english


def test_a_finding_speaks_both_languages():
    found = Finding(rule="lock", severity="broken", text="3 locked units changed grid: 'a'.")
    assert found.say("en") == found.text
    assert found.say("zh") == "3 个锁定单元变更了网格：'a'。"


def _fill(hole: ast.expr) -> str:
    """Put a number into a hole; nothing into those that may be empty."""
    if ast.unparse(hole).strip("{}f'\"") == "allowed":
        return "at most 12 allowed"
    return "" if ast.unparse(hole).strip("{}f'\"") in ("who", "unit") else "12"


def spoken_sentences(name: str) -> list[str]:
    """Give the sentences a module words: f-strings bound to `text`, with 12 in every hole."""
    out = []
    for node in ast.walk(ast.parse((ROOM / name).read_text(encoding="utf-8"))):
        is_text = isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id in ("text", "t") for t in node.targets
        )
        if is_text and isinstance(node.value, ast.JoinedStr):  # type: ignore[attr-defined]
            parts = node.value.values  # type: ignore[attr-defined]
            text = "".join(p.value if isinstance(p, ast.Constant) else _fill(p) for p in parts)
            if text.endswith("."):
                out.append(text)
    return out


@pytest.mark.parametrize("name", SPOKEN)
def test_every_sentence_of_a_check_has_its_chinese(name):
    # A new sentence: give it a template in gridkit/model/sentences_zh.py.
    missing = [t for t in spoken_sentences(name) if say_in(t, "zh") == t]
    assert not missing


def test_measures_are_named_in_chinese():
    assert {PHRASES[k] for k in ("residents", "households", "workload in a month")} == {
        "居民",
        "户数",
        "每月工作量",
    }
