from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

import gridkit as gk
from gridkit.build import LoadSource
from gridkit.build.layer_settings import ContactLevel
from gridkit.errors import ConfigError, SchemaError
from gridkit.io.objects import read_load_objects, tier_measures
from tests.cli.conftest import CONFIG, write_town
from tests.conftest import square_town


def objects(town):
    return pd.DataFrame(
        {
            "object_id": ["a", "b", "c"],
            "object_class": ["shop", "shop", "flat"],
            "risk": ["red", "green", ""],
            "unit_pos": [0, 3, 3],
        }
    )


def test_tiers_are_counted_on_the_units():
    town = square_town(2, 2)
    got = {m.name: m.values for m in tier_measures(objects(town), town, [("shop", "red"), ("shop", "green")])}  # fmt: skip
    np.testing.assert_array_equal(got["objects_shop_red"], [1, 0, 0, 0])
    np.testing.assert_array_equal(got["objects_shop_green"], [0, 0, 0, 1])


def test_a_tier_that_the_standards_lack_is_named():
    town = square_town(2, 2)
    with pytest.raises(
        SchemaError, match=r"1 objects of class 'shop' have risk tier 'green'.*they have red"
    ):
        tier_measures(objects(town), town, [("shop", "red")])


def test_a_town_built_without_single_objects_says_what_is_missing():
    loads = (LoadSource(name="residents", path="population.tif", kind="raster"),)
    with pytest.raises(ConfigError, match="visits and rounds need single objects"):
        read_load_objects(loads, square_town(2, 2))


def test_contacts_need_people_who_offer():
    with pytest.raises(ConfigError, match=r"levels.contacts needs `members_file`"):
        ContactLevel()
    with pytest.raises(ConfigError, match="at least 1 household"):
        ContactLevel(n_synthetic=5, per_households=0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('ways = "streets"', r"`staffing.ways` is 'streets', but there is no \[streets\]"),
        ("floor = 5", "14 members cannot give 6 grids their floors"),
        ('[staffing.mobile]\nurgencies = ["express"]', "the reports have no urgency"),
        ('[[staffing.teams]]\nteam = "gard"', "no member is in team 'gard'"),
        ('[staffing.field]\nstart = "03-02"', "write year-month-day"),
        ('[staffing.field]\nstart = "2026-03-02"\ncalendar = { holidays = ["10-01"] }', "write year-month-day"),
        ("[staffing.assign]\nrequires = { flying = 1 }", "skills that no member holds: 'flying'"),
    ],
)  # fmt: skip
def test_every_bad_wish_of_staffing_is_one_sentence(tmp_path, more, words):
    write_town(tmp_path)
    head, tail = CONFIG.split("[staffing]\n")
    at_once = "" if more.startswith("[") else more + "\n"
    later = more + "\n" if more.startswith("[") else ""
    own, rest = tail.split("[staffing.standards]")
    standards, hazards = rest.split("[hazards]")
    text = (
        f"{head}[staffing]\n{own}{at_once}[staffing.standards]{standards}{later}[hazards]{hazards}"
    )
    (tmp_path / "town.toml").write_text(text, encoding="utf-8")
    job = gk.Job(config=tmp_path / "town.toml", out=tmp_path / "out")
    with pytest.raises(gk.GridkitError, match=words):
        gk.run_job(dataclasses.replace(job, parts=("plan", "staff", "hazards")))
    assert not (tmp_path / "out").exists()
