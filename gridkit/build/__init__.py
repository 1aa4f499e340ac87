"""How does one get from raw map layers to a town: units, loads, barriers?"""

from __future__ import annotations

from gridkit.build.barriers import BarrierReport, add_barriers
from gridkit.build.layers import Ground
from gridkit.build.loads import (
    Transfer,
    count_points,
    density_classes,
    measure_lines,
    spread_areas,
    sum_raster,
    to_whole,
)
from gridkit.build.settings import BarrierRules, LoadSource, UnitRules, UnitSource
from gridkit.build.shift import DatumGuess, check_datum
from gridkit.build.units import BuiltUnits, UnitReport, build_units

__all__ = [
    "BarrierReport",
    "BarrierRules",
    "BuiltUnits",
    "DatumGuess",
    "Ground",
    "LoadSource",
    "Transfer",
    "UnitReport",
    "UnitRules",
    "UnitSource",
    "add_barriers",
    "build_units",
    "check_datum",
    "count_points",
    "density_classes",
    "measure_lines",
    "spread_areas",
    "sum_raster",
    "to_whole",
]
