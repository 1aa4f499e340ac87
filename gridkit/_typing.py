"""Which array types do the signatures speak of?"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
LabelArray: TypeAlias = NDArray[np.int32]
"""Positions 0..n-1; ``-1`` means unassigned, or noise."""
BoolArray: TypeAlias = NDArray[np.bool_]
Position: TypeAlias = int | np.integer[Any]
"""A position, from Python or out of an array."""
RowArray: TypeAlias = NDArray[np.uint32]
"""Positions that are never negative, for the busiest loops: nothing there asks whether one counts
from the end."""
SeedArray: TypeAlias = NDArray[np.uint64]
"""State of a kernel's generator, (1,)."""
Arrays: TypeAlias = tuple[Any, ...]
"""Arrays that travel together into a kernel."""
GeometryArray: TypeAlias = NDArray[np.object_]
"""Shapely geometries, all in one CRS."""

Kind: TypeAlias = Literal["base_grid", "community_grid"]
Json: TypeAlias = dict[str, Any]
