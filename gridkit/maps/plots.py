"""How does a plan look on paper, in an article or beside code? Matplotlib plots, each one axes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.maps.canvas import add_areas, add_names, add_scale
from gridkit.maps.comparison import tradeoff_of
from gridkit.maps.fonts import find_fonts
from gridkit.maps.palettes import NO_DATA, RAMP, class_breaks, class_of, ramp
from gridkit.maps.texts import check_lang, say
from gridkit.maps.totals import totals_of
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from gridkit._typing import GeometryArray
    from gridkit.maps.fonts import Fonts
    from gridkit.model.hotspots import Hotspots
    from gridkit.model.plan import Plan

_INK, _LINE, _FAINT = "#1c1c1c", "#3a3a3a", "#8a867e"
_SPOTS = (
    ("#d55e00", "-"),
    ("#0072b2", "--"),
    ("#cc79a7", "-."),
    ("#009e73", ":"),
    ("#000000", "-"),
)
"""Colour and line of each method: told apart without colour too (Okabe and Ito)."""
LEAST_LETTERS = 4.5
"""Points; where bars are so thin that their ids would be smaller, they have none."""
_WIDTH, _LEGEND = 7.2, 1.6
"""Inches: of a figure, and of the legend beside a map."""


def plot_plan(
    plan: Plan,
    *,
    measure: str | None = None,
    level: str = "base_grid",
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot the grids of a plan, coloured by a measure, with a legend and a scale bar.

    Parameters
    ----------
    plan
        Any plan.
    measure
        What to colour by, added up in each grid; by default the town's first measure.
    level
        ``"base_grid"`` or ``"community_grid"``.
    lang
        ``"en"`` or ``"zh"``; Chinese characters need an open Chinese font on the machine.
    ax
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax.figure.savefig(path)`` writes it.

    Raises
    ------
    SchemaError
        If the plan has no such level, or the town no such measure.
    MissingDependencyError
        If matplotlib, or a font for Chinese text, is missing.
    """
    totals = totals_of(plan, measure=measure, level=level, lang=lang)
    ids = plan.level(level).ids
    shapes = plan.shapes(level=level)
    breaks = class_breaks(totals.values)
    colors = ramp(len(breaks) + 1)
    classes = class_of(totals.values, breaks).astype(np.int64)
    said = totals.say_classes(breaks)
    with _paper([plan.town.name, totals.title, *ids, *said], shapes, ax) as (axes, fonts):
        for number, color in enumerate((*colors, NO_DATA)):
            own = shapes[classes == (number if number < len(colors) else -1)]
            add_areas(axes, list(own), facecolor=color, edgecolor="white", linewidth=0.5, zorder=2)
        if level == "base_grid" and plan.has_level("community_grid"):
            upper = list(plan.shapes(level="community_grid"))
            add_areas(axes, upper, facecolor="none", edgecolor=_LINE, linewidth=1.3, zorder=7)
        add_names(axes, shapes, [fonts.clean(i) for i in ids], own=-1, box=_box(axes))
        add_scale(axes, _box(axes))
        _title(axes, fonts.clean(plan.town.name))
        _legend(
            axes, [(c, t) for c, t in zip(colors, said, strict=True)], fonts.clean(totals.title)
        )
    return axes


def plot_balance(
    plan: Plan,
    *,
    measure: str | None = None,
    level: str = "base_grid",
    lang: str = "en",
    ax: Axes | None = None,
) -> Axes:
    """Plot what each grid holds, the largest first, with the mean.

    Parameters
    ----------
    plan, measure, level, lang, ax
        As in `plot_plan`.

    Returns
    -------
    matplotlib.axes.Axes
        One bar for each grid.
    """
    totals = totals_of(plan, measure=measure, level=level, lang=lang)
    values, order = totals.values, np.argsort(-totals.values, kind="stable")
    ids = [plan.level(level).ids[i] for i in order]
    mean = float(values.mean())
    told = say("mean_is", totals.lang, x=totals.written(mean))
    with _chart([plan.town.name, totals.title, told, *ids], ax, high=4.2) as (axes, fonts):
        axes.bar(np.arange(len(ids)), values[order], width=0.8, color=RAMP[3])
        axes.axhline(mean, color="#b1003a", linestyle="--", linewidth=1.2)
        axes.annotate(
            told, (1, mean), xycoords=("axes fraction", "data"), xytext=(-4, 4),
            textcoords="offset points", ha="right", color="#b1003a", parse_math=False,
        )  # fmt: skip
        width = axes.get_window_extent().width / axes.figure.dpi  # inches
        letters = min(9.0, 72 * width / len(ids) * 0.8)
        if letters >= LEAST_LETTERS:
            axes.set_xticks(
                np.arange(len(ids)), [fonts.clean(i) for i in ids], rotation=90, fontsize=letters
            )
        else:
            axes.set_xticks([])
            axes.set_xlabel(say(f"{level}s", totals.lang), parse_math=False)
        for tick in axes.get_xticklabels():
            tick.set_parse_math(False)
        axes.set_ylabel(fonts.clean(totals.title), parse_math=False)
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.margins(x=0.01)
        _title(axes, fonts.clean(plan.town.name))
    return axes


def plot_hotspots(
    hotspots: Hotspots, *, plan: Plan | None = None, lang: str = "en", ax: Axes | None = None
) -> Axes:
    """Plot hotspots by their outlines, each method with its own colour and line.

    Parameters
    ----------
    hotspots
        From `find_hotspots`.
    plan
        Its grids are drawn below.
    lang, ax
        As in `plot_plan`.

    Returns
    -------
    matplotlib.axes.Axes
        With the number of hotspots of each method in the legend.
    """
    spoken = check_lang(lang)
    outlines = np.array([h.outline for h in hotspots], dtype=object)
    methods = list(dict.fromkeys(h.method for h in hotspots))
    ground = np.zeros(0, dtype=object) if plan is None else plan.shapes()
    rows = [(m, f"{say_in(m, spoken)} ({sum(h.method == m for h in hotspots):,})") for m in methods]
    title = say("hotspots", spoken)
    seen = np.concatenate([ground, outlines])
    with _paper([title, *(t for _, t in rows)], seen, ax) as (axes, fonts):
        add_areas(
            axes, list(ground), facecolor="#f4f2ee", edgecolor=_FAINT, linewidth=0.6, zorder=2
        )
        keys = []
        for number, (method, text) in enumerate(rows):
            color, line = _SPOTS[number % len(_SPOTS)]
            own = [h.outline for h in hotspots if h.method == method]
            add_areas(
                axes, own, facecolor=f"{color}2e", edgecolor=color, linestyle=line, linewidth=1.3,
                zorder=8 + number,
            )  # fmt: skip
            keys.append((color, fonts.clean(text), line))
        if len(seen):
            add_scale(axes, _box(axes))
        _title(axes, fonts.clean(title))
        _legend(axes, keys, say("method", spoken))
    return axes


def plot_comparison(table: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """Plot alternatives: how much changes against how even it is; the larger the dot, the more compact.

    Parameters
    ----------
    table
        From `gridkit.compare_folders`.
    lang, ax
        As in `plot_plan`.

    Returns
    -------
    matplotlib.axes.Axes
        One named dot for each plan.

    Raises
    ------
    InputError
        If the table has no figure of change or none of balance.
    """
    spoken = check_lang(lang)
    found = tradeoff_of(table, lang=spoken)
    if found is None:
        msg = "the table has no row 'residents moved' or 'units moved', or no row of load or compactness; make it with gridkit.compare_folders(...)."
        raise InputError(msg)
    names = [str(c) for c in table.columns]
    size = np.asarray(found.size or [np.nan] * len(names), dtype=np.float64)
    span = float(np.ptp(size)) if np.isfinite(size).all() else 0.0
    area = 60 + (240 * (size - size.min()) / span if span else np.zeros(len(names)))
    with _chart([found.x_title, found.y_title, found.size_title, *names], ax) as (axes, fonts):
        axes.scatter(found.x, found.y, s=area, color=RAMP[4], alpha=0.85, edgecolors="white")
        for x, y, name, value in zip(found.x, found.y, names, size.tolist(), strict=True):
            more = f" ({value:.3g})" if np.isfinite(value) else ""
            axes.annotate(
                fonts.clean(name) + more, (x, y), xytext=(9, 5), textcoords="offset points",
                parse_math=False,
            )  # fmt: skip
        axes.set_xlabel(fonts.clean(found.x_title), parse_math=False)
        axes.set_ylabel(fonts.clean(found.y_title), parse_math=False)
        axes.margins(0.18)
        if found.size_title:
            _title(axes, fonts.clean(say("dot_size", spoken, name=found.size_title)))
    return axes


# ---------------------------------------------------------------------- shared
@contextmanager
def _paper(
    texts: Sequence[str], shapes: GeometryArray, ax: Axes | None
) -> Iterator[tuple[Axes, Fonts]]:
    """Give axes in which a metre is as long to the north as to the east, and fonts for the texts."""
    west, south, east, north = (0.0, 0.0, 1.0, 1.0)
    if len(shapes):
        west, south, east, north = shapely.total_bounds(shapes).tolist()
    high = (_WIDTH - _LEGEND) * (north - south) / max(east - west, 1e-9)
    with _chart(texts, ax, high=float(np.clip(high + 0.5, 2.5, 9.0))) as (axes, fonts):
        margin = 0.03 * max(east - west, north - south)
        axes.set_xlim(west - margin, east + margin)
        axes.set_ylim(south - margin, north + margin)
        axes.set_aspect("equal")
        axes.axis("off")
        axes.apply_aspect()
        yield axes, fonts


@contextmanager
def _chart(
    texts: Sequence[str], ax: Axes | None, *, high: float = 3.6
) -> Iterator[tuple[Axes, Fonts]]:
    """Give axes, new ones where none are given, and fonts that can write the texts."""
    fonts = find_fonts(texts, what="the plot")
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    with mpl.rc_context({"font.family": list(fonts.families), "font.size": 9}):
        axes = ax
        if axes is None:
            axes = plt.figure(figsize=(_WIDTH, high), layout="constrained").add_subplot()
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        yield axes, fonts


def _box(axes: Axes) -> Any:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return shapely.box(west, south, east, north)


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, loc="left", fontsize=11, color=_INK, parse_math=False)


def _legend(axes: Axes, rows: Sequence[tuple[Any, ...]], title: str) -> None:
    """Say what colours mean; a third entry of a row is the line of an outline."""
    from matplotlib.patches import Patch

    if not rows:
        return
    keys = [
        Patch(facecolor=r[0], edgecolor="#b9b5ad", label=r[1])
        if len(r) == 2
        else Patch(facecolor=f"{r[0]}2e", edgecolor=r[0], linestyle=r[2], linewidth=1.3, label=r[1])
        for r in rows
    ]
    drawn = axes.legend(
        handles=keys, title=title, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False,
        alignment="left",
    )  # fmt: skip
    for text in (drawn.get_title(), *drawn.get_texts()):
        text.set_parse_math(False)
