"""Does any of forty hostile texts run, or ask for something, in any place where a page shows text?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridkit.maps import (
    ComparisonContent,
    ExtraLayer,
    MapContent,
    ReportContent,
    Tradeoff,
    draw_comparison,
    draw_hotspots,
    draw_page,
    draw_plan,
    draw_report,
)
from gridkit.maps.sheets import draw_sheets
from gridkit.model.finding import Finding, Report
from gridkit.model.hotspots import Hotspot, Hotspots
from gridkit.model.plan import Level, Plan
from gridkit.model.result import Certificate, Result
from gridkit.model.rounds import Stops
from gridkit.model.town import Town
from gridkit.staffing.rounds import RoundSettings
from gridkit.staffing.town_rounds import plan_town_rounds
from gridkit.web.review import review_page
from tests.payloads import PAYLOADS

pytestmark = pytest.mark.usefixtures("front_end")

COLUMNS, SIDE = 8, 1000.0


def squares():
    corner = [
        (466_000 + SIDE * (i % COLUMNS), 2_538_000 + SIDE * (i // COLUMNS)) for i in range(40)
    ]
    return [shapely.box(x, y, x + SIDE, y + SIDE) for x, y in corner]


def frame(**columns):
    return gpd.GeoDataFrame(columns, geometry=squares(), crs="EPSG:4547")


@pytest.fixture(scope="module")
def grids():
    texts = [f"{p}" for p in PAYLOADS]
    return frame(
        grid_id=[f"{i} {t}" for i, t in enumerate(texts)],
        code=texts,
        name=texts[::-1],
        kind=texts,
        parent_id=texts,
        residents=np.arange(40.0),
        **dict.fromkeys(PAYLOADS, texts),
    )


@pytest.fixture(scope="module")
def findings(grids):
    return tuple(
        Finding(rule=p, severity="broken", text=p, level="base_grid", ids=(grids.grid_id[i],))
        for i, p in enumerate(PAYLOADS)
    )


def outcome(watched):
    page = watched.page
    page.wait_for_timeout(150)
    elements = page.evaluate(
        "document.querySelectorAll('iframe, object, embed, base, form, video, math, #gk-side img, #gk-card img, table img, p img').length"
    )
    return page.evaluate("window.ran || 0"), watched.outside, elements


def test_map_page(open_page, grids, findings):
    words = list(PAYLOADS)
    points = grids.set_geometry(grids.representative_point())
    numbers = {p: np.arange(40.0) for p in PAYLOADS[:6]}
    extra = ExtraLayer(name=(PAYLOADS[4], PAYLOADS[4]), frame=points.drop(columns="name"), on=True)
    content = MapContent(
        title=" ".join(PAYLOADS),
        extras=(extra,),
        base_grids=grids.assign(**{f"number {k}": v for k, v in numbers.items()}),
        community_grids=grids[["grid_id", "name", "geometry"]],
        hotspots=frame(
            hotspot_id=words, n=5, method=words, text=words, grids=words, category=words
        ),
        hazards=points[["code", "name", "geometry"]].rename(columns={"code": "category"}),
        members=points[["grid_id", "name", "geometry"]].rename(columns={"name": "member_id"}),
        findings=findings,
        sources=PAYLOADS,
        about={p: p for p in PAYLOADS},
    )
    watched = open_page(draw_page(content))
    page = watched.page
    page.wait_for_function("window.gridkitReady !== undefined")
    for key in ("hazards", "members"):
        page.check(f"#gk-layer-{key}")
    box = page.locator("#gk-map").bounding_box()
    for i in range(0, 40, 3):
        x = box["x"] + box["width"] * (0.1 + 0.8 * (i % COLUMNS) / COLUMNS)
        y = box["y"] + box["height"] * (0.15 + 0.7 * (i // COLUMNS) / 5)
        page.mouse.move(x, y)
        page.mouse.click(x, y)
    for text in PAYLOADS[::8]:
        page.fill("#gk-search", text[:12])
        page.keyboard.press("Enter")
    page.locator(".gk-findings button").nth(3).click()
    for value in page.locator("#gk-color option").evaluate_all("o => o.map(x => x.value)"):
        page.select_option("#gk-color", value)
    page.click("#gk-lang")
    assert outcome(watched) == (0, [], 0)
    assert watched.complaints == []


def test_report(open_page, grids, findings):
    table = pd.DataFrame(dict.fromkeys(PAYLOADS, PAYLOADS))
    content = ReportContent(
        title=" ".join(PAYLOADS),
        base_grids=grids,
        community_grids=grids[["grid_id", "geometry"]],
        hotspots=grids[["grid_id", "name", "geometry"]],
        asked=tuple((p, (p, p)) for p in PAYLOADS),
        certificate=PAYLOADS,
        headcount=table,
        shortfalls=table,
        indicators=table,
        changes=tuple((p, p) for p in PAYLOADS),
        findings=findings,
        data_quality=PAYLOADS,
        methods={p: p for p in PAYLOADS},
        sources=PAYLOADS,
    )
    watched = open_page(draw_report(content))
    assert outcome(watched) == (0, [], 0)
    assert watched.page.locator("h1").inner_text().count("<script>") >= 4


def test_review_page_of_the_editor(open_page, hostile_plan):
    words = list(PAYLOADS)
    grids = [
        {"id": t, "grid": i, "alive": True, "code": t, "note": t, "values": {"members": 2.0}}
        for i, t in enumerate(words)
    ]
    found = {
        "rule": "x",
        "severity": "broken",
        "text": {"en": PAYLOADS[0], "zh": PAYLOADS[1]},
        "grids": [3],
    }
    state = {
        "grids": grids,
        "findings": [found],
        "scenario": PAYLOADS[2],
        "step": 1,
        "hash": PAYLOADS[3],
        "distance": {"against": "opened", "units": 3},
    }
    comments = [{"by": t, "text": t, "grid": i, "done": False} for i, t in enumerate(words)]
    watched = open_page(review_page(None, hostile_plan, hostile_plan, state, comments, "en"))
    page = watched.page
    page.wait_for_function("window.gridkitReady !== undefined")
    for i in range(0, 40, 4):
        page.locator(".gk-findings button").nth(i).click()
    page.click("#gk-lang")
    assert outcome(watched) == (0, [], 0)
    assert watched.complaints == []


def test_sheets_of_rounds(open_page):
    stops = Stops(ids=PAYLOADS, xy=np.arange(80.0).reshape(40, 2), on_site_min=np.ones(40))
    day = plan_town_rounds(
        stops,
        grid=np.arange(40) % 2,
        grid_ids=(PAYLOADS[3], PAYLOADS[4]),
        post_xy=np.zeros((2, 2)),
        members={PAYLOADS[3]: (PAYLOADS[5],)},  # the other half is listed as not visited
        settings=RoundSettings(detour=1, walk_m_per_min=100),
    )
    watched = open_page(draw_sheets(day, title=PAYLOADS[1], date=PAYLOADS[2]))
    assert outcome(watched) == (0, [], 0)
    assert watched.complaints == []


def test_comparison(open_page, grids):
    names = PAYLOADS[:4]
    content = ComparisonContent(
        title=" ".join(PAYLOADS),
        plans=dict.fromkeys(names, grids),
        figures=pd.DataFrame({"measure": PAYLOADS, **{n: np.arange(40.0) for n in names}}),
        tradeoff=Tradeoff(x=(1, 2, 3, 4), y=(4, 3, 2, 1), x_title=PAYLOADS[4], y_title=PAYLOADS[5]),
        moved=pd.DataFrame(dict.fromkeys(PAYLOADS, PAYLOADS)),
    )
    watched = open_page(draw_comparison(content, lang="zh"))
    assert outcome(watched) == (0, [], 0)


class _Spots:
    """Hotspots whose every text is hostile."""

    def to_frame(self):
        texts = list(PAYLOADS)
        return frame(hotspot_id=texts, method=texts[::-1], text=texts)


@pytest.fixture(scope="module")
def hostile_plan():
    units = frame(unit_id=[str(i) for i in range(40)], people=np.arange(40))
    town = Town.from_frame(
        units,
        name=PAYLOADS[1],
        id_column="unit_id",
        measures={"residents": ("people", PAYLOADS[3])},
    )
    ids = tuple(PAYLOADS)
    level = Level(name="base_grid", ids=ids, names=ids[::-1], holder=np.arange(40))
    return Plan(town=town, levels=(level,))


def point_at_all(watched):
    """Open every tooltip of a folium map; give how many there were."""
    watched.page.wait_for_selector("path.leaflet-interactive")
    shown = 0
    for path in watched.page.locator("path.leaflet-interactive").all():
        path.hover(force=True)
        shown += watched.page.locator(".leaflet-tooltip").count()
    return shown


def test_folium_map_of_hotspots_needs_no_network(open_page, hostile_plan):
    html = draw_hotspots(_Spots(), plan=hostile_plan, lang="zh").get_root().render()
    watched = open_page(html)
    assert point_at_all(watched) >= 36
    assert outcome(watched) == (0, [], 0)
    assert watched.complaints == []


def test_folium_map_of_a_plan_needs_no_network(open_page, hostile_plan):
    """Every tooltip is opened; a few lie under the legend."""
    watched = open_page(draw_plan(hostile_plan).get_root().render())
    assert point_at_all(watched) >= 36
    assert outcome(watched) == (0, [], 0)
    assert watched.complaints == []


def test_what_a_notebook_shows_by_itself(open_page, hostile_plan):
    """Small tables of nouns, and the frame in which Jupyter puts a folium map."""
    texts = PAYLOADS
    found = Report(tuple(Finding(rule=p, severity="warning", text=p) for p in texts))
    spots = Hotspots(
        found=tuple(
            Hotspot(
                method=p,
                outline=shape,
                unit_pos=np.array([0]),
                n=5,
                expected=float("nan"),
                statistic=1.0,
                p_value=0.01,
                text=p,
            )
            for p, shape in zip(texts, squares(), strict=True)
        ),
        crs=hostile_plan.town.units.crs,
        notes=texts,
    )
    proof = Certificate(binding=texts)
    result = Result(plan=hostile_plan, report=found, certificate=proof)
    nouns = (hostile_plan.town, hostile_plan, found, spots, result, hostile_plan.explore())
    body = "".join(noun._repr_html_() for noun in nouns)
    watched = open_page(f"<!doctype html><meta charset=utf-8><body>{body}")
    watched.page.wait_for_timeout(300)
    assert watched.page.evaluate("window.ran || 0") == 0
    assert watched.outside == []
    assert watched.page.locator("table").count() >= 3
    assert watched.page.locator("table img, table script, li img, li script").count() == 0
    (inner,) = [f for f in watched.page.frames if f != watched.page.main_frame]
    assert inner.locator("path.leaflet-interactive").count() == 40
    assert inner.evaluate("window.ran || 0") == 0


def test_the_test_itself_notices_a_text_that_runs(open_page):
    watched = open_page(f"<!doctype html><p>{PAYLOADS[3]}</p>")
    watched.page.wait_for_timeout(100)
    assert watched.page.evaluate("window.ran") == 1
