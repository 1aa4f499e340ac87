from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from gridkit.errors import CRSError, InputError, SchemaError
from gridkit.maps import ComparisonContent, Tradeoff, draw_comparison
from gridkit.maps.palettes import ramp
from gridkit.maps.svg import scatter_svg
from tests.payloads import PAYLOADS


@pytest.fixture
def plans(base):
    return {"now": base, "A": base.assign(load=base["load"] * 1.5), "B": base.iloc[:5]}


def test_plans_stand_side_by_side_on_one_scale_with_one_legend(plans):
    page = draw_comparison(ComparisonContent(title="Which?", plans=plans))
    assert page.count("<svg") == 3
    assert page.count('class="legend"') == 1
    assert len(set(re.findall(r'viewBox="([^"]*)"', page))) == 1
    first = re.findall(r'<path d="([^"]*)" fill="#', page)
    assert first[0] == first[9] == first[18]


def test_figures_come_with_the_difference_to_the_first_plan(plans):
    figures = pd.DataFrame(
        {
            "measure": ["Largest load (%)", "Cut edges"],
            "now": [50.0, 120],
            "A": [45.5, 130],
            "B": [np.nan, 1],
        }
    )
    page = draw_comparison(ComparisonContent(title="Which?", plans=plans, figures=figures))
    assert "-4.50" in page
    assert "+10" in page
    assert "–" in page


def test_alternatives_are_named_dots():
    drawn = scatter_svg(
        np.array([0.0, 12.0]),
        np.array([0.4, 0.1]),
        ["now", "<A>"],
        x_title="x",
        y_title="y",
        title="t",
    )
    assert drawn.count("<circle") == 2
    assert "&#60;A&#62;" in drawn
    at = [tuple(map(float, m)) for m in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    assert at[0][0] < at[1][0]
    assert at[0][1] < at[1][1]


def test_moved_units_are_listed_up_to_a_limit(plans):
    moved = pd.DataFrame({"unit_id": [f"u{i}" for i in range(70)], "now": "a", "A": "b"})
    page = draw_comparison(ComparisonContent(title="Which?", plans=plans, moved=moved))
    assert page.count(">u") == 60
    assert "and 10 more" in page


def test_a_comparison_speaks_chinese_and_escapes(plans):
    hostile = {PAYLOADS[3]: plans["now"], PAYLOADS[1]: plans["A"]}
    figures = pd.DataFrame({"measure": [PAYLOADS[5]], PAYLOADS[3]: [1.0], PAYLOADS[1]: [2.0]})
    content = ComparisonContent(
        title=PAYLOADS[0],
        plans=hostile,
        figures=figures,
        tradeoff=Tradeoff(x=(1, 2), y=(3, 4), x_title=PAYLOADS[6], y_title=PAYLOADS[7]),
        moved=pd.DataFrame({"unit_id": PAYLOADS}),
        is_synthetic=True,
    )
    page = draw_comparison(content, lang="zh")
    assert "方案权衡" in page
    assert not re.search(r"<(script|img|svg onload|iframe)[ >]", page)


def test_what_cannot_be_compared_is_refused(plans, base):
    with pytest.raises(InputError, match="two to four plans; got 1"):
        ComparisonContent(title="x", plans={"now": base})
    with pytest.raises(CRSError, match="one projected CRS"):
        ComparisonContent(title="x", plans={"now": base, "A": base.to_crs(4326)})
    with pytest.raises(SchemaError, match="`figures` has no column `measure`"):
        ComparisonContent(title="x", plans=plans, figures=pd.DataFrame({"now": [1]}))


def test_classes_are_those_of_all_plans_together(plans):
    page = draw_comparison(ComparisonContent(title="Which?", plans=plans, color_by="load"))
    assert all(color in page for color in ramp(5))


@pytest.mark.parametrize(
    ("values", "want"),
    [
        ([9.3, 84.2], (0.0, 100.0, 0)),
        ([0, 47112], (0.0, 50_000.0, 0)),
        ([0.43, 0.58], (0.4, 0.6, 2)),
        ([5.0, 5.0], None),
        ([-3.0, 4.0], (-4.0, 4.0, 0)),
    ],
)
def test_axes_end_on_round_numbers(values, want):
    from gridkit.maps.svg import _range

    low, high, digits = _range(np.array(values))
    assert low <= min(values) <= max(values) <= high
    if want:
        assert (low, high, digits) == pytest.approx(want)


def test_the_size_of_a_dot_shows_the_third_figure_with_a_legend():
    drawn = scatter_svg(
        np.array([0.0, 12.0, 5.0]),
        np.array([0.4, 0.1, 0.2]),
        ["now", "A", "B"],
        x_title="x",
        y_title="y",
        title="t",
        size=np.array([0.5, 0.625, np.nan]),
        size_title="Size of the dot: <compactness>",
    )
    radii = re.findall(r' r="([\d.]+)"', drawn)
    assert radii == ["5.0", "12.0", "6.0", "5.0", "12.0"]  # three plans, then the legend
    assert drawn.count(">0.625<") == 2
    assert "&#60;compactness&#62;" in drawn


def test_dots_of_one_size_are_drawn_when_the_figures_agree():
    drawn = scatter_svg(
        np.array([0.0, 1.0]), np.array([0.0, 1.0]), ["a", "b"], x_title="x", y_title="y", title="t",
        size=np.array([0.5, 0.5]), size_title="s",
    )  # fmt: skip
    assert set(re.findall(r' r="([\d.]+)"', drawn)) == {"6.0"}
