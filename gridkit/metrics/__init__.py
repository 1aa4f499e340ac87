"""How good is a plan? One function for each measure, registered once."""

from gridkit.metrics.grid import (
    area_km2,
    area_m2,
    border_m,
    compactness,
    density_per_km2,
    deviation,
    inertia_compactness,
    n_communities,
    n_pieces,
    n_units,
    perimeter_m,
    polsby_popper,
)
from gridkit.metrics.registry import Metric, all_metrics, measure, metric
from gridkit.metrics.walk import longest_walk_m, longest_walks
from gridkit.metrics.whole import (
    cut_border_km,
    mean_compactness,
    n_cut_edges,
    n_in_pieces,
    n_unassigned,
    plan_frame,
)

__all__ = [
    "Metric",
    "all_metrics",
    "area_km2",
    "area_m2",
    "border_m",
    "compactness",
    "cut_border_km",
    "density_per_km2",
    "deviation",
    "inertia_compactness",
    "longest_walk_m",
    "longest_walks",
    "mean_compactness",
    "measure",
    "metric",
    "n_communities",
    "n_cut_edges",
    "n_in_pieces",
    "n_pieces",
    "n_unassigned",
    "n_units",
    "perimeter_m",
    "plan_frame",
    "polsby_popper",
]
