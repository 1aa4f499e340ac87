"""Where is each supervised object, what is it and how risky, for visits and rounds?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import ConfigError, SchemaError
from gridkit.geo.points import locate
from gridkit.io.build import read_points
from gridkit.io.town import in_crs
from gridkit.io.vector import read_layer
from gridkit.model.units import Measure, check_ids, need_column, text_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    import pandas as pd

    from gridkit.build import LoadSource
    from gridkit.io.town import ObjectSource
    from gridkit.model.town import Town

COLUMNS = ("object_id", "object_class", "risk", "x_m", "y_m", "unit_pos")


def read_objects(sources: Sequence[ObjectSource], town: Town) -> pd.DataFrame:
    """Read the objects of a town as points.

    Parameters
    ----------
    sources
        As in a batch file.
    town
        Points are brought into its CRS; those outside it are left out (reading the town says how many).

    Returns
    -------
    pandas.DataFrame
        ``object_id, object_class, risk, x_m, y_m, unit_pos``, in the order of the files.

    Raises
    ------
    SchemaError
        If a column is missing, or ids are empty or occur twice.
    """
    frames = []
    for source in sources:
        layer = source.layer or Path(source.path).name
        raw = read_layer(Path(source.path), layer=source.layer, name=layer)
        kinds = [source.class_name] * len(raw)
        if source.class_column is not None:
            need_column(raw, source.class_column, name=layer)
            words = [
                str(v) if isinstance(v, str) and v.strip() else "other"
                for v in raw[source.class_column].tolist()
            ]
            kinds = [source.classes.get(k, k) for k in words]
        ids, risk = source.id_column or "", source.risk_column or ""
        frames.append(_rows(raw, town, kinds, id_column=ids, risk_column=risk, name=layer))
    return _together(frames)


def read_load_objects(loads: Iterable[LoadSource], town: Town) -> pd.DataFrame:
    """Read the objects of a town that is built from layers: the points of ``build.loads`` that have classes.

    Parameters
    ----------
    loads
        As in a batch file; those of kind ``"points"`` with a `class_column` and the name ``objects``.
    town
        The town built.

    Returns
    -------
    pandas.DataFrame
        As `read_objects`.

    Raises
    ------
    ConfigError
        If no load is of single objects.
    """
    frames = []
    for load in loads:
        if load.name != "objects" or load.kind != "points" or not load.class_column:
            continue
        raw = read_points(load)
        words = text_ids(raw, load.class_column, name=load.name)
        kinds = [(load.classes or {}).get(w, w) for w in words]
        frames.append(
            _rows(
                raw, town, kinds, id_column=load.id_column, risk_column=load.risk_column, name=load.name
            )
        )  # fmt: skip
    if not frames:
        msg = "visits and rounds need single objects: a `[[build.loads]]` table with name = 'objects', kind = 'points' and a `class_column`."
        raise ConfigError(msg)
    return _together(frames)


def tier_measures(
    objects: pd.DataFrame, town: Town, tiers: Iterable[tuple[str, str]]
) -> list[Measure]:
    """Count the objects of each class and risk tier that standards ask for on the units.

    Parameters
    ----------
    objects
        From `read_objects`.
    town
        The town.
    tiers
        Class and tier, as the standards name them.

    Raises
    ------
    SchemaError
        If a class that the standards divide into tiers has objects of another tier.
    """
    wanted: dict[str, list[str]] = {}
    for kind, tier in tiers:
        wanted.setdefault(kind, []).append(tier)
    out = []
    for kind, known in wanted.items():
        own = objects[objects["object_class"] == kind]
        other = sorted(set(own["risk"]) - set(known))
        if other:
            n = int(own["risk"].isin(other).sum())
            shown = ", ".join(f"'{t}'" for t in other[:5])
            msg = f"{n} objects of class '{kind}' have risk tier {shown}, which the standards do not have; they have {', '.join(known)}."
            raise SchemaError(msg)
        for tier in known:
            at = own.loc[own["risk"] == tier, "unit_pos"].to_numpy()
            count = np.bincount(at, minlength=len(town.units)).astype(np.float64)
            label = f"objects: {kind.replace('_', ' ')}, {tier}"
            name = f"objects_{kind}_{tier}"
            out.append(Measure(name=name, values=count, unit="objects", label=label))
    return out


def _rows(
    raw: gpd.GeoDataFrame, town: Town, kinds: list[str], *, id_column: str, risk_column: str, name: str
) -> pd.DataFrame:  # fmt: skip
    """Give the rows of one source, in the CRS of the town."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    frame = in_crs(raw, town.units.crs.to_string(), name=name)
    xy = shapely.get_coordinates(shapely.centroid(np.asarray(frame.geometry.array, dtype=object)))
    n = len(frame)
    ids = text_ids(frame, id_column, name=name) if id_column else tuple(
        f"{name}-{i:06d}" for i in range(1, n + 1)
    )  # fmt: skip
    columns: dict[str, Any] = {"object_id": list(ids), "object_class": kinds}
    columns["risk"] = list(text_ids(frame, risk_column, name=name)) if risk_column else [""] * n
    columns |= {"x_m": xy[:, 0], "y_m": xy[:, 1], "unit_pos": locate(xy, town.units.shapes)}
    return pd.DataFrame(columns)


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put sources together and leave out what lies in no unit."""
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    every = pd.concat(frames, ignore_index=True)
    check_ids(tuple(every["object_id"]), name="objects")
    return every[every["unit_pos"] >= 0].reset_index(drop=True)
