"""Where do reported hazards cluster, and is it chance?"""

from gridkit.hotspots.density import cluster_points, outlines
from gridkit.hotspots.find import find_hotspots
from gridkit.hotspots.indicators import IndicatorSettings, indicators
from gridkit.hotspots.kde import SurfaceSettings, density_surface
from gridkit.hotspots.local import adjusted_p, gi_star, local_moran
from gridkit.hotspots.settings import HotspotSettings

__all__ = [
    "HotspotSettings",
    "IndicatorSettings",
    "SurfaceSettings",
    "adjusted_p",
    "cluster_points",
    "density_surface",
    "find_hotspots",
    "gi_star",
    "indicators",
    "local_moran",
    "outlines",
]
