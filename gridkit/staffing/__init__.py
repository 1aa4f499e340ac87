"""How is a town staffed? Workload, head counts, named members, teams, rounds.

Modules by question: `standards` (how often, how long), `workload` (how much work), `apportion` (how
many members where), `assign` (who goes where), `settings` (the batch file).
"""

from gridkit.staffing.apportion import add_members, apportion
from gridkit.staffing.assign import AssignSettings, assign_members, grid_xy, match_grids
from gridkit.staffing.settings import StaffingSettings
from gridkit.staffing.standards import ClassStandard, Standards
from gridkit.staffing.workload import unit_workload_min, workload

__all__ = [
    "AssignSettings",
    "ClassStandard",
    "StaffingSettings",
    "Standards",
    "add_members",
    "apportion",
    "assign_members",
    "grid_xy",
    "match_grids",
    "unit_workload_min",
    "workload",
]
