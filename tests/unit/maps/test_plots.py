"""Matplotlib plots: what stands in them, in which words, and that no text is read as a formula."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import shapely

from gridkit.errors import InputError, MissingDependencyError, SchemaError
from gridkit.maps import plot_balance, plot_comparison, plot_hotspots, plot_plan
from gridkit.model.hotspots import Hotspot, Hotspots
from gridkit.model.plan import Level, Plan
from gridkit.model.town import Town
from tests.payloads import PAYLOADS

plt = pytest.importorskip("matplotlib.pyplot", reason="pip install 'gridkit[plot]'")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def make_plan(base, *, name="Testtown", ids=("a", "b", "c"), label="persons"):
    frame = base.rename(columns={"grid_id": "unit_id", "residents": "people"}).fillna({"people": 0})
    town = Town.from_frame(
        frame, name=name, id_column="unit_id", measures={"residents": ("people", label)}
    )
    holder = np.repeat(np.arange(3), 3)
    upper = Level(name="community_grid", ids=("C1",), holder=np.zeros(3, dtype=np.int32))
    return Plan(town=town, levels=(Level(name="base_grid", ids=ids, holder=holder), upper))


@pytest.fixture
def plan(base):
    return make_plan(base)


def spots(plan, names=("density", "density", "gi_star")):
    shape = plan.town.units.shapes[0]
    found = tuple(
        Hotspot(
            method=m,
            outline=shapely.affinity.scale(shape, 0.5, 0.5),
            unit_pos=np.array([0]),
            n=9,
            expected=3.0,
            statistic=1.0,
            p_value=0.01,
        )
        for m in names
    )
    return Hotspots(crs=plan.town.units.crs, found=found)


def words(axes):
    legend = axes.get_legend()
    shown = [] if legend is None else [legend.get_title(), *legend.get_texts()]
    return [t.get_text() for t in [*axes.texts, axes.title, axes._left_title, *shown]]


def test_a_plan_has_a_legend_with_the_unit_a_scale_bar_and_the_ids(plan):
    axes = plan.plot(measure="residents")
    said = words(axes)
    assert "Residents (persons)" in said
    assert {"a", "b", "c", "Testtown"} <= set(said)
    assert "500 m" in said or "1 km" in said
    assert len(axes.get_legend().get_texts()) == 2  # 600, and twice 1,500
    assert axes.get_aspect() == 1.0


def test_colors_are_those_of_every_other_face(plan):
    from matplotlib.colors import to_hex

    from gridkit.maps.palettes import class_breaks, class_of, ramp

    values = plan.total("residents")
    breaks = class_breaks(values)
    axes = plot_plan(plan, measure="residents")
    shown = {to_hex(c.get_facecolor()[0]) for c in axes.collections if len(c.get_facecolor())}
    assert {ramp(len(breaks) + 1)[int(c)] for c in class_of(values, breaks)} <= shown


def test_a_balance_has_a_bar_for_each_grid_the_largest_first_and_the_mean(plan):
    axes = plot_balance(plan, measure="residents")
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(plan.total("residents"), reverse=True)
    assert f"mean {plan.total('residents').mean():,.0f}" in words(axes)
    assert axes.get_ylabel() == "Residents (persons)"


def test_hotspots_are_told_apart_by_color_and_line_and_counted(plan):
    axes = spots(plan).plot(plan=plan)
    assert words(axes)[-2:] == ["density (2)", "gi_star (1)"]
    lines = {str(c.get_linestyle()) for c in axes.collections if c.get_zorder() >= 8}
    assert len(lines) == 2
    assert words(plot_hotspots(spots(plan, ()), plan=plan))  # none: grids alone


def test_alternatives_are_named_dots_in_percent():
    table = pd.DataFrame(
        {"A": [0.0, 0.1, 0.5], "B": [900.0, 0.05, 0.7]},
        index=["residents moved", "largest deviation of load", "compactness, mean"],
    )
    axes = plot_comparison(table)
    (dots,) = axes.collections
    np.testing.assert_allclose(dots.get_offsets(), [[0, 10], [900, 5]])
    assert dots.get_sizes().tolist() == [60, 300]
    assert words(axes)[:2] == ["A (0.5)", "B (0.7)"]
    assert axes.get_ylabel() == "largest deviation of load (%)"
    with pytest.raises(InputError, match="compare_folders"):
        plot_comparison(table.iloc[2:])


def test_it_draws_into_the_axes_it_is_given(plan):
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_plan(plan, ax=left) is left
    assert plot_balance(plan, ax=right) is right
    assert len(figure.axes) == 2


def test_chinese_is_written_with_a_font_that_has_it(base):
    try:
        axes = make_plan(base, name="厚街镇").plot(measure="residents", lang="zh")
    except MissingDependencyError:
        pytest.skip("no open Chinese font on this machine: apt-get install fonts-noto-cjk")
    assert "居民 (人)" in words(axes)
    axes.figure.canvas.draw()  # a missing character would warn, and warnings are errors


def test_hostile_texts_are_drawn_as_they_stand(base):
    ids = ("$\\frac{1}{0}$", "<script>", "a$b$_{c}")
    plan = make_plan(base, name=PAYLOADS[1] + "$x^", ids=ids, label="$\\badcommand$")
    for axes in (
        plan.plot(measure="residents"),
        plot_balance(plan, measure="residents"),
        spots(plan, PAYLOADS[:4]).plot(plan=plan),
        plot_comparison(
            pd.DataFrame(
                {"$\\q$": [1.0, 2.0], "$": [2.0, 3.0]}, index=["units moved", "load, largest"]
            )
        ),
    ):
        axes.figure.canvas.draw()


def test_a_measure_the_town_has_not_is_refused(plan):
    with pytest.raises(SchemaError, match="no measure `resident`; did you mean"):
        plan.plot(measure="resident")


def test_matplotlib_is_loaded_when_something_is_plotted_and_not_before():
    code = "import sys, gridkit.maps; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
