"""Which made-up members could serve a town that has no roster?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridkit.errors import InputError
from gridkit.model.members import Members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridkit._typing import FloatArray, IntArray
    from gridkit.model.plan import Plan
    from gridkit.model.town import Town

SKILL_SHARES: dict[str, float] = {"fire": 0.45, "lead": 0.40, "second_language": 0.25}
"""Share of made-up members who hold each skill."""


def make_members(
    town: Town,
    n: int,
    *,
    seed: int = 0,
    plan: Plan | None = None,
    skill_shares: Mapping[str, float] | None = None,
    share_new: float = 0.1,
    share_near: float = 0.7,
) -> Members:
    """Make members with homes where people live, labelled synthetic.

    Parameters
    ----------
    town
        Homes are drawn from its units, by ``residents`` if it has that measure, else by area.
    n
        How many.
    seed
        Same seed, same members.
    plan
        If given, members work today in its base grids: about evenly spread, most of them in the grid
        where they live.
    skill_shares
        Share of members who hold each skill; by default `SKILL_SHARES`.
    share_new
        Share of members who have no grid yet.
    share_near
        Share of the others who work where they live.

    Returns
    -------
    Members
        With ``is_synthetic=True`` and ids ``S0001, S0002, ...``.

    Raises
    ------
    InputError
        If `n` is negative, or a share is not between 0 and 1.
    """
    shares = dict(sorted((SKILL_SHARES if skill_shares is None else skill_shares).items()))
    if n < 0:
        msg = f"`n` is {n}; a town has 0 or more members."
        raise InputError(msg)
    for name, share in {**shares, "share_new": share_new, "share_near": share_near}.items():
        if not 0 <= share <= 1:
            msg = f"the share of {name} is {share:g}; a share is between 0 and 1."
            raise InputError(msg)
    rng = np.random.default_rng(seed)
    units = town.units
    residents = units.measures.get("residents")
    weight = units.area_m2 if residents is None else residents.values
    if weight.sum() <= 0:
        weight = units.area_m2
    home = rng.choice(len(units), size=n, p=weight / weight.sum())
    held = rng.random((n, len(shares))) < np.array(list(shares.values()))
    width = max(4, len(str(n)))
    grids = [""] * n
    if plan is not None:
        grids = _work(rng, plan, home, share_new, share_near)
    return Members(
        ids=tuple(f"S{i:0{width}d}" for i in range(1, n + 1)),
        home_xy=_points_inside(rng, units.shapes[home], units.xy[home]),
        skill_names=tuple(shares),
        has_skill=held,
        base_grid_ids=tuple(grids),
        seniority_years=np.floor(rng.gamma(2.0, 3.0, n)),
        is_synthetic=True,
    )


def _work(
    rng: np.random.Generator, plan: Plan, home: IntArray, share_new: float, share_near: float
) -> list[str]:
    """Draw the grid in which each member works today."""
    k = len(plan.levels[0])
    lives = plan.base[home]
    spread = np.arange(home.size) % k
    rng.shuffle(spread)
    near = rng.random(home.size) < share_near
    at = np.where(near & (lives >= 0), lives, spread)
    at[rng.random(home.size) < share_new] = -1
    return [plan.levels[0].ids[g] if g >= 0 else "" for g in at]


def _points_inside(
    rng: np.random.Generator, shapes: np.ndarray, inner: FloatArray, *, n_tries: int = 20
) -> FloatArray:
    """Draw a point in each polygon; its inner point after `n_tries` misses."""
    out = inner.copy()
    left = np.arange(len(shapes))
    for _ in range(n_tries):
        if left.size == 0:
            break
        box = shapely.bounds(shapes[left])
        xy = box[:, :2] + rng.random((left.size, 2)) * (box[:, 2:] - box[:, :2])
        hit = shapely.contains_xy(shapes[left], xy[:, 0], xy[:, 1])
        out[left[hit]] = xy[hit]
        left = left[~hit]
    return np.round(out, 1)
