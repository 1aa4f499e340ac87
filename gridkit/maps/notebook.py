"""How does a plan look in a notebook? A folium map that needs no network, every text escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.maps.bundle import read_leaflet
from gridkit.maps.escape import to_html
from gridkit.maps.palettes import NO_DATA, class_breaks, class_of, ramp
from gridkit.maps.texts import check_lang, say
from gridkit.maps.totals import totals_of
from gridkit.maps.wire import to_lon_lat
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from gridkit._typing import GeometryArray
    from gridkit.maps.texts import Lang
    from gridkit.maps.totals import Totals
    from gridkit.model.hotspots import Hotspots
    from gridkit.model.plan import Plan


def draw_plan(
    plan: Plan, *, measure: str | None = None, level: str = "base_grid", lang: str = "en"
) -> Any:
    """Draw the grids of a plan as a folium map.

    Grids are drawn dissolved, not unit by unit, without a tile server. The map carries its script
    in itself, so it shows, and a saved one opens, without a network. (Folium's own links to outside
    stay only in a checkout whose front end was not built.)

    Parameters
    ----------
    plan
        Any plan.
    measure
        What to colour by, added up in each grid; by default the town's first measure.
    level
        ``"base_grid"`` or ``"community_grid"``.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``.save(path)`` writes it.

    Raises
    ------
    SchemaError
        If the plan has no such level, or the town no such measure.
    """
    import folium

    totals = totals_of(plan, measure=measure, level=level, lang=lang)
    values, spoken = totals.values, totals.lang
    shapes = to_lon_lat(plan.shapes(level=level), plan.town.units.crs, name="plan")
    breaks = class_breaks(values)
    colors = ramp(len(breaks) + 1)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    drawn = _empty_map()
    features = _features(plan, level, class_of(values, breaks), shapes)
    for feature, value in zip(features, values[~shapely.is_empty(shapes)], strict=True):
        written = f"{totals.written(value)} {totals.unit}".strip()
        feature["properties"]["value"] = to_html(written)
    named = plan.level(level).names != plan.level(level).ids
    fields = {"grid": level, **({"name": "name"} if named else {}), "units": "units"}
    folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=to_html(say(f"{level}s", spoken)),
        style_function=lambda f: {
            "fillColor": colors[f["properties"]["class"]]
            if f["properties"]["class"] >= 0
            else NO_DATA,
            "fillOpacity": 1,
            "color": "#ffffff" if level == "base_grid" else "#3a3a3a",
            "weight": 1.2,
        },
        highlight_function=lambda _: {"weight": 3, "color": "#e69f00"},
        tooltip=folium.GeoJsonTooltip(
            fields=[*fields, "value"],
            aliases=[
                *(to_html(say(word, spoken)) for word in fields.values()),
                to_html(totals.label),
            ],
        ),
    ).add_to(drawn)
    if level == "base_grid" and plan.has_level("community_grid"):
        upper = to_lon_lat(plan.shapes(level="community_grid"), plan.town.units.crs, name="plan")
        outlines = _features(plan, "community_grid", np.zeros(len(upper)), upper)
        folium.GeoJson(
            {"type": "FeatureCollection", "features": outlines},
            name=to_html(say("community_grids", spoken)),
            style_function=lambda _: {"fill": False, "color": "#3a3a3a", "weight": 2.2},
            interactive=False,
        ).add_to(drawn)
    page: Any = drawn.get_root()
    page.html.add_child(folium.Element(_legend(totals, breaks, colors)))
    drawn.fit_bounds([[south, west], [north, east]])
    return drawn


def _empty_map() -> Any:
    """Make a map that holds Leaflet itself and asks for nothing."""
    import folium

    drawn = folium.Map(tiles=None, zoom_snap=0.25, attr=None)
    page: Any = drawn.get_root()
    style = ".leaflet-container{background:#f4f2ee!important;font:12px/1.4 sans-serif}"
    carried = read_leaflet()
    if carried is not None:
        drawn.default_js, drawn.default_css = [], []
        page.header.add_child(_as_it_is(f"<script>{carried[0]}</script>"), name="leaflet")
        style = carried[1] + style
    page.header.add_child(_as_it_is(f"<style>{style}</style>"), name="leaflet_css")
    return drawn


def _as_it_is(text: str) -> Any:
    """Make a part of a folium page in which braces are no template."""
    import folium

    return folium.Element(f"{{% raw %}}{text}{{% endraw %}}")


def _ground(drawn: Any, plan: Plan, lang: Lang) -> None:
    """Draw the outlines of the base grids, to see where a hotspot lies."""
    import folium

    shapes = to_lon_lat(plan.shapes(), plan.town.units.crs, name="plan")
    outlines = _features(plan, "base_grid", np.zeros(len(shapes)), shapes)
    folium.GeoJson(
        {"type": "FeatureCollection", "features": outlines},
        name=to_html(say("base_grids", lang)),
        style_function=lambda _: {"color": "#8a867e", "weight": 1, "fillColor": "#ffffff"},
        tooltip=folium.GeoJsonTooltip(fields=["grid"], aliases=[to_html(say("base_grid", lang))]),
    ).add_to(drawn)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    drawn.fit_bounds([[south, west], [north, east]])


def _features(plan: Plan, level: str, classes: Any, shapes: GeometryArray) -> list[dict[str, Any]]:
    """Make the features; every text in them is already escaped."""
    import json  # noqa: PLC0415  only here

    grids = plan.level(level)
    count = plan.n_units(level=level)
    thin = shapely.set_precision(shapes, 1e-6, mode="pointwise")
    return [
        {
            "type": "Feature",
            "properties": {
                "grid": to_html(grids.ids[i]),
                "name": to_html(grids.names[i]),
                "units": int(count[i]),
                "class": int(classes[i]),
            },
            "geometry": json.loads(shapely.to_geojson(thin[i])),
        }
        for i in range(len(grids))
        if not shapely.is_empty(shapes[i])
    ]


def _legend(totals: Totals, breaks: tuple[float, ...], colors: tuple[str, ...]) -> str:
    """Make the legend as HTML from numbers and escaped texts."""
    said = totals.say_classes(breaks)
    rows = "".join(
        f'<div><span style="display:inline-block;width:22px;height:12px;background:{color};margin-right:6px"></span>{to_html(text)}</div>'
        for color, text in zip(colors, said, strict=True)
    )
    return (
        '<div style="position:absolute;z-index:9999;left:10px;bottom:24px;background:#fff;color:#222;padding:8px 10px;'
        f'font:12px sans-serif;border:1px solid #ccc"><b>{to_html(totals.title)}</b>{rows}</div>'
    )


def draw_hotspots(hotspots: Hotspots, *, plan: Plan | None = None, lang: str = "en") -> Any:
    """Draw hotspots as a folium map: outlines, and what each one says.

    Parameters
    ----------
    hotspots
        From `find_hotspots`; small counts stay withheld.
    plan
        Its grids are drawn below, with their ids.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``.save(path)`` writes it.
    """
    import json  # noqa: PLC0415  only here

    import folium

    spoken = check_lang(lang)
    frame = hotspots.to_frame()
    shapes = to_lon_lat(np.asarray(frame.geometry.array, dtype=object), frame.crs, name="hotspots")
    thin = shapely.set_precision(shapes, 1e-6, mode="pointwise")
    shown = ("hotspot_id", "method", "text")
    features = [
        {
            "type": "Feature",
            "properties": {k: to_html(say_in(str(frame[k].iloc[i]), spoken)) for k in shown},
            "geometry": json.loads(shapely.to_geojson(thin[i])),
        }
        for i in range(len(frame))
        if not shapely.is_empty(shapes[i])
    ]
    drawn = _empty_map()
    if plan is not None:
        _ground(drawn, plan, spoken)
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            name=to_html(say("hotspots", spoken)),
            style_function=lambda _: {"color": "#b1003a", "weight": 2, "fillOpacity": 0.15},
            highlight_function=lambda _: {"weight": 4},
            tooltip=folium.GeoJsonTooltip(
                fields=list(shown), aliases=[to_html(say(k, spoken)) for k in shown]
            ),
        ).add_to(drawn)
        if plan is None:
            west, south, east, north = shapely.total_bounds(shapes).tolist()
            drawn.fit_bounds([[south, west], [north, east]])
    return drawn
