"""How does a town come in that is not there yet: from streets, lines and loads in files?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.build import (
    Ground,
    Transfer,
    add_barriers,
    build_units,
    check_datum,
    count_points,
    cover_areas,
    measure_lines,
    spread_areas,
    sum_raster,
)
from gridkit.errors import ConfigError, SchemaError, did_you_mean, some_of
from gridkit.geo.crs import read_crs
from gridkit.geo.datum import convert, read_datum
from gridkit.io.raster import read_raster
from gridkit.io.sniff import existing_file, sniff
from gridkit.io.tables import read_table, to_numbers
from gridkit.io.vector import read_layer
from gridkit.model.finding import Finding, Report
from gridkit.model.town import Town
from gridkit.model.units import Measure, Units, need_column, text_ids

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

    from gridkit._typing import FloatArray, GeometryArray
    from gridkit.build import (
        BarrierReport,
        BuildSource,
        LayerFile,
        LoadSource,
        RoadLayer,
        UnitReport,
    )
    from gridkit.build.units import LoadOf


def read_built_town(
    source: BuildSource, *, name: str, crs: str = "", is_synthetic: bool = False
) -> tuple[Town, Report]:
    """Read layers, build units from them, bring loads onto them, and set barriers.

    Parameters
    ----------
    source
        Which files, and by which rules.
    name
        Of the town.
    crs
        Projected system; empty for the one of the town line, or one that suits the place.
    is_synthetic
        Whether the data are made up.

    Returns
    -------
    Town
        With every load as a measure, and contiguity without what barriers part.
    Report
        What became of the layers, what each transfer lost, where barriers run, and datums that
        contradict the streets; rules ``build_units``, ``load``, ``datum``, ``barriers``.

    Raises
    ------
    InputError
        If a file cannot be used as it is.
    """
    said: list[Finding] = []
    line = read_chosen(source.town_line, name="town_line", said=said)
    streets, rail, water = (
        None if f is None else read_chosen(f, name=n, said=said)
        for f, n in ((source.streets, "streets"), (source.rail, "rail"), (source.water, "water"))
    )
    whole, buildings = (
        None if f is None else read_chosen(f, name=n, said=said)
        for f, n in ((source.whole, "whole"), (source.buildings, "buildings"))
    )
    communities, titles, id_column = None, None, "id"
    if source.communities is not None:
        given = source.communities
        communities = read_layer(given.path, layer=given.layer, name="communities")
        id_column = given.id_column
        ids = text_ids(communities, id_column, name="communities")
        shown = text_ids(communities, given.name_column or id_column, name="communities")
        titles = dict(zip(ids, shown, strict=True))
    built = build_units(
        line,
        streets=streets,
        rail=rail,
        water=water,
        whole=whole,
        buildings=buildings,
        communities=communities,
        community_id=id_column,
        rules=source.rules,
        load_of=_amounts(source, line, crs),
        crs=crs,
    )
    town = Town.from_frame(
        built.frame,
        name=name,
        id_column="unit_id",
        measures={},
        community_column=None if communities is None else "community_id",
        community_names=titles,
        is_synthetic=is_synthetic,
    )
    findings = [*said, _about_units(built.report)]
    ground = Ground.from_frame(line, crs=crs)
    lines = ground.bring(streets, name="streets")
    for load in source.loads:
        transfer, more = _load(town.units, load, ground, lines)
        town = town.with_measures(*transfer.measures)
        findings += more
        findings += _about_part(town, load)
    town = _with_object_total(town)
    barriers = _barriers(source, rail, water)
    town, report = add_barriers(town, barriers, streets=streets, rules=source.barriers)
    return town, Report((*findings, *_about_barriers(report)))


def read_chosen(
    file: LayerFile | RoadLayer, *, name: str, said: list[Finding] | None = None
) -> gpd.GeoDataFrame:
    """Read a layer, or the rows of it that are wanted.

    Parameters
    ----------
    file
        The layer, its column, and the values wanted.
    name
        What it is called in messages.
    said
        A wanted value that never occurs is added to this list.

    Raises
    ------
    SchemaError
        If none of the wanted values occurs.
    """
    frame = read_layer(file.path, layer=file.layer, name=name)
    if not file.column:
        return frame
    words = np.array(text_ids(frame, file.column, name=name), dtype=object)
    missing = [v for v in file.values if v not in set(words)]
    if missing:
        known = sorted(set(words))
        msg = f"column `{file.column}` of `{name}` never holds {some_of(missing)}{did_you_mean(missing[0], known) or '.'} It holds: {', '.join(known[:12])}."
        if len(missing) == len(file.values):
            raise SchemaError(msg)
        if said is not None:
            said.append(Finding(rule="build_units", severity="warning", text=msg))
    return frame[np.isin(words, np.array(file.values, dtype=object))].reset_index(drop=True)


def _barriers(
    source: BuildSource, rail: gpd.GeoDataFrame | None, water: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame | None:
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    known = {"rail": rail, "water": water}
    found = [f for f in (known[n] for n in source.barrier_layers) if f is not None]
    if not found:
        return None
    shapes = [np.asarray(f.geometry.to_crs(found[0].crs).array, dtype=object) for f in found]
    return gpd.GeoDataFrame(geometry=np.concatenate(shapes), crs=found[0].crs)


# ---------------------------------------------------------------------- loads
def _amounts(source: BuildSource, line: gpd.GeoDataFrame, crs: str) -> dict[str, LoadOf]:
    """Say for each load that limits units how much of it polygons hold."""
    if not source.rules.max_load:
        return {}
    ground, nothing = Ground.from_frame(line, crs=crs), np.zeros(0, dtype=object)

    def amount(load: LoadSource, shapes: GeometryArray, *, crs: pyproj.CRS) -> FloatArray:
        units = Units(ids=tuple(str(i) for i in range(len(shapes))), shapes=shapes, crs=crs)
        measures = _load(units, load, ground, nothing)[0].measures
        return np.asarray(np.sum([m.values for m in measures], axis=0))

    return {f.name: partial(amount, f) for f in source.loads if f.name in source.rules.max_load}


def _load(
    units: Units, load: LoadSource, ground: Ground, streets: GeometryArray
) -> tuple[Transfer, list[Finding]]:
    """Bring one load onto the units."""
    more: list[Finding] = []
    if load.kind == "raster":
        bounds = shapely.total_bounds(units.shapes)
        raster = read_raster(
            load.path, near=(tuple(bounds), units.crs), nodata=load.nodata, name=load.name
        )
        transfer = sum_raster(
            units, raster, name=load.name, unit=load.unit, edge=load.edge, whole=load.whole
        )
    elif load.kind == "points":
        frame, more = _points(load, ground, streets)
        transfer = count_points(
            units,
            frame,
            name=load.name,
            unit=load.unit,
            value_column=load.column,
            class_column=load.class_column,
            classes=load.classes,
        )
    elif load.kind == "areas":
        transfer = spread_areas(
            units,
            read_layer(load.path, layer=load.layer, name=load.name),
            load.column,
            name=load.name,
            unit=load.unit,
            kind="intensive" if load.rate else "extensive",
            by=None if load.by is None else read_chosen(load.by, name=f"{load.name}.by"),
            by_column=load.by_column,
            whole=load.whole and not load.rate,
        )
    elif load.kind == "cover":
        transfer = cover_areas(
            units,
            read_layer(load.path, layer=load.layer, name=load.name),
            name=load.name,
            grow_m=load.grow_m,
        )
    else:
        transfer = measure_lines(
            units,
            read_layer(load.path, layer=load.layer, name=load.name),
            name=load.name,
            class_column=load.class_column,
            classes=load.classes,
        )
    return transfer, [*more, _about_load(load, transfer)]


def read_points(load: LoadSource) -> gpd.GeoDataFrame:
    """Read the single points of a load, with all their columns."""
    return _points(load, None, None)[0]


def _points(
    load: LoadSource, ground: Ground | None, streets: GeometryArray | None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read points from a layer or a table, out of their declared datum."""
    import geopandas as gpd  # noqa: PLC0415  importing gridkit must not load it

    file, datum = existing_file(load.path, name=load.name), read_datum(load.datum)
    is_table = sniff(file, name=load.name) in {"text", "dbf"} or ".csv" in file.name.lower()
    if not is_table:
        layer = read_layer(file, layer=load.layer, name=load.name)
        if datum in {"WGS84", "CGCS2000"} and not (
            layer.crs is not None and layer.crs.is_geographic
        ):
            return layer, []
        layer = layer[~(layer.geometry.isna() | layer.geometry.is_empty)]
        xy = shapely.get_coordinates(shapely.centroid(np.asarray(layer.geometry.array)))
        table, crs = layer.drop(columns=layer.geometry.name), layer.crs
    else:
        table = read_table(file, encoding=load.encoding or None, name=load.name)
        xy = np.column_stack(
            [to_numbers(table, c, name=load.name) for c in (load.x_column, load.y_column)]
        )
        crs = read_crs(load.crs, name=f"{load.name}.crs")
        if load.column:
            need_column(table, load.column, name=load.name)
            table[load.column] = np.nan_to_num(to_numbers(table, load.column, name=load.name))
    blank = ~np.isfinite(xy).all(axis=1)
    table, xy = table[~blank].reset_index(drop=True), xy[~blank]
    findings = []
    if blank.any():
        text = f"{int(blank.sum())} of {blank.size} rows of `{load.name}` have no coordinates and are left out."
        findings.append(Finding(rule="load", severity="warning", text=text))
    if crs is not None and crs.is_geographic:
        if ground is not None and streets is not None:
            guess = check_datum(
                xy,
                declared=datum,
                area=ground.area,
                crs=ground.crs,
                streets=streets,
                name=load.name,
            )
            if guess.is_suspect:
                findings.append(Finding(rule="datum", severity="warning", text=guess.message))
        xy = convert(xy, datum, "WGS84")
    elif datum not in {"WGS84", "CGCS2000"}:
        msg = f"load `{load.name}`: datum {datum} is of longitude and latitude, but the coordinates are in {crs.to_string() if crs else 'no known system'}."
        raise ConfigError(msg)
    frame = gpd.GeoDataFrame(table, geometry=shapely.points(xy), crs=crs)
    return frame, findings


def _with_object_total(town: Town) -> Town:
    """Add ``n_objects`` when objects came by class."""
    classes = [n for n in town.units.measures if n.startswith("objects_")]
    if not classes or "n_objects" in town.units.measures:
        return town
    total = np.sum([town.units.measures[n].values for n in classes], axis=0)
    return town.with_measures(
        Measure(name="n_objects", values=total, unit="objects", label="objects")
    )


# ---------------------------------------------------------------------- said
def _about_units(report: UnitReport) -> Finding:
    text = str(report).replace("\n", "; ").rstrip(".")
    return Finding(
        rule="build_units",
        severity="warning" if report.notes else "note",
        text=f"{text}.",
        level="unit",
        facts={
            "n_units": report.n_units,
            "n_merged": report.n_merged,
            "n_divided": report.n_divided,
        },
    )


def _about_load(load: LoadSource, transfer: Transfer) -> Finding:
    lost = transfer.outside > 1e-6 * max(transfer.total, 1.0) or bool(transfer.notes)
    return Finding(
        rule="load",
        severity="warning" if lost else "note",
        text=str(transfer).replace("\n", "; ").rstrip(".") + ".",
        level="unit",
        facts={"measure": load.name, "total": transfer.total, "landed": transfer.landed},
    )


def _about_part(town: Town, load: LoadSource) -> list[Finding]:
    """List the units where a part is larger than the whole that it is said to be part of."""
    known = town.units.measures
    if not load.part_of or load.name not in known or load.part_of not in known:
        return []
    slack = 1.0 if load.whole else 1e-6
    over = np.flatnonzero(known[load.name].values > known[load.part_of].values + slack)
    if not over.size:
        return []
    ids = tuple(town.units.ids[i] for i in over)
    text = f"{over.size} units hold more {load.name} than {load.part_of}, of which they are a part: {some_of(ids)}."
    return [Finding(rule="load", severity="warning", text=text, level="unit", ids=ids)]


def _about_barriers(report: BarrierReport) -> list[Finding]:
    if not (report.removed or report.suggested or report.multi_part):
        return []
    return [
        Finding(
            rule="barriers",
            severity="warning" if report.suggested or report.multi_part else "note",
            text=str(report).replace("\n", "; ") + ".",
            level="unit",
            ids=tuple(sorted({a for a, _, _ in report.suggested} | set(report.multi_part))),
            facts={
                "removed": len(report.removed),
                "opened": len(report.opened),
                "crossings": report.n_crossings,
            },
        )
    ]
