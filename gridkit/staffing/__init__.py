"""How is a town staffed? Workload, head counts, named members, teams, rounds.

Modules by question: `standards` (how often, how long), `workload` (how much work), `apportion` (how
many members where), `what_if` (what would change), `assign` and `explain` (who goes where, and why),
`teams` and `contacts` (other people), `location`, `covering`, `response` and `mobile` (where to stand by), `visits`,
`rounds`, `town_rounds` and `field` (who visits what, when), `settings` (the batch file).
"""

from gridkit.model.rounds import Stops
from gridkit.staffing.apportion import add_members, apportion
from gridkit.staffing.assign import AssignSettings, assign_members, grid_xy, match_grids
from gridkit.staffing.contacts import find_contacts
from gridkit.staffing.covering import lscp, mclp, p_center
from gridkit.staffing.explain import explain_member, explain_roster
from gridkit.staffing.location import distance_matrix, p_median
from gridkit.staffing.mobile import deploy_teams, mexclp
from gridkit.staffing.response import response
from gridkit.staffing.rounds import RoundSettings, plan_rounds
from gridkit.staffing.settings import FieldSettings, MobileSettings, StaffingSettings
from gridkit.staffing.split import split_members
from gridkit.staffing.standards import ClassStandard, Standards, shift_relief_factor
from gridkit.staffing.streets import StreetWays
from gridkit.staffing.teams import TeamNeed, assign_teams, team_counts, team_table, teams_frame
from gridkit.staffing.town_rounds import measured_round_m, members_by_grid, plan_town_rounds
from gridkit.staffing.visits import WorkCalendar, plan_visits
from gridkit.staffing.what_if import (
    change_standards,
    compare,
    count_members,
    find_transfers,
    what_if,
)
from gridkit.staffing.workload import expected_reports, unit_workload_min, workload

__all__ = [
    "AssignSettings",
    "ClassStandard",
    "FieldSettings",
    "MobileSettings",
    "RoundSettings",
    "StaffingSettings",
    "Standards",
    "Stops",
    "StreetWays",
    "TeamNeed",
    "WorkCalendar",
    "add_members",
    "apportion",
    "assign_members",
    "assign_teams",
    "change_standards",
    "compare",
    "count_members",
    "deploy_teams",
    "distance_matrix",
    "expected_reports",
    "explain_member",
    "explain_roster",
    "find_contacts",
    "find_transfers",
    "grid_xy",
    "lscp",
    "match_grids",
    "mclp",
    "measured_round_m",
    "members_by_grid",
    "mexclp",
    "p_center",
    "p_median",
    "plan_rounds",
    "plan_town_rounds",
    "plan_visits",
    "response",
    "shift_relief_factor",
    "split_members",
    "team_counts",
    "team_table",
    "teams_frame",
    "unit_workload_min",
    "what_if",
    "workload",
]
