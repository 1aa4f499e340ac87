"""How do a map and a chart get into a document that runs no script? As SVG, every text escaped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.geo.points import inner_points
from gridkit.maps.escape import to_html
from gridkit.maps.palettes import NO_DATA, RAMP, class_of, class_words, ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, GeometryArray

_INK, _FAINT = "#1c1c1c", "#6b675f"
MOST_BARS = 60
"""Grids with a bar of their own; more become a histogram."""
_SIZES = (("wide", 10.0), ("narrow", 19.0))
"""Size of the letters on a map, and for a phone, where the map is half as wide (the style shows one of the two)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where on the paper a place of the town comes to lie.

    Parameters
    ----------
    west, north
        Upper left corner, metres.
    scale
        Points per metre.
    width, height
        Of the picture, points.
    """

    west: float
    north: float
    scale: float
    width: float
    height: float

    @classmethod
    def around(cls, shapes: GeometryArray, *, width: float, max_height: float) -> Frame:
        """Fit shapes into a width, and not above a height."""
        west, south, east, north = shapely.total_bounds(shapes).tolist()
        wide, high = max(east - west, 1e-9), max(north - south, 1e-9)
        scale = min((width - 8) / wide, (max_height - 8) / high)
        return cls(
            west=west - (width / scale - wide) / 2,
            north=north + 4 / scale,
            scale=scale,
            width=width,
            height=high * scale + 8,
        )

    def to_paper(self, xy: FloatArray) -> FloatArray:
        """Turn metres into points, y down."""
        return np.column_stack(
            [(xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale]
        )


def path_of(shape: Any, frame: Frame) -> str:
    """Write a polygon or line as path data, tenths of a point, without points that cannot be told apart."""
    out = []
    for part in shapely.get_parts(shape):
        rings = shapely.get_rings(part) if shapely.get_type_id(part) == 3 else [part]
        for ring in rings:
            q = np.round(frame.to_paper(shapely.get_coordinates(ring)) * 10).astype(np.int64)
            keep = np.ones(len(q), dtype=bool)
            keep[1:] = (q[1:] != q[:-1]).any(axis=1)
            text = "L".join(f"{x / 10:g} {y / 10:g}" for x, y in q[keep].tolist())
            out.append(f"M{text}{'Z' if shapely.get_type_id(part) == 3 else ''}")
    return "".join(out)


def map_svg(
    shapes: GeometryArray,
    *,
    fills: Sequence[str],
    labels: Sequence[str] = (),
    outlines: GeometryArray | None = None,
    hotspots: GeometryArray | None = None,
    title: str,
    width: float = 720,
    max_height: float = 640,
    frame: Frame | None = None,
) -> str:
    """Draw filled grids with thick outlines over them, hotspots, labels that have room, and a scale.

    Parameters
    ----------
    shapes : (n,), metres
        Base grids.
    fills : (n,)
        Colours.
    labels : (n,)
        Codes; drawn where they fit.
    outlines : (m,), metres
        Community grids.
    hotspots : (h,), metres
        Drawn as outlines.
    title
        What a reader who cannot see it is told.
    width, max_height
        Points.
    frame
        Where things lie on the paper, when several maps must agree; then `width` and `max_height`
        mean nothing.
    """
    frame = frame or Frame.around(shapes, width=width, max_height=max_height)
    body = [
        f'<path d="{path_of(shape, frame)}" fill="{fill}" stroke="#fff" stroke-width="1" fill-rule="evenodd"/>'
        for shape, fill in zip(shapes, fills, strict=True)
    ]
    for layer, color, stroke in ((outlines, "#3a3a3a", 1.8), (hotspots, "#b1003a", 2.2)):
        if layer is not None:
            body += [
                f'<path d="{path_of(s, frame)}" fill="none" stroke="{color}" stroke-width="{stroke}" stroke-linejoin="round"/>'
                for s in layer
            ]
    for kind, size in _SIZES:
        if len(labels):
            body.append(f'<g class="{kind}">{_labels(shapes, labels, frame, size)}</g>')
        body.append(f'<g class="{kind}">{_scale(frame, size)}</g>')
    return (
        f'<svg viewBox="0 0 {frame.width:g} {frame.height + 22:g}" role="img" aria-label="{to_html(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is: a Chinese character is twice as wide as a letter."""
    return sum(size if ord(c) > 0x2E7F else size * 0.6 for c in text)


def _labels(shapes: GeometryArray, labels: Sequence[str], frame: Frame, size: float) -> str:
    at = frame.to_paper(inner_points(shapes))
    box = shapely.bounds(shapes)
    room = (box[:, 2] - box[:, 0]) * frame.scale
    taken: list[tuple[float, float, float]] = []
    out = []
    for i in np.argsort(-shapely.area(shapes), kind="stable").tolist():
        x, y, half = at[i, 0], at[i, 1], text_width(labels[i], size) / 2 + size * 0.2
        if 2 * half > room[i] * 1.1:
            continue
        if any(abs(x - a) < half + b and abs(y - c) < size * 1.2 for a, b, c in taken):
            continue
        taken.append((x, half, y))
        out.append(
            f'<text x="{x:.1f}" y="{y + size * 0.35:.1f}" font-size="{size:g}" font-weight="600" text-anchor="middle" fill="{_INK}" '
            f'stroke="#fff" stroke-width="{size * 0.24:.1f}" stroke-opacity=".85" paint-order="stroke">{to_html(labels[i])}</text>'
        )
    return "".join(out)


def _scale(frame: Frame, size: float) -> str:
    """A scale bar of a round length, about a fifth of the width."""
    want = frame.width / 5 / frame.scale
    step = 10.0 ** np.floor(np.log10(want))
    metres = max(f for f in (1, 2, 5) if f * step <= want) * step
    long = metres * frame.scale
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    y = frame.height + 8
    return (
        f'<path d="M4 {y - 4:g}V{y:g}H{4 + long:.1f}V{y - 4:g}" fill="none" stroke="{_INK}"/>'
        f'<text x="{10 + long:.1f}" y="{y + 2:g}" font-size="{size + 1:g}" fill="{_INK}">{words}</text>'
    )


def legend_html(
    breaks: tuple[float, ...],
    *,
    title: str,
    decimals: int,
    no_data: str | None = None,
    all_values: str = "all",
) -> str:
    """Write the classes of a choropleth as a list; `title`, `no_data` and `all_values` are plain text.

    Values without decimals are whole numbers: a class from 3 to below 6 is written 3 – 5.
    """
    words = class_words(breaks, decimals=decimals, all_values=all_values, whole=decimals == 0)
    rows = [
        f'<li><i style="background:{color}"></i>{to_html(said)}</li>'
        for color, said in zip(ramp(len(breaks) + 1), words, strict=True)
    ]
    if no_data is not None:
        rows.append(f'<li><i style="background:{NO_DATA}"></i>{to_html(no_data)}</li>')
    return f'<p class="legend-title">{to_html(title)}</p><ul class="legend">{"".join(rows)}</ul>'


def fills_of(values: FloatArray, breaks: tuple[float, ...]) -> list[str]:
    """Give each value the colour of its class."""
    colors = ramp(len(breaks) + 1)
    return [NO_DATA if c < 0 else colors[int(c)] for c in class_of(values, breaks)]


def chart_svg(
    values: FloatArray,
    labels: Sequence[str],
    *,
    title: str,
    unit: str,
    decimals: int,
    counted: str = "",
) -> str:
    """Draw one bar for each grid, the largest first; from 60 grids on, a histogram.

    Parameters
    ----------
    values : (n,)
        Numbers; those that are not finite are left out.
    labels : (n,)
        Codes of the grids.
    title, unit
        Plain text.
    decimals
        Of the numbers written.
    counted
        What a histogram counts, for its axis.
    """
    known = np.flatnonzero(np.isfinite(values))
    if known.size == 0:
        return ""
    order = known[np.argsort(-values[known], kind="stable")]
    if order.size <= MOST_BARS:
        heights, names = values[order], [labels[i] for i in order]
        caption = unit
    else:
        counts, edges = np.histogram(values[known], bins=20)
        heights = counts.astype(np.float64)
        fine = decimals + (len({f"{e:,.{decimals}f}" for e in edges}) < len(edges))
        names = [f"{e:,.{fine}f}" for e in edges[:-1]]
        caption = counted
    return _bars(
        heights,
        names,
        title=title,
        caption=caption,
        decimals=decimals if order.size <= MOST_BARS else 0,
        mean=float(values[known].mean()) if order.size <= MOST_BARS else None,
    )


def _bars(
    heights: FloatArray,
    names: Sequence[str],
    *,
    title: str,
    caption: str,
    decimals: int,
    mean: float | None,
) -> str:
    width, height, left, base = 720.0, 190.0, 46.0, 150.0
    top = _round_up(float(heights.max()) or 1.0)
    step = (width - left - 6) / len(heights)
    out = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = base - share * (base - 22)
        digits = decimals if top * 0.25 < 10 else 0
        out.append(
            f'<path d="M{left:g} {y:g}H{width:g}" stroke="#ddd8cf" stroke-width=".7"/>'
            f'<text x="{left - 5:g}" y="{y + 3.5:g}" font-size="10" text-anchor="end" fill="{_FAINT}">{top * share:,.{digits}f}</text>'
        )
    every = int(np.ceil(max(text_width(n, 9) for n in names) / max(step * 1.6, 1) / 1.2)) or 1
    for i, value in enumerate(heights.tolist()):
        high = value / top * (base - 22)
        x = left + i * step
        out.append(
            f'<rect x="{x + step * 0.1:.1f}" y="{base - high:.1f}" width="{step * 0.8:.1f}" height="{high:.1f}" fill="{RAMP[3]}"/>'
        )
        if i % every == 0:
            out.append(
                f'<text x="{x + step / 2:.1f}" y="{base + 8:g}" font-size="9" text-anchor="end" fill="{_INK}" '
                f'transform="rotate(-55 {x + step / 2:.1f} {base + 8:g})">{to_html(names[i])}</text>'
            )
    if mean is not None:
        y = base - mean / top * (base - 22)
        out.append(
            f'<path d="M{left:g} {y:.1f}H{width:g}" stroke="#b1003a" stroke-dasharray="5 3"/>'
            f'<text x="{width - 4:g}" y="{y - 4:.1f}" font-size="10" text-anchor="end" fill="#b1003a">⌀ {mean:,.{decimals}f}</text>'
        )
    out.append(f'<text x="2" y="9" font-size="10" fill="{_FAINT}">{to_html(caption)}</text>')
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{to_html(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(out)}</svg>'
    )


def _round_up(value: float) -> float:
    step = 10.0 ** np.floor(np.log10(value))
    return float(
        next(f * step for f in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if f * step >= value * 0.999)
    )


def scatter_svg(
    x: FloatArray,
    y: FloatArray,
    names: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    title: str,
    size: FloatArray | None = None,
    size_title: str = "",
) -> str:
    """Draw one named dot for each alternative.

    Parameters
    ----------
    x, y : (n,)
        Numbers; a pair that is not finite is left out.
    names : (n,)
        Of the alternatives.
    x_title, y_title, title
        Plain text, units included.
    size : (n,)
        A third figure: written beside the name, and the larger, the larger the dot.
    size_title
        Plain text beside the smallest and the largest dot.
    """
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if known.size == 0:
        return ""
    width, height, left, base, top = 720.0, 310.0 if size is None else 340.0, 60.0, 268.0, 20.0
    right = width - 130.0
    x0, x1, x_digits = _range(x[known])
    y0, y1, y_digits = _range(y[known])
    out = []
    for k in range(5):
        at = left + (right - left) * k / 4
        up = base - (base - top) * k / 4
        out.append(
            f'<path d="M{at:g} {base:g}V{top:g}M{left:g} {up:g}H{right:g}" stroke="#ddd8cf" stroke-width=".7"/>'
            f'<text x="{at:g}" y="{base + 14:g}" font-size="10" text-anchor="middle" fill="{_FAINT}">{x0 + (x1 - x0) * k / 4:,.{x_digits}f}</text>'
            f'<text x="{left - 6:g}" y="{up + 3.5:g}" font-size="10" text-anchor="end" fill="{_FAINT}">{y0 + (y1 - y0) * k / 4:,.{y_digits}f}</text>'
        )
    radius = _radii(np.full(len(x), np.nan) if size is None else size)
    for i in known.tolist():
        px = left + (x[i] - x0) / (x1 - x0) * (right - left)
        py = base - (y[i] - y0) / (y1 - y0) * (base - top)
        third = ""
        if size is not None and np.isfinite(size[i]):
            third = f'<tspan dx="6" font-size="10" font-weight="400" fill="{_FAINT}">{size[i]:.3g}</tspan>'
        out.append(
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius[i]:.1f}" fill="{RAMP[4]}" fill-opacity=".85" stroke="#fff"/>'
            f'<text x="{px + radius[i] + 4:.1f}" y="{py + 4:.1f}" font-size="12" font-weight="600" fill="{_INK}" stroke="#fff" '
            f'stroke-width="2.4" paint-order="stroke">{to_html(names[i])}{third}</text>'
        )
    if size is not None:
        out += _size_legend(size[known], left, base + 58, size_title)
    out.append(
        f'<text x="{(left + right) / 2:g}" y="{base + 34:g}" font-size="11" text-anchor="middle" fill="{_INK}">{to_html(x_title)}</text>'
        f'<text x="4" y="11" font-size="11" fill="{_INK}">{to_html(y_title)}</text>'
    )
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{to_html(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(out)}</svg>'
    )


def _radii(values: FloatArray) -> FloatArray:
    """Give the radius of each dot: 5 to 12 points from the least to the largest, 6 for unknown."""
    known = values[np.isfinite(values)]
    if known.size == 0 or np.ptp(known) == 0:
        return np.full(len(values), 6.0)
    radius = 5.0 + 7.0 * (values - known.min()) / np.ptp(known)
    return np.where(np.isfinite(radius), radius, 6.0)


def _size_legend(values: FloatArray, x: float, y: float, title: str) -> list[str]:
    """Show the smallest and the largest dot with their figures."""
    known = np.unique(values[np.isfinite(values)])
    if known.size == 0:
        return []
    out = [f'<text x="{x:g}" y="{y + 4:g}" font-size="11" fill="{_INK}">{to_html(title)}</text>']
    ends = np.unique(known[[0, -1]])
    x += text_width(title, 11) + 10
    for value, r in zip(ends.tolist(), _radii(ends).tolist(), strict=True):
        out.append(
            f'<circle cx="{x + r:.1f}" cy="{y:g}" r="{r:.1f}" fill="{RAMP[4]}" fill-opacity=".85"/>'
            f'<text x="{x + 2 * r + 5:.1f}" y="{y + 4:g}" font-size="11" fill="{_INK}">{value:.3g}</text>'
        )
        x += 2 * r + 60
    return out


def _range(values: FloatArray) -> tuple[float, float, int]:
    """Ends of an axis of four steps, and how many decimals the steps need."""
    low, high = float(values.min()), float(values.max())
    power = np.floor(np.log10((high - low) or abs(high) or 1.0)) - 1
    steps = (f * 10.0 ** (power + k) for k in range(4) for f in (1, 1.25, 1.5, 2, 2.5, 5))
    step = next(s for s in steps if np.floor(low / s) * s + 4 * s >= high - 1e-9 * s)
    start = float(np.floor(low / step) * step)
    decimals = next(d for d in range(12) if abs(round(step, d) - step) < 1e-9 * step or d == 11)
    return start, float(start + 4 * step), decimals
