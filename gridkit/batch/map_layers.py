"""Which layers stand on the map beside the grids? The ground, and the units."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gridkit.batch.frames import unit_frame
from gridkit.io.build import read_chosen
from gridkit.io.town import in_crs
from gridkit.io.vector import read_layer

if TYPE_CHECKING:
    import geopandas as gpd

    from gridkit.batch.chain import Work
    from gridkit.config.batch_file import LayerSource
    from gridkit.io.streets import StreetSource

GROUND = ("streets", "rail", "water")


def ground(work: Work) -> dict[str, gpd.GeoDataFrame | None]:
    """Read what is only drawn: named in ``[output]``, else what the town was built from or is walked along."""
    out, build = work.batch.output, work.batch.build
    crs = work.town.units.crs.to_string()
    layers: dict[str, gpd.GeoDataFrame | None] = {}
    for name in GROUND:
        source = getattr(out, name)
        if source is None and name == "streets":
            source = work.batch.streets
        built = None if build is None else getattr(build, name)
        layers[name] = None
        if source is not None:
            layers[name] = background(work, source, name)
        elif built is not None:
            layers[name] = in_crs(read_chosen(built, name=name), crs, name=name)[["geometry"]]
    layers["barriers"] = barriers(work, layers)
    return layers


def background(
    work: Work, source: LayerSource | StreetSource | None, name: str
) -> gpd.GeoDataFrame | None:
    """Read a layer that is only drawn."""
    if source is None:
        return None
    frame = read_layer(Path(source.path), layer=source.layer, name=name)
    return in_crs(frame, work.town.units.crs.to_string(), name=name)[["geometry"]]


def barriers(work: Work, layers: dict[str, gpd.GeoDataFrame | None]) -> gpd.GeoDataFrame | None:
    """Give the lines that grids do not cross: the outlines of the layers the town names as barriers."""
    import geopandas as gpd  # noqa: PLC0415  frames cross the door only
    import pandas as pd  # noqa: PLC0415  the same

    build = work.batch.build
    if build is None:
        return None
    named = [f for n in build.barrier_layers if (f := layers.get(n)) is not None and len(f)]
    if not named:
        return None
    shapes = pd.concat(
        [f.geometry.where(~f.geom_type.str.endswith("Polygon"), f.geometry.boundary) for f in named]
    )
    return gpd.GeoDataFrame(geometry=list(shapes), crs=work.town.units.crs)


def shown_units(work: Work) -> gpd.GeoDataFrame | None:
    """Give the units with their measures, when the batch file wants them on the map."""
    if work.plan is None or not work.batch.output.units:
        return None
    frame = unit_frame(work.plan)
    wanted = {"unit_id", "base_grid_id", "geometry", *work.town.units.measures} - {"area_m2"}
    return frame[[c for c in frame.columns if c in wanted]]
