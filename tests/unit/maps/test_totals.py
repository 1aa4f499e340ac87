from __future__ import annotations

import numpy as np
import pytest

from gridkit.errors import InputError, SchemaError
from gridkit.maps.totals import totals_of
from gridkit.model.plan import Plan
from gridkit.model.units import Measure
from tests.conftest import square_town


@pytest.fixture
def plan():
    town = square_town(1, 4).with_measures(
        Measure(name="tasks", values=np.full(4, 0.25), unit="tasks", label="tasks"),
        Measure(name="persons_seen", values=np.ones(4), unit="h", label="workload in a month"),
    )
    return Plan.from_labels(town, np.array([0, 1, 1, 1], dtype=np.int32))


def test_totals_are_sums_with_their_words_in_both_languages(plan):
    found = totals_of(plan, measure=None, level="base_grid", lang="en")
    assert found.values.tolist() == [10, 30]
    assert (found.title, found.written(12_345.6)) == ("Residents (persons)", "12,346")
    assert found.say_classes((11.0, 20.0, 21.0)) == ["< 11", "11 – 19", "20", "≥ 21"]
    assert totals_of(plan, measure=None, level="base_grid", lang="zh").title == "居民 (人)"


def test_a_unit_is_not_said_twice_and_an_own_measure_is_said_in_chinese_too(plan):
    tasks = totals_of(plan, measure="tasks", level="base_grid", lang="en")
    assert (tasks.title, tasks.decimals, tasks.values.tolist()) == ("Tasks", 3, [0.25, 0.75])
    own = totals_of(plan, measure="persons_seen", level="base_grid", lang="zh")
    assert "month" not in own.title


def test_what_is_not_there_is_refused(plan):
    for asked in ({"measure": "dogs"}, {"level": "community_grid"}):
        with pytest.raises(SchemaError):
            totals_of(plan, **{"measure": None, "level": "base_grid", "lang": "en", **asked})
    with pytest.raises(InputError, match="lang"):
        totals_of(plan, measure=None, level="base_grid", lang="fr")
