"""Is a density class given by residents per km² of the area that the rules name?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gridkit import Plan
from gridkit.datasets import tiny_town
from gridkit.errors import ConfigError
from gridkit.model.units import Measure
from gridkit.rules import DensityClass, Limit, Rules, check
from gridkit.rules.bands import unit_classes

CLASSES = (DensityClass(name="thin", below_per_km2=5_000), DensityClass(name="dense"))
TOWN = tiny_town()  # 3 x 3 units of 0.01 km² with 10, 20 ... 90 residents


def with_built(values, unit="km2"):
    made = Measure(name="built", values=np.array(values, dtype=float), unit=unit)
    return TOWN.with_measures(made)


def test_all_of_a_unit_counts_by_default():
    classes, density, bare = unit_classes(TOWN, Rules(density_classes=CLASSES))
    assert classes == ("thin",) * 4 + ("dense",) * 5
    np.testing.assert_allclose(density, np.arange(1_000, 10_000, 1_000))
    assert not bare.any()


@pytest.mark.parametrize(("unit", "times"), [("km2", 1e-6), ("m2", 1.0)])
def test_built_up_land_counts_where_the_rules_say_so(unit, times):
    # 10 people on 1,000 m² are 10,000 a km²; the second unit has nothing built: 20 on 0.01 km² are 2,000.
    town = with_built([1_000 * times, 0, *[10_000 * times] * 7], unit)
    classes, density, bare = unit_classes(
        town, Rules(density_classes=CLASSES, density_area="built")
    )
    assert density[:3].round(6).tolist() == [10_000, 2_000, 3_000]
    assert classes[:3] == ("dense", "thin", "thin")
    assert bare.tolist() == [False, True] + [False] * 7


def test_a_limit_of_a_class_follows_the_built_up_land():
    rules = Rules(
        limits=(Limit(measure="residents", high=100, density_class="thin"),),
        density_classes=CLASSES,
    )
    plan = Plan.from_labels(TOWN, np.zeros(9, dtype=int))  # 450 residents on 0.09 km²: 5,000, dense
    assert not check(plan, rules).of("limit")
    thin = Plan.from_labels(
        with_built([0.1] * 9), np.zeros(9, dtype=int)
    )  # on 0.9 km² built: 500, thin

    own = dataclasses.replace(rules, density_area="built")
    found = check(thin, own).of("limit")
    assert found
    assert "450" in found[0].text


def test_what_is_no_area_is_refused():
    rules = Rules(density_classes=CLASSES, density_area="residents")
    with pytest.raises(ConfigError, match="`residents` is in persons; expected a measure in km2"):
        unit_classes(TOWN, rules)
