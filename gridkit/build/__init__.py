"""How does one get from raw map layers to a town: units, loads, barriers?"""

from __future__ import annotations

from gridkit.build.areas import cover_areas, spread_areas, sum_raster
from gridkit.build.barriers import BarrierReport, add_barriers
from gridkit.build.codes import CodeBook, CodeEntry, CodePart, CodeScheme, check_codes, code_scheme
from gridkit.build.crossing import crossings
from gridkit.build.kinds import (
    Carved,
    add_level_below,
    carve_entities,
    overlay,
)
from gridkit.build.layer_settings import (
    CodeSettings,
    ContactLevel,
    EntityLayer,
    LayerSettings,
    LevelSettings,
    MicroLevel,
    OverlayLayer,
    RoadLayer,
)
from gridkit.build.layers import Ground
from gridkit.build.loads import count_points, measure_lines
from gridkit.build.roads import cut_roads
from gridkit.build.settings import (
    BarrierRules,
    BuildSource,
    CommunityLayer,
    LayerFile,
    LoadSource,
    UnitRules,
)
from gridkit.build.shift import DatumGuess, check_datum
from gridkit.build.transfer import Transfer, to_whole
from gridkit.build.units import BuiltUnits, UnitReport, build_units
from gridkit.build.visible import mark_visible_borders

__all__ = [
    "BarrierReport",
    "BarrierRules",
    "BuildSource",
    "BuiltUnits",
    "Carved",
    "CodeBook",
    "CodeEntry",
    "CodePart",
    "CodeScheme",
    "CodeSettings",
    "CommunityLayer",
    "ContactLevel",
    "DatumGuess",
    "EntityLayer",
    "Ground",
    "LayerFile",
    "LayerSettings",
    "LevelSettings",
    "LoadSource",
    "MicroLevel",
    "OverlayLayer",
    "RoadLayer",
    "Transfer",
    "UnitReport",
    "UnitRules",
    "add_barriers",
    "add_level_below",
    "build_units",
    "carve_entities",
    "check_codes",
    "check_datum",
    "code_scheme",
    "count_points",
    "cover_areas",
    "crossings",
    "cut_roads",
    "mark_visible_borders",
    "measure_lines",
    "overlay",
    "spread_areas",
    "sum_raster",
    "to_whole",
]
