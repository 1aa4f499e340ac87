import numpy as np

from gridkit.hotspots.indicators import IndicatorSettings, indicators
from gridkit.model.plan import Plan


def test_received_is_counted_by_grid_category_and_month(squares, crowded):
    plan = Plan.from_labels(squares, np.arange(400) // 100)
    table = indicators(crowded, plan)
    received = table[table["indicator"] == "received"].set_index(["table", "group"])
    assert received.loc[("town", "all"), "numerator"] == 550
    assert received.loc["grid", "numerator"].sum() == 550
    assert received.loc[("category", "smoke"), "value"] == 550
    assert received.loc[("period", "2024-01"), "value"] == 550


def test_small_groups_are_withheld(squares, crowded):
    table = indicators(crowded.take(np.arange(3)), settings=IndicatorSettings(by=("category",)))
    small = table[table["table"] == "category"]
    assert small["is_suppressed"].all()
    assert small["value"].isna().all()
