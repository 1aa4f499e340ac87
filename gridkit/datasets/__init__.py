"""Which towns, reports and members can be made up? Everything here says that it is synthetic."""

from __future__ import annotations

from gridkit.datasets.members import make_members
from gridkit.datasets.reports import make_reports
from gridkit.datasets.small import island_town, ragged_town, river_town, tiny_town
from gridkit.datasets.specs import TownSpec, town_specs
from gridkit.datasets.synth import SyntheticTown, make_synthetic
from gridkit.datasets.towns import big_town, make_town

__all__ = [
    "SyntheticTown",
    "TownSpec",
    "big_town",
    "island_town",
    "make_members",
    "make_reports",
    "make_synthetic",
    "make_town",
    "ragged_town",
    "river_town",
    "tiny_town",
    "town_specs",
]
