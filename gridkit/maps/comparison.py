"""Which of these plans? Two to four of them side by side: maps, figures, alternatives, moved units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import CRSError, InputError
from gridkit.maps.content import KNOWN_MEASURES, MapMeasure, describe_measure
from gridkit.maps.escape import to_html
from gridkit.maps.palettes import class_breaks
from gridkit.maps.paper import document, legible
from gridkit.maps.svg import Frame, fills_of, legend_html, map_svg, scatter_svg
from gridkit.maps.tables import table_html
from gridkit.maps.texts import check_lang, say
from gridkit.model.sentences import say_in
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray
    from gridkit.maps.texts import Lang

MOST_MOVED = 60
SHARES = ("largest deviation of load", "load, largest", "load, least")
"""Figures that are ratios and written in percent."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tradeoff:
    """Two or three figures of every plan, drawn against each other.

    Parameters
    ----------
    x, y : (number of plans,)
        The figures, for example residents who change grid, and the largest deviation.
    x_title, y_title
        With units.
    size : (number of plans,)
        A third figure, for example compactness: the larger, the larger the dot.
    size_title
        What the size of a dot says.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    x_title: str
    y_title: str
    size: tuple[float, ...] | None = None
    size_title: str = ""


def tradeoff_of(table: pd.DataFrame, *, lang: str = "en") -> Tradeoff | None:
    """Set the change against the balance, and the compactness as the size of the dots.

    Parameters
    ----------
    table
        From `gridkit.compare_folders`: a row for each figure, a column for each plan.
    lang
        Of the titles.

    Returns
    -------
    Tradeoff
        None where the table has no figure of change, or none of balance.
    """
    change = next((r for r in ("residents moved", "units moved") if r in table.index), None)
    balance = next((r for r in (*SHARES, "compactness, mean") if r in table.index), None)
    if change is None or balance is None:
        return None
    factor, sign = (100, " (%)") if balance in SHARES else (1, "")
    compact = "compactness, mean"
    sized = compact in table.index and balance != compact
    return Tradeoff(
        x=tuple(_row(table, change)),
        y=tuple(factor * v for v in _row(table, balance)),
        x_title=say_in(change, lang),
        y_title=say_in(balance, lang) + sign,
        size=tuple(_row(table, compact)) if sized else None,
        size_title=say_in(compact, lang) if sized else "",
    )


def _row(table: pd.DataFrame, name: str) -> list[float]:
    """Give the figures of one row as numbers."""
    values: list[float] = table.loc[[name]].to_numpy(dtype=np.float64)[0].tolist()
    return values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonContent:
    """Everything a comparison says.

    Parameters
    ----------
    title
        Of the document.
    plans
        Name -> base grids, as in `MapContent`, all in one projected CRS; the first is what the
        others are compared with.
    figures
        One row for each measure: ``measure`` (words with the unit) and a column of numbers for
        each plan, named as in `plans`.
    tradeoff
        Figures to draw against each other.
    moved
        Units that are in other grids: ``unit_id``, a column of grid ids for each plan, measures.
    measures
        As in `MapContent`.
    color_by
        Column that colours the maps; by default the first known one that all plans have.
    is_synthetic
        Whether data are made up.

    Raises
    ------
    InputError
        If there are fewer than two or more than four plans.
    CRSError
        If they are not in one projected CRS.
    """

    title: str
    plans: Mapping[str, gpd.GeoDataFrame]
    figures: pd.DataFrame | None = None
    tradeoff: Tradeoff | None = None
    moved: pd.DataFrame | None = None
    measures: tuple[MapMeasure, ...] = ()
    color_by: str | None = None
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        if not 2 <= len(self.plans) <= 4:
            msg = f"a comparison shows two to four plans; got {len(self.plans)}."
            raise InputError(msg)
        systems = [frame.crs for frame in self.plans.values()]
        if any(c is None or c.is_geographic or c != systems[0] for c in systems):
            msg = "all plans of a comparison must be in one projected CRS, so that their maps have one scale: base_grids.to_crs(...)"
            raise CRSError(msg)
        for name, frame in self.plans.items():
            need_column(frame, "grid_id", name=name)
        if self.figures is not None:
            for column in ("measure", *self.plans):
                need_column(self.figures, column, name="figures")


def draw_comparison(content: ComparisonContent, *, lang: str = "en") -> str:
    """Write a comparison of plans as one HTML document without scripts.

    Parameters
    ----------
    content
        Finished frames.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    str
        HTML, UTF-8; the same content gives the same bytes.
    """
    spoken = check_lang(lang)
    badge = (
        f' <span class="badge">{to_html(say("synthetic", spoken))}</span>'
        if content.is_synthetic
        else ""
    )
    parts = [
        f"<h1>{to_html(content.title)}</h1><p>{to_html(say('compare_intro', spoken))}{badge}</p>",
        _maps(content, spoken),
        _section("figures", _figures(content, spoken), spoken),
        _section("tradeoff", _alternatives(content, spoken), spoken),
        _section("moved_units", _moved(content, spoken), spoken),
    ]
    return document(content.title, parts, lang=spoken)


def _section(key: str, inner: str, lang: Lang) -> str:
    return f"<section><h2>{to_html(say(key, lang))}</h2>{inner}</section>" if inner else ""


def _maps(content: ComparisonContent, lang: Lang) -> str:
    """Small maps with one scale, one frame and one set of classes."""
    own = {m.name: m for m in content.measures}
    frames = list(content.plans.values())
    names = [content.color_by, *KNOWN_MEASURES]
    column = next((n for n in names if n and all(n in f.columns for f in frames)), None)
    written: list[FloatArray] = [np.full(len(f), np.nan) for f in frames]
    title, decimals = "", 0
    if column is not None:
        found = describe_measure(column, frames[0][column], own)
        decimals = found.decimals or 0
        written = [np.round(found.written(f[column]), decimals) for f in frames]
        unit = found.unit[lang == "zh"]
        title = f"{found.label[lang == 'zh']} ({unit})" if unit else found.label[lang == "zh"]
    breaks = class_breaks(np.concatenate(written))
    everything = np.concatenate([np.asarray(f.geometry.array, dtype=object) for f in frames])
    paper = Frame.around(everything, width=460, max_height=460)
    drawn = [
        f"<figure><figcaption>{to_html(name)}</figcaption>"
        + map_svg(
            np.asarray(frame.geometry.array, dtype=object),
            fills=fills_of(values, breaks),
            labels=legible(frame),
            title=f"{name}: {title}",
            frame=paper,
        )
        + "</figure>"
        for (name, frame), values in zip(content.plans.items(), written, strict=True)
    ]
    missing = say("no_data", lang) if not all(np.isfinite(v).all() for v in written) else None
    key = (
        legend_html(
            breaks,
            title=title,
            decimals=decimals,
            no_data=missing,
            all_values=say("all_values", lang),
        )
        if column
        else ""
    )
    return f'<div class="side">{"".join(drawn)}</div>{key}'


def _figures(content: ComparisonContent, lang: Lang) -> str:
    """The table of measures, with the difference to the first plan."""
    if content.figures is None:
        return ""
    first, *others = content.plans
    head = [say("measure", lang), first]
    for name in others:
        head += [name, say("difference", lang, name=name)]
    rows = []
    for row in content.figures.to_dict("records"):
        base = float(row[first])
        cells = [f"<td>{to_html(row['measure'])}</td>", _cell(base)]
        for name in others:
            cells += [_cell(float(row[name])), _cell(float(row[name]) - base, signed=True)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    top = "".join(
        f"<th{' class=n' if i else ''}>{to_html(word)}</th>" for i, word in enumerate(head)
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _cell(value: float, *, signed: bool = False) -> str:
    if not np.isfinite(value):
        return '<td class="n">–</td>'
    size = abs(value)
    digits = 0 if size >= 100 or value == np.floor(value) else 1 if size >= 10 else 2
    digits = 3 if 0 < size < 1 else digits
    shown = round(value, digits) + 0.0  # no -0
    sign = "+" if signed and shown > 0 else ""
    return f'<td class="n">{sign}{shown:,.{digits}f}</td>'


def _alternatives(content: ComparisonContent, lang: Lang) -> str:
    t = content.tradeoff
    if t is None:
        return ""
    drawn = scatter_svg(
        np.asarray(t.x, dtype=np.float64),
        np.asarray(t.y, dtype=np.float64),
        list(content.plans),
        x_title=t.x_title,
        y_title=t.y_title,
        title=" / ".join(filter(None, (t.y_title, t.x_title, t.size_title))),
        size=None if t.size is None else np.asarray(t.size, dtype=np.float64),
        size_title=say("dot_size", lang, name=t.size_title),
    )
    return f'<div class="scroll chart">{drawn}</div>'


def _moved(content: ComparisonContent, lang: Lang) -> str:
    if content.moved is None:
        return ""
    if not len(content.moved):
        return f"<p>{to_html(say('none', lang))}</p>"
    table = table_html(
        content.moved, lang=lang, own={m.name: m for m in content.measures}, most=MOST_MOVED
    )
    rest = len(content.moved) - MOST_MOVED
    more = (
        f'<p class="faint">{to_html(say("and_more", lang, n=f"{rest:,}"))}</p>' if rest > 0 else ""
    )
    return table + more
