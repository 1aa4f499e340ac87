from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from gridkit.errors import CRSError
from gridkit.maps import ReportContent, draw_report


@pytest.fixture
def report(content):
    return ReportContent(
        title="Testtown",
        base_grids=content.base_grids,
        community_grids=content.community_grids,
        hotspots=content.hotspots,
        findings=content.findings,
        asked=((("Load per member", "人均工作量"), "±10 %"),),
        certificate=("The bound is 12 h.",),
        shortfalls=pd.DataFrame({"grid_id": [], "missing": []}),
        indicators=pd.DataFrame(
            {"name": ["On time"], "value": [0.9], "numerator": [9], "denominator": [10]}
        ),
        methods={"gridkit": "0"},
        is_synthetic=True,
    )


VOID = ("meta", "link", "br")


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.texts, self.tags = [], [], []

    def handle_starttag(self, tag, _):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_the_document_is_well_nested_and_has_no_script(report):
    reader = Reader()
    reader.feed(draw_report(report))
    assert reader.open == []
    assert "script" not in reader.tags
    assert reader.tags.count("svg") == 3


def test_sections_without_content_are_left_out(report):
    page = draw_report(report)
    assert "What was asked" in page
    assert "What changes against the current plan" not in page
    assert "every grid has the members it needs" in page


def test_it_speaks_chinese(report):
    page = draw_report(report, lang="zh")
    assert 'lang="zh-Hans"' in page
    assert "人均工作量" in page
    assert "What was asked" not in page


def test_foreign_text_is_escaped_everywhere(report, content):
    bad = "<img src=x onerror=alert(1)>"
    base = content.base_grids.copy()
    base["grid_id"] = [f"{bad}{i}" for i in range(len(base))]
    base["code"] = base["grid_id"]
    page = draw_report(
        ReportContent(
            title=bad,
            base_grids=base,
            asked=((bad, bad),),
            certificate=(bad,),
            headcount=pd.DataFrame({bad: [bad]}),
            data_quality=(bad,),
            methods={bad: bad},
            sources=(bad,),
            findings=content.findings,
        )
    )
    assert "<img" not in page


def test_it_asks_for_nothing_and_is_the_same_again(report):
    page = draw_report(report)
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert page == draw_report(report)


def test_a_map_in_degrees_is_refused(content):
    with pytest.raises(CRSError, match="must be in a projected CRS"):
        ReportContent(title="x", base_grids=content.base_grids.to_crs(4326))
