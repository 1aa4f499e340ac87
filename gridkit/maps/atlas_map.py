"""What does the map on a page of the atlas show? The grid, its neighbours, streets, water, reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.maps.canvas import add_areas, add_names, add_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from gridkit._typing import GeometryArray
    from gridkit.maps.content import MapContent

_STYLE: dict[str, dict[str, Any]] = {
    "water": {"facecolor": "#c9dfee", "edgecolor": "none", "zorder": 1},
    "streets": {"color": "#a29c92", "linewidth": 0.5, "zorder": 4},
    "rail": {"color": "#5f5f5f", "linewidth": 0.9, "linestyle": (0, (4, 2)), "zorder": 5},
    "barriers": {"color": "#5b3a8c", "linewidth": 1.2, "linestyle": (0, (1, 2)), "zorder": 5},
    "hotspots": {"facecolor": "#b1003a22", "edgecolor": "#b1003a", "linewidth": 1.1, "zorder": 8},
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """All layers in the CRS of the base grids, each with a spatial index.

    Parameters
    ----------
    grids : (n,), metres
        Base grids.
    upper : (m,), metres
        Community grids.
    layers
        Name -> shapes and their index.
    """

    grids: GeometryArray
    upper: GeometryArray
    layers: dict[str, tuple[GeometryArray, shapely.STRtree]]

    @classmethod
    def of(cls, content: MapContent) -> Background:
        """Gather the layers of a map."""
        crs = content.base_grids.crs

        def shapes(frame: gpd.GeoDataFrame | None) -> GeometryArray:
            if frame is None:
                return np.zeros(0, dtype=object)
            array: GeometryArray = np.asarray(frame.to_crs(crs).geometry.array, dtype=object)
            keep: GeometryArray = array[~(shapely.is_missing(array) | shapely.is_empty(array))]
            return keep

        layers = {}
        for name in ("water", "streets", "rail", "barriers", "hotspots", "hazards", "members"):
            array = shapes(getattr(content, name))
            if array.size:
                layers[name] = (array, shapely.STRtree(array))
        return cls(
            grids=np.asarray(content.base_grids.geometry.array, dtype=object),
            upper=shapes(content.community_grids),
            layers=layers,
        )

    def inside(self, name: str, box: Any) -> GeometryArray:
        """Give the shapes of a layer that touch a box, in order, cut to it."""
        if name not in self.layers:
            return np.zeros(0, dtype=object)
        shapes, tree = self.layers[name]
        found = shapes[np.sort(tree.query(box))]
        if name in ("hazards", "members"):
            return found
        cut = shapely.clip_by_rect(found, *box.bounds)
        return np.asarray(cut[~shapely.is_empty(cut)], dtype=object)


def draw_neighborhood(axes: Any, land: Background, i: int, labels: Sequence[str]) -> None:
    """Draw one base grid with what lies around it.

    Parameters
    ----------
    axes
        Of matplotlib.
    land
        All layers.
    i
        Position of the base grid.
    labels : (n,)
        Codes, ready to be written.
    """
    box = _window(axes, land.grids[i])
    _prepare(axes, box)
    near = [k for k, shape in enumerate(land.grids) if shape.intersects(box)]
    add_areas(
        axes,
        [land.grids[k] for k in near if k != i],
        facecolor="#eeece6",
        edgecolor="none",
        zorder=2,
    )
    add_areas(axes, [land.grids[i]], facecolor="#d5e3f1", edgecolor="none", zorder=3)
    _layers(axes, land, box, ("water", "streets", "rail", "barriers", "hotspots"))
    add_areas(
        axes,
        [land.grids[k] for k in near],
        facecolor="none",
        edgecolor="#8a857c",
        linewidth=0.8,
        zorder=6,
    )
    upper = [s for s in land.upper if s.intersects(box)]
    add_areas(axes, upper, facecolor="none", edgecolor="#3a3a3a", linewidth=1.6, zorder=7)
    add_areas(axes, [land.grids[i]], facecolor="none", edgecolor="#16456f", linewidth=2.4, zorder=9)
    points = land.inside("hazards", box)
    points = points[shapely.intersects(points, land.grids[i])] if points.size else points
    _dots(axes, points, "#d55e00", 9)
    posts = land.inside("members", box)
    _dots(
        axes,
        posts[shapely.intersects(posts, land.grids[i])] if posts.size else posts,
        "#000000",
        22,
    )
    parts = shapely.intersection(land.grids[near], box)
    add_names(
        axes, np.asarray(parts, dtype=object), [labels[k] for k in near], own=near.index(i), box=box
    )
    add_scale(axes, box)


def draw_index_map(axes: Any, land: Background, labels: Sequence[str]) -> None:
    """Draw all base grids with their codes, where these have room."""
    box = _window(axes, shapely.box(*shapely.total_bounds(land.grids)), margin=0.03)
    _prepare(axes, box, frame=False)
    _layers(axes, land, box, ("water",))
    add_areas(
        axes, list(land.grids), facecolor="#dfe9f3", edgecolor="#ffffff", linewidth=0.8, zorder=2
    )
    add_areas(
        axes, list(land.upper), facecolor="none", edgecolor="#3a3a3a", linewidth=1.3, zorder=7
    )
    add_names(axes, land.grids, labels, own=-1, box=box)
    add_scale(axes, box)


def _window(axes: Any, shape: Any, *, margin: float = 0.18) -> Any:
    """Fit a shape into the axes, with room around it, at the ratio of the axes."""
    west, south, east, north = shape.bounds
    size = axes.figure.get_size_inches()
    place = axes.get_position()
    ratio = place.width * size[0] / (place.height * size[1])
    wide = max(east - west, (north - south) * ratio, 1.0) * (1 + 2 * margin)
    x, y = (west + east) / 2, (south + north) / 2
    return shapely.box(x - wide / 2, y - wide / ratio / 2, x + wide / 2, y + wide / ratio / 2)


def _prepare(axes: Any, box: Any, *, frame: bool = True) -> None:
    west, south, east, north = box.bounds
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("#faf9f6" if frame else "none")
    for spine in axes.spines.values():
        spine.set_visible(frame)
        spine.set_color("#b9b5ad")


def _layers(axes: Any, land: Background, box: Any, names: Sequence[str]) -> None:
    from matplotlib.collections import LineCollection

    for name in names:
        shapes = land.inside(name, box)
        if not shapes.size:
            continue
        if "facecolor" in _STYLE[name]:
            add_areas(axes, [s for s in shapes if s.area > 0], **_STYLE[name])
        else:
            lines = shapely.get_parts(shapes)
            lines = lines[np.isin(shapely.get_type_id(lines), (1, 2))]
            axes.add_collection(
                LineCollection([shapely.get_coordinates(s) for s in lines], **_STYLE[name]),
                autolim=False,
            )


def _dots(axes: Any, points: GeometryArray, color: str, size: float) -> None:
    if len(points):
        xy = shapely.get_coordinates(points)
        axes.scatter(
            xy[:, 0], xy[:, 1], s=size, c=color, edgecolors="white", linewidths=0.3, zorder=10
        )
