"""How does QGIS open a plan coloured and labelled? QML styles for the ``layer_styles`` table."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np

from gridkit.maps.content import describe_measure
from gridkit.maps.palettes import class_breaks, ramp
from gridkit.maps.texts import check_lang, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from gridkit.maps.content import MapMeasure
    from gridkit.maps.texts import Lang

_SIMPLE = {
    "units": ("fill", "255,255,255,0", "120,120,120,255", "0.1"),
    "community_grids": ("fill", "255,255,255,0", "40,40,40,255", "0.7"),
    "hotspots": ("fill", "177,0,58,36", "177,0,58,255", "0.6"),
    "hazards": ("marker", "213,94,0,255", "255,255,255,255", "0.1"),
    "members": ("marker", "0,0,0,255", "255,255,255,255", "0.2"),
    "entity_grids": ("fill", "0,158,115,46", "0,158,115,255", "0.5"),
    "road_grids": ("line", "", "204,121,167,255", "0.6"),
    "overlay_grids": ("fill", "230,159,0,30", "230,159,0,255", "0.8"),
    "micro_grids": ("fill", "255,255,255,0", "0,114,178,255", "0.2"),
    "contact_gaps": ("fill", "213,94,0,60", "213,94,0,255", "0.3"),
    "teams": ("marker", "86,180,233,255", "255,255,255,255", "0.2"),
    "mobile_teams": ("marker", "213,94,0,255", "0,0,0,255", "0.4"),
    "rounds": ("line", "", "0,158,115,255", "0.4"),
}
"""Layer -> kind of symbol, fill, line, width in mm; colours that the colour-blind tell apart (Okabe and Ito)."""
_LABELS = {
    "base_grids": "code",
    "community_grids": "name",
    "entity_grids": "grid_id",
    "road_grids": "grid_id",
    "overlay_grids": "grid_id",
    "mobile_teams": "site_id",
}
_STAMP = "1980-01-01T00:00:00.000Z"
"""A fixed time: the same plan gives the same bytes."""


def layer_styles(
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    color_by: str | None = None,
    lang: str = "en",
    measures: Sequence[MapMeasure] = (),
) -> pd.DataFrame:
    """Make the rows of a GeoPackage's ``layer_styles`` table, which QGIS reads by itself.

    Parameters
    ----------
    layers
        Layer name -> frame, as written to the GeoPackage (geometry column ``geom``).
    color_by
        Column of ``base_grids`` to colour by; by default ``load``, then ``residents``.
    lang
        Language of aliases and legends.
    measures
        How columns are named that the contract does not know, as in `MapContent`.

    Returns
    -------
    pandas.DataFrame
        Columns as QGIS wants them, one row for each layer, sorted by layer.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    spoken = check_lang(lang)
    rows = [
        {
            "id": number,
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": name,
            "f_geometry_column": "geom",
            "styleName": "gridkit",
            "styleQML": layer_qml(
                name, layers[name], color_by=color_by, lang=spoken, measures=measures
            ),
            "styleSLD": "",
            "useAsDefault": 1,
            "description": "made by gridkit",
            "owner": "",
            "ui": "",
            "update_time": _STAMP,
        }
        for number, name in enumerate(sorted(layers), start=1)
    ]
    return pd.DataFrame(rows)


def layer_qml(
    name: str,
    frame: gpd.GeoDataFrame,
    *,
    color_by: str | None = None,
    lang: str = "en",
    measures: Sequence[MapMeasure] = (),
) -> str:
    """Write the QML style of one layer.

    Parameters
    ----------
    name
        Of the layer, as in ``plan.gpkg``; one that is not known there is drawn by its outlines.
    frame
        Its rows.
    color_by
        Numeric column to colour ``base_grids`` by.
    lang
        Language of aliases and legends.
    measures
        How columns are named that the contract does not know.

    Returns
    -------
    str
        QML (XML) as QGIS reads it.
    """
    spoken = check_lang(lang)
    own = {m.name: m for m in measures}
    column = _color_column(frame, color_by) if name == "base_grids" else None
    renderer = _graduated(frame, column, own) if column else _single(name)
    return "".join(
        [
            "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>",
            '<qgis version="3.34" styleCategories="Symbology|Labeling|Fields" labelsEnabled="',
            "1" if _LABELS.get(name) in frame.columns else "0",
            '">',
            renderer,
            _labeling(_LABELS[name]) if _LABELS.get(name) in frame.columns else "",
            _aliases(frame, spoken, own),
            "</qgis>",
        ]
    )


def _color_column(frame: gpd.GeoDataFrame, asked: str | None) -> str | None:
    for name in (asked, "load", "residents", "workload_h", "area_km2"):
        if name in frame.columns and frame[name].dtype.kind in "iuf" and frame[name].notna().any():
            return name
    return None


def _rgba(color: str, alpha: int = 255) -> str:
    return ",".join(str(int(color[i : i + 2], 16)) for i in (1, 3, 5)) + f",{alpha}"


def _symbol(number: int, kind: str, fill: str, line: str, width: str) -> str:
    cls = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}[kind]
    if kind == "line":
        options = {
            "line_color": line,
            "line_width": width,
            "line_width_unit": "MM",
            "joinstyle": "round",
        }
    else:
        options = {
            "color": fill,
            "outline_color": line,
            "outline_width": width,
            "outline_style": "solid",
        }
    if kind == "fill":
        options |= {"style": "solid", "outline_width_unit": "MM", "joinstyle": "round"}
    elif kind == "marker":
        options |= {"name": "circle", "size": "1.6", "size_unit": "MM"}
    inner = "".join(f'<Option type="QString" name="{k}" value="{v}"/>' for k, v in options.items())
    return (
        f'<symbol type="{kind}" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{cls}" pass="0" enabled="1" locked="0"><Option type="Map">{inner}</Option></layer></symbol>'
    )


def _single(name: str) -> str:
    kind, fill, line, width = _SIMPLE.get(name, _SIMPLE["units"])
    symbol = _symbol(0, kind, fill, line, width)
    return f'<renderer-v2 type="singleSymbol" enableorderby="0" symbollevels="0" forceraster="0"><symbols>{symbol}</symbols></renderer-v2>'


def _graduated(frame: gpd.GeoDataFrame, column: str, own: Mapping[str, MapMeasure]) -> str:
    """Colour by classes, the same ones as on the page."""
    values = np.asarray(frame[column].to_numpy(dtype=np.float64, na_value=np.nan))
    known = values[np.isfinite(values)]
    breaks = class_breaks(values)
    words = describe_measure(column, frame[column], own)
    digits, factor, sign = (
        words.decimals or 0,
        100 if words.share else 1,
        " %" if words.share else "",
    )
    limits = [min(known.min(), 0.0), *breaks, known.max()]
    colors = ramp(len(breaks) + 1)
    ranges = "".join(
        f'<range symbol="{i}" lower="{limits[i]:.6f}" upper="{limits[i + 1]:.6f}" render="true" '
        f"label={quoteattr(f'{factor * limits[i]:,.{digits}f} – {factor * limits[i + 1]:,.{digits}f}{sign}')}/>"
        for i in range(len(colors))
    )
    symbols = "".join(
        _symbol(i, "fill", _rgba(color, 215), "255,255,255,255", "0.3")
        for i, color in enumerate(colors)
    )
    return (
        f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(column)} graduatedMethod="GraduatedColor" '
        f'enableorderby="0" symbollevels="0" forceraster="0"><ranges>{ranges}</ranges><symbols>{symbols}</symbols></renderer-v2>'
    )


def _labeling(column: str) -> str:
    return (
        '<labeling type="simple"><settings calloutType="simple"><text-style '
        f'fieldName={quoteattr(column)} fontSize="8" fontSizeUnit="Point" textColor="30,30,30,255" isExpression="0">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,220"/></text-style>'
        '<placement placement="1" priority="5"/><rendering obstacle="1" scaleVisibility="0"/></settings></labeling>'
    )


def _aliases(frame: gpd.GeoDataFrame, lang: Lang, own: Mapping[str, MapMeasure]) -> str:
    """Say every column in words, with its unit."""
    out = []
    at = 0
    for column in frame.columns:
        if column == frame.geometry.name:
            continue
        text = say(str(column), lang)
        if frame[column].dtype.kind in "iuf":
            found: MapMeasure = describe_measure(str(column), frame[column], own)
            unit = found.unit[lang == "zh"]
            text = found.label[lang == "zh"] + (f" ({unit})" if unit else "")
        at += 1  # 0 is the fid
        out.append(f'<alias index="{at}" field={quoteattr(str(column))} name={quoteattr(text)}/>')
    return f"<aliases>{''.join(out)}</aliases>"
