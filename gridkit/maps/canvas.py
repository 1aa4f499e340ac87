"""How do polygons, names and a scale bar get onto matplotlib axes? The atlas and the plots share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.geo.points import inner_points
from gridkit.maps.svg import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import GeometryArray


def add_areas(axes: Any, shapes: Sequence[Any], **style: Any) -> None:
    """Add polygons with holes as paths."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths = []
    for shape in shapes:
        rings = [
            r
            for p in shapely.get_parts(shape)
            if shapely.get_type_id(p) == 3
            for r in shapely.get_rings(shapely.orient_polygons(p))
        ]
        if rings:
            paths.append(
                Path.make_compound_path(
                    *(Path(shapely.get_coordinates(r), closed=True) for r in rings)
                )
            )
    if paths:
        axes.add_collection(PathCollection(paths, **style), autolim=False)


def add_names(
    axes: Any, shapes: GeometryArray, labels: Sequence[str], *, own: int, box: Any
) -> None:
    """Write codes where they have room, the largest part first, the page's own grid before all."""
    size = axes.figure.get_size_inches()
    points_per_metre = axes.get_position().width * size[0] * 72 / (box.bounds[2] - box.bounds[0])
    area = shapely.area(shapes)
    there = [k for k in range(len(labels)) if area[k] > 0]
    there.sort(key=lambda k: (k != own, -area[k], labels[k]))
    polygons = np.array([_largest(shapes[k]) for k in there], dtype=object)
    at = inner_points(polygons) if there else np.zeros((0, 2))
    west, south, east, north = box.bounds
    wide = (east - west) * 0.15  # the corner of the scale bar stays free
    taken = [(west + wide, wide * 1.1, south + (north - south) * f) for f in (0.01, 0.03, 0.05)]
    for k, polygon, (x, y) in zip(there, polygons, at.tolist(), strict=True):
        font = 11.0 if k == own else 7.5
        half = text_width(labels[k], font) / 2 / points_per_metre
        left, _, right, _ = polygon.bounds
        if k != own and 2 * half > (right - left) * 1.05:
            continue
        high = font * 1.3 / points_per_metre
        if any(abs(x - a) < half + b and abs(y - c) < high for a, b, c in taken):
            continue
        taken.append((x, half, y))
        lift = high if k == own else 0.0  # posts stand in the middle of the page's own grid
        add_text(axes, x, y + lift, labels[k], font, bold=k == own)


def add_text(axes: Any, x: float, y: float, text: str, size: float, *, bold: bool) -> None:
    """Write a text with a white rim; nothing in it is read as a formula."""
    from matplotlib.patheffects import withStroke

    axes.text(
        x,
        y,
        text,
        fontsize=size,
        weight="bold" if bold else "normal",
        color="#16456f" if bold else "#3a3a3a",
        ha="center",
        va="center",
        zorder=12,
        clip_on=True,
        parse_math=False,
        path_effects=[withStroke(linewidth=2, foreground="white")],
    )


def _largest(shape: Any) -> Any:
    parts = [p for p in shapely.get_parts(shape) if shapely.get_type_id(p) == 3]
    return max(parts, key=lambda p: p.area)


def add_scale(axes: Any, box: Any) -> None:
    """A bar of a round length, in the lower left corner."""
    west, south, east, north = box.bounds
    want = (east - west) / 5
    step = 10.0 ** np.floor(np.log10(want))
    metres = float(max(f for f in (1, 2, 5) if f * step <= want) * step)
    x, y = west + (east - west) * 0.02, south + (north - south) * 0.025
    axes.plot(
        [x, x + metres], [y, y], color="#1c1c1c", linewidth=1.6, solid_capstyle="butt", zorder=13
    )
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    add_text(axes, x + metres / 2, y + (north - south) * 0.018, words, 7.5, bold=False)
