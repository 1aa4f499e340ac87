"""How does one get from raw map layers to a town: units, loads, barriers?"""

from __future__ import annotations

from gridkit.build.barriers import BarrierReport, add_barriers
from gridkit.build.codes import CodeBook, CodeEntry, CodePart, CodeScheme, check_codes, code_scheme
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
from gridkit.build.settings import (
    BarrierRules,
    BuildSource,
    CommunityLayer,
    LayerFile,
    LoadSource,
    UnitRules,
)
from gridkit.build.shift import DatumGuess, check_datum
from gridkit.build.units import BuiltUnits, UnitReport, build_units

__all__ = [
    "BarrierReport",
    "BarrierRules",
    "BuildSource",
    "BuiltUnits",
    "CodeBook",
    "CodeEntry",
    "CodePart",
    "CodeScheme",
    "CommunityLayer",
    "DatumGuess",
    "Ground",
    "LayerFile",
    "LoadSource",
    "Transfer",
    "UnitReport",
    "UnitRules",
    "add_barriers",
    "build_units",
    "check_codes",
    "check_datum",
    "code_scheme",
    "count_points",
    "density_classes",
    "measure_lines",
    "spread_areas",
    "sum_raster",
    "to_whole",
]
