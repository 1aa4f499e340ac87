from __future__ import annotations

import numpy as np

from gridkit.maps.sheets import draw_sheets
from gridkit.model.rounds import Stops
from gridkit.staffing.rounds import RoundSettings
from gridkit.staffing.town_rounds import plan_town_rounds


def day(**more):
    stops = Stops(
        ids=("shop 1", "<b>shop 2</b>", "lost"),
        xy=np.array([[100.0, 0], [0, 200], [300, 300]]),
        on_site_min=np.array([10.0, 20, 5]),
    )
    return plan_town_rounds(
        stops,
        grid=np.array([0, 0, 1]),
        grid_ids=("G1", "G2"),
        post_xy=np.zeros((2, 2)),
        members={"G1": ("M1",)},
        settings=RoundSettings(detour=1, walk_m_per_min=100),
        **more,
    )


def test_a_sheet_says_who_goes_where_when_and_what_is_left_out():
    page = draw_sheets(day(), title="Town", date="2026-03-02", is_synthetic=True)
    assert "Round of M1 in G1" in page
    # 100 m, 10 min, 224 m, 20 min, 200 m back at 100 m a minute: 35 min, half a kilometre.
    assert "Visits: 2. On foot 0.5 km, 35 min from post to post." in page
    assert "Not visited today: 1" in page
    assert "lost: G2 has no member." in page
    assert "made-up data" in page


def test_a_sheet_runs_nothing_and_asks_for_nothing():
    page = draw_sheets(day(), title="<script>", date="2026-03-02", lang="zh")
    assert "<b>shop" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("www.w3.org", "")
    assert page.count("<section>") == 2  # one member, one list of what is left


def test_numbers_in_the_table_are_those_of_the_plan():
    rounds = day()
    page = draw_sheets(rounds, title="T", date="d")
    for row in rounds.to_frame().itertuples():
        minutes = round(row.arrive_min)
        assert f'<td class="n">{minutes // 60}:{minutes % 60:02d}</td>' in page
