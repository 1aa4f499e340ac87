"""gridkit: divide a town into community and base grids, staff them, and map hazard hotspots.

``import gridkit as gk`` loads nothing heavy: every name below is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "BatchFile": "gridkit.config.batch_file",
    "Draft": "gridkit.model.draft",
    "Finding": "gridkit.model.finding",
    "GridkitError": "gridkit.errors",
    "Hazards": "gridkit.model.hazards",
    "Hotspots": "gridkit.model.hotspots",
    "InfeasibleError": "gridkit.errors",
    "InputError": "gridkit.errors",
    "Job": "gridkit.batch.job",
    "Level": "gridkit.model.plan",
    "Measure": "gridkit.model.units",
    "Members": "gridkit.model.members",
    "Outcome": "gridkit.batch.job",
    "Plan": "gridkit.model.plan",
    "Report": "gridkit.model.finding",
    "Result": "gridkit.model.result",
    "Roster": "gridkit.model.roster",
    "Rules": "gridkit.rules",
    "Standards": "gridkit.staffing",
    "Town": "gridkit.model.town",
    "UnitGraph": "gridkit.model.graph",
    "Units": "gridkit.model.units",
    "apportion": "gridkit.staffing",
    "assign_members": "gridkit.staffing",
    "batch_jobs": "gridkit.batch.city",
    "build_units": "gridkit.build",
    "check": "gridkit.rules",
    "check_job": "gridkit.batch.job",
    "compare_folders": "gridkit.batch.compare",
    "compile_kernels": "gridkit.batch.warm",
    "config_schema": "gridkit.config.load",
    "convert_file": "gridkit.io.datum",
    "draw_folder": "gridkit.batch.redraw",
    "draw_folders": "gridkit.batch.compare_page",
    "draw_graph": "gridkit.batch.graph",
    "edit": "gridkit.web.notebook",
    "find_hotspots": "gridkit.hotspots",
    "indicators": "gridkit.hotspots",
    "load_batch": "gridkit.config.load",
    "load_town": "gridkit.batch.chain",
    "make_town": "gridkit.datasets",
    "plan_frame": "gridkit.metrics",
    "read_current": "gridkit.io.current",
    "read_hazards": "gridkit.io.hazards",
    "read_layer": "gridkit.io.vector",
    "run_batch": "gridkit.batch.city",
    "run_job": "gridkit.batch.job",
    "solve": "gridkit.solver",
    "workload": "gridkit.staffing",
    "write_synthetic": "gridkit.io.synth",
    "write_units": "gridkit.batch.units",
}
"""Public name -> the module that has it."""

_ROOMS = (
    "build",
    "datasets",
    "errors",
    "hotspots",
    "maps",
    "metrics",
    "rules",
    "solver",
    "staffing",
    "web",
)
"""Packages reached as attributes: ``gk.maps.draw_plan(plan)``."""

__all__ = [
    "BatchFile",
    "Draft",
    "Finding",
    "GridkitError",
    "Hazards",
    "Hotspots",
    "InfeasibleError",
    "InputError",
    "Job",
    "Level",
    "Measure",
    "Members",
    "Outcome",
    "Plan",
    "Report",
    "Result",
    "Roster",
    "Rules",
    "Standards",
    "Town",
    "UnitGraph",
    "Units",
    "__version__",
    "apportion",
    "assign_members",
    "batch_jobs",
    "build_units",
    "check",
    "check_job",
    "compare_folders",
    "compile_kernels",
    "config_schema",
    "convert_file",
    "draw_folder",
    "draw_folders",
    "draw_graph",
    "edit",
    "find_hotspots",
    "indicators",
    "load_batch",
    "load_town",
    "make_town",
    "plan_frame",
    "read_current",
    "read_hazards",
    "read_layer",
    "run_batch",
    "run_job",
    "solve",
    "workload",
    "write_synthetic",
    "write_units",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name in _WHERE:
        value = getattr(import_module(_WHERE[name]), name)
    elif name in _ROOMS:
        value = import_module(f"gridkit.{name}")
    else:
        msg = f"module 'gridkit' has no attribute '{name}'"
        raise AttributeError(msg)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what can be asked for."""
    return sorted([*__all__, *_ROOMS])


if TYPE_CHECKING:  # the same names for type checkers and editors; a contract test compares the two
    from gridkit.batch.chain import load_town
    from gridkit.batch.city import batch_jobs, run_batch
    from gridkit.batch.compare import compare_folders
    from gridkit.batch.compare_page import draw_folders
    from gridkit.batch.graph import draw_graph
    from gridkit.batch.job import Job, Outcome, check_job, run_job
    from gridkit.batch.redraw import draw_folder
    from gridkit.batch.units import write_units
    from gridkit.batch.warm import compile_kernels
    from gridkit.build import build_units
    from gridkit.config.batch_file import BatchFile
    from gridkit.config.load import config_schema, load_batch
    from gridkit.datasets import make_town
    from gridkit.errors import GridkitError, InfeasibleError, InputError
    from gridkit.hotspots import find_hotspots, indicators
    from gridkit.io.current import read_current
    from gridkit.io.datum import convert_file
    from gridkit.io.hazards import read_hazards
    from gridkit.io.synth import write_synthetic
    from gridkit.io.vector import read_layer
    from gridkit.metrics import plan_frame
    from gridkit.model.draft import Draft
    from gridkit.model.finding import Finding, Report
    from gridkit.model.graph import UnitGraph
    from gridkit.model.hazards import Hazards
    from gridkit.model.hotspots import Hotspots
    from gridkit.model.members import Members
    from gridkit.model.plan import Level, Plan
    from gridkit.model.result import Result
    from gridkit.model.roster import Roster
    from gridkit.model.town import Town
    from gridkit.model.units import Measure, Units
    from gridkit.rules import Rules, check
    from gridkit.solver import solve
    from gridkit.staffing import Standards, apportion, assign_members, workload
    from gridkit.web.notebook import edit
