"""What do people look at? Map pages, notebook maps, reports and QGIS styles, drawn from finished frames."""

from __future__ import annotations

from gridkit.maps.atlas import draw_atlas
from gridkit.maps.comparison import ComparisonContent, Tradeoff, draw_comparison
from gridkit.maps.content import ExtraLayer, MapContent, MapMeasure
from gridkit.maps.notebook import draw_hotspots, draw_plan
from gridkit.maps.page import draw_page
from gridkit.maps.plots import plot_balance, plot_comparison, plot_hotspots, plot_plan
from gridkit.maps.report import ReportContent, draw_report
from gridkit.maps.styles import layer_qml, layer_styles

__all__ = [
    "ComparisonContent",
    "ExtraLayer",
    "MapContent",
    "MapMeasure",
    "ReportContent",
    "Tradeoff",
    "draw_atlas",
    "draw_comparison",
    "draw_hotspots",
    "draw_page",
    "draw_plan",
    "draw_report",
    "layer_qml",
    "layer_styles",
    "plot_balance",
    "plot_comparison",
    "plot_hotspots",
    "plot_plan",
]
