"""What does a page need to be given? Finished frames; drawing computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import SchemaError
from gridkit.maps.texts import Pair
from gridkit.model.finding import Finding
from gridkit.model.surface import Surface
from gridkit.model.units import need_column

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gridkit._typing import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMeasure:
    """How a numeric column is named and written.

    Parameters
    ----------
    name
        Of the column.
    label
        English and Chinese.
    unit
        English and Chinese; empty for counts and ratios.
    decimals
        How many are shown; by default three significant digits.
    colored
        Whether grids can be coloured by it.
    share
        Whether it is a ratio 0..1, to be written in percent.
    """

    name: str
    label: Pair
    unit: Pair = ("", "")
    decimals: int | None = None
    colored: bool = True
    share: bool = False

    def written(self, values: Any) -> FloatArray:
        """Give the numbers as they are written: percent for a share; nan for what is missing."""
        numbers = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
        return numbers * 100 if self.share else numbers


KNOWN_MEASURES: dict[str, MapMeasure] = {
    m.name: m
    for m in (
        MapMeasure(
            name="load",
            label=("Load, share of time", "负荷（占工作时间）"),
            unit=("%", "%"),
            decimals=0,
            share=True,
        ),
        MapMeasure(name="members", label=("Members", "网格员"), unit=("", "人"), decimals=0),
        MapMeasure(name="workload_h", label=("Workload", "工作量"), unit=("h", "小时")),
        MapMeasure(name="residents", label=("Residents", "居民"), unit=("", "人"), decimals=0),
        MapMeasure(name="households", label=("Households", "户数"), unit=("", "户"), decimals=0),
        MapMeasure(
            name="n_objects", label=("Supervised objects", "监管对象"), unit=("", "个"), decimals=0
        ),
        MapMeasure(
            name="density_per_km2",
            label=("Residents per km²", "人口密度"),
            unit=("", "人/平方公里"),
            decimals=0,
        ),
        MapMeasure(name="area_km2", label=("Area", "面积"), unit=("km²", "平方公里"), decimals=2),
        MapMeasure(
            name="compactness", label=("Compactness (1 = circle)", "紧凑度（圆为 1）"), decimals=2
        ),
        MapMeasure(name="n_units", label=("Units", "单元"), unit=("", "个"), decimals=0),
        MapMeasure(name="n_hazards", label=("Reports", "上报数"), unit=("", "条"), decimals=0),
        MapMeasure(name="minutes", label=("Minutes", "分钟"), unit=("min", "分钟"), decimals=0),
    )
}
"""The columns of the output contract, in the order in which they are offered."""

POLYGONS = ("base_grids", "community_grids", "units", "hotspots", "moved")
POINTS = ("hazards", "members")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExtraLayer:
    """A layer the page has no word for: road or entity grids, mobile teams, rounds.

    Parameters
    ----------
    name
        Of the layer: English and Chinese.
    frame
        Points, lines or polygons of one kind; every column is shown when it is pointed at.
    on
        Whether it is drawn when the page opens.
    """

    name: Pair
    frame: gpd.GeoDataFrame
    on: bool = False

    def __post_init__(self) -> None:
        kinds = {str(t).replace("Multi", "") for t in self.frame.geom_type.dropna().unique()}
        if len(kinds) > 1 or "GeometryCollection" in kinds:
            msg = f"layer '{self.name[0]}' holds {', '.join(sorted(kinds))}; give one kind of shape to a layer."
            raise SchemaError(msg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapContent:
    """Everything that stands on a map.

    Frames are GeoDataFrames in any stated CRS. Columns that are not known are shown as they are named.

    Parameters
    ----------
    title
        Of the page.
    base_grids
        ``grid_id`` and any of the columns of ``base_grids.geojson``; numeric ones can be coloured by.
    base_name
        What `base_grids` are called on a page where they are something else (units): English and Chinese.
    community_grids
        The same, one level up.
    units
        ``unit_id``, ``base_grid_id`` and measures; drawn on demand.
    moved
        Units whose base grid differs from the current plan: ``unit_id, from_grid_id, base_grid_id``.
    current_grids
        The base grids of the plan in force, for the before/after switch.
    hotspots
        ``hotspot_id, method, category, n, expected, relative_risk, p_value, grids, text``; polygons.
    hazards
        Points: ``category, urgency, reported_at, grid_id``. Suppress what must not be seen before.
    members
        Points: ``member_id, base_grid_id, role``. No names of persons.
    streets, rail, water, barriers
        The town's own lines and areas, as a background.
    extras
        Any other layers: road or entity grids, mobile teams, rounds.
    surface
        Density of reports.
    findings
        What checks found.
    measures
        Names, units and decimals of columns the contract does not know, or that differ here.
    color_by
        Column to colour base grids by at first; by default the first that is there.
    sources
        One line for each source: what, from whom, date, licence.
    about
        Label and value: plan hash, version, input hashes. No paths, no persons.
    is_synthetic
        Whether data are made up; said in the title line.

    Raises
    ------
    SchemaError
        If ``grid_id`` is missing, or a layer holds other shapes than it must.
    """

    title: str
    base_grids: gpd.GeoDataFrame
    base_name: Pair | None = None
    community_grids: gpd.GeoDataFrame | None = None
    units: gpd.GeoDataFrame | None = None
    moved: gpd.GeoDataFrame | None = None
    current_grids: gpd.GeoDataFrame | None = None
    hotspots: gpd.GeoDataFrame | None = None
    hazards: gpd.GeoDataFrame | None = None
    members: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | None = None
    rail: gpd.GeoDataFrame | None = None
    water: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    extras: tuple[ExtraLayer, ...] = ()
    surface: Surface | None = None
    findings: tuple[Finding, ...] = ()
    measures: tuple[MapMeasure, ...] = ()
    color_by: str | None = None
    sources: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    is_synthetic: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", tuple(self.findings))
        for name in ("base_grids", "community_grids", "current_grids"):
            frame = getattr(self, name)
            if frame is not None:
                need_column(frame, "grid_id", name=name)
        if self.units is not None:
            need_column(self.units, "unit_id", name="units")
        if self.color_by is not None:
            need_column(self.base_grids, self.color_by, name="base_grids")
        for name in (*POLYGONS, *POINTS):
            frame = getattr(self, name)
            if frame is not None:
                _check_kind(frame, name, "Point" if name in POINTS else "Polygon")

    def measure_of(self, name: str, values: pd.Series) -> MapMeasure:
        """Say how a numeric column is named and written."""
        own = {m.name: m for m in self.measures}
        return describe_measure(name, values, own)

    def to_page(self, *, lang: str = "en") -> str:
        """Draw the one-file page: see `gridkit.maps.draw_page`."""
        from gridkit.maps.page import draw_page  # noqa: PLC0415  page builds on this module

        return draw_page(self, lang=lang)


def _check_kind(frame: gpd.GeoDataFrame, name: str, kind: str) -> None:
    """Every shape of a layer is of the kind that the layer draws."""
    found = sorted({str(t) for t in frame.geom_type.dropna().unique()})
    wrong = [t for t in found if t not in (kind, f"Multi{kind}") or (kind == "Point" and t != kind)]
    if wrong:
        msg = f"layer `{name}` holds {', '.join(wrong)}; it is drawn from {kind.lower()}s only."
        raise SchemaError(msg)


def describe_measure(name: str, values: pd.Series, own: Mapping[str, MapMeasure]) -> MapMeasure:
    """Find the label, unit and decimals of a column.

    Parameters
    ----------
    name
        Of the column.
    values
        Its numbers, for choosing decimals.
    own
        Descriptions that go before the known ones.
    """
    found = own.get(name) or KNOWN_MEASURES.get(name)
    if found is None:
        word = name.replace("_", " ")
        found = MapMeasure(name=name, label=(word[:1].upper() + word[1:], word))
    if found.decimals is not None:
        return found
    return replace(found, decimals=_decimals(found.written(values)))


def _decimals(values: Any) -> int:
    """Three significant digits of the middle value; none for whole numbers."""
    known = np.abs(values[np.isfinite(values)])
    if known.size == 0 or (known == np.floor(known)).all():
        return 0
    middle = float(np.median(known)) or float(known.max()) or 1.0
    return int(np.clip(2 - np.floor(np.log10(middle)), 0, 6))
