"""Where do hazards cluster, by how much more than expected, and how sure is that?"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit._deps import need
from gridkit.errors import SchemaError
from gridkit.model._arrays import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import pyproj
    from matplotlib.axes import Axes

    from gridkit._typing import IntArray
    from gridkit.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hotspot:
    """One place (and period) with more hazards than expected.

    Parameters
    ----------
    method
        How it was found: ``"density"``, ``"gi_star"``, ``"scan_circular"``...
    n
        Hazards in it.
    expected
        How many the exposure lets one expect; nan where there is no exposure.
    statistic
        The method's own figure: z of Gi*, log-likelihood ratio of a scan, reports per km² of a
        density cluster.
    p_value
        Probability of such a figure by chance, the observed one counted; nan where the method
        tests nothing.
    outline : metres
        Polygon or multipolygon in the CRS of the town.
    unit_pos
        Positions of the units it is made of, or touches.
    grids
        Ids of the base grids it touches, when there is a plan.
    period
        ``"2016-01-01/2016-06-30"``: first and last day.
    category
        Of which hazards; empty for all.
    text
        One sentence for a planner.
    relative_risk
        Rate inside divided by the rate outside; nan without an exposure.
    """

    method: str
    n: int
    expected: float
    statistic: float
    p_value: float
    outline: shapely.Geometry
    unit_pos: IntArray
    grids: tuple[str, ...] = ()
    period: str = ""
    category: str = ""
    text: str = ""
    relative_risk: float = float("nan")

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit_pos", frozen(np.asarray(self.unit_pos, dtype=np.int64)))
        if not np.isnan(self.p_value) and not 0 <= self.p_value <= 1:
            msg = f"p_value must be between 0 and 1; got {self.p_value}"
            raise SchemaError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hotspots:
    """The hotspots of a town.

    Parameters
    ----------
    crs
        Of the outlines: the town's.
    found
        Method by method, the strongest first.
    exposure
        The measure that expectations are made of; empty when these are counts.
    notes
        What was chosen and why, and what to be careful about; sentences.
    suppress_below
        Hotspots with fewer hazards go out of the house without their numbers (`to_frame`).
    """

    crs: pyproj.CRS
    found: tuple[Hotspot, ...] = ()
    exposure: str = ""
    notes: tuple[str, ...] = ()
    suppress_below: int = 5
    _ids: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ids: list[str] = []
        count: dict[str, int] = {}
        for spot in self.found:
            count[spot.method] = count.get(spot.method, 0) + 1
            ids.append(f"{spot.method}-{count[spot.method]:02d}")
        object.__setattr__(self, "_ids", tuple(ids))

    @property
    def ids(self) -> tuple[str, ...]:
        """Names made of the method and a number: ``"density-01"``."""
        return self._ids

    @property
    def is_counts(self) -> bool:
        """Whether there was no exposure, so that these are counts and not rates."""
        return not self.exposure

    def of_method(self, method: str) -> Hotspots:
        """Give the hotspots that one method found.

        Parameters
        ----------
        method
            ``"scan"``, ``"gi_star"`` ...

        Returns
        -------
        Hotspots
            Empty when the method found none.
        """
        return Hotspots(
            crs=self.crs,
            found=tuple(h for h in self.found if h.method == method),
            exposure=self.exposure,
            notes=self.notes,
            suppress_below=self.suppress_below,
        )

    def to_frame(self, *, suppress: bool = True) -> gpd.GeoDataFrame:
        """Give one row for each hotspot, in the CRS of the town.

        Parameters
        ----------
        suppress
            Blank the numbers of hotspots with fewer than `suppress_below` hazards.

        Returns
        -------
        GeoDataFrame
            ``hotspot_id, method, category, n, expected, relative_risk, statistic, p_value,
            period, grids, area_km2, is_suppressed, text, geometry``; `grids` are ids joined by
            ``;``, and `relative_risk` is blank where no hazard lies outside.
        """
        import geopandas as gpd  # noqa: PLC0415  frames cross the door only
        import pandas as pd  # noqa: PLC0415  the same

        hidden = [suppress and h.n < self.suppress_below for h in self.found]

        def column(name: str) -> Any:
            values = [
                float("nan") if hide else float(getattr(h, name))
                for h, hide in zip(self.found, hidden, strict=True)
            ]
            out = np.array(values, dtype=np.float64)
            return np.where(np.isinf(out), np.nan, out)  # all hazards in one place: no rate outside

        outlines = np.array([h.outline for h in self.found], dtype=object)
        small = f"Fewer than {self.suppress_below} hazards: numbers withheld."
        data = {
            "hotspot_id": list(self.ids),
            "method": [h.method for h in self.found],
            "category": [h.category for h in self.found],
            "n": pd.array(
                [None if hide else h.n for h, hide in zip(self.found, hidden, strict=True)],
                dtype="Int64",
            ),
            **{k: column(k) for k in ("expected", "relative_risk", "statistic", "p_value")},
            "period": [h.period for h in self.found],
            "grids": [";".join(h.grids) for h in self.found],
            "area_km2": shapely.area(outlines) / 1e6,
            "is_suppressed": np.array(hidden, dtype=bool),
            "text": [small if hide else h.text for h, hide in zip(self.found, hidden, strict=True)],
        }
        return gpd.GeoDataFrame(data, geometry=outlines, crs=self.crs)

    def explore(self, *, plan: Plan | None = None, lang: str = "en") -> Any:
        """Show the hotspots, over the grids of a plan, on a folium map: see `gridkit.maps.draw_hotspots`.

        Parameters
        ----------
        plan, lang
            As in `gridkit.maps.draw_hotspots`.

        Returns
        -------
        folium.Map
            Shows itself in a notebook, without a network.
        """
        return need("gridkit.maps", why="to draw a map").draw_hotspots(self, plan=plan, lang=lang)

    def plot(self, *, plan: Plan | None = None, lang: str = "en", ax: Axes | None = None) -> Axes:
        """Plot the hotspots, over the grids of a plan, with matplotlib: see `gridkit.maps.plot_hotspots`.

        Parameters
        ----------
        plan, lang, ax
            As in `gridkit.maps.plot_hotspots`.

        Returns
        -------
        matplotlib.axes.Axes
            With title, legend and scale bar.
        """
        axes: Axes = need("gridkit.maps", why="to plot").plot_hotspots(
            self, plan=plan, lang=lang, ax=ax
        )
        return axes

    def __len__(self) -> int:
        """Count the hotspots."""
        return len(self.found)

    def __iter__(self) -> Iterator[Hotspot]:
        """Go through the hotspots."""
        return iter(self.found)

    def __getitem__(self, i: int) -> Hotspot:
        """Give one hotspot."""
        return self.found[i]

    def __str__(self) -> str:
        """Say everything, a line each."""
        lines = [f"{i}: {h.text}" for i, h in zip(self.ids, self.found, strict=True)]
        return "\n".join([*lines, *self.notes]) or "No hotspots."

    def __repr__(self) -> str:
        """Say how many by which method, and of what."""
        by = dict.fromkeys((h.method for h in self.found), 0)
        for h in self.found:
            by[h.method] += 1
        parts = ", ".join(f"{k} by {m}" for m, k in by.items()) or "none"
        return f"<Hotspots: {parts}; {'per ' + self.exposure if self.exposure else 'counts, no exposure'}>"

    def _repr_html_(self) -> str:
        """Show a small table in a notebook."""

        def number(value: float, how: str) -> str:
            return format(value, how) if np.isfinite(value) else "–"

        head = ("hotspot", "n", "expected", "times", "p", "what it says")
        rows: list[Sequence[str]] = [
            (
                i,
                f"{h.n:,}",
                number(h.expected, ",.1f"),
                number(h.relative_risk, ".1f"),
                number(h.p_value, ".2g"),
                h.text,
            )
            for i, h in zip(self.ids, self.found, strict=True)
        ]
        top = "".join(f"<th>{escape(t)}</th>" for t in head)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows
        )
        notes = "".join(f"<li>{escape(t)}</li>" for t in self.notes)
        return f"<p><b>{escape(repr(self)[1:-1])}</b></p><table><tr>{top}</tr>{body}</table><ul>{notes}</ul>"
