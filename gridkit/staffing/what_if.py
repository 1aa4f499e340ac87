"""What would change with another visit cycle, more members, or a few transfers?"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import InfeasibleError, InputError, did_you_mean, some_of
from gridkit.staffing.split import split_members

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from gridkit._typing import FloatArray, IntArray, LabelArray
    from gridkit.model.members import Members
    from gridkit.model.plan import Plan
    from gridkit.model.workload import HeadCounts, Workload
    from gridkit.staffing.standards import Rule, Standards

_NUMBERS = (
    "available_min",
    "default_report_min",
    "detour",
    "fixed_min",
    "reports_per_object",
    "stops_per_round",
    "support_share",
    "walk_m_per_min",
)


def change_standards(standards: Standards, change: str) -> Standards:
    """Apply one change written as ``name=value``.

    Parameters
    ----------
    standards
        What holds today.
    change
        ``visit_cycle=weekly`` (all classes) or ``visit_cycle.food=monthly`` (one);
        ``on_site_factor=1.2`` or ``on_site_factor.food=0.8`` (minutes times this);
        ``support_share=0.2`` and the other single numbers of `Standards`.

    Returns
    -------
    Standards

    Raises
    ------
    InputError
        If the change cannot be read, with what can be changed.

    Examples
    --------
    >>> from gridkit.staffing.standards import Standards
    >>> change_standards(Standards(), "support_share=0.2").support_share
    0.2
    """
    name, equals, value = (part.strip() for part in change.partition("="))
    head, _, object_class = name.partition(".")
    known = ("visit_cycle", "on_site_factor", *_NUMBERS)
    if not equals or not value or head not in known:
        msg = f"cannot read the change '{change}'{did_you_mean(head, known) or '.'} Write name=value with one of: {', '.join(known)}; for example visit_cycle=weekly."
        raise InputError(msg)
    if head == "visit_cycle":
        return standards.with_cycle(value, object_class=object_class)
    try:
        number = float(value)
    except ValueError:
        msg = f"'{value}' in the change '{change}' is not a number."
        raise InputError(msg) from None
    if head == "on_site_factor":
        if object_class and object_class not in standards.class_names:
            msg = f"the standards have no class '{object_class}'{did_you_mean(object_class, standards.class_names) or '.'}"
            raise InputError(msg)
        return replace(
            standards,
            classes=tuple(
                replace(c, on_site_min=c.on_site_min * number)
                if not object_class or c.object_class == object_class
                else c
                for c in standards.classes
            ),
        )
    whole = {f.name for f in fields(standards) if f.type == "int"}
    changed: dict[str, Any] = {head: int(number) if head in whole else number}
    return replace(standards, **changed)


def what_if(
    plan: Plan,
    *,
    standards: Standards,
    members_total: int,
    changes: Iterable[str] = (
        "visit_cycle=monthly",
        "visit_cycle=three_weeks",
        "visit_cycle=two_weeks",
        "visit_cycle=ten_days",
        "visit_cycle=weekly",
    ),
    floor: int | LabelArray = 2,
    rule: Rule = "min_max_load",
    target_load: float = 0.9,
) -> pd.DataFrame:
    """Tabulate what a change of standards would do to the team.

    Parameters
    ----------
    plan
        The plan.
    standards
        What holds today; the first row of the table.
    members_total
        Members the town has.
    changes
        One row each; see `change_standards`.
    floor, rule, target_load
        As in `apportion` and `Workload.required_members`.

    Returns
    -------
    pandas.DataFrame
        ``change, visits_per_month, workload_h, fte, required_members, members, utilization,
        worst_load``: `utilization` is all work over all available time, `worst_load` that of the grid
        that is worst off after the members are split anew.

    Examples
    --------
    Houjie's check sum, "can the staff hold weekly visits?", is this table with one class.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    rows = []
    for change in ("as now", *changes):
        use = standards if change == "as now" else change_standards(standards, change)
        work, heads = split_members(
            plan, standards=use, total=members_total, floor=floor, rule=rule
        )
        required = int(work.required_members(floor=floor, target_load=target_load).sum())
        rows.append(
            (
                change,
                round(float(work.visits_per_month.sum()), 1),
                round(float(work.workload_h.sum()), 1),
                round(float(work.fte.sum()), 2),
                required,
                members_total,
                round(float(work.fte.sum()) / members_total, 4),
                round(heads.worst_load, 4),
            )
        )
    columns = [
        "change",
        "visits_per_month",
        "workload_h",
        "fte",
        "required_members",
        "members",
        "utilization",
        "worst_load",
    ]
    return pd.DataFrame(rows, columns=columns)


def count_members(members: Members, grid_ids: tuple[str, ...]) -> LabelArray:
    """Count the members who work in each grid today: (k,).

    Parameters
    ----------
    members
        With the grids of today.
    grid_ids
        Of the base grids, in order.

    Returns
    -------
    (k,)
        Members of each; those who serve none are left out.

    Raises
    ------
    SchemaError
        If a member names an unknown grid.
    """
    from gridkit.staffing.assign import (  # noqa: PLC0415  scipy's importer is not needed before
        current_positions,
    )

    at = current_positions(members, grid_ids)
    return np.bincount(at[at >= 0], minlength=len(grid_ids)).astype(np.int32)


def compare(head_counts: HeadCounts, current: LabelArray) -> pd.DataFrame:
    """Put the head counts of today and the new ones side by side.

    Parameters
    ----------
    head_counts
        The new ones.
    current : (k,)
        Members of each grid today (see `count_members`).

    Returns
    -------
    pandas.DataFrame
        ``{level}_id, workload_h, members_before, members_after, change, load_before, load_after``; a
        grid with work and nobody has an infinite load.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    before = np.asarray(current, dtype=np.int32)
    if before.shape != head_counts.members.shape:
        msg = f"`current` has {before.size} counts, there are {len(head_counts)} grids."
        raise InputError(msg)
    old = replace(head_counts, members=before)
    return pd.DataFrame(
        {
            f"{head_counts.level}_id": list(head_counts.grid_ids),
            "workload_h": np.round(head_counts.workload_min / 60.0, 2),
            "members_before": before,
            "members_after": head_counts.members,
            "change": head_counts.members - before,
            "load_before": np.round(old.load, 4),
            "load_after": np.round(head_counts.load, 4),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """The fewest members to move so that no grid carries more than a load.

    Parameters
    ----------
    moves
        ``(from grid id, to grid id)``, one for each member who moves.
    members_before, members_after : (k,)
        Members of each grid.
    load_before, load_after
        Largest load of any grid.
    """

    moves: tuple[tuple[str, str], ...]
    members_before: tuple[int, ...]
    members_after: tuple[int, ...]
    load_before: float
    load_after: float

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each member who moves: ``step, from_grid_id, to_grid_id``."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        rows = [(i, a, b) for i, (a, b) in enumerate(self.moves, start=1)]
        return pd.DataFrame(rows, columns=["step", "from_grid_id", "to_grid_id"])


def find_transfers(
    workload: Workload,
    current: LabelArray,
    *,
    target_load: float | None = None,
    n_moves: int | None = None,
    floor: int = 2,
    xy: FloatArray | None = None,
) -> Transfers:
    """Find the fewest transfers that reach a load, or the best load that a number of transfers reaches.

    Parameters
    ----------
    workload
        Work of each grid.
    current : (k,)
        Members of each grid today.
    target_load
        No grid shall carry more than this. Give this or `n_moves`.
    n_moves
        At most so many members move.
    floor
        Fewest members that a grid keeps.
    xy : (k, 2), metres, optional
        Points of the grids: people then come from near by.

    Returns
    -------
    Transfers

    Raises
    ------
    InfeasibleError
        If the members are too few for the target, with the load they can reach and how many are missing.

    Notes
    -----
    A grid with work `w` and load limit `t` needs ``ceil(w / t)`` members, so
    ``Σ max(0, ceil(w / t) - n)`` moves are needed and enough as long as the others can spare them.
    For a number of moves the smallest such `t` is found by bisection over all possible loads.
    """
    work = workload.total_min
    now = np.asarray(current, dtype=np.int64)
    if now.shape != work.shape or (now < 0).any():
        msg = f"`current` needs {work.size} counts that are not negative; got {some_of(now)}."
        raise InputError(msg)
    if (target_load is None) == (n_moves is None):
        msg = "give either `target_load` or `n_moves`: the load to reach, or the most members to move."
        raise InputError(msg)
    minutes = float(workload.available_min)
    if target_load is not None:
        limit = target_load * minutes
        if not target_load > 0:
            msg = f"`target_load` is {target_load:g}; it must be more than 0."
            raise InputError(msg)
    else:
        limit = _best_limit(work, now, int(n_moves or 0), floor)
    gets, spares = _moves_for(work, now, limit, floor)
    if gets.sum() > spares.sum():
        need = int(np.maximum(floor, np.ceil(work / limit - 1e-9)).sum())
        short = max(need - int(now.sum()), 0)
        best = _best_limit(work, now, int(now.sum()), floor) / minutes
        msg = (
            f"load {limit / minutes:.3f} cannot be reached by transfers: {int(gets.sum())} members are needed "
            f"elsewhere and {int(spares.sum())} can be spared. The members there are can reach {best:.3f}; "
            f"{short} more would reach the target."
        )
        raise InfeasibleError(msg)
    moves = _pair(gets, _choose_donors(work, now, spares, int(gets.sum())), xy)
    after = now.copy()
    for a, b in moves:
        after[a] -= 1
        after[b] += 1
    return Transfers(
        moves=tuple((workload.grid_ids[a], workload.grid_ids[b]) for a, b in moves),
        members_before=tuple(now.tolist()),
        members_after=tuple(after.tolist()),
        load_before=_worst(work, now) / minutes,
        load_after=_worst(work, after) / minutes,
    )


def _worst(work: IntArray, members: IntArray) -> float:
    """Most minutes that any member carries."""
    return float(
        np.where(members > 0, work / np.maximum(members, 1), np.where(work > 0, np.inf, 0.0)).max()
    )


def _moves_for(
    work: IntArray, now: IntArray, limit: float, floor: int
) -> tuple[IntArray, IntArray]:
    """Members that each grid must get, and those it can spare, under a limit of minutes per member."""
    need = np.ceil(work / limit - 1e-9).astype(np.int64)
    gets: IntArray = np.maximum(np.maximum(need, np.minimum(floor, now)) - now, 0)
    spares: IntArray = np.maximum(now - np.maximum(need, floor), 0)
    return gets, spares


def _best_limit(work: IntArray, now: IntArray, n_moves: int, floor: int) -> float:
    """Smallest limit that `n_moves` transfers reach, among all quotients of work and members."""
    most = int(now.sum())
    values = np.unique((work[:, None] / np.arange(1, most + 1)[None, :]).ravel())
    values = values[values > 0]
    low, high = 0, values.size - 1
    if values.size == 0:
        return 1.0
    while low < high:
        mid = (low + high) // 2
        gets, spares = _moves_for(work, now, float(values[mid]), floor)
        if gets.sum() <= min(n_moves, int(spares.sum())):
            high = mid
        else:
            low = mid + 1
    return (
        max(float(values[low]), 0.0)
        if _reaches(work, now, float(values[low]), n_moves, floor)
        else _worst(work, now)
    )


def _reaches(work: IntArray, now: IntArray, limit: float, n_moves: int, floor: int) -> bool:
    gets, spares = _moves_for(work, now, limit, floor)
    return bool(gets.sum() <= min(n_moves, int(spares.sum())))


def _choose_donors(work: IntArray, now: IntArray, spares: IntArray, n: int) -> IntArray:
    """Take members one by one from the grid whose load stays lowest."""
    left, gives = now.copy(), np.zeros_like(now)
    for _ in range(n):
        after = np.where(gives < spares, work / np.maximum(left - 1, 1e-9), np.inf)
        g = int(np.argmin(after))
        left[g] -= 1
        gives[g] += 1
    return gives


def _pair(gets: IntArray, gives: IntArray, xy: FloatArray | None) -> list[tuple[int, int]]:
    """Match those who leave with the places that need them, near ones first."""
    to, start = np.repeat(np.arange(gets.size), gets), np.repeat(np.arange(gives.size), gives)
    if xy is None or to.size == 0:
        return list(zip(start.tolist(), to.tolist(), strict=True))
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  scipy loads when needed

    way = np.hypot(xy[start, None, 0] - xy[None, to, 0], xy[start, None, 1] - xy[None, to, 1])
    row, column = linear_sum_assignment(way)
    return sorted(zip(start[row].tolist(), to[column].tolist(), strict=True))
