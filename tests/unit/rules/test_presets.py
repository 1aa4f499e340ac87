import re
import tomllib

import pytest

from gridkit.errors import ConfigError
from gridkit.rules.presets import list_presets, preset_text, read_preset

WANTED = {
    "cn-urban",
    "cn-rural",
    "cn-industrial-town",
    "cn-micro",
    "census-ea",
    "uk-oa",
    "us-bg",
    "chw",
    "police-beat",
    "fire-inspection",
}


def test_all_presets_are_there():
    assert set(list_presets()) == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_preset_makes_rules_and_names_the_source_of_its_numbers(name):
    preset = read_preset(name)
    assert preset.title
    assert preset.sources
    assert {s.mark for s in preset.sources} <= {"V", "C", "A"}
    said = " ".join(s.says for s in preset.sources).replace(",", "").replace(" %", "%")
    for limit in preset.rules.limits:
        for value in (limit.low, limit.high):
            if 0 < value < float("inf"):
                assert f"{value:.0f}" in said, f"{value} of {limit.measure} has no source"
    rules = preset.rules
    if rules.balance is not None:
        assert f"{rules.balance.tolerance:.0%}" in said
    if rules.grids.total is not None:
        assert str(rules.grids.total) in said
    for kind in rules.density_classes:
        assert kind.below_per_km2 == float("inf") or f"{kind.below_per_km2:.0f}" in said
    least = {0: "", 1: "one|1", 2: "two|2"}[rules.staffing.min_members]
    assert re.search(least, said), "the fewest members have no source"


def test_a_limit_may_depend_on_the_density_class():
    rules = read_preset("cn-urban").rules
    assert {limit.density_class for limit in rules.limits} == {"", "built_up"}


def test_the_text_is_toml_and_an_unknown_name_is_refused():
    assert tomllib.loads(preset_text("uk-oa"))["rules"]["limits"][0]["low"] == 40
    with pytest.raises(ConfigError, match="did you mean 'cn-urban'"):
        read_preset("cn-urbn")
