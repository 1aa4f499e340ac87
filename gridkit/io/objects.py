"""Where is each supervised object, for visits and rounds?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.geo.points import locate
from gridkit.io.town import in_crs
from gridkit.io.vector import read_layer
from gridkit.model.units import check_ids, need_column, text_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gridkit.io.town import ObjectSource
    from gridkit.model.town import Town


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
        ``object_id, object_class, x_m, y_m, unit_pos``, in the order of the files.

    Raises
    ------
    SchemaError
        If a column is missing, or ids are empty or occur twice.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    frames = []
    for source in sources:
        layer = source.layer or Path(source.path).name
        raw = read_layer(Path(source.path), layer=source.layer, name=layer)
        frame = in_crs(raw, town.units.crs.to_string(), name=layer)
        xy = shapely.get_coordinates(
            shapely.centroid(np.asarray(frame.geometry.array, dtype=object))
        )
        if source.id_column is None:
            ids = tuple(f"{layer}-{i:06d}" for i in range(1, len(frame) + 1))
        else:
            ids = text_ids(frame, source.id_column, name=layer)
        kinds = [source.class_name] * len(frame)
        if source.class_column is not None:
            need_column(frame, source.class_column, name=layer)
            words = [
                str(v) if isinstance(v, str) and v.strip() else "other"
                for v in frame[source.class_column].tolist()
            ]
            kinds = [source.classes.get(k, k) for k in words]
        frames.append(
            pd.DataFrame(
                {
                    "object_id": list(ids),
                    "object_class": kinds,
                    "x_m": xy[:, 0],
                    "y_m": xy[:, 1],
                    "unit_pos": locate(xy, town.units.shapes),
                }
            )
        )
    columns = ["object_id", "object_class", "x_m", "y_m", "unit_pos"]
    if not frames:
        return pd.DataFrame(columns=columns)
    every = pd.concat(frames, ignore_index=True)
    check_ids(tuple(every["object_id"]), name="objects")
    inside = every["unit_pos"] >= 0
    return every[inside].reset_index(drop=True)
