"""How do shapes reach the page? Units with their borders for the communities that are edited, outlines for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gridkit.geo.borders import border_lines
from gridkit.geo.coverage import dissolve
from gridkit.geo.crs import WGS84
from gridkit.geo.points import inner_points
from gridkit.maps.wire import QUANTUM, encode_shapes, pack_bytes, to_lon_lat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, GeometryArray, IntArray, Json
    from gridkit.editor.desk import Desk
    from gridkit.editor.ground import Ground


class Parcel:
    """A binary answer in the making.

    Parameters
    ----------
    more
        Further keys of the head.
    """

    def __init__(self, **more: Any) -> None:
        self._layers: list[Json] = []
        self._bodies: list[bytes] = []
        self._at = 0
        self._more = more

    def add(
        self,
        key: str,
        shapes: GeometryArray,
        columns: Json,
        *,
        anchors: bool = False,
        measures: Sequence[Json] = (),
    ) -> None:
        """Add a layer.

        Parameters
        ----------
        key
            Its name.
        shapes : (n,), degrees
            Of one kind.
        columns
            By name, n values each.
        anchors
            Whether to add a point inside each shape.
        measures
            Descriptions of columns.
        """
        code = int(shapely.get_type_id(shapes[0])) if len(shapes) else 3
        kind = {0: "point", 1: "line", 5: "line"}.get(code, "polygon")
        layer: Json = {
            "key": key, "kind": kind, "n": len(shapes), "columns": columns, "measures": list(measures),
        }  # fmt: skip
        layer["offset"], layer["length"] = self._put(encode_shapes(shapes))
        if anchors:
            points = np.asarray(shapely.points(inner_points(shapes)), dtype=object)
            layer["anchors"] = self._put(encode_shapes(points))
        self._layers.append(layer)

    def add_raw(self, layer: Json, body: bytes) -> None:
        """Add a layer that is packed already."""
        layer["offset"], layer["length"] = self._put(body)
        self._layers.append(layer)

    def _put(self, body: bytes) -> tuple[int, int]:
        self._bodies.append(body)
        self._at += len(body)
        return self._at - len(body), len(body)

    def to_bytes(self) -> bytes:
        """Pack everything."""
        head = {"version": 1, "quantum": QUANTUM, **self._more, "layers": self._layers}
        return pack_bytes(head, self._bodies)


class Atlas:
    """The shapes of a town, prepared once for all answers.

    Parameters
    ----------
    ground
        With the town.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        units = ground.town.units
        self._turn = pyproj.Transformer.from_crs(units.crs, WGS84, always_xy=True)
        self._lines: tuple[IntArray, IntArray, FloatArray, IntArray] | None = None
        self._shapes: GeometryArray | None = None
        self._outlines: dict[bytes, Any] = {}

    def units(self, wanted: IntArray) -> bytes:
        """Give units with their amounts, and the borders between them."""
        g = self.ground
        units = g.town.units
        shapes = to_lon_lat(units.shapes[wanted], units.crs, name="units")
        columns: Json = {
            "unit": wanted.tolist(),
            "unit_id": [units.ids[u] for u in wanted.tolist()],
            "community": g.of[wanted].tolist(),
        }
        heads = []
        for measure in g.measures:
            if measure.kind == "sum" and measure.name not in ("n_units", "area_km2"):
                columns[measure.name] = _rounded(g.amounts(measure.name)[wanted])
                heads.append(measure.to_json())
        parcel = Parcel()
        parcel.add("units", shapes, columns, anchors=False, measures=heads)
        left, right, lines = self._edges(wanted)
        parcel.add("edges", lines, {"left": left.tolist(), "right": right.tolist()})
        return parcel.to_bytes()

    def _edges(self, wanted: IntArray) -> tuple[IntArray, IntArray, GeometryArray]:
        """Give the borders of some units, in degrees."""
        if self._lines is None:
            left, right, xy, first = border_lines(self.ground.town.units.shapes)
            self._lines = left, right, np.column_stack(self._turn.transform(*xy.T)), first
        left, right, xy, first = self._lines
        inside = np.zeros(self.ground.n + 1, dtype=bool)
        inside[wanted] = True
        at = np.flatnonzero(inside[left] | inside[right])
        length = np.diff(first)[at]
        owner = np.repeat(np.arange(at.size), length)
        step = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
        points = xy[np.repeat(first[at], length) + step]
        lines = shapely.linestrings(points, indices=owner) if at.size else np.zeros(0, dtype=object)
        return left[at], right[at], np.asarray(lines, dtype=object)

    def outlines(self, desk: Desk, slots: Sequence[int] | None, **more: Any) -> bytes:
        """Give the outlines of grids, dissolved; those that did not change are kept."""
        parcel = Parcel(**more)
        own = [
            s for s in (desk.alive().tolist() if slots is None else slots)
            if desk.draft.n_units[s] > 0
        ]  # fmt: skip
        shapes = self._dissolved([desk.own(s) for s in own])
        parcel.add("base_grids", shapes, {"grid": own}, anchors=True)
        if slots is None:
            g = self.ground
            names = len(g.community_ids)
            if g.town.community is not None or g.community is None:
                parts = [np.flatnonzero(g.of == c) for c in range(names)]
            else:
                at = np.append(desk.community, -1)[desk.base]
                parts = [np.flatnonzero(at == c) for c in range(names)]
            there = [c for c, units in enumerate(parts) if units.size]
            shapes = self._dissolved([parts[c] for c in there])
            parcel.add("community_grids", shapes, {"community": there}, anchors=True)
            if g.current is not None:
                parcel.add("current_grids", *self._current())
        return parcel.to_bytes()

    def _current(self) -> tuple[GeometryArray, Json]:
        g = self.ground
        assert g.current is not None  # noqa: S101  the caller has looked
        base = g.current.base
        parts = [np.flatnonzero(base == i) for i in range(len(g.current.levels[0]))]
        there = [i for i, units in enumerate(parts) if units.size]
        slots = [int(g.home[parts[i][0]]) for i in there]
        ids = [g.current.levels[0].ids[i] for i in there]
        return self._dissolved([parts[i] for i in there]), {"grid": slots, "grid_id": ids}

    def _dissolved(self, parts: Sequence[IntArray]) -> GeometryArray:
        """Unite units, in degrees; equal sets are united once."""
        if len(self._outlines) > 20_000:
            self._outlines.clear()
        keys = [p.astype(np.int32).tobytes() for p in parts]
        new = [i for i, k in enumerate(keys) if k not in self._outlines]
        if new:
            units = self.ground.town.units
            order = np.concatenate([parts[i] for i in new])
            label = np.repeat(np.arange(len(new), dtype=np.int32), [parts[i].size for i in new])
            made = dissolve(units.shapes[order], label, len(new))
            turned = to_lon_lat(made, units.crs, name="units")
            for i, shape in zip(new, turned, strict=True):
                self._outlines[keys[i]] = shape
        out = np.empty(len(keys), dtype=object)
        out[:] = [self._outlines[k] for k in keys]
        return out


def _rounded(values: FloatArray) -> list[float | int]:
    """Write amounts without digits that mean nothing."""
    if (values == np.floor(values)).all():
        return [int(v) for v in values.tolist()]
    return [round(v, 2) for v in values.tolist()]
