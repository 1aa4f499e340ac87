from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="needs the extra: pip install 'gridkit[plot]'")

from gridkit.errors import CRSError, MissingDependencyError
from gridkit.maps import atlas, draw_atlas, fonts
from gridkit.maps.atlas import _wrapped
from gridkit.maps.fonts import find_fonts
from tests.payloads import PAYLOADS

CHINESE_HERE = None
try:
    find_fonts(["厚街"])
except MissingDependencyError as error:
    CHINESE_HERE = str(error)
needs_chinese = pytest.mark.skipif(CHINESE_HERE is not None, reason=str(CHINESE_HERE))


@pytest.fixture
def latin(make, base):
    """A content that any font can write."""
    names = [f"Grid {i}" for i in range(len(base))]
    content = make(base_grids=base.assign(name=names))
    return make(
        base_grids=content.base_grids,
        community_grids=content.community_grids.assign(name=["South", "North"]),
        hazards=content.hazards.assign(grid_id="004"),
    )


@pytest.fixture
def said(monkeypatch):
    """Collect what is written on the pages."""
    texts = []
    plain = atlas._Book.write

    def write(self, figure, x, y, text, **style):
        texts.append(self.fonts.clean(text, most=style.get("most", 90)))
        plain(self, figure, x, y, text, **style)

    monkeypatch.setattr(atlas._Book, "write", write)
    return texts


def n_pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_there_is_a_cover_an_index_and_a_page_for_each_grid(latin):
    pdf = draw_atlas(latin)
    assert pdf.startswith(b"%PDF-")
    assert n_pages(pdf) == 1 + 1 + 9


def test_a_page_says_what_the_grid_holds(latin, said):
    draw_atlas(latin)
    assert "Testtown" in said
    assert "500" in said
    assert "Members (1)" in said
    assert "Reported hazards (40)" in said
    assert "Hotspots (1)" in said
    assert "1 / 11" in said


@needs_chinese
def test_chinese_is_written_with_an_embedded_font(content, tmp_path):
    pdf = draw_atlas(content, lang="zh")
    assert b"/FontFile" in pdf or b"/CharProcs" in pdf
    if shutil.which("pdftotext"):
        path = tmp_path / "atlas.pdf"
        path.write_bytes(pdf)
        text = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "厚街 4" in text
        assert "网格概况" in text


def test_without_a_chinese_font_it_says_how_to_get_one(content, monkeypatch):
    monkeypatch.setattr(fonts, "CHINESE", ())
    with pytest.raises(MissingDependencyError, match="apt-get install fonts-noto-cjk"):
        draw_atlas(content, lang="zh")


def test_degrees_are_refused(make, base):
    with pytest.raises(CRSError, match="atlas must be in a projected CRS"):
        draw_atlas(make(base_grids=base.to_crs(4326)))


def test_hostile_texts_are_drawn_as_they_stand_and_no_formula_is_read(make, base, said):
    texts = [*PAYLOADS[:8], "$\\frac{1}{0}$"]
    frame = base.assign(name=texts, code=texts)
    draw_atlas(make(base_grids=frame, title="$x^{2}$ \x00\u202e", community_grids=None))
    assert "$x^{2}$" in said
    assert "$\\frac{1}{0}$" in said


def test_forty_hostile_texts_in_every_place_of_the_atlas_become_nothing_but_drawn_letters(
    make, base, content, said
):
    """A PDF can hold scripts, links and actions; this one holds none."""
    text = np.array([" ".join(PAYLOADS[i::9]) for i in range(9)])
    hazards = content.hazards.assign(category=[PAYLOADS[i] for i in range(40)], grid_id="004")
    pdf = draw_atlas(
        make(
            title=PAYLOADS[0],
            base_grids=base.assign(name=text, code=text, parent_id=text),
            community_grids=content.community_grids.assign(name=PAYLOADS[:2]),
            hazards=hazards,
            hotspots=content.hotspots.assign(text=PAYLOADS[3], method=PAYLOADS[4], grids="004"),
            members=content.members.assign(member_id=PAYLOADS[5], role=PAYLOADS[6]),
            sources=PAYLOADS,
            about={p: p for p in PAYLOADS},
        )
    )
    for word in (
        b"/JavaScript",
        b"/JS",
        b"/URI",
        b"/Launch",
        b"/OpenAction",
        b"/AA",
        b"/EmbeddedFile",
    ):
        assert not re.search(word + rb"[^a-zA-Z]", pdf), word
    assert any("<script>" in t for t in said)


def test_characters_that_no_font_has_become_question_marks():
    assert find_fonts(["a"]).clean("a\U0001f9ff\u202eb\nc") == "a?b c"


def test_lines_break_at_blanks_and_inside_long_words():
    assert _wrapped(["aa bb"], 20.0, size=10) == ["aa", "bb"]
    assert "".join(_wrapped(["厚街镇基础网格"], 31.0, size=10)) == "厚街镇基础网格"
    assert _wrapped(["x"], 1.0) == ["x"]


def test_bytes_do_not_depend_on_the_hash_seed():
    code = """
import hashlib, geopandas as gpd, shapely
from gridkit.maps import MapContent, draw_atlas
boxes = [shapely.box(466000 + 100 * i, 2538000, 466100 + 100 * i, 2538100) for i in range(3)]
frame = gpd.GeoDataFrame({"grid_id": list("abc"), "residents": [1, 2, 3]}, geometry=boxes, crs="EPSG:4547")
print(hashlib.sha256(draw_atlas(MapContent(title="Atlas", base_grids=frame))).hexdigest())
"""
    sums = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": s},
        ).stdout
        for s in ("0", "99")
    }
    assert len(sums) == 1
    assert len(sums.pop().strip()) == len(hashlib.sha256(b"").hexdigest())


def test_map_windows_keep_the_ratio_of_the_paper(latin):
    from matplotlib.figure import Figure

    from gridkit.maps.atlas_map import _window

    axes = Figure(figsize=(8, 4)).add_axes((0.0, 0.0, 1.0, 1.0))
    west, south, east, north = _window(axes, latin.base_grids.geometry.iloc[0]).bounds
    assert (east - west) / (north - south) == pytest.approx(2)
    assert np.isclose((west + east) / 2, latin.base_grids.geometry.iloc[0].centroid.x)
