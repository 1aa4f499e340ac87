"""How does a plan become one file that opens from disk, asks nobody for anything, and runs no foreign text?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.geo.points import inner_points
from gridkit.maps.bundle import read_bundle
from gridkit.maps.content import KNOWN_MEASURES, ExtraLayer, MapContent, MapMeasure
from gridkit.maps.escape import to_html
from gridkit.maps.palettes import CHANGE, HEAT, RAMP, class_breaks
from gridkit.maps.surface import surface_layer
from gridkit.maps.texts import TEXTS, check_lang, say
from gridkit.maps.wire import QUANTUM, encode_shapes, pack, to_lon_lat, unpack
from gridkit.model.sentences import in_both, say_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray, GeometryArray
    from gridkit.maps.texts import Lang

_ON = {"base_grids", "community_grids", "hotspots", "streets", "rail", "water", "barriers"}
"""Layers that are shown when the page opens."""
_KEYS = (
    "base_grids",
    "community_grids",
    "units",
    "moved",
    "current_grids",
    "hotspots",
    "hazards",
    "members",
    "streets",
    "rail",
    "water",
    "barriers",
)
_PLAIN = ("hazards", "members", "hotspots")
"""Layers whose numbers are shown as they are, and not described as measures."""
_IDS = ("grid_id", "unit_id", "hotspot_id", "member_id", "code", "name", "kind", "parent_id")
_SAID = ("text", "suggestion", "method", "period")
"""Columns that hold sentences of gridkit's own; the page has them in both languages."""
_HIDDEN = {"lon", "lat", "x", "y", "geometry", "is_suppressed", "statistic"}
VERSION = 1
"""Of the payload."""
_MOST_NOSCRIPT = 300


def draw_page(content: MapContent, *, lang: str = "en") -> str:
    """Draw a plan as one HTML file.

    The file holds its own script and data, asks for nothing outside, opens from disk, and shows every
    value as text. The same content gives the same bytes.

    Parameters
    ----------
    content
        Finished frames.
    lang
        Language it opens in: ``"en"`` or ``"zh"``; the page can switch.

    Returns
    -------
    str
        HTML, UTF-8.

    Raises
    ------
    MissingDependencyError
        If the front end was not built.
    InputError
        If a frame cannot be drawn.
    """
    spoken = check_lang(lang)
    head, bodies = _payload(content, spoken)
    return _write(head, bodies)


def redraw_page(page: str, *, lang: str | None = None) -> str | None:
    """Draw a page of `draw_page` again, with the same content.

    Parameters
    ----------
    page
        HTML.
    lang
        Language it opens in; by default as before.

    Returns
    -------
    str
        HTML with the front end of today; None where the page is none of ours, or of another version.

    Raises
    ------
    InputError
        If its data are damaged.
    """
    found = re.search(r'<script type="text/plain" id="gk-data">([A-Za-z0-9+/=]*)</script>', page)
    if found is None:
        return None
    try:
        head, body = unpack(found[1])
    except ValueError as error:
        msg = "map.html is damaged: its data cannot be read. Take it away, and it is drawn from the other files of the run."
        raise InputError(msg) from error
    if head.get("version") != VERSION:
        return None
    spoken = check_lang(str(lang or head.get("lang", "en")))
    return _write({**head, "lang": spoken, "texts": TEXTS}, [body])


def _write(head: dict[str, Any], bodies: list[bytes]) -> str:
    """Write the document around a payload."""
    bundle, spoken, title = read_bundle(), head["lang"], head["title"]
    policy = (
        f"default-src 'none'; script-src '{bundle.script_hash}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    licenses = bundle.licenses.replace("<", "(")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-Hans" if spoken == "zh" else "en"}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            '<link rel="icon" href="data:,">',
            f"<title>{to_html(title)}</title>",
            f"<style>{bundle.style}</style>",
            "</head>",
            "<body>",
            f'<div id="gk-app">{_without_script(head, spoken)}</div>',
            f'<script type="text/plain" id="gk-data">{pack(head, bodies)}</script>',
            f'<script type="text/plain" id="gk-licenses">{licenses}</script>',
            f"<script>{bundle.script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _payload(content: MapContent, lang: Lang) -> tuple[dict[str, Any], list[bytes]]:
    """Make the head and the binary part."""
    bodies: list[bytes] = []
    layers: list[dict[str, Any]] = []
    at = 0

    def put(body: bytes) -> tuple[int, int]:
        nonlocal at
        bodies.append(body)
        at += len(body)
        return at - len(body), len(body)

    for key, frame, extra in _layers(content):
        shapes = to_lon_lat(np.asarray(frame.geometry.array, dtype=object), frame.crs, name=key)
        there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
        if not there.size:
            continue
        drawn, shapes = frame.iloc[there], shapes[there]
        if shapely.get_type_id(shapes).max() == 4 and extra is not None:  # a dot for each part
            shapes, part = shapely.get_parts(shapes, return_index=True)
            drawn = drawn.iloc[part]
        layer = _head_of(key, drawn, shapes, content)
        if extra is not None:
            layer |= {"name": extra.name, "on": extra.on}
        if key == "base_grids" and content.base_name is not None:
            layer |= {"name": content.base_name, "on": True}
        layer["offset"], layer["length"] = put(encode_shapes(shapes))
        if key in ("base_grids", "community_grids", "current_grids"):
            points = np.asarray(shapely.points(inner_points(shapes)), dtype=object)
            layer["anchors"] = put(encode_shapes(points))
        layers.append(layer)
    if content.surface is not None:
        layer, body = surface_layer(content.surface)
        layer["offset"], layer["length"] = put(body)
        layers.append(layer)
    head = {
        "version": VERSION,
        "title": content.title,
        "lang": lang,
        "synthetic": content.is_synthetic,
        "sources": list(content.sources),
        "about": [[str(k), str(v)] for k, v in content.about.items()],
        "texts": TEXTS,
        "quantum": QUANTUM,
        "layers": layers,
        "findings": [
            {
                "severity": f.severity,
                "rule": f.rule,
                "text": in_both(f.text),
                "level": f.level,
                "ids": list(f.ids),
            }
            for f in content.findings
        ],
        "colors": {"ramp": list(RAMP), "heat": list(HEAT), "change": list(CHANGE)},
    }
    return head, bodies


def _layers(content: MapContent) -> Iterator[tuple[str, gpd.GeoDataFrame, ExtraLayer | None]]:
    """Give the layers that are there, in a fixed order."""
    for key in _KEYS:
        frame = getattr(content, key)
        if frame is not None and len(frame):
            yield key, frame, None
    for number, extra in enumerate(content.extras):
        if len(extra.frame):
            yield f"extra_{number}", extra.frame, extra


def _head_of(
    key: str, frame: gpd.GeoDataFrame, shapes: GeometryArray, content: MapContent
) -> dict[str, Any]:
    """Describe one layer: its columns and how they are written."""
    kind = {0: "point", 1: "line", 5: "line"}.get(int(shapely.get_type_id(shapes[0])), "polygon")
    layer: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "n": len(frame),
        "on": key in _ON,
        "columns": {},
        "measures": [],
    }
    if key in ("streets", "rail", "water", "barriers"):
        return layer
    measured: list[MapMeasure] = []
    for name in frame.columns:
        if name in _HIDDEN or name == frame.geometry.name:
            continue
        column = frame[name]
        number = column.dtype.kind in "iufb" and name not in _IDS
        if number and key not in _PLAIN and not key.startswith("extra_"):
            measure = content.measure_of(str(name), column)
            measured.append(measure)
            layer["columns"][name] = _rounded(measure.written(column), measure.decimals)
        elif number:
            layer["columns"][name] = _rounded(_numbers(column), 6)
        elif column.dtype.kind == "M":
            layer["columns"]["day"] = _days(column)
            layer["columns"][name] = _texts(column.dt.strftime("%Y-%m-%d %H:%M"))
        else:
            layer["columns"][name] = _texts(column)
            if name in _SAID:
                layer["columns"][f"{name}_zh"] = [v and say_in(v, "zh") for v in _texts(column)]
    rank = [content.color_by, *KNOWN_MEASURES]
    measured.sort(key=lambda m: rank.index(m.name) if m.name in rank else len(rank))
    layer["measures"] = [_measure_head(m, layer["columns"][m.name], key) for m in measured]
    if key == "current_grids":  # both plans are coloured by the classes of the proposed one
        known = {
            m["name"]: m
            for m in _head_of("base_grids", content.base_grids, shapes, content)["measures"]
        }
        layer["measures"] = [known.get(m["name"], m) for m in layer["measures"]]
    return layer


def _measure_head(measure: MapMeasure, values: list[float | None], key: str) -> dict[str, Any]:
    colored = measure.colored and key in ("base_grids", "community_grids", "units")
    numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return {
        "name": measure.name,
        "label": measure.label,
        "unit": measure.unit,
        "decimals": measure.decimals,
        "breaks": list(class_breaks(numbers)) if colored else [],
    }


def _numbers(column: pd.Series) -> FloatArray:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _rounded(numbers: FloatArray, decimals: int | None) -> list[float | int | None]:
    """Give the numbers as they are shown; None for what is not a finite number."""
    values = np.round(numbers, decimals or 0)
    return [
        None if not np.isfinite(v) else int(v) if v == np.floor(v) and abs(v) < 1e15 else float(v)
        for v in values.tolist()
    ]


def _texts(column: pd.Series) -> list[str | None]:
    missing = column.isna().to_numpy()
    return [
        None if gone else "、".join(map(str, v)) if isinstance(v, (list, tuple)) else str(v)
        for v, gone in zip(column.tolist(), missing, strict=True)
    ]


def _days(column: pd.Series) -> list[int | None]:
    """Days since 1970-01-01, for the time slider."""
    at = column.dt.tz_localize(None) if getattr(column.dtype, "tz", None) else column
    days = at.to_numpy().astype("datetime64[D]")
    numbers = days.astype(np.int64)
    return [None if np.isnat(d) else int(n) for d, n in zip(days, numbers, strict=True)]


def _without_script(head: dict[str, Any], lang: Lang) -> str:
    """Show a table of the base grids where scripts are switched off: figures as the map shows them."""
    layer = next((v for v in head["layers"] if v["key"] == "base_grids"), None)
    if layer is None:
        return ""
    measures = {m["name"]: m for m in layer["measures"] if m["name"] in KNOWN_MEASURES}
    names = [n for n in ("grid_id", "code", "name") if n in layer["columns"]] + list(measures)
    top = [measures[n]["label"][lang == "zh"] if n in measures else say(n, lang) for n in names]
    units = [measures[n]["unit"][lang == "zh"] if n in measures else "" for n in names]
    cells = "".join(
        f"<th>{to_html(f'{t} ({u})' if u else t)}</th>" for t, u in zip(top, units, strict=True)
    )
    digits = [measures[n]["decimals"] or 0 if n in measures else 0 for n in names]
    columns = [layer["columns"][n][:_MOST_NOSCRIPT] for n in names]
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{to_html(_cell(v, d))}</td>" for v, d in zip(row, digits, strict=True))
        + "</tr>"
        for row in zip(*columns, strict=True)
    )
    return f"<noscript><h1>{to_html(head['title'])}</h1><table><tr>{cells}</tr>{rows}</table></noscript>"


def _cell(value: object, decimals: int) -> str:
    if isinstance(value, (int, float)):
        return f"{value:,.{decimals}f}"
    return "" if value is None else str(value)
