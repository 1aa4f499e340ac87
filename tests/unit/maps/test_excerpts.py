"""Long tables in a report: the rows a council reads, and where the rest stands."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from gridkit.maps import ReportContent, draw_report
from gridkit.maps.excerpts import (
    INDICATORS,
    MOST_OF_METHOD,
    category_indicators,
    indicator_name,
    next_members,
    strongest,
    town_indicators,
)
from gridkit.maps.paper import common_start, legible


def spots():
    """Twelve clusters without a test, three tested spots, one withheld, one below its expectation."""
    rows = [("density", 100 - i, 1.5 + i / 10, np.nan) for i in range(12)]
    rows += [("density", 900, 0.6, np.nan), ("gi_star", None, np.nan, np.nan)]
    rows += [("gi_star", 9, 4.0, 0.04), ("gi_star", 8, 3.0, 0.01), ("gi_star", 7, 9.0, 0.01)]
    frame = pd.DataFrame(rows, columns=["method", "n", "relative_risk", "p_value"])
    return frame.assign(n=frame["n"].astype("Int64"))


def test_tested_hotspots_come_first_the_least_chance_on_top_and_every_method_has_a_few():
    best = strongest(spots())
    assert best["method"].tolist() == ["gi_star"] * 3 + ["density"] * MOST_OF_METHOD
    assert best["relative_risk"].tolist()[:3] == [9.0, 3.0, 4.0]
    assert best["relative_risk"].min() >= 1
    assert best["n"].notna().all()


def test_where_all_are_below_expectation_they_are_shown_all_the_same():
    assert len(strongest(spots().iloc[[12]])) == 1


def indicators():
    rows = [
        ("town", "all", "received", 40.0, 40, 40, 2, "repeated", "hazards"),
        ("town", "all", "on_time_rate", 0.75, 27, 36, 4, "deferred", "share"),
        ("town", "all", "from_reported_to_accepted_median", 31.36, 36, 40, 4, "", "hours"),
        ("grid", "001", "received", 7.0, 7, 40, 0, "", "hazards"),
        ("category", "fire", "received", 30.0, 30, 40, 0, "", "hazards"),
        ("category", "fire", "on_time_rate", 0.8, 24, 30, 0, "", "share"),
        ("category", "gas", "received", 10.0, 10, 40, 0, "", "hazards"),
    ]
    names = [
        "table",
        "group",
        "indicator",
        "value",
        "numerator",
        "denominator",
        "n_excluded",
        "excluded",
        "unit",
    ]
    return pd.DataFrame(rows, columns=names)


def test_indicators_of_the_town_are_said_in_words_with_their_unit():
    table = town_indicators(indicators(), "en")
    assert table["value"].tolist() == ["40", "75.0%", "31.4 h"]
    assert table["numerator"].tolist() == [40, 27, 36]
    assert table["indicator"].tolist()[1:] == [
        "In time, share of those due",
        "From report to acceptance, median",
    ]


def test_categories_stand_below_each_other_with_numerator_and_denominator():
    table = category_indicators(indicators(), "zh")
    assert table.to_dict("records") == [
        {"category": "fire", "受理数": "30", "按时率（到期）": "80.0% (24/30)"},
        {"category": "gas", "受理数": "10", "按时率（到期）": "–"},
    ]


def test_every_indicator_that_is_counted_has_a_name_in_both_languages():
    from gridkit.hotspots import indicators as count

    for name in INDICATORS:
        assert indicator_name(name, "zh") != indicator_name(name, "en")
        assert f"``{name}``" in (count.__doc__ or ""), name


def test_next_members_come_in_their_order():
    heads = pd.DataFrame({"base_grid_id": list("abc"), "next_member_rank": [2.0, np.nan, 1.0]})
    assert next_members(heads)["base_grid_id"].tolist() == ["c", "a"]
    assert next_members(heads.iloc[[1]]) is None


def test_long_codes_are_written_by_what_tells_them_apart(base):
    long = base.assign(code=[f"441900119{i:06d}" for i in range(9)])
    assert legible(long)[:2] == ["000000", "000001"]
    assert common_start(long) == "441900119"
    assert legible(base)[0] == "B0"
    assert "without 441900119" in draw_report(ReportContent(title="T", base_grids=long))


@pytest.fixture
def big(content):
    heads = pd.DataFrame(
        {
            "base_grid_id": content.base_grids["grid_id"],
            "members": 2,
            "next_member_rank": np.arange(9.0, 0, -1),
        }
    )
    short = pd.DataFrame({"base_grid_id": ["001", "001"], "missing": [1, 2], "what": "people"})
    return ReportContent(
        title="T",
        base_grids=content.base_grids.assign(members=[2, 3, 4] * 3),
        community_grids=content.community_grids.assign(members=[9, 18], load=[0.5, 0.6]),
        headcount=heads,
        shortfalls=short,
        certificate=tuple(f"Sentence {i} of the proof." for i in range(40)),
        indicators=indicators().assign(smoothed=np.nan),
    )


def test_members_stand_by_community_on_a_map_beside_a_map_of_what_is_missing(big):
    page = draw_report(big)
    part = page[page.index("<h2>Members") : page.index("<h2>Shortages")]
    assert part.count("<svg") == 2
    assert part.index("North 北") < part.index("South 南")  # the most loaded first
    assert "Where the next members would go" in part
    assert "<li><i" in part[part.index("Missing members") :]
    none = draw_report(dataclasses.replace(big, shortfalls=big.shortfalls.iloc[:0]))
    assert none[none.index("<h2>Members") : none.index("<h2>Shortages")].count("<svg") == 1


def test_long_proofs_are_folded_and_the_file_named(big):
    page = draw_report(big)
    assert "<details><summary>and 21 more, in certificate.json</summary>" in page
    assert page.index("Sentence 18 ") < page.index("<details>") < page.index("Sentence 19 ")


def test_whole_numbers_have_whole_classes(big):
    page = draw_report(big)
    assert "</i>3</li>" in page
    assert "3 – 4" not in page


def test_a_histogram_speaks_of_no_line_that_it_does_not_draw(base):
    import geopandas as gpd

    many = gpd.GeoDataFrame(pd.concat([base] * 7, ignore_index=True), crs=base.crs)
    many["grid_id"] = [str(i) for i in range(len(many))]
    page = draw_report(ReportContent(title="T", base_grids=many))
    assert "Each bar counts the grids of a range" in page
    assert "(dashed)" not in page
    assert "(dashed)" in draw_report(ReportContent(title="T", base_grids=base))
