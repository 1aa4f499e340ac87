"""How does a council read a plan? One document, no script, printable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gridkit.errors import CRSError
from gridkit.maps.content import KNOWN_MEASURES, MapMeasure, describe_measure
from gridkit.maps.escape import to_html
from gridkit.maps.excerpts import (
    MOST_COMMUNITIES,
    MOST_GRIDS,
    category_indicators,
    few_names,
    next_members,
    strongest,
    town_indicators,
)
from gridkit.maps.palettes import class_breaks
from gridkit.maps.paper import common_start, document, legible
from gridkit.maps.svg import MOST_BARS, chart_svg, fills_of, legend_html, map_svg
from gridkit.maps.tables import GRID_COLUMNS, HOTSPOT_COLUMNS, INDICATOR_COLUMNS, table_html
from gridkit.maps.texts import Pair, check_lang, say
from gridkit.model.finding import Finding
from gridkit.model.sentences import say_in
from gridkit.model.units import need_column

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray, GeometryArray
    from gridkit.maps.texts import Lang

Text = str | Pair
"""Plain text, or English and Chinese."""

MOST_SENTENCES, FIRST_SENTENCES, MOST_PROOFS = 8, 3, 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportContent:
    """Everything a report says. Texts may be plain, or English and Chinese.

    Parameters
    ----------
    title
        Of the document.
    base_grids, community_grids
        As in `MapContent`, in a projected CRS.
    asked
        What was asked: label and value (limits, weights, dates).
    certificate
        Sentences: bounds, gaps, which rule binds.
    headcount
        One row for each grid or community: members needed and given.
    shortfalls
        One row for each shortage.
    hotspots
        As in ``hotspots.geojson``.
    suggestions
        What the hotspots suggest: sentences.
    indicators
        ``name, value, numerator, denominator`` and what was left out.
    changes
        What changed against the current plan: label and value.
    findings
        What checks found.
    data_quality
        Sentences on what was lost, refused or assumed.
    methods
        Label and value: versions, seed, input hashes. No paths, no persons.
    sources
        One line each.
    measures
        As in `MapContent`.
    color_by
        Column that colours the map; by default the first known one.
    is_synthetic
        Whether data are made up; said under the title.
    """

    title: str
    base_grids: gpd.GeoDataFrame
    community_grids: gpd.GeoDataFrame | None = None
    asked: tuple[tuple[Text, Text], ...] = ()
    certificate: tuple[Text, ...] = ()
    headcount: pd.DataFrame | None = None
    shortfalls: pd.DataFrame | None = None
    hotspots: gpd.GeoDataFrame | None = None
    suggestions: tuple[Text, ...] = ()
    indicators: pd.DataFrame | None = None
    changes: tuple[tuple[Text, Text], ...] = ()
    findings: tuple[Finding, ...] = ()
    data_quality: tuple[Text, ...] = ()
    methods: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    measures: tuple[MapMeasure, ...] = ()
    color_by: str | None = None
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(self.findings))
        need_column(self.base_grids, "grid_id", name="base_grids")
        for name in ("base_grids", "community_grids", "hotspots"):
            frame = getattr(self, name)
            if frame is not None and (frame.crs is None or frame.crs.is_geographic):
                msg = f"`{name}` of a report must be in a projected CRS, so that the map has a scale: {name}.to_crs(...)"
                raise CRSError(msg)


def draw_report(content: ReportContent, *, lang: str = "en") -> str:
    """Write the report as one HTML document without scripts.

    Parameters
    ----------
    content
        Finished frames and sentences.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    str
        HTML, UTF-8; the same content gives the same bytes.
    """
    return _Writer(content, check_lang(lang)).document()


class _Writer:
    """Writes one document; every text goes through `to_html`."""

    def __init__(self, content: ReportContent, lang: Lang) -> None:
        self.content, self.lang = content, lang
        self.own = {m.name: m for m in content.measures}

    def document(self) -> str:
        c, lang = self.content, self.lang
        badge = f' <span class="badge">{self.say("synthetic")}</span>' if c.is_synthetic else ""
        body = [
            f"<h1>{to_html(c.title)}</h1><p>{self.say('report_intro')}{badge}</p>",
            self.glance(),
            self.section("asked", self.pairs(c.asked)),
            self.section("certificate", self.proofs(c.certificate)),
            self.balance(),
            self.section("headcount", self.heads()),
            self.section("shortfalls", self.shortages()),
            self.section("hotspots", self.spots(), note="hotspots_note"),
            self.section("indicators", self.indicators()),
            self.section("changes", self.pairs(c.changes)),
            self.section("findings", self.found()),
            self.section("data_quality", self.quality()),
            self.section(
                "all_grids",
                self.table(
                    c.base_grids, columns=GRID_COLUMNS, most=MOST_GRIDS, file="base_grids.geojson"
                ),
            ),
            self.section(
                "methods",
                self.pairs(tuple(c.methods.items()))
                + "".join(f"<p>{to_html(t)}</p>" for t in c.sources),
                note="methods_note",
            ),
        ]
        return document(c.title, body, lang=lang)

    # ------------------------------------------------------------------ parts
    def say(self, key: str) -> str:
        return to_html(say(key, self.lang))

    def text(self, text: Text) -> str:
        return to_html(
            say_in(text, self.lang) if isinstance(text, str) else text[self.lang == "zh"]
        )

    def section(self, key: str, inner: str, *, note: str | None = None) -> str:
        if not inner:
            return ""
        said = f'<p class="faint">{self.say(note)}</p>' if note else ""
        return f"<section><h2>{self.say(key)}</h2>{said}{inner}</section>"

    def pairs(self, rows: tuple[tuple[Text, Text], ...]) -> str:
        cells = "".join(f"<tr><td>{self.text(a)}</td><td>{self.text(b)}</td></tr>" for a, b in rows)
        return f'<div class="scroll"><table>{cells}</table></div>' if rows else ""

    def sentences(self, texts: tuple[Text, ...]) -> str:
        return "".join(f"<p>{self.text(t)}</p>" for t in texts)

    def proofs(self, texts: tuple[Text, ...]) -> str:
        """The first sentences are about the whole town; many more, one for each community, in small print."""
        if len(texts) <= MOST_SENTENCES:
            return self.sentences(texts)
        first, rest = texts[:FIRST_SENTENCES], texts[FIRST_SENTENCES:]
        shown, folded = rest[:MOST_PROOFS], rest[MOST_PROOFS:]
        out = self.sentences(first) + self.fine_print(shown)
        if folded:
            more = to_html(say("more_rows", self.lang, n=len(folded), file="certificate.json"))
            out += f"<details><summary>{more}</summary>{self.fine_print(folded)}</details>"
        return out

    def fine_print(self, texts: tuple[Text, ...]) -> str:
        return f'<ul class="proofs">{"".join(f"<li>{self.text(t)}</li>" for t in texts)}</ul>'

    def measure(self, name: str) -> tuple[FloatArray, str, str, int]:
        """Give a column of the base grids as it is written: numbers, label, unit, decimals."""
        values = self.content.base_grids[name]
        found = describe_measure(name, values, self.own)
        zh = self.lang == "zh"
        return found.written(values), found.label[zh], found.unit[zh], found.decimals or 0

    def glance(self) -> str:
        """Figures, and the map."""
        c = self.content
        figures = []
        if c.community_grids is not None:
            figures.append((f"{len(c.community_grids):,}", say("community_grids", self.lang)))
        figures.append((f"{len(c.base_grids):,}", say("base_grids", self.lang)))
        for name in ("area_km2", "residents", "households", "n_objects", "members"):
            if name in c.base_grids.columns and c.base_grids[name].notna().any():
                _, label, unit, _ = self.measure(name)
                total = float(c.base_grids[name].sum())
                figures.append(
                    (
                        f"{total:,.1f}" if name == "area_km2" else f"{total:,.0f}",
                        f"{label}, {unit}" if name == "area_km2" else label,
                    )
                )
        boxes = "".join(
            f"<div><b>{to_html(a)}</b><span>{to_html(b)}</span></div>" for a, b in figures
        )
        return self.section("glance", f'<div class="figures">{boxes}</div>{self.map()}')

    def map(self) -> str:
        """The grids by the first known measure, with the hotspots that the table names."""
        c = self.content
        frame = c.base_grids
        names = [c.color_by, *KNOWN_MEASURES]
        column = next((n for n in names if n in frame.columns and frame[n].notna().any()), None)
        values, label, unit, decimals = (
            (np.full(len(frame), np.nan), "", "", 0) if column is None else self.measure(column)
        )
        spots = None if c.hotspots is None else strongest(c.hotspots)
        title = f"{label} ({unit})" if unit else label
        drawn = self.choropleth(values, title, decimals, labels=legible(frame), hotspots=spots)
        words = [
            say(
                "map_lines_hotspots" if spots is not None and len(spots) else "map_lines", self.lang
            )
        ]
        if common_start(frame):
            words.append(say("codes_without", self.lang, start=common_start(frame)))
        return f'{drawn}<p class="faint">{to_html(" ".join(words))}</p>'

    def choropleth(
        self,
        values: FloatArray,
        title: str,
        decimals: int,
        *,
        labels: Sequence[str] = (),
        hotspots: gpd.GeoDataFrame | None = None,
    ) -> str:
        """A map of the base grids with its legend."""
        c = self.content
        values = np.round(values, decimals)
        breaks = class_breaks(values)
        drawn = map_svg(
            np.asarray(c.base_grids.geometry.array, dtype=object),
            fills=fills_of(values, breaks),
            labels=labels,
            outlines=self.shapes_of(c.community_grids),
            hotspots=self.shapes_of(hotspots),
            title=f"{c.title}: {title}",
        )
        missing = say("no_data", self.lang) if not np.isfinite(values).all() else None
        key = legend_html(
            breaks,
            title=title,
            decimals=decimals,
            no_data=missing,
            all_values=say("all_values", self.lang),
        )
        return f'<div class="map">{drawn}</div>{key}'

    def shapes_of(self, frame: gpd.GeoDataFrame | None) -> GeometryArray | None:
        if frame is None:
            return None
        return np.asarray(frame.to_crs(self.content.base_grids.crs).geometry.array, dtype=object)

    def heads(self) -> str:
        """Members by community, on a map, and where the next ones go; all else is in the file."""
        c = self.content
        if c.headcount is None:
            return ""
        soon = next_members(c.headcount)
        upper = c.community_grids
        known = (f is not None and "members" in f.columns for f in (upper, c.base_grids))
        if soon is None or upper is None or not all(known):
            return self.table(c.headcount, most=MOST_GRIDS, file="headcount.csv")
        rows = upper.sort_values("load", ascending=False) if "load" in upper.columns else upper
        name = "name" if "name" in upper.columns else "grid_id"
        columns = (name, "workload_h", "members", "load")
        by = self.table(
            rows, columns=columns, most=MOST_COMMUNITIES, file="community_grids.geojson"
        )
        values, label, unit, _ = self.measure("members")
        maps = [
            f"<figure>{self.choropleth(values, f'{label} ({unit})' if unit else label, 0)}</figure>"
        ]
        if c.shortfalls is not None and len(c.shortfalls) and "missing" in c.shortfalls.columns:
            lack = c.shortfalls.groupby("base_grid_id")["missing"].sum()
            short = c.base_grids["grid_id"].map(lack).fillna(0).to_numpy(dtype=np.float64)
            maps.append(f"<figure>{self.choropleth(short, say('missing', self.lang), 0)}</figure>")
        return (
            f'<div class="side">{"".join(maps)}<div>{by}</div></div>'
            f"<h3>{self.say('next_members')}</h3>{self.table(soon)}"
            f'<p class="faint">{to_html(say("by_each_grid", self.lang, file="headcount.csv"))}</p>'
        )

    def shortages(self) -> str:
        return self.table(
            self.content.shortfalls,
            empty="no_shortfalls",
            columns=None,
            most=MOST_GRIDS,
            file="shortfalls.csv",
        )

    def spots(self) -> str:
        """The strongest of every method, and what all of them suggest."""
        c = self.content
        if c.hotspots is None:
            return self.sentences(c.suggestions)
        best = strongest(c.hotspots)
        if "grids" in best.columns:
            more = say("and_more_names", self.lang)
            best = best.assign(grids=[few_names(str(g), more) for g in best["grids"]])
        table = self.table(best, columns=HOTSPOT_COLUMNS)
        rest = len(c.hotspots) - len(best)
        if rest > 0:
            said = say("more_hotspots", self.lang, n=f"{rest:,}", file="hotspots.geojson")
            table += f'<p class="faint">{to_html(said)}</p>'
        return table + self.sentences(c.suggestions)

    def balance(self) -> str:
        frame = self.content.base_grids
        codes = legible(frame)
        charts = []
        for name in ("load", "compactness"):
            if name not in frame.columns or not frame[name].notna().any():
                continue
            values, label, unit, decimals = self.measure(name)
            drawn = chart_svg(
                values, codes, title=label, unit=unit, decimals=decimals, counted=say("base_grids", self.lang)
            )  # fmt: skip
            low, high = np.nanmin(values), np.nanmax(values)
            words = say(
                "spread" if np.isfinite(values).sum() <= MOST_BARS else "spread_counted",
                self.lang,
                low=f"{low:,.{decimals}f}",
                high=f"{high:,.{decimals}f}",
                mean=f"{np.nanmean(values):,.{decimals}f}",
                unit=f" {unit}" if unit else "",
            )
            charts.append(
                f'<h3>{to_html(label)}</h3><p>{to_html(words)}</p><div class="scroll chart">{drawn}</div>'
            )
        return self.section("balance", "".join(charts))

    def quality(self) -> str:
        """Leave out what already stands among the findings."""
        said = {f.text for f in self.content.findings}
        return self.sentences(tuple(t for t in self.content.data_quality if t not in said))

    def found(self) -> str:
        findings = self.content.findings
        if not findings:
            return f"<p>{self.say('no_findings')}</p>"
        return "".join(
            f'<p class="finding"><b class="{f.severity}">{self.say(f.severity)}</b> <bdi>{self.text(f.text)}</bdi></p>'
            for f in findings
        )

    def table(
        self,
        frame: pd.DataFrame | None,
        *,
        empty: str = "none",
        columns: tuple[str, ...] | None = None,
        most: int | None = None,
        file: str = "",
    ) -> str:
        """Write a frame as a table, and say where the rest of it stands."""
        if frame is None:
            return ""
        if not len(frame):
            return f"<p>{self.say(empty)}</p>"
        drawn = table_html(frame, lang=self.lang, own=self.own, columns=columns, most=most)
        if most is None or len(frame) <= most:
            return drawn
        rest = say("more_rows", self.lang, n=f"{len(frame) - most:,}", file=file)
        return f'{drawn}<p class="faint">{to_html(rest)}</p>'

    def indicators(self) -> str:
        """Only the town's own, and the main ones by category; the rest is in the file."""
        frame = self.content.indicators
        if frame is None or "table" not in frame.columns:
            return self.table(frame, columns=INDICATOR_COLUMNS)
        note = to_html(say("by_grid", self.lang, file="indicators.csv"))
        town = self.table(town_indicators(frame, self.lang), columns=INDICATOR_COLUMNS)
        by = category_indicators(frame, self.lang)
        more = "" if by is None else f"<h3>{self.say('by_category')}</h3>{self.table(by)}"
        return f'<p class="faint">{note}</p>{town}{more}'
