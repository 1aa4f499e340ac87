"""How do lines in a file become streets that one can walk along?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import shapely

from gridkit.errors import ConfigError, CRSError
from gridkit.hotspots.network import Streets
from gridkit.io.vector import read_layer
from gridkit.model.units import need_column

if TYPE_CHECKING:
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetSource:
    """A layer of streets, for rates per street and distances along streets.

    Parameters
    ----------
    path, layer
        File and layer of lines.
    id_column
        Column of street ids, written beside every hazard; empty to number the lines from 1.
    split
        Cut lines where they cross. Without it streets meet only where both end; with it bridges and
        tunnels meet the streets they cross.
    beyond_m : m
        Streets up to so far outside the town are kept, because ways lead there.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    layer: str | None = None
    id_column: str = ""
    split: bool = False
    beyond_m: float = 0.0

    def __post_init__(self) -> None:
        if self.beyond_m < 0:
            msg = f"`beyond_m` is a distance, not below 0; got {self.beyond_m}"
            raise ConfigError(msg)


def read_streets(source: StreetSource, town: Town) -> Streets:
    """Read the streets in and near a town, in its reference system.

    Parameters
    ----------
    source
        The file.
    town
        The town.

    Raises
    ------
    InputError
        If the file cannot be read, has no reference system, or holds no line near the town.
    """
    columns = [source.id_column] if source.id_column else []
    frame = read_layer(source.path, layer=source.layer, columns=columns, name="streets")
    if frame.crs is None:
        msg = f"'{source.path}' does not say in which reference system its streets are; save it with one."
        raise CRSError(msg)
    frame = frame.to_crs(town.units.crs)
    if source.id_column:
        need_column(frame, source.id_column, name="streets")
        frame.index = frame[source.id_column].astype(str).tolist()
    else:
        frame.index = [str(i + 1) for i in range(len(frame))]
    reach = shapely.buffer(shapely.coverage_union_all(town.units.shapes), source.beyond_m + 20.0)
    shapely.prepare(reach)
    near = frame.geometry[shapely.intersects(reach, frame.geometry.array)]
    return Streets.from_lines(near, split=source.split)
