"""A small made-up town in raw layers: the Wuzhen-like one, an eighth of its size."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gridkit.datasets import town_specs
from gridkit.io.synth import write_synthetic

CONFIGS = Path(__file__).parents[2] / "configs"

SMALL = dataclasses.replace(
    town_specs("wuzhen")[0],
    area_km2=5.0,
    n_blocks=160,
    n_communities=3,
    n_base_grids=9,
    n_members=24,
    residents=6_000,
    objects={
        "rental_house": 180,
        "small_place": 360,
        "enterprise": 90,
        "public_place": 70,
        "housing_estate": 10,
        "other": 150,
    },
    n_reports=2_000,
)


def write_raw_town(folder: Path) -> Path:
    """Write ``wuzhen-data`` and ``town.toml``, the batch file of Wuzhen with the numbers of the small town."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gridkit.io.synth.town_specs", lambda _: (SMALL,))
        write_synthetic("wuzhen", folder / "wuzhen-data", seed=2)
    text = (CONFIGS / "wuzhen.toml").read_text(encoding="utf-8")
    for old, new in (
        ("../out/wuzhen-data", "wuzhen-data"),
        ("total = 103", "total = 9"),
        ("members_total = 206", "members_total = 24"),
        ("tolerance = 0.35", "tolerance = 0.95"),  # few large units
        ("n_teams = 4", "n_teams = 2"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "town.toml").write_text(text, encoding="utf-8")
    return folder
