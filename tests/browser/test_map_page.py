"""Does the map open, speak, point, search and stay silent towards the outside, in a real browser?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gridkit.maps import ExtraLayer, draw_page
from gridkit.model.finding import Finding
from gridkit.model.surface import Surface

pytestmark = pytest.mark.usefixtures("front_end")


def ready(watched):
    watched.page.wait_for_function("window.gridkitReady !== undefined", timeout=20_000)
    return watched.page


def center(page):
    box = page.locator("#gk-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_it_opens_from_disk_asks_for_nothing_and_complains_of_nothing(open_page, content):
    watched = open_page(draw_page(content))
    ready(watched)
    assert watched.outside == []
    assert watched.complaints == []
    assert watched.page.locator(".gk-badge").inner_text() == "Synthetic data"


def test_the_legend_names_classes_unit_and_no_data(open_page, content):
    page = ready(open_page(draw_page(content)))
    legend = page.locator("#gk-legend")
    assert legend.locator(".gk-legend-head").inner_text() == "Load, share of time (%)"
    page.select_option("#gk-color", "base_grids/residents")
    rows = legend.locator("li").all_inner_texts()
    assert rows[-1].startswith("no data")
    counts = [int(n) for n in legend.locator(".gk-n").all_inner_texts()]
    assert sum(counts) == 9


def test_hover_says_what_a_grid_is_and_holds(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.uncheck("#gk-layer-hotspots")
    x, y = center(page)
    page.mouse.move(x, y)
    card = page.locator("#gk-card")
    card.wait_for(state="visible")
    text = card.inner_text()
    assert "Base grid" in text
    assert "B4 厚街 4" in text
    assert "500" in text
    assert "North 北" in text


def test_hover_on_a_hotspot_gives_risk_and_chance(open_page, content):
    page = ready(open_page(draw_page(content)))
    x, y = center(page)
    page.mouse.move(x, y)
    text = page.locator("#gk-card").inner_text()
    assert "3.0 times" in text
    assert "p < 0.001" in text


def test_hotspots_can_be_shown_by_method(open_page, make, content):
    import pandas as pd

    one = content.hotspots
    other = one.assign(hotspot_id="2", method="gi_star")
    both = gpd.GeoDataFrame(pd.concat([one.assign(method="density"), other]), crs=one.crs)
    page = ready(open_page(draw_page(make(hotspots=both))))
    page.mouse.move(*center(page))
    assert "density" in page.locator("#gk-card").inner_text()
    page.select_option("#gk-method", "gi_star")
    x, y = center(page)
    page.mouse.move(x + 300, y + 280)
    page.mouse.move(x, y)
    assert "gi_star" in page.locator("#gk-card").inner_text()
    page.click("#gk-lang")
    assert page.locator("#gk-method option").all_inner_texts() == ["全部方法", "密度聚类", "Gi*"]
    page.uncheck("#gk-layer-hotspots")
    assert page.locator("#gk-method").count() == 0


def test_classes_of_whole_numbers_are_written_without_gaps(open_page, make, base):
    grids = base.assign(members=[2, 2, 3, 3, 4, 4, 5, 6, 9])
    page = ready(open_page(draw_page(make(base_grids=grids))))
    page.select_option("#gk-color", "base_grids/members")
    rows = page.locator("#gk-legend li span:nth-child(2)").all_inner_texts()
    assert rows[1] == "3"
    assert not any(r.startswith("3 to below 4") for r in rows)


def test_a_click_fills_the_panel_and_findings_zoom(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.uncheck("#gk-layer-hotspots")
    page.mouse.click(*center(page))
    panel = page.locator(".gk-chosen")
    assert "B4" in panel.inner_text()
    assert "at most 450" in panel.inner_text()
    page.keyboard.press("Escape")
    assert panel.count() == 0
    page.locator(".gk-findings button").first.click()
    assert "B4" in panel.inner_text()


def test_search_by_code_finds_and_shows_by_keyboard_alone(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.keyboard.press("/")
    page.keyboard.type("b7")
    page.keyboard.press("Enter")
    assert "B7" in page.locator(".gk-chosen h2").inner_text()


def test_every_grid_is_reached_by_arrows(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.keyboard.press("/")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "B2" in page.locator(".gk-chosen h2").inner_text()


def test_the_language_switches(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.click("#gk-lang")
    assert page.locator(".gk-layers h2").inner_text() == "图层"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.locator("#gk-legend .gk-legend-head").inner_text() == "负荷（占工作时间）（%）"


def test_the_slider_counts_the_reports_it_leaves(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.check("#gk-layer-hazards")
    page.locator("#gk-to_day").evaluate(
        "e => { e.value = String(Number(e.min) + 9); e.dispatchEvent(new Event('input')); }"
    )
    assert "10 reports" in page.locator(".gk-time p").inner_text()


def test_reports_can_be_played_and_stopped(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.check("#gk-layer-hazards")
    before = page.locator(".gk-time p").inner_text()
    page.click("#gk-play")
    page.wait_for_timeout(900)
    during = page.locator(".gk-time p").inner_text()
    assert during != before
    assert page.locator("#gk-play").inner_text() == "Stop"
    page.click("#gk-play")
    kept = page.locator(".gk-time p").inner_text()
    page.wait_for_timeout(800)
    assert page.locator(".gk-time p").inner_text() == kept


def test_findings_are_said_in_the_language_of_the_page(open_page, make):
    found = Finding(rule="lock", severity="broken", text="3 locked units changed grid: 'a'.")
    page = ready(open_page(draw_page(make(findings=(found,)))))
    assert "locked units" in page.locator(".gk-findings").inner_text()
    page.click("#gk-lang")
    assert "3 个锁定单元变更了网格" in page.locator(".gk-findings").inner_text()


def test_it_paints_the_color_of_the_class(open_page, content):
    page = ready(open_page(draw_page(content)))
    for key in ("hotspots", "community_grids"):
        page.uncheck(f"#gk-layer-{key}")
    page.uncheck("#gk-labels")
    color = page.evaluate(
        """() => { const c = document.querySelector('canvas.gk-layers'), m = document.querySelector('#gk-map').getBoundingClientRect(),
        r = c.getBoundingClientRect();
        const p = c.getContext('2d').getImageData(Math.round((m.left + m.width / 2 - r.left)), Math.round(m.top + m.height / 2 - r.top), 1, 1).data;
        return [...p]; }"""
    )
    from gridkit.maps.palettes import class_breaks, class_of, ramp

    values = (content.base_grids["load"] * 100).round().to_numpy()
    breaks = class_breaks(values)
    want = ramp(len(breaks) + 1)[int(class_of(values, breaks)[4])]
    assert color[:3] == [int(want[i : i + 2], 16) for i in (1, 3, 5)]


def test_on_a_phone_nothing_sticks_out(open_page, content):
    page = ready(open_page(draw_page(content), width=390, height=844))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.mouse.click(*center(page))
    page.locator(".gk-chosen").wait_for(state="visible")
    assert page.locator("#gk-side").bounding_box()["height"] > 200


def test_without_scripts_there_is_a_table(browser, tmp_path, content):
    path = tmp_path / "page.html"
    path.write_text(draw_page(content), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("noscript table tr, table tr").count() == 10
    context.close()


def test_the_current_plan_can_be_looked_at_with_the_same_classes(open_page, make, base):
    current = base.assign(
        load=base["load"] * 2, grid_id=[f"old{i}" for i in range(9)], code=base["grid_id"]
    )
    moved = (
        base[["geometry"]].iloc[[4]].assign(unit_id="u1", from_grid_id="old4", base_grid_id="004")
    )
    page = ready(open_page(draw_page(make(current_grids=current, moved=moved, hotspots=None))))
    limits = page.locator("#gk-legend li span:nth-child(2)").all_inner_texts()
    page.click("#gk-plan-current")
    assert page.locator("#gk-legend li span:nth-child(2)").all_inner_texts() == limits
    page.mouse.move(*center(page))
    assert "厚街 4" in page.locator("#gk-card").inner_text()
    assert "28 %" in page.locator("#gk-card").inner_text()
    page.click("#gk-plan-proposed")
    page.check("#gk-layer-moved")
    x, y = center(page)
    page.mouse.move(x + 3, y)
    text = page.locator("#gk-card").inner_text()
    assert "Unit that changes grid" in text
    assert "old4" in text


def test_a_current_plan_without_the_measure_is_colored_by_one_it_has(open_page, make, base):
    current = base.assign(load=np.nan)
    page = ready(open_page(draw_page(make(current_grids=current))))
    assert page.locator("#gk-color").input_value() == "base_grids/load"
    page.click("#gk-plan-current")
    assert page.locator("#gk-color").input_value() == "base_grids/residents"


def test_many_reports_are_one_circle_that_counts_them(open_page, make, content):
    dense = content.hazards.set_geometry(
        [content.base_grids.union_all().centroid] * len(content.hazards)
    )
    page = ready(open_page(draw_page(make(hazards=dense, hotspots=None, members=None))))
    page.check("#gk-layer-hazards")
    page.mouse.move(*center(page))
    text = page.locator("#gk-card").inner_text()
    assert "40 here, zoom in" in text
    assert "fire" in text


def test_on_paper_there_is_a_picture_by_day(open_page, content):
    page = ready(open_page(draw_page(content)))
    page.click("#gk-theme")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#gk-paper canvas").count() == 1
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    dark = page.evaluate(
        "() => { const c = document.querySelector('#gk-paper canvas'); return [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data]; }"
    )
    assert dark[3] == 255
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#gk-paper canvas").count() == 0
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_map_moves_and_zooms_by_keyboard(open_page, content):
    page = ready(open_page(draw_page(content)))
    before = page.evaluate("document.querySelector('#gk-app').dataset.painted")
    page.locator("#gk-map").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.wait_for_function(f"document.querySelector('#gk-app').dataset.painted > {before}")
    assert page.locator(".leaflet-control-scale-line").inner_text()


def test_other_layers_have_a_name_a_color_and_say_what_they_hold(open_page, make, base):
    middle = base.union_all().centroid
    round_ = shapely.LineString([(middle.x - 900, middle.y), (middle.x + 900, middle.y)])
    rounds = gpd.GeoDataFrame(
        {"name": ["Round <b>7</b>"], "length_km": [1.8]}, geometry=[round_], crs=base.crs
    )
    markets = gpd.GeoDataFrame({"grid_id": ["E1"]}, geometry=[middle.buffer(200)], crs=base.crs)
    content = make(
        hotspots=None,
        extras=(
            ExtraLayer(name=("Inspection rounds", "巡查路线"), frame=rounds, on=True),
            ExtraLayer(name=("Entity grids", "实体网格"), frame=markets),
        ),
    )
    page = ready(open_page(draw_page(content)))
    labels = page.locator(".gk-layers label").all_inner_texts()
    assert "Inspection rounds" in labels
    assert not page.is_checked("#gk-layer-extra_1")
    x, y = center(page)
    page.mouse.move(x + 40, y + 2)
    text = page.locator("#gk-card").inner_text()
    assert "Round <b>7</b>" in text
    assert "1.80" in text
    page.check("#gk-layer-extra_1")
    page.mouse.move(x, y + 25)
    assert "Entity grids" in page.locator("#gk-card").inner_text()
    page.click("#gk-lang")
    assert "巡查路线" in page.locator(".gk-layers label").all_inner_texts()


def test_the_surface_and_colored_grids_do_not_mix(open_page, make):
    surface = Surface(
        values=np.arange(900.0).reshape(30, 30),
        west=400_000.0,
        north=2_541_000.0,
        cell_m=100.0,
        crs=pyproj.CRS(4547),
    )
    page = ready(open_page(draw_page(make(surface=surface))))
    page.check("#gk-layer-surface")
    assert page.locator("#gk-color").input_value() == ""
    assert "per km²" in page.locator(".gk-surface").inner_text()
    page.uncheck("#gk-layer-surface")
    assert page.locator("#gk-color").input_value() == "base_grids/load"
    page.check("#gk-layer-surface")
    page.select_option("#gk-color", "base_grids/residents")
    assert not page.is_checked("#gk-layer-surface")
