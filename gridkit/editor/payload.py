"""How do shapes reach the page? Units with their borders for the communities that are edited, outlines for the rest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from gridkit.geo.borders import border_lines
from gridkit.geo.coverage import dissolve
from gridkit.geo.crs import WGS84, turn_between
from gridkit.geo.points import inner_points
from gridkit.maps.wire import QUANTUM, encode_shapes, pack_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridkit._typing import FloatArray, GeometryArray, IntArray, Json, LabelArray
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


class UnitSets(NamedTuple):
    """Grids as sets of units: a layer of outlines to be.

    Parameters
    ----------
    key, columns
        Of the layer.
    parts
        Units of each grid.
    """

    key: str
    columns: Json
    parts: list[IntArray]


class Atlas:
    """The shapes of a town, prepared once for all answers.

    Parameters
    ----------
    ground
        With the town.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._lock = threading.Lock()
        self._lines: tuple[IntArray, IntArray, FloatArray, IntArray] | None = None
        self._outlines: dict[bytes, Any] = {}

    def units(self, wanted: IntArray) -> bytes:
        """Give units with their amounts, and the borders between them."""
        g = self.ground
        units = g.town.units
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
        parcel.add("units", g.degrees[wanted], columns, anchors=False, measures=heads)
        left, right, lines = self._edges(wanted)
        parcel.add("edges", lines, {"left": left.tolist(), "right": right.tolist()})
        return parcel.to_bytes()

    def _edges(self, wanted: IntArray) -> tuple[IntArray, IntArray, GeometryArray]:
        """Give the borders of some units, in degrees."""
        with self._lock:
            if self._lines is None:
                units = self.ground.town.units
                left, right, xy, first = border_lines(units.shapes)
                turn = turn_between(units.crs, WGS84)
                self._lines = left, right, np.column_stack(turn.transform(*xy.T)), first
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

    def sets(self, desk: Desk, slots: Sequence[int] | None) -> list[UnitSets]:
        """List the grids of which outlines are asked, as sets of units; `outlines` needs the desk no more.

        Parameters
        ----------
        desk
            The plan.
        slots
            Base grids; None for all of them, the communities, and the grids in force.
        """
        g = self.ground
        own = [
            s for s in (desk.alive().tolist() if slots is None else slots)
            if desk.draft.n_units[s] > 0
        ]  # fmt: skip
        grids = UnitSets("base_grids", {"grid": own}, [desk.own(s) for s in own])
        if slots is not None:
            return [grids]
        if g.town.community is not None or g.community is None:
            at: LabelArray = g.of
        else:
            at = np.append(desk.community, -1)[desk.base]
        there = np.unique(at[at >= 0]).tolist()
        parts = [np.flatnonzero(at == c) for c in there]
        out = [grids, UnitSets("community_grids", {"community": there}, parts)]
        if g.current is not None:
            base, ids = g.current.base, g.current.levels[0].ids
            there = np.unique(base[base >= 0]).tolist()
            parts = [np.flatnonzero(base == i) for i in there]
            columns = {
                "grid": [int(g.home[p[0]]) for p in parts],
                "grid_id": [ids[i] for i in there],
            }
            out.append(UnitSets("current_grids", columns, parts))
        return out

    def outlines(self, sets: Sequence[UnitSets], **more: Any) -> bytes:
        """Give outlines, dissolved; those that did not change are kept."""
        parcel = Parcel(**more)
        with self._lock:  # who asks while the first are being made waits for them
            for own in sets:
                parcel.add(
                    own.key,
                    self._dissolved(own.parts),
                    own.columns,
                    anchors=own.key != "current_grids",
                )
        return parcel.to_bytes()

    def _dissolved(self, parts: Sequence[IntArray]) -> GeometryArray:
        """Unite units, in degrees; equal sets are united once."""
        if len(self._outlines) > 20_000:
            self._outlines.clear()
        keys = [p.astype(np.int32).tobytes() for p in parts]
        new = [i for i, k in enumerate(keys) if k not in self._outlines]
        if new:
            order = np.concatenate([parts[i] for i in new])
            label = np.repeat(np.arange(len(new), dtype=np.int32), [parts[i].size for i in new])
            made = dissolve(self.ground.degrees[order], label, len(new))
            for i, shape in zip(new, made, strict=True):
                self._outlines[keys[i]] = shape
        out = np.empty(len(keys), dtype=object)
        out[:] = [self._outlines[k] for k in keys]
        return out


def _rounded(values: FloatArray) -> list[float | int]:
    """Write amounts without digits that mean nothing."""
    if (values == np.floor(values)).all():
        return [int(v) for v in values.tolist()]
    return [round(v, 2) for v in values.tolist()]
