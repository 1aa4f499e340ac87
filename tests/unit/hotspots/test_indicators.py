import numpy as np
import pyproj
import pytest

from gridkit.errors import ConfigError
from gridkit.hotspots.indicator_table import IndicatorSettings, indicators
from gridkit.model.hazards import Hazards, Words
from gridkit.model.plan import Plan


def test_received_is_counted_by_grid_category_and_month(squares, crowded):
    plan = Plan.from_labels(squares, np.arange(400) // 100)
    table = indicators(crowded, plan)
    received = table[table["indicator"] == "received"].set_index(["table", "group"])
    assert received.loc[("town", "all"), "numerator"] == 550
    assert received.loc["grid", "numerator"].sum() == 550
    assert received.loc[("category", "smoke"), "value"] == 550
    assert received.loc[("period", "2024-01"), "value"] == 550


def test_small_groups_are_withheld(crowded):
    table = indicators(crowded.take(np.arange(3)), settings=IndicatorSettings(by=("category",)))
    small = table[table["table"] == "category"]
    assert small["is_suppressed"].all()
    assert small["value"].isna().all()
    assert small["numerator"].isna().all()


def life():
    """Eight reports on Monday 1 January 2024 at 08:00, handled in different ways."""
    day, hour = np.timedelta64(86_400, "s"), np.timedelta64(3600, "s")
    t0, no = np.datetime64("2024-01-01T08:00:00"), np.datetime64("NaT", "s")
    reported = np.full(8, t0)
    closed = np.array(
        [t0 + 2 * hour, t0 + day, t0 + 3 * day, no, no, t0 + 9 * day, t0 + day, t0 + day]
    )
    accepted = np.array([t0 + hour, t0 + 2 * hour, no, t0 + 4 * hour, no, no, no, no])
    due = np.array([t0 + 2 * day] * 5 + [t0 + 20 * day, t0 + 2 * day, no])
    return Hazards(
        ids=tuple("abcdefgh"),
        xy=np.zeros((8, 2)),
        crs=pyproj.CRS(32650),
        category=Words.of(["x"] * 8),
        times={"reported": reported, "accepted": accepted, "closed": closed, "due": due},
        marks={
            "deferred": np.array([0, 0, 0, 1, 0, 0, 0, 0]),
            "rework": np.array([1, 0, 0, -1, -1, 0, 0, 0]),
        },
        unit_pos=np.zeros(8, np.int32),
        first_pos=np.array([0, 1, 2, 3, 4, 5, 1, 7]),
    )


def test_every_rate_has_its_numerator_denominator_and_exclusions():
    table = indicators(life(), settings=IndicatorSettings(by=())).set_index("indicator")

    def is_(name, numerator, denominator, n_excluded):
        row = table.loc[name]
        assert (row["numerator"], row["denominator"], row["n_excluded"]) == (
            numerator,
            denominator,
            n_excluded,
        )

    is_("received", 7, 7, 1)  # g repeats b
    is_("due", 5, 7, 1)  # f runs out later, h has no limit
    is_("disposal_rate", 5, 7, 1)
    is_("closing_rate", 3, 4, 1)  # a b c of a b c e; d is deferred
    is_("on_time_rate", 2, 4, 1)  # a b
    is_("open", 2, 7, 0)  # d e
    is_("open_overdue", 2, 2, 0)
    is_("unanswered", 1, 2, 0)  # e
    is_("rework_rate", 1, 5, 2)
    is_("response_median", 6, 7, 1)
    assert table.loc["response_median", "value"] == 14.0  # 1 2 4 24 72 216 hours: between 4 and 24
    assert table.loc["closing_median", "value"] == 24.0  # 2 24 24 72 216
    assert table.loc["open_age_median", "value"] == 9.0


def test_books_closed_early_do_not_know_what_came_later():
    s = IndicatorSettings(by=(), as_of="2024-01-02")
    table = indicators(life(), settings=s).set_index("indicator")
    assert table.loc["disposal_rate", "numerator"] == 3  # a b h
    assert table.loc["due", "numerator"] == 0


def test_limits_by_category_fill_in_where_the_data_have_none():
    s = IndicatorSettings(by=(), limits={"x": "12 hours"})
    table = indicators(life(), settings=s).set_index("indicator")
    assert table.loc["due", "numerator"] == 6  # h gets a limit too, and misses it
    assert table.loc["on_time_rate", "numerator"] == 2


def test_wrong_settings_are_refused():
    with pytest.raises(ConfigError, match="did you mean 'category'"):
        IndicatorSettings(by=("categry",))
    with pytest.raises(ConfigError, match="a limit is written"):
        IndicatorSettings(limits={"x": "soon"})
