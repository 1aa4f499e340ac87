"""What is the area that is divided? Units, who touches whom, and the communities given."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridkit.errors import SchemaError, some_of
from gridkit.model.graph import UnitGraph
from gridkit.model.plan import Level
from gridkit.model.units import Units, text_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from gridkit._typing import LabelArray
    from gridkit.model.units import Measure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Town:
    """A town, built and checked once.

    Parameters
    ----------
    name
        For titles.
    units
        The smallest pieces.
    graph
        Which of them touch.
    community
        The community grids that are given, holding units; None when there are none.
    is_synthetic
        Whether the data are made up; said on every output.
    """

    name: str
    units: Units
    graph: UnitGraph
    community: Level | None = None
    is_synthetic: bool = False
    position: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = len(self.units)
        if self.graph.ids != self.units.ids:
            msg = f"the graph is of {len(self.graph.ids)} other units than the town's {n}."
            raise SchemaError(msg)
        if self.community is not None:
            _check_parents(self.community, self.units)
        object.__setattr__(
            self, "position", MappingProxyType({i: p for p, i in enumerate(self.units.ids)})
        )

    @classmethod
    def from_frame(
        cls,
        frame: gpd.GeoDataFrame,
        *,
        name: str,
        id_column: str,
        measures: Mapping[str, tuple[str, str]],
        community_column: str | None = None,
        community_names: Mapping[str, str] | None = None,
        links: Sequence[tuple[str, str]] = (),
        is_synthetic: bool = False,
    ) -> Town:
        """Build a town from a GeoDataFrame of units.

        Parameters
        ----------
        frame
            One row for each unit, in a projected CRS fit for areas, a valid coverage.
        name
            Of the town.
        id_column
            Column of unit ids, read as text.
        measures
            ``{name: (column, unit)}``, for example ``{"residents": ("pop", "persons")}``.
        community_column
            Column that says in which community each unit lies.
        community_names
            Readable names by community id; a community named here and empty is refused.
        links
            Pairs of unit ids that count as neighbours (a bridge, a ferry).
        is_synthetic
            Whether the data are made up.

        Raises
        ------
        CRSError, GeometryError, SchemaError
            With what is wrong, where, and the way out.
        """
        units = Units.from_frame(frame, id_column=id_column, measures=measures)
        community = None
        if community_column is not None:
            community = _communities(
                text_ids(frame, community_column, name="units"), units, community_names
            )
        graph = UnitGraph.build_rook(units)
        town = cls(
            name=name, units=units, graph=graph, community=community, is_synthetic=is_synthetic
        )
        return town.with_links(links) if links else town

    def with_links(self, links: Sequence[tuple[str, str]]) -> Town:
        """Return the town with pairs of units declared neighbours.

        Parameters
        ----------
        links
            Pairs of unit ids.

        Returns
        -------
        Town
            The links have border length 0.

        Raises
        ------
        SchemaError
            If a unit is unknown.
        """
        unknown = sorted({i for pair in links for i in pair if i not in self.position})
        if unknown:
            msg = f"declared links name units that are not in the town: {some_of(unknown)}."
            raise SchemaError(msg)
        pairs = [(self.position[a], self.position[b]) for a, b in links]
        return self._replace(graph=self.graph.with_links(pairs))

    def with_measures(self, *measures: Measure) -> Town:
        """Return the town with more measures on its units.

        Parameters
        ----------
        *measures
            Each with one value for each unit.

        Returns
        -------
        Town
            Measures of the same name are replaced.
        """
        return self._replace(units=self.units.with_measures(*measures))

    def _replace(self, **changes: Any) -> Town:
        keep = {
            f: getattr(self, f) for f in ("name", "units", "graph", "community", "is_synthetic")
        }
        return Town(**{**keep, **changes})

    @property
    def inner_graph(self) -> UnitGraph:
        """The contiguity graph without the edges that cross a community border."""
        if self.community is None:
            return self.graph
        left, right, _ = self.graph.edges()
        of = self.community.holder
        return self.graph.without(of[left] != of[right])

    @property
    def area_km2(self) -> float:
        """Area of all units."""
        return float(self.units.area_m2.sum() / 1e6)

    def __repr__(self) -> str:
        """Say what the town is made of."""
        communities = f", {len(self.community)} communities" if self.community is not None else ""
        made = ", synthetic" if self.is_synthetic else ""
        return f"<Town {self.name}: {len(self.units):,} units, {self.area_km2:.2f} km²{communities}{made}>"

    def _repr_html_(self) -> str:
        """Show the totals in a notebook."""
        from gridkit.model._html import town_table  # noqa: PLC0415  text only needed in a notebook

        return town_table(self)


def _check_parents(community: Level, units: Units) -> None:
    """Every unit lies in one community, and no community is empty."""
    if community.holder.size != len(units):
        msg = f"the communities hold {community.holder.size} units, the town has {len(units)}."
        raise SchemaError(msg)
    loose = np.flatnonzero(community.holder < 0)
    if loose.size:
        msg = (
            f"{loose.size} of {len(units)} units are in no community: {some_of([units.ids[i] for i in loose])}. "
            f"Every unit needs one; fill the column, or leave communities out."
        )
        raise SchemaError(msg)
    empty = np.flatnonzero(np.bincount(community.holder, minlength=len(community)) == 0)
    if empty.size:
        msg = (
            f"{empty.size} of {len(community)} communities have no unit: "
            f"{some_of([community.names[i] for i in empty])}. Remove them from the list, or correct the units' column."
        )
        raise SchemaError(msg)


def _communities(of: tuple[str, ...], units: Units, names: Mapping[str, str] | None) -> Level:
    """Make the community level from one id for each unit."""
    ids = tuple(sorted({c for c in of if c} | set(names or ())))
    unknown = sorted({c for c in of if c and names is not None and c not in names})
    if unknown:
        msg = f"units name communities that are not in the list: {some_of(unknown)}. The list has {some_of(sorted(names or ()))}."
        raise SchemaError(msg)
    number = {c: p for p, c in enumerate(ids)}
    holder: LabelArray = np.array([number.get(c, -1) for c in of], dtype=np.int32)
    level = Level(
        name="community_grid",
        ids=ids,
        holder=holder,
        names=tuple((names or {}).get(c, c) for c in ids),
    )
    _check_parents(level, units)
    return level


def nearest_links(town: Town, labels: LabelArray) -> list[tuple[int, int, float]]:
    """Suggest, for every loose piece of a label, the shortest link to the rest of it.

    Parameters
    ----------
    town
        The town.
    labels : (n,)
        Labels whose pieces should hang together; -1 is left out.

    Returns
    -------
    list of (unit position, other unit position, metres)
        One for each piece but the largest of its label.
    """
    pieces = town.graph.pieces(labels)
    out = []
    for label in np.unique(labels[labels >= 0]):
        own = np.flatnonzero(labels == label)
        number, count = np.unique(pieces[own], return_counts=True)
        if number.size == 1:
            continue
        main = number[np.argmax(count)]
        rest = own[pieces[own] == main]
        tree = shapely.STRtree(town.units.shapes[rest])
        for piece in number[number != main]:
            part = own[pieces[own] == piece]
            pair, distance = tree.query_nearest(
                town.units.shapes[part], return_distance=True, all_matches=False
            )
            i = int(np.argmin(distance))
            out.append((int(part[pair[0, i]]), int(rest[pair[1, i]]), float(distance[i])))
    return out
