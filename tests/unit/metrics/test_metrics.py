from __future__ import annotations

import numpy as np
import pytest

from gridkit import metrics
from gridkit.errors import InputError
from gridkit.model.plan import Plan
from tests.conftest import square_town


@pytest.fixture
def plan() -> Plan:
    # 2 x 4 squares of 100 m: three in an L, the rest
    labels = np.array([0, 0, 1, 1, 0, 1, 1, 1], dtype=np.int32)
    return Plan.from_labels(square_town(2, 4), labels)


def test_perimeters_are_those_of_the_dissolved_shapes(plan):
    import shapely

    np.testing.assert_allclose(metrics.perimeter_m(plan), shapely.length(plan.shapes()))


def test_compactness_of_a_square_is_pi_over_4():
    plan = Plan.from_labels(square_town(2, 2), np.zeros(4, dtype=np.int32))
    assert metrics.compactness(plan)[0] == pytest.approx(np.pi / 4)


def test_inertia_compactness_of_a_square_of_squares_is_near_its_formula():
    # a square: A^2 / (2 pi J) with J = A^2 / 6 gives 3 / pi = 0.955
    plan = Plan.from_labels(square_town(12, 12), np.zeros(144, dtype=np.int32))
    assert metrics.inertia_compactness(plan)[0] == pytest.approx(3 / np.pi, rel=0.01)


def test_borders_exclude_the_edge_of_the_town(plan):
    assert metrics.border_m(plan).tolist() == [300.0, 300.0]
    assert metrics.cut_border_km(plan) == pytest.approx(0.3)
    assert metrics.n_cut_edges(plan) == 3


def test_pieces_are_counted():
    plan = Plan.from_labels(square_town(1, 4), np.array([0, 1, 0, 1], dtype=np.int32))
    assert metrics.n_pieces(plan).tolist() == [2, 2]
    assert metrics.n_in_pieces(plan) == 2


def test_every_registered_measure_is_in_the_frame(plan):
    frame = metrics.plan_frame(plan)
    assert frame.index.name == "grid_id"
    for found in metrics.all_metrics():
        assert found.text
        if found.level == "grid":
            assert frame[found.name].shape == (2,)
    assert frame["residents"].tolist() == [30.0, 50.0]


def test_an_unknown_measure_is_refused_with_the_nearest_name(plan):
    with pytest.raises(InputError, match="compactness"):
        metrics.measure(plan, "compactnes")


def test_deviation_is_from_the_mean_of_the_community():
    town = square_town(2, 4, communities=True)
    plan = Plan.from_labels(town, np.array([0, 0, 1, 1, 2, 2, 1, 1], dtype=np.int32))
    found = dict(zip(plan.levels[0].ids, metrics.deviation(plan, "residents"), strict=True))
    assert sorted(found.values()) == [0.0, 0.0, 0.0]
    assert metrics.deviation(plan, "residents", within="town").max() == pytest.approx(0.5)
