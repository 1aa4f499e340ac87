"""What must a plan keep, does it, and if it cannot: why?"""

from gridkit.rules.bands import Band, grid_counts
from gridkit.rules.check import check
from gridkit.rules.compare import matched, moved_members, moved_units
from gridkit.rules.feasible import check_feasible
from gridkit.rules.goals import measure_goals
from gridkit.rules.loosen import loosened
from gridkit.rules.presets import list_presets, preset_text, read_preset
from gridkit.rules.seats import apportion
from gridkit.rules.settings import (
    Balance,
    ChangeBudget,
    Contiguity,
    DensityClass,
    GridCount,
    Limit,
    Locks,
    Objective,
    Rules,
    StaffingRule,
)

__all__ = [
    "Balance",
    "Band",
    "ChangeBudget",
    "Contiguity",
    "DensityClass",
    "GridCount",
    "Limit",
    "Locks",
    "Objective",
    "Rules",
    "StaffingRule",
    "apportion",
    "check",
    "check_feasible",
    "grid_counts",
    "list_presets",
    "loosened",
    "matched",
    "measure_goals",
    "moved_members",
    "moved_units",
    "preset_text",
    "read_preset",
]
