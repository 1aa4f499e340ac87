"""Which unit lies in which base grid, and which base grid in which community grid?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit._deps import need
from gridkit.errors import SchemaError, some_of
from gridkit.geo.coverage import dissolve
from gridkit.geo.order import band_order
from gridkit.model._arrays import frozen
from gridkit.model.units import check_ids, text_ids

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from gridkit._typing import FloatArray, GeometryArray, Kind, LabelArray
    from gridkit.model.town import Town


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """One level of grids, each holding things of the level below.

    Parameters
    ----------
    name
        ``"base_grid"``, ``"community_grid"``, or another word for deeper or higher levels.
    ids : (k,)
        Text ids of the grids, unique, not empty.
    holder : (m,)
        For each thing of the level below, the position of the grid that holds it; -1 for none.
    names : (k,), optional
        Readable names; by default the ids.
    """

    name: str
    ids: tuple[str, ...]
    holder: LabelArray
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_ids(self.ids, name=f"{self.name}s")
        holder = np.asarray(self.holder, dtype=np.int32)
        if holder.size and (holder.min() < -1 or holder.max() >= len(self.ids)):
            msg = f"level {self.name}: positions run from {holder.min()} to {holder.max()}, there are {len(self.ids)} grids."
            raise SchemaError(msg)
        object.__setattr__(self, "holder", frozen(holder))
        object.__setattr__(self, "names", tuple(self.names) or self.ids)

    def __len__(self) -> int:
        """Count the grids."""
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """One assignment of all units of a town, level by level.

    Each level holds the grids below it, so a base grid in two community grids cannot be written
    down. A unit may be in no grid yet (position -1).

    Parameters
    ----------
    town
        The town that is divided.
    levels
        From the base grids upwards; the first holds units, each further one the grids below.
    layer
        Which of several plans over the town this is.
    """

    town: Town
    levels: tuple[Level, ...]
    layer: str = "area"

    def __post_init__(self) -> None:
        below = len(self.town.units)
        for level in self.levels:
            if level.holder.size != below:
                msg = f"level {level.name} holds {level.holder.size} things, {below} are below it."
                raise SchemaError(msg)
            below = len(level)

    @classmethod
    def from_labels(
        cls, town: Town, labels: LabelArray, *, parent: LabelArray | None = None
    ) -> Plan:
        """Make a plan from one base grid position for each unit, and number its grids.

        Base grids get ids made of their community's id (if there is one) and a number that runs
        west to east in bands from north to south.

        Parameters
        ----------
        town
            The town.
        labels : (n,)
            Any whole numbers, one for each base grid; -1 for unassigned.
        parent : (k,), optional
            Community position of each base grid; by default that of its units in the town.

        Returns
        -------
        Plan
            Grids numbered, the communities of the town above them.
        """
        labels = np.asarray(labels)
        used, compact = np.unique(labels[labels >= 0], return_inverse=True)
        base = np.full(labels.size, -1, dtype=np.int32)
        base[labels >= 0] = compact.astype(np.int32)
        given = town.community
        holder = None
        if given is not None:
            holder = (
                majority(base, given.holder, len(used), len(given))
                if parent is None
                else parent[used]
            )
        return _numbered(town, base, len(used), holder)

    @classmethod
    def from_frame(cls, town: Town, frame: pd.DataFrame) -> Plan:
        """Read a plan from a table ``unit_id, base_grid_id[, community_grid_id]``.

        Parameters
        ----------
        town
            The town.
        frame
            One row for each unit; ids are text, an empty one means unassigned.

        Returns
        -------
        Plan
            Grids in the order of their ids; without ``community_grid_id`` they lie where most of their units do.

        Raises
        ------
        SchemaError
            If columns are missing, units are unknown or named twice, or a base grid is in two
            community grids. A unit that the table leaves out is unassigned.
        """
        ids = text_ids(frame, "unit_id", name="plan")
        check_ids(ids, name="plan")
        unknown = [i for i in ids if i not in town.position]
        if unknown:
            msg = (
                f"{len(unknown)} of {len(ids)} units of the plan are not in the town: {some_of(unknown)}. "
                f"The town's ids look like {some_of(town.units.ids[:3])}."
            )
            raise SchemaError(msg)
        grid = text_ids(frame, "base_grid_id", name="plan")
        base_ids = tuple(sorted({g for g in grid if g}))
        number = {g: p for p, g in enumerate(base_ids)}
        base = np.full(len(town.units), -1, dtype=np.int32)
        base[[town.position[i] for i in ids]] = [number.get(g, -1) for g in grid]
        levels = [Level(name="base_grid", ids=base_ids, holder=base)]
        if "community_grid_id" in frame.columns:
            upper = _upper(grid, text_ids(frame, "community_grid_id", name="plan"), base_ids)
            if town.community is not None:
                known = dict(zip(town.community.ids, town.community.names, strict=True))
                upper = replace(upper, names=tuple(known.get(i, i) for i in upper.ids))
            levels.append(upper)
        elif town.community is not None:
            holder = majority(base, town.community.holder, len(base_ids), len(town.community))
            levels.append(replace(town.community, holder=holder))
        return cls(town=town, levels=tuple(levels))

    # ------------------------------------------------------------------ asked
    @property
    def base(self) -> LabelArray:
        """Base grid of each unit: (n,), -1 for unassigned."""
        return self.levels[0].holder

    def level(self, name: Kind | str) -> Level:
        """Look a level up.

        Parameters
        ----------
        name
            ``"base_grid"``, ``"community_grid"`` ...

        Returns
        -------
        Level
            The grids of this level, and what they hold.

        Raises
        ------
        SchemaError
            If the plan has no such level.
        """
        for level in self.levels:
            if level.name == name:
                return level
        msg = f"the plan has no level '{name}'; it has {some_of([v.name for v in self.levels])}."
        raise SchemaError(msg)

    def has_level(self, name: str) -> bool:
        """Whether the plan has a level of this name."""
        return any(level.name == name for level in self.levels)

    def labels(self, name: Kind | str = "base_grid") -> LabelArray:
        """Give the grid of this level in which each unit lies.

        Parameters
        ----------
        name
            A level of the plan.

        Returns
        -------
        (n,)
            Positions in ``plan.level(name).ids``; -1 for none.
        """
        self.level(name)
        at = self.levels[0].holder
        for level in self.levels[1:]:
            if self.levels[0].name == name:
                break
            at = np.where(at >= 0, level.holder[at], -1).astype(np.int32)
            if level.name == name:
                break
        return at

    def total(self, measure: str, *, level: Kind | str = "base_grid") -> FloatArray:
        """Add a measure up in every grid of a level.

        Parameters
        ----------
        measure
            Name of a measure of the town.
        level
            ``"base_grid"`` or another level of the plan.

        Returns
        -------
        (k,)
            In the unit of the measure.
        """
        at = self.labels(level)
        values = self.town.units.measure(measure).values
        return np.bincount(at[at >= 0], values[at >= 0], len(self.level(level))).astype(np.float64)

    def n_units(self, *, level: Kind | str = "base_grid") -> LabelArray:
        """Count the units of every grid of a level.

        Parameters
        ----------
        level
            ``"base_grid"`` or another level of the plan.

        Returns
        -------
        (k,)
            Whole numbers.
        """
        at = self.labels(level)
        return np.bincount(at[at >= 0], minlength=len(self.level(level))).astype(np.int32)

    def shapes(self, *, level: Kind | str = "base_grid") -> GeometryArray:
        """Unite the units of every grid of a level.

        Parameters
        ----------
        level
            ``"base_grid"`` or another level of the plan.

        Returns
        -------
        (k,), metres
            Polygons or multipolygons in the CRS of the town.
        """
        return dissolve(self.town.units.shapes, self.labels(level), len(self.level(level)))

    def explore(
        self, *, measure: str | None = None, level: str = "base_grid", lang: str = "en"
    ) -> Any:
        """Show the grids on a folium map in a notebook: see `gridkit.maps.draw_plan`.

        Parameters
        ----------
        measure, level, lang
            As in `gridkit.maps.draw_plan`.

        Returns
        -------
        folium.Map
            Shows itself in a notebook, without a network.
        """
        return need("gridkit.maps", why="to draw a map").draw_plan(
            self, measure=measure, level=level, lang=lang
        )

    def plot(
        self,
        *,
        measure: str | None = None,
        level: str = "base_grid",
        lang: str = "en",
        ax: Axes | None = None,
    ) -> Axes:
        """Plot the grids with matplotlib: see `gridkit.maps.plot_plan`.

        Parameters
        ----------
        measure, level, lang, ax
            As in `gridkit.maps.plot_plan`.

        Returns
        -------
        matplotlib.axes.Axes
            With title, legend and scale bar.
        """
        axes: Axes = need("gridkit.maps", why="to plot").plot_plan(
            self, measure=measure, level=level, lang=lang, ax=ax
        )
        return axes

    def to_frame(self) -> pd.DataFrame:
        """Give the table ``unit_id, base_grid_id, community_grid_id``: text, in unit order."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        columns: dict[str, Any] = {"unit_id": list(self.town.units.ids)}
        for level in self.levels:
            at = self.labels(level.name)
            columns[f"{level.name}_id"] = [level.ids[p] if p >= 0 else "" for p in at]
        return pd.DataFrame(columns, dtype="str")

    def __repr__(self) -> str:
        """Say how many grids on each level, and how many units are still unassigned."""
        parts = [f"{len(v)} {v.name.replace('_', ' ')}s" for v in self.levels]
        loose = int((self.base < 0).sum())
        rest = f", {loose:,} units unassigned" if loose else ""
        return (
            f"<Plan of {self.town.name}: {', '.join(parts)}, {len(self.town.units):,} units{rest}>"
        )

    def _repr_html_(self) -> str:
        """Show one row for each community grid in a notebook."""
        from gridkit.model._html import plan_table  # noqa: PLC0415  text only needed in a notebook

        return plan_table(self)


def majority(lower: LabelArray, upper: LabelArray, n_lower: int, n_upper: int) -> LabelArray:
    """Find the upper label that most units of each lower label have.

    Returns
    -------
    (n_lower,)
        Positions; -1 where no unit has one. Ties go to the smaller position.
    """
    ok = (lower >= 0) & (upper >= 0)
    count = np.bincount(
        lower[ok].astype(np.int64) * n_upper + upper[ok], minlength=n_lower * n_upper
    ).reshape(n_lower, n_upper)
    best = count.argmax(axis=1).astype(np.int32) if n_upper else np.zeros(n_lower, np.int32)
    best[count.sum(axis=1) == 0] = -1
    return best


def _upper(grid: tuple[str, ...], community: tuple[str, ...], base_ids: tuple[str, ...]) -> Level:
    """Make the community level of a table, refusing a base grid in two communities."""
    of: dict[str, str] = {}
    torn: dict[str, set[str]] = {}
    for g, c in zip(grid, community, strict=True):
        if g and of.setdefault(g, c) != c:
            torn.setdefault(g, {of[g]}).add(c)
    if torn:
        named = "; ".join(f"'{g}' in {some_of(sorted(cs))}" for g, cs in sorted(torn.items())[:5])
        msg = f"{len(torn)} base grids of the plan are in more than one community grid: {named}. Each needs one."
        raise SchemaError(msg)
    ids = tuple(sorted({c for c in of.values() if c}))
    number = {c: p for p, c in enumerate(ids)}
    holder = np.array([number.get(of.get(g, ""), -1) for g in base_ids], dtype=np.int32)
    return Level(name="community_grid", ids=ids, holder=holder)


def _numbered(town: Town, base: LabelArray, k: int, holder: LabelArray | None) -> Plan:
    """Number base grids inside their community, west to east in bands from north to south."""
    units = town.units
    ok = base >= 0
    weight = np.bincount(base[ok], units.area_m2[ok], k)
    middle = np.column_stack(
        [np.bincount(base[ok], units.area_m2[ok] * units.xy[ok, i], k) / weight for i in (0, 1)]
    )
    group = np.zeros(k, dtype=np.int64) if holder is None else holder.astype(np.int64)
    order = np.empty(0, dtype=np.int64)
    ids: list[str] = []
    given = town.community
    for c in np.unique(group):
        own = np.flatnonzero(group == c)
        order = np.concatenate([order, own[band_order(middle[own])]])
        head = f"{given.ids[c]}-" if given is not None and c >= 0 else "G"
        width = max(2, len(str(own.size)))
        ids += [f"{head}{i:0{width}d}" for i in range(1, own.size + 1)]
    new = np.empty(k, dtype=np.int32)
    new[order] = np.arange(k, dtype=np.int32)
    placed = base.copy()
    placed[ok] = new[base[ok]]
    levels = [Level(name="base_grid", ids=tuple(ids), holder=placed)]
    if holder is not None and given is not None:
        levels.append(replace(given, holder=holder[order].astype(np.int32)))
    return Plan(town=town, levels=tuple(levels))
