"""Where do reported hazards cluster, and is it chance?"""

from gridkit.hotspots.adjust import Stratum, expected_counts
from gridkit.hotspots.clock import WorkClock, due_after, elapsed
from gridkit.hotspots.clusters import ScanSettings
from gridkit.hotspots.density import cluster_points, cluster_space_time, outlines
from gridkit.hotspots.duplicates import link_duplicates
from gridkit.hotspots.emerging import early_warning, emerging_hotspots, mann_kendall
from gridkit.hotspots.find import find_hotspots
from gridkit.hotspots.forecast import OutlookSettings, outlook
from gridkit.hotspots.indicator_table import IndicatorSettings, indicators
from gridkit.hotspots.kde import SurfaceSettings, density_surface
from gridkit.hotspots.local import adjusted_p, eb_index, empirical_bayes, gi_star, local_moran
from gridkit.hotspots.network import Streets, street_density, street_distances
from gridkit.hotspots.repeat import knox
from gridkit.hotspots.rings import great_circle
from gridkit.hotspots.risk import RiskSurface, risk_surface
from gridkit.hotspots.scanning import scan
from gridkit.hotspots.scanning_time import SpaceTimeSettings, scan_space_time
from gridkit.hotspots.settings import HotspotSettings
from gridkit.hotspots.sharpen import sharpened
from gridkit.hotspots.walking import (
    along_streets,
    cluster_along_streets,
    length_by_unit,
    scan_streets,
)
from gridkit.hotspots.window import gini, scan_by_gini
from gridkit.model.hazard_source import HazardSource

__all__ = [
    "HazardSource",
    "HotspotSettings",
    "IndicatorSettings",
    "OutlookSettings",
    "RiskSurface",
    "ScanSettings",
    "SpaceTimeSettings",
    "Stratum",
    "Streets",
    "SurfaceSettings",
    "WorkClock",
    "adjusted_p",
    "along_streets",
    "cluster_along_streets",
    "cluster_points",
    "cluster_space_time",
    "density_surface",
    "due_after",
    "early_warning",
    "eb_index",
    "elapsed",
    "emerging_hotspots",
    "empirical_bayes",
    "expected_counts",
    "find_hotspots",
    "gi_star",
    "gini",
    "great_circle",
    "indicators",
    "knox",
    "length_by_unit",
    "link_duplicates",
    "local_moran",
    "mann_kendall",
    "outlines",
    "outlook",
    "risk_surface",
    "scan",
    "scan_by_gini",
    "scan_space_time",
    "scan_streets",
    "sharpened",
    "street_density",
    "street_distances",
]
