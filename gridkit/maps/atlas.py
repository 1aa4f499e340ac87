"""What does a team take along? A PDF: cover, index, and a page with map and numbers for every base grid."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._deps import need
from gridkit.errors import CRSError
from gridkit.maps.atlas_map import Background, draw_index_map, draw_neighborhood
from gridkit.maps.content import KNOWN_MEASURES, MapContent
from gridkit.maps.fonts import Fonts, find_fonts
from gridkit.maps.svg import text_width
from gridkit.maps.texts import check_lang, say
from gridkit.model.sentences import say_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from gridkit.maps.texts import Lang

A4_IN = (8.27, 11.69)
INDEX_ROWS = 62
_FAINT = "#6b675f"
_SKIPPED = ("grid_id", "code", "name", "kind", "parent_id", "geometry")


def draw_atlas(content: MapContent, *, lang: str = "en") -> bytes:
    """Draw the atlas of a plan as a PDF.

    Vector graphics, fonts embedded. The same content gives the same bytes on the same machine.

    Parameters
    ----------
    content
        As for the page; `base_grids` in a projected CRS. Hazards and members find their page by
        ``grid_id`` and ``base_grid_id``, hotspots by ``grids``.
    lang
        ``"en"`` or ``"zh"``.

    Returns
    -------
    bytes
        A PDF of A4 pages.

    Raises
    ------
    MissingDependencyError
        If matplotlib, or an open Chinese font for Chinese text, is missing.
    CRSError
        If `base_grids` are in degrees.
    """
    need("matplotlib", why="to draw the atlas")
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    spoken = check_lang(lang)
    crs = content.base_grids.crs
    if crs is None or crs.is_geographic:
        msg = "`base_grids` of an atlas must be in a projected CRS, so that its maps have a scale: base_grids.to_crs(...)"
        raise CRSError(msg)
    fonts = find_fonts(_all_texts(content, spoken))
    settings: Any = {
        "font.family": list(fonts.families),
        "font.size": 9,
        "pdf.fonttype": 3,
        "pdf.compression": 9,
        "path.simplify": True,
        "axes.linewidth": 0.6,
    }
    out = io.BytesIO()
    codes = _codes(content.base_grids)
    book = _Book(
        content=content,
        lang=spoken,
        fonts=fonts,
        land=Background.of(content),
        members=_by_grid(content.members, "base_grid_id"),
        hazards=_by_grid(content.hazards, "grid_id"),
        facts=_facts(content, spoken),
        codes=codes,
        labels=[fonts.clean(code, most=20) for code in codes],
    )
    about = {"Title": fonts.clean(content.title), "Creator": "gridkit", "CreationDate": None}
    with mpl.rc_context(settings), PdfPages(out, metadata=about) as pdf:
        for figure in book.pages():
            pdf.savefig(figure)
    return out.getvalue()


def _all_texts(content: MapContent, lang: Lang) -> Iterator[str]:
    """Give everything that will be written, for choosing fonts."""
    yield say("base_grid", lang)
    yield content.title
    yield from content.sources
    for frame in (
        content.base_grids,
        content.community_grids,
        content.hazards,
        content.hotspots,
        content.members,
    ):
        if frame is None:
            continue
        yield from map(str, frame.columns)
        for column in frame.columns:
            if frame[column].dtype.kind not in "iufbM" and frame[column].dtype.name != "geometry":
                yield from map(str, frame[column].dropna().unique().tolist())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Book:
    """One atlas while it is drawn."""

    content: MapContent
    lang: Lang
    fonts: Fonts
    land: Background
    members: Mapping[str, pd.DataFrame] | None
    hazards: Mapping[str, pd.DataFrame] | None
    facts: Sequence[Sequence[tuple[str, str]]]
    codes: Sequence[str]
    labels: Sequence[str]

    def say(self, key: str, **facts: object) -> str:
        return say(key, self.lang, **facts)

    @property
    def order(self) -> list[int]:
        """Pages by code."""
        frame = self.content.base_grids
        return sorted(range(len(frame)), key=lambda i: (self.codes[i], frame["grid_id"].iloc[i]))

    def pages(self) -> Iterator[Any]:
        order = self.order
        n_index = -(-len(order) // INDEX_ROWS)
        first = 2 + n_index
        total = 1 + n_index + len(order)
        yield self.cover(total)
        for k in range(n_index):
            yield self.index(order, k, first, total)
        for k, i in enumerate(order):
            yield self.grid(i, first + k, total)

    # ------------------------------------------------------------------ pages
    def blank(self, number: int, total: int) -> Any:
        """Start a page with its foot line."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=A4_IN)
        made = f" · {self.say('synthetic')}" if self.content.is_synthetic else ""
        self.write(
            figure, 0.07, 0.028, f"{self.content.title}{made}", size=7.5, color=_FAINT, most=110
        )
        self.write(figure, 0.93, 0.028, f"{number} / {total}", size=7.5, color=_FAINT, ha="right")
        return figure

    def write(
        self,
        figure: Any,
        x: float,
        y: float,
        text: object,
        *,
        size: float = 9,
        color: str = "#1c1c1c",
        weight: str = "normal",
        ha: str = "left",
        most: int = 90,
    ) -> None:
        """Write one line; nothing in it is read as a formula."""
        figure.text(
            x,
            y,
            self.fonts.clean(text, most=most),
            fontsize=size,
            color=color,
            weight=weight,
            ha=ha,
            va="baseline",
            parse_math=False,
        )

    def cover(self, total: int) -> Any:
        figure = self.blank(1, total)
        c = self.content
        title = self.fonts.clean(c.title, most=60)
        size = min(22.0, 22.0 * 430 / max(text_width(title, 22), 1.0))
        self.write(figure, 0.07, 0.93, title, size=size, weight="bold")
        words = self.say("atlas_of", n=len(c.base_grids))
        self.write(figure, 0.07, 0.905, words, size=12, color=_FAINT)
        axes = figure.add_axes((0.07, 0.3, 0.86, 0.58))
        labels = [self.fonts.clean(t, most=16) for t in self.codes]
        draw_index_map(axes, self.land, labels)
        y = 0.265
        for label, value in self.totals():
            self.write(figure, 0.07, y, label, color=_FAINT)
            self.write(figure, 0.42, y, value, ha="right", weight="bold")
            y -= 0.019
        y = 0.265
        for line in _wrapped([self.fonts.clean(s) for s in c.sources], 330.0):
            self.write(figure, 0.5, y, line, size=7.5, color=_FAINT, most=200)
            y -= 0.014
            if y < 0.05:
                break
        return figure

    def totals(self) -> list[tuple[str, str]]:
        c = self.content
        out = [(self.say("base_grids"), f"{len(c.base_grids):,}")]
        if c.community_grids is not None:
            out.insert(0, (self.say("community_grids"), f"{len(c.community_grids):,}"))
        for name in ("residents", "households", "n_objects", "members", "area_km2"):
            if name in c.base_grids.columns and c.base_grids[name].notna().any():
                known = KNOWN_MEASURES[name]
                digits = 1 if name == "area_km2" else 0
                unit = f" ({known.unit[self.lang == 'zh']})" if name == "area_km2" else ""
                total = float(c.base_grids[name].sum())
                out.append((known.label[self.lang == "zh"] + unit, f"{total:,.{digits}f}"))
        return out

    def index(self, order: list[int], k: int, first: int, total: int) -> Any:
        figure = self.blank(2 + k, total)
        self.write(figure, 0.07, 0.93, self.say("atlas_index"), size=15, weight="bold")
        codes = self.codes
        y = 0.9
        for at in range(k * INDEX_ROWS, min((k + 1) * INDEX_ROWS, len(order))):
            i = order[at]
            self.write(figure, 0.07, y, codes[i], size=8, weight="bold", most=24)
            self.write(figure, 0.27, y, self.name(i), size=8, most=44)
            self.write(figure, 0.6, y, self.parent(i), size=8, color=_FAINT, most=34)
            self.write(figure, 0.93, y, first + at, size=8, ha="right")
            y -= 0.0136
        return figure

    def name(self, i: int) -> str:
        frame = self.content.base_grids
        return (
            str(frame["name"].iloc[i]) if "name" in frame.columns else str(frame["grid_id"].iloc[i])
        )

    def parent(self, i: int) -> str:
        """Name of the community grid."""
        frame, upper = self.content.base_grids, self.content.community_grids
        if "parent_id" not in frame.columns:
            return ""
        at = str(frame["parent_id"].iloc[i])
        if upper is not None and "name" in upper.columns:
            names = dict(
                zip(upper["grid_id"].astype("str"), upper["name"].astype("str"), strict=True)
            )
            return str(names.get(at, at))
        return at

    def grid(self, i: int, number: int, total: int) -> Any:
        """Draw the page of one base grid."""
        figure = self.blank(number, total)
        code = self.codes[i]
        self.write(figure, 0.07, 0.935, code, size=20, weight="bold", most=40)
        name = self.name(i)
        line = " · ".join(
            dict.fromkeys(t for t in (name if name != code else "", self.parent(i)) if t)
        )
        self.write(figure, 0.07, 0.912, line, size=11, color=_FAINT, most=80)
        axes = figure.add_axes((0.07, 0.375, 0.86, 0.52))
        draw_neighborhood(axes, self.land, i, self.labels)
        self.numbers(figure, i)
        self.notes(figure, i)
        return figure

    def numbers(self, figure: Any, i: int) -> None:
        """Left column: what the grid holds."""
        self.write(figure, 0.07, 0.345, self.say("holds"), size=10.5, weight="bold")
        y = 0.323
        for label, value in self.facts[i][:17]:
            self.write(figure, 0.07, y, label, size=8.5, color=_FAINT, most=38)
            self.write(figure, 0.46, y, value, size=8.5, ha="right", most=30)
            y -= 0.0165

    def notes(self, figure: Any, i: int) -> None:
        """Right column: who works there, what was reported, and hotspots."""
        x, y = 0.52, 0.345
        for title, lines in self.blocks(i):
            if y < 0.09:
                break
            self.write(figure, x, y, title, size=10.5, weight="bold")
            y -= 0.02
            for line in lines:
                if y < 0.055:
                    self.write(figure, x, y, "…", size=8.5)
                    break
                self.write(figure, x, y, line, size=8.5, most=200)
                y -= 0.0155
            y -= 0.012

    def blocks(self, i: int) -> Iterator[tuple[str, list[str]]]:
        own = str(self.content.base_grids["grid_id"].iloc[i])
        if self.members is not None:
            members = self.members.get(own)
            names = [
                self.fonts.clean(f"{m} ({say_in(r, self.lang)})" if r else m)
                for m, r in zip(
                    _column(members, "member_id"), _column(members, "role"), strict=True
                )
            ]
            shown = _wrapped([", ".join(names)], 265.0)[:4] if names else [self.say("none")]
            yield f"{KNOWN_MEASURES['members'].label[self.lang == 'zh']} ({len(names)})", shown
        if self.hazards is not None:
            reported = _column(self.hazards.get(own), "category")
            counts = sorted(_counts(reported).items(), key=lambda kv: (-kv[1], kv[0]))
            lines = [f"{n:,}  {self.fonts.clean(word, most=40)}" for word, n in counts[:6]]
            yield f"{self.say('hazards')} ({len(reported):,})", lines or [self.say("none")]
        spots = self.content.hotspots
        if spots is not None and "grids" in spots.columns:
            mine = spots[[own in _ids(g) for g in spots["grids"].tolist()]]
            lines = []
            for k, text in enumerate(_column(mine, "text")):
                words = self.fonts.clean(say_in(text, self.lang) or _column(mine, "hotspot_id")[k])
                lines += [
                    f"{'  ' if n else '• '}{line}"
                    for n, line in enumerate(_wrapped([words], 255.0))
                ]
            yield f"{self.say('hotspots')} ({len(mine)})", lines or [self.say("none")]


def _codes(frame: pd.DataFrame) -> list[str]:
    """Give what the grids are called on a map."""
    return [str(c) for c in frame["code" if "code" in frame.columns else "grid_id"].tolist()]


def _by_grid(frame: pd.DataFrame | None, column: str) -> dict[str, pd.DataFrame] | None:
    """Sort rows to the grids they lie in, once for all pages."""
    if frame is None or column not in frame.columns:
        return None
    rows = frame.groupby(frame[column].astype("str").to_numpy(), sort=False).indices
    return {str(grid): frame.iloc[at] for grid, at in rows.items()}


def _facts(content: MapContent, lang: Lang) -> list[list[tuple[str, str]]]:
    """Write what each grid holds: name and amount."""
    frame = content.base_grids
    rank = list(KNOWN_MEASURES)
    columns = [c for c in frame.columns if c not in _SKIPPED and frame[c].dtype.kind in "iuf"]
    columns.sort(key=lambda c: rank.index(c) if c in rank else len(rank))
    out: list[list[tuple[str, str]]] = [[] for _ in range(len(frame))]
    for column in columns:
        measure = content.measure_of(str(column), frame[column])
        label, unit = measure.label[lang == "zh"], measure.unit[lang == "zh"]
        for own, value in zip(out, measure.written(frame[column]).tolist(), strict=True):
            if np.isfinite(value) and (value != 0 or column in KNOWN_MEASURES):
                own.append((label, f"{value:,.{measure.decimals or 0}f} {unit}".strip()))
    return out


def _column(frame: pd.DataFrame | None, name: str) -> list[str]:
    if frame is None:
        return []
    if name not in frame.columns:
        return [""] * len(frame)
    return [str(v) for v in frame[name].fillna("").tolist()]


def _counts(words: list[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for word in words:
        out[word] = out.get(word, 0) + 1
    return out


def _ids(grids: Any) -> list[str]:
    """Read the ids of a hotspot's grids: a list, or text joined by semicolons or commas."""
    if isinstance(grids, (list, tuple)):
        return [str(g) for g in grids]
    return [g.strip() for g in str(grids).replace(",", ";").split(";")]


def _wrapped(texts: list[str], width_pt: float, *, size: float = 8.5) -> list[str]:
    """Break texts into lines of a width; Chinese breaks anywhere, other words at blanks."""
    out = []
    for text in texts:
        line = ""
        for word in text.split(" "):
            tried = f"{line} {word}" if line else word
            if text_width(tried, size) <= width_pt:
                line = tried
                continue
            if line:
                out.append(line)
            line = word
            while text_width(line, size) > width_pt:
                cut = next(
                    k
                    for k in range(len(line), 0, -1)
                    if k == 1 or text_width(line[:k], size) <= width_pt
                )
                out.append(line[:cut])
                line = line[cut:]
        out.append(line)
    return [line for line in out if line]
