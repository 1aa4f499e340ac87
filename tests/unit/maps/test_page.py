from __future__ import annotations

import base64
import hashlib
import re

import numpy as np
import pyproj
import pytest
import shapely

from gridkit.errors import InputError, MissingDependencyError, SchemaError
from gridkit.maps import ExtraLayer, draw_page
from gridkit.maps import page as page_module
from gridkit.maps.bundle import Bundle
from gridkit.maps.page import redraw_page
from gridkit.model.surface import Surface


@pytest.fixture(autouse=True)
def small_bundle(monkeypatch):
    """The page is tested without npm; tests/browser tests the real bundle."""
    made = Bundle(script="void 0;", style="body{}", licenses="leaflet (BSD)")
    monkeypatch.setattr(page_module, "read_bundle", lambda: made)


def test_the_policy_allows_exactly_the_script_that_is_in_the_page(content):
    page = draw_page(content)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_nothing_outside_is_named(content):
    assert not re.search(r"https?://", draw_page(content))


def test_the_same_content_gives_the_same_bytes(make):
    assert draw_page(make()) == draw_page(make())


def test_layers_columns_and_shapes_come_through(content, read_payload, read_shapes):
    head, body = read_payload(draw_page(content))
    layers = {layer["key"]: layer for layer in head["layers"]}
    assert set(layers) == {"base_grids", "community_grids", "hotspots", "hazards", "members"}
    base = layers["base_grids"]
    assert base["columns"]["grid_id"][0] == "000"
    assert base["columns"]["residents"][-2:] == [800, None]
    shapes = read_shapes(body[base["offset"] : base["offset"] + base["length"]], base["n"])
    lon, lat = shapes[0][0][0]
    back = content.base_grids.to_crs(4326).geometry.iloc[0]
    assert shapely.Point(lon * 1e-6, lat * 1e-6).distance(back) < 2e-6
    assert head["synthetic"] is True


def test_measures_come_with_label_unit_and_classes_in_contract_order(content, read_payload):
    head, _ = read_payload(draw_page(content))
    measures = head["layers"][0]["measures"]
    assert [m["name"] for m in measures][:2] == ["load", "residents"]
    assert measures[0]["unit"] == ["%", "%"]
    assert len(measures[0]["breaks"]) == 4


def test_reports_carry_their_day_for_the_slider(content, read_payload):
    head, _ = read_payload(draw_page(content))
    hazards = next(layer for layer in head["layers"] if layer["key"] == "hazards")
    assert hazards["columns"]["day"][0] == (
        np.datetime64("2026-01-01") - np.datetime64("1970-01-01")
    ).astype(int)
    assert hazards["columns"]["reported_at"][0] == "2026-01-01 00:00"


def test_foreign_text_stands_in_the_page_only_packed_or_as_entities(make, base):
    base.loc[0, "name"] = "</script><script>alert(1)</script>"
    page = draw_page(make(title="<img src=x onerror=alert(1)>${x}", base_grids=base))
    assert "alert(1)</script>" not in page
    assert "<img" not in page


def test_a_surface_becomes_classes_on_degrees(make, read_payload):
    values = np.zeros((20, 30))
    values[5, 7] = 9.0
    surface = Surface(
        values=values, west=400_000.0, north=2_540_000.0, cell_m=100.0, crs=pyproj.CRS(4547)
    )
    head, body = read_payload(draw_page(make(surface=surface)))
    layer = next(x for x in head["layers"] if x["key"] == "surface")
    rows, columns = layer["size"]
    picture = np.frombuffer(
        body[layer["offset"] : layer["offset"] + layer["length"]], dtype=np.uint8
    )
    at = np.argwhere(picture.reshape(rows, columns) == 5)
    assert abs(at[0] - [5, 7]).max() <= 1


def test_other_languages_are_refused_in_words(content):
    with pytest.raises(InputError, match="the pages speak 'en' and 'zh'"):
        draw_page(content, lang="de")


def test_a_frame_without_grid_ids_is_refused(make, base):
    with pytest.raises(SchemaError, match="`base_grids` has no column `grid_id`"):
        make(base_grids=base.drop(columns="grid_id"))


def test_points_where_areas_belong_are_refused(make, base):
    with pytest.raises(SchemaError, match="layer `base_grids` holds Point"):
        make(base_grids=base.set_geometry(base.representative_point()))


def test_a_missing_bundle_is_said_with_the_way_out(content, monkeypatch, tmp_path):
    from gridkit.maps import bundle

    monkeypatch.setattr(bundle, "files", lambda _: tmp_path)
    bundle.read_bundle.cache_clear()
    with pytest.raises(MissingDependencyError, match="npm --prefix frontend ci"):
        bundle.read_bundle()
    bundle.read_bundle.cache_clear()


def test_points_of_an_extra_layer_are_drawn_one_by_one(make, base, read_payload):
    two = shapely.MultiPoint([(466_100, 2_538_100), (466_200, 2_538_200)])
    teams = base.iloc[[0]][["name", "geometry"]].set_geometry([two])
    head, _ = read_payload(
        draw_page(make(extras=(ExtraLayer(name=("Teams", "机动队"), frame=teams),)))
    )
    layer = next(x for x in head["layers"] if x["key"] == "extra_0")
    assert (layer["n"], layer["kind"], layer["name"]) == (2, "point", ["Teams", "机动队"])


def test_an_extra_layer_of_mixed_shapes_is_refused(base):
    mixed = base.iloc[:2].set_geometry([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)])
    with pytest.raises(SchemaError, match="give one kind of shape to a layer"):
        ExtraLayer(name=("x", "x"), frame=mixed)


def test_a_page_is_drawn_again_in_the_other_language_without_loss(content):
    assert redraw_page(draw_page(content), lang="zh") == draw_page(content, lang="zh")
    assert redraw_page(draw_page(content, lang="zh")) == draw_page(content, lang="zh")
    assert redraw_page("<html>something else</html>") is None
    strange = draw_page(content).replace('id="gk-data">', 'id="gk-data">AAAA', 1)
    with pytest.raises(InputError, match="data cannot be read"):
        redraw_page(strange)


def test_without_scripts_figures_have_the_digits_and_units_of_the_map(content):
    page = draw_page(content)
    table = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "<th>Load, share of time (%)</th>" in table
    assert "<td>10</td>" in table
    assert "nan" not in table
