"""How does a frame become a table that a council can read? Few columns, honest digits, every text escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.maps.content import KNOWN_MEASURES, describe_measure
from gridkit.maps.escape import to_html
from gridkit.maps.texts import TEXTS, say
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gridkit.maps.content import MapMeasure
    from gridkit.maps.texts import Lang

GRID_COLUMNS = (
    "grid_id",
    "code",
    "parent_id",
    "n_units",
    "area_km2",
    "residents",
    "households",
    "n_objects",
    "workload_h",
    "members",
    "load",
    "compactness",
)
HOTSPOT_COLUMNS = (
    "hotspot_id",
    "method",
    "category",
    "n",
    "expected",
    "relative_risk",
    "p_value",
    "grids",
    "suggestion",
)
INDICATOR_COLUMNS = (
    "indicator",
    "name",
    "group",
    "value",
    "numerator",
    "denominator",
    "n_excluded",
    "excluded",
)


def table_html(
    frame: pd.DataFrame,
    *,
    lang: Lang,
    own: Mapping[str, MapMeasure],
    columns: Sequence[str] | None = None,
    most: int | None = None,
) -> str:
    """Write a frame without its shapes; columns without any value, or that say nothing, are left out.

    Parameters
    ----------
    frame
        At least one row.
    lang
        Of the headings.
    own
        Names and units that go before the known ones.
    columns
        Which columns, as far as they are there; by default all.
    most
        Most rows.
    """
    shown = [c for c in (columns or frame.columns) if c in frame.columns and _has_words(frame, c)]
    part = frame if most is None else frame.head(most)
    head, cells = [], []
    for column in shown:
        top, cell = _column(part, str(column), lang, own)
        head.append(top)
        cells.append(cell)
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    return f'<div class="scroll"><table><thead><tr>{"".join(head)}</tr></thead><tbody>{rows}</tbody></table></div>'


def _has_words(frame: pd.DataFrame, column: str) -> bool:
    """Whether a column says anything that the others do not."""
    values = frame[column]
    if values.dtype.name == "geometry" or not values.notna().any():
        return False
    if column == "kind":
        return int(values.nunique()) > 1
    if column in ("code", "name") and "grid_id" in frame.columns:
        return not bool((values == frame["grid_id"]).all())
    return not (values.dtype.kind not in "iufbM" and (values.fillna("").astype("str") == "").all())


def _column(
    frame: pd.DataFrame, column: str, lang: Lang, own: Mapping[str, MapMeasure]
) -> tuple[str, list[str]]:
    """Write the heading and the cells of one column."""
    values = frame[column]
    if values.dtype.kind not in "iuf":
        cell = '<td class="id">' if column.endswith(("_id", "code")) else "<td>"
        return f"<th>{to_html(say(column, lang))}</th>", [
            f"{cell}{to_html(_said(_plain(v), column, lang))}</td>" for v in values.tolist()
        ]
    found = describe_measure(column.replace("load_with_one_more", "load"), values, own)
    named = column in TEXTS and column not in KNOWN_MEASURES
    label = say(column, lang) if named else found.label[lang == "zh"]
    unit = found.unit[lang == "zh"]
    write = {"p_value": _chance, "relative_risk": _times, "expected": _about, "value": _value}.get(
        column, _number
    )
    head = f'<th class="n">{to_html(label)}{f"<br>{to_html(unit)}" if unit else ""}</th>'
    return head, [
        '<td class="n">' + (write(v, found.decimals or 0) if np.isfinite(v) else "–") + "</td>"
        for v in found.written(values).tolist()
    ]


def _number(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def _chance(value: float, _: int) -> str:
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"


def _times(value: float, _: int) -> str:
    return "&gt; 100" if value > 100 else f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _value(value: float, _: int) -> str:
    return f"{value:,.0f}" if value == np.floor(value) else f"{value:,.3g}"


def _about(value: float, _: int) -> str:
    return "&lt; 0.1" if value < 0.1 else f"{value:.1f}" if value < 10 else f"{value:,.0f}"


def _said(text: str, column: str, lang: Lang) -> str:
    """Say what gridkit wrote in the language of the page; ids, names and the town's own words stay."""
    own = column.endswith("_id") or column in ("code", "name", "category", "grids")
    return text if own else say_in(text, lang)


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None or value != value else str(value).replace(";", ", ")  # noqa: PLR0124  NaN differs from itself
