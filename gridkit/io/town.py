"""How does a town come in? Units, communities and objects, from map layers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import shapely

from gridkit.errors import CRSError, InputError, SchemaError, some_of
from gridkit.geo.crs import read_crs, suggest_crs
from gridkit.geo.overlap import largest_overlap
from gridkit.geo.points import locate
from gridkit.io.vector import read_layer
from gridkit.model.finding import Finding, Report
from gridkit.model.town import Town
from gridkit.model.units import Measure, need_column, numbers, text_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSource:
    """A column of the units that adds up.

    Parameters
    ----------
    column
        Column of the units' layer.
    unit
        For legends: ``"persons"``, ``"households"``.
    label
        A readable name; by default made from the measure's name.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    column: str
    unit: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSource:
    """Where the units come from: ready blocks, parcels or statistical areas.

    Parameters
    ----------
    path
        File with the polygons.
    layer
        Layer of the file, when it has several.
    id_column
        Column of the ids; they stay text.
    community_column
        Column that says in which community each unit lies. Leave it out when there are none, or when
        ``[communities]`` gives their polygons: then a unit is in the one that holds most of it.
    measures
        Named amounts on the units.
    links
        Pairs of unit ids that count as neighbours though they share no border (a bridge, a ferry,
        a common corner), each with the reason beside it in the file.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    id_column: str
    layer: str | None = None
    community_column: str | None = None
    measures: dict[str, MeasureSource] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunitySource:
    """Where the communities come from: their names or polygons; makes sure that each has units.

    Parameters
    ----------
    path, layer
        File and layer.
    id_column
        Column with the value that the units' community column holds.
    name_column
        Column with the readable name; by default the id.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    id_column: str
    layer: str | None = None
    name_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSource:
    """Supervised objects: points that members visit, counted on the units by class.

    Parameters
    ----------
    path, layer
        File and layer.
    class_column
        Column of the class; every class becomes a measure ``objects_<class>``.
    class_name
        The class of all of them, where no column says it.
    id_column
        Column of ids, for visits and rounds; by default layer and row.
    risk_column
        Column of the risk tier; every tier of a class becomes a measure ``objects_<class>_<tier>``.
    classes
        Renames values of the column: ``{"industrial" = "workshop"}``. A value that is not named keeps
        its name; a blank one becomes ``other``.
    count_column
        Column that says how many objects a row stands for; by default one.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    class_column: str | None = None
    class_name: str = "object"
    layer: str | None = None
    id_column: str | None = None
    risk_column: str | None = None
    classes: dict[str, str] = field(default_factory=dict)
    count_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSource:
    """The plan in force: polygons of base grids, or a table ``unit_id, base_grid_id``.

    Parameters
    ----------
    path, layer
        File and layer; a ``.csv`` is read as a table.
    id_column
        Column of the grid ids in a layer of polygons. A unit belongs to the grid that holds most of it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    layer: str | None = None
    id_column: str = "base_grid_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSource:
    """The town as a whole.

    Parameters
    ----------
    name
        For titles.
    crs
        Metric reference system in which everything is measured, such as ``"EPSG:4547"``.
    synthetic
        Whether the data are made up; said on every output.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    crs: str
    synthetic: bool = False


def read_town(
    town: TownSource,
    units: UnitSource,
    *,
    communities: CommunitySource | None = None,
    objects: Sequence[ObjectSource] = (),
) -> tuple[Town, Report]:
    """Read and check a town.

    Parameters
    ----------
    town, units, communities, objects
        Where everything comes from.

    Returns
    -------
    Town
        Checked, in ``town.crs``.
    Report
        What was read, and what was left out and why.

    Raises
    ------
    InputError
        If something cannot be used as it is.
    """
    frame = in_crs(
        read_layer(Path(units.path), layer=units.layer, name="units"), town.crs, name="units"
    )
    names, column = None, units.community_column
    findings: list[Finding] = []
    if communities is not None:
        listed = read_layer(Path(communities.path), layer=communities.layer, name="communities")
        ids = text_ids(listed, communities.id_column, name="communities")
        titles = text_ids(
            listed, communities.name_column or communities.id_column, name="communities"
        )
        names = dict(zip(ids, titles, strict=True))
        if column is None:
            column = "community of the unit"
            frame[column], findings = _by_place(
                frame, units.id_column, in_crs(listed, town.crs, name="communities"), ids
            )
    made = Town.from_frame(
        frame,
        name=town.name,
        id_column=units.id_column,
        measures={n: (m.column, m.unit) for n, m in units.measures.items()},
        community_column=column,
        community_names=names,
        links=units.links,
        is_synthetic=town.synthetic,
    )
    labelled = [
        Measure(name=n, values=made.units.measures[n].values, unit=m.unit, label=m.label)
        for n, m in units.measures.items()
        if m.label
    ]
    made = made.with_measures(*labelled) if labelled else made
    if objects:
        counted, more = _count_objects(made, objects, crs=town.crs)
        made = made.with_measures(*counted)
        findings += more
    return made, Report(tuple(findings))


def _by_place(
    frame: gpd.GeoDataFrame, id_column: str, communities: gpd.GeoDataFrame, ids: Sequence[str]
) -> tuple[list[str], list[Finding]]:
    """Find the community that holds most of each unit, and the units that lie across a border."""
    base, share = largest_overlap(
        np.asarray(frame.geometry.array, dtype=object),
        np.asarray(communities.geometry.array, dtype=object),
    )
    torn = np.flatnonzero((base >= 0) & (share < 0.9))
    named = text_ids(frame, id_column, name="units")
    findings = []
    if torn.size:
        text = (
            f"Units of which less than 90 % lies in one community: {torn.size:,} of {len(base):,}; each is counted to "
            f"the one that holds most of it: {some_of([named[i] for i in torn])}."
        )
        findings = [
            Finding(
                rule="communities",
                severity="warning",
                level="unit",
                ids=tuple(named[i] for i in torn),
                text=text,
                facts={"n": int(torn.size)},
            )
        ]
    return [ids[b] if b >= 0 else "" for b in base.tolist()], findings


def in_crs(frame: gpd.GeoDataFrame, crs: str, *, name: str) -> gpd.GeoDataFrame:
    """Reproject a layer that says which system it is in.

    Raises
    ------
    CRSError
        If it does not say.
    InputError
        If coordinates become infinite, which means that the layer's own system is wrong.
    """
    target = read_crs(crs, name="town.crs")
    if frame.crs is None:
        west, south, east, north = (float(v) for v in frame.total_bounds)
        guess = (
            f"Its coordinates look like degrees: if they are longitude and latitude, say 'EPSG:4326' "
            f"(and then '{suggest_crs((west + east) / 2, (south + north) / 2)}' is fit for measuring)."
            if -180 <= west <= east <= 180 and -90 <= south <= north <= 90
            else f"Its x run from {west:,.0f} to {east:,.0f} and y from {south:,.0f} to {north:,.0f}."
        )
        msg = f"`{name}` has no reference system. {guess} Write it into the file, for example with QGIS or set_crs()."
        raise CRSError(msg)
    moved = frame.to_crs(target)
    if len(moved) and not np.isfinite(moved.total_bounds).all():
        source = frame.crs.to_epsg() or frame.crs.name
        msg = (
            f"`{name}` says it is in EPSG:{source}, but its coordinates ({some_of(frame.total_bounds.round(1))}) cannot "
            f"be: perhaps x and y are swapped, or metres are labelled as degrees."
        )
        raise InputError(msg)
    return moved


def _count_objects(
    town: Town, sources: Sequence[ObjectSource], *, crs: str
) -> tuple[list[Measure], list[Finding]]:
    """Count objects on units by class."""
    n = len(town.units)
    by_class: dict[str, np.ndarray] = {}
    findings = []
    for source in sources:
        layer = source.layer or Path(source.path).name
        frame = in_crs(
            read_layer(Path(source.path), layer=source.layer, name=layer), crs, name=layer
        )
        points = shapely.centroid(np.asarray(frame.geometry.array, dtype=object))
        at = locate(shapely.get_coordinates(points), town.units.shapes)
        amount = (
            numbers(frame, source.count_column, name=layer)
            if source.count_column
            else np.ones(len(frame))
        )
        kinds = [source.class_name] * len(frame)
        if source.class_column is not None:
            need_column(frame, source.class_column, name=layer)
            raw = [
                str(v) if isinstance(v, str) and v.strip() else "other"
                for v in frame[source.class_column].tolist()
            ]
            unused = sorted(set(source.classes) - set(raw))
            if unused:
                msg = f"`objects.classes` renames {some_of(unused)}, which `{layer}` does not hold. It holds {some_of(sorted(set(raw)), most=12)}."
                raise SchemaError(msg)
            kinds = [source.classes.get(k, k) for k in raw]
        inside = at >= 0
        names = np.array(kinds, dtype=object)
        for kind in sorted(set(kinds)):
            own = inside & (names == kind)
            by_class[kind] = by_class.get(kind, np.zeros(n)) + np.bincount(at[own], amount[own], n)
        lost = int((~inside).sum())
        findings.append(
            Finding(
                rule="objects",
                severity="warning" if lost else "note",
                text=f"{int(inside.sum()):,} of {len(frame):,} objects of `{layer}` lie in the town and are counted on its units"
                + (f"; {lost:,} lie outside and are left out." if lost else "."),
                facts={"layer": layer, "inside": int(inside.sum()), "outside": lost},
            )
        )
    total = Measure(
        name="n_objects",
        values=np.sum(list(by_class.values()), axis=0),
        unit="objects",
        label="objects",
    )
    return [
        total,
        *(
            Measure(
                name=f"objects_{k}",
                values=v,
                unit="objects",
                label=f"objects: {k.replace('_', ' ')}",
            )
            for k, v in sorted(by_class.items())
        ),
    ], findings
