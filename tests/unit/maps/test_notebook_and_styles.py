from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import shapely

from gridkit.errors import SchemaError
from gridkit.maps import MapMeasure, draw_plan, layer_styles
from gridkit.maps.escape import to_html, to_script
from gridkit.model.plan import Level, Plan
from gridkit.model.town import Town

BAD = "</script><img src=x onerror=alert(1)>`${alert(1)}`{{x}}"


@pytest.fixture
def plan(base):
    frame = base.rename(columns={"grid_id": "unit_id", "residents": "people"}).fillna({"people": 0})
    town = Town.from_frame(
        frame, name="Testtown", id_column="unit_id", measures={"residents": ("people", "persons")}
    )
    holder = np.repeat(np.arange(3), 3)
    return Plan(
        town=town,
        levels=(
            Level(name="base_grid", ids=("a", BAD, "c"), holder=holder, names=("A", BAD, "C")),
        ),
    )


def test_folium_gets_escaped_texts_only(plan):
    page = draw_plan(plan).get_root().render()
    assert "<img" not in page
    assert "${alert" not in page
    assert "onerror=alert(1)>" not in page.replace("&#62;", "")


def test_folium_gets_one_feature_for_each_grid_and_no_tiles(plan):
    page = draw_plan(plan, measure="residents").get_root().render()
    assert "L.tileLayer(" not in page
    assert not re.search(r'<(?:script|link)[^>]*(?:src|href)="http', page)
    assert page.count('"class":') == 3
    assert "600" in page


def test_a_measure_the_town_has_not_is_refused(plan):
    with pytest.raises(SchemaError, match="no measure `resident`; did you mean"):
        draw_plan(plan, measure="resident")


def test_entities_read_back_as_the_text():
    from html import unescape

    assert unescape(to_html(BAD)) == BAD
    assert re.fullmatch(r"[^<>\"'`${}\\]*", to_html(BAD))


def test_marks_that_turn_the_direction_are_taken_out():
    assert to_html("a\u202eb") == "ab"


def test_script_data_reads_back_and_ends_no_element():
    text = to_script({"x": BAD + "\u2028"})
    assert "</" not in text
    assert json.loads(text)["x"] == BAD + "\u2028"


def test_styles_are_xml_with_the_classes_of_the_page(content):
    layers = {
        "base_grids": content.base_grids,
        "hotspots": content.hotspots,
        "hazards": content.hazards,
    }
    styles = layer_styles(layers, lang="zh").set_index("f_table_name")
    root = ET.fromstring(styles.loc["base_grids", "styleQML"].split(">", 1)[1])
    assert root.find("renderer-v2").get("attr") == "load"
    ranges = root.findall("renderer-v2/ranges/range")
    values = content.base_grids["load"].to_numpy()
    assert len(ranges) == 5
    assert all(
        any(float(r.get("lower")) <= v <= float(r.get("upper")) for r in ranges) for v in values
    )
    aliases = {a.get("field"): a.get("name") for a in root.findall("aliases/alias")}
    assert aliases["load"] == "负荷（占工作时间） (%)"
    for text in styles["styleQML"]:
        ET.fromstring(text.split(">", 1)[1])


def test_a_layer_of_lines_gets_lines_and_the_towns_own_measures_their_names(content, base):
    lines = base[["geometry"]].set_geometry(base.boundary).assign(walk_m=1.0)
    own = MapMeasure(name="walk_m", label=("Way on foot", "步行距离"), unit=("m", "米"))
    style = layer_styles({"rounds": lines}, lang="zh", measures=(own,)).iloc[0]["styleQML"]
    root = ET.fromstring(style.split(">", 1)[1])
    assert root.find(".//symbol").get("type") == "line"
    assert root.find(".//alias").get("name") == "步行距离 (米)"


def test_a_hostile_column_name_stays_an_attribute(content):
    frame = content.base_grids.assign(**{'x"/><evil a="': 1.0})
    qml = layer_styles({"base_grids": frame}, color_by='x"/><evil a="').iloc[0]["styleQML"]
    root = ET.fromstring(qml.split(">", 1)[1])
    assert root.find(".//evil") is None


def test_thin_paths_stay_near_the_shape(content):
    from gridkit.maps.svg import Frame, path_of

    shapes = np.asarray(content.base_grids.geometry.array, dtype=object)
    frame = Frame.around(shapes, width=300, max_height=300)
    numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*", path_of(shapes[0], frame))]
    xy = np.array(numbers).reshape(-1, 2)
    assert shapely.Polygon(xy).area == pytest.approx(1000**2 * frame.scale**2, rel=0.01)
