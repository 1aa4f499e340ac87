"""Why is this member in this grid, and what would change that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.errors import SchemaError, did_you_mean
from gridkit.staffing._prices import Answer, problem_of
from gridkit.staffing._swaps import State

if TYPE_CHECKING:
    import pandas as pd

    from gridkit.model.roster import Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One grid that a member could be in.

    Parameters
    ----------
    base_grid_id
        Which.
    commute_min, keep_min, cost_min : minutes
        One way; what staying is worth; the first less the second.
    skill_worth_min : minutes
        What the member's skills are worth there, at the prices of the search.
    change_min : minutes
        What the whole roster would cost more if the member were there: the cheapest swap or move that
        puts them there. 0 for the grid they have; infinite when no single swap does.
    swaps_with
        Who would come in exchange; empty for none.
    """

    base_grid_id: str
    commute_min: float
    keep_min: float
    cost_min: float
    skill_worth_min: float
    change_min: float
    swaps_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a member is where they are.

    Parameters
    ----------
    member_id, base_grid_id, role
        Who, where (empty for the reserve), as what.
    options
        The grid they have, then the others, the cheapest change first.
    text
        The same in a few sentences.
    """

    member_id: str
    base_grid_id: str
    role: str
    options: tuple[Option, ...]
    text: str

    def to_frame(self) -> pd.DataFrame:
        """Give one row for each option, with the columns of `Option`."""
        import pandas as pd  # noqa: PLC0415  frames cross the door only

        names = list(Option.__slots__)
        return pd.DataFrame([[getattr(o, n) for n in names] for o in self.options], columns=names)

    def __str__(self) -> str:
        """Say it."""
        return self.text


def explain_member(roster: Roster, member_id: str, *, n_options: int = 6) -> Explanation:
    """Explain one assignment: cost parts, the next best grids, and what would change the answer.

    Parameters
    ----------
    roster
        From `assign_members`.
    member_id
        Who.
    n_options
        Nearest other grids that are looked at.

    Returns
    -------
    Explanation

    Raises
    ------
    SchemaError
        If the roster has no such member.
    """
    if member_id not in roster.members.ids:
        msg = f"the roster has no member '{member_id}'{did_you_mean(member_id, roster.members.ids) or '.'}"
        raise SchemaError(msg)
    m = roster.members.ids.index(member_id)
    return _explain(roster, m, _state(roster), n_options)


def explain_roster(roster: Roster, *, n_options: int = 3) -> pd.DataFrame:
    """Give the reason of every assignment, one row for each member: ``reasons.csv``.

    Parameters
    ----------
    roster
        From `assign_members`.
    n_options
        Nearest other grids that are looked at for each member.

    Returns
    -------
    pandas.DataFrame
        ``member_id, {level}_id, commute_min, keep_min, cost_min, skill_worth_min, next_{level}_id,
        next_commute_min, change_min, swaps_with, text``: the parts of the cost in the grid they have,
        the next best grid, what the roster would cost more with the member there, and who would come
        in exchange. Cells are empty where there is nothing to say.
    """
    import pandas as pd  # noqa: PLC0415  frames cross the door only

    state = _state(roster)
    rows = []
    for m, member_id in enumerate(roster.members.ids):
        told = _explain(roster, m, state, n_options)
        here = [o for o in told.options if o.base_grid_id == told.base_grid_id]
        rest = [o for o in told.options if o not in here and np.isfinite(o.change_min)]
        parts: list[Any] = [None] * 4
        if here:
            o = here[0]
            parts = [o.commute_min, o.keep_min, o.cost_min, o.skill_worth_min]
        then: list[Any] = ["", None, None, ""]
        if rest:
            n = rest[0]
            then = [n.base_grid_id, n.commute_min, n.change_min, n.swaps_with]
        rows.append([member_id, told.base_grid_id, *parts, *then, told.text])
    columns = ["member_id", f"{roster.level}_id", "commute_min", "keep_min", "cost_min"]
    columns += ["skill_worth_min", f"next_{roster.level}_id", "next_commute_min", "change_min"]
    return pd.DataFrame(rows, columns=[*columns, "swaps_with", "text"])


def _state(roster: Roster) -> State:
    """Set the roster up for trying swaps."""
    answer = Answer(grid=roster.grid.copy(), value=0, bound=0, prices=np.zeros((0, 0)))
    return State(problem_of(roster), answer)


def _explain(roster: Roster, m: int, state: State, n_options: int) -> Explanation:
    """Explain the assignment of the member at position `m`."""
    g = int(roster.grid[m])
    pairs = roster.candidates
    low, high = np.searchsorted(pairs.member, [m, m + 1])  # pairs are sorted by member
    own = np.arange(low, high)
    own = own[np.argsort(pairs.cost_min[own], kind="stable")]
    others = [i for i in own.tolist() if pairs.grid[i] != g][:n_options]
    options = []
    for i in own.tolist():
        h = int(pairs.grid[i])
        if h != g and i not in others:
            continue
        change, other = (0, -1) if h == g else state.cheapest_way(m, h)
        options.append(
            Option(
                base_grid_id=roster.grid_ids[h],
                commute_min=round(float(pairs.commute_min[i]), 2),
                keep_min=float(pairs.keep_min[i]),
                cost_min=round(float(pairs.cost_min[i]), 2),
                skill_worth_min=round(_worth(roster, m, h), 2),
                change_min=change / 100.0 if np.isfinite(change) else np.inf,
                swaps_with=roster.members.ids[other] if other >= 0 else "",
            )
        )
    here = [o for o in options if g >= 0 and o.base_grid_id == roster.grid_ids[g]]
    rest = sorted(
        (o for o in options if o not in here), key=lambda o: (o.change_min, o.base_grid_id)
    )
    return Explanation(
        member_id=roster.members.ids[m],
        base_grid_id=roster.grid_ids[g] if g >= 0 else "",
        role=roster.roles[m],
        options=(*here, *rest),
        text=_say(roster, m, here, rest),
    )


def _worth(roster: Roster, m: int, g: int) -> float:
    """What the member's skills are worth in a grid."""
    held = roster.holders
    return float(
        sum(
            roster.skill_prices[s][g]
            for i, s in enumerate(roster.requires)
            if held[m, i] and s in roster.skill_prices
        )
    )


def _say(roster: Roster, m: int, here: list[Option], rest: list[Option]) -> str:
    """Put the explanation in words."""
    who = roster.members.ids[m]
    skills = roster.members[m].skills
    g = int(roster.grid[m])
    said = []
    if g < 0:
        said.append(f"{who} is in the reserve: every grid within reach has its members.")
    else:
        place = roster.grid_ids[g]
        way = (
            f"{roster.minutes[m]:.1f} min from home"
            if np.isfinite(roster.minutes[m])
            else "home not known"
        )
        said.append(f"{who} serves {place} as {roster.roles[m]}, {way}.")
        if here and here[0].keep_min:
            o = here[0]
            said.append(
                f"Cost {o.cost_min:.1f} min = {o.commute_min:.1f} min way less {o.keep_min:g} min for staying."
            )
        if roster.members.pinned[m]:
            said.append("The member is pinned there.")
        elif roster.kept[m]:
            said.append("They work there already.")
        elif roster.current[m] >= 0:
            said.append(f"They leave {roster.grid_ids[int(roster.current[m])]}.")
        for s in roster.skills_used(m):
            column = list(roster.requires).index(s)
            holders = int((roster.holders[:, column] & (roster.grid == g)).sum())
            need = int(roster.requires[s][g])
            only = "without them it would be missing" if holders <= need else f"{holders} are there"
            said.append(f"{place} asks for {need} with skill '{s}'; {only}.")
    if not skills:
        said.append("They hold no listed skill.")
    if rest and np.isfinite(rest[0].change_min):
        o = rest[0]
        swap = f" in exchange for {o.swaps_with}" if o.swaps_with else ""
        said.append(
            f"Next best is {o.base_grid_id} ({o.commute_min:.1f} min): it would cost the roster "
            f"{o.change_min:.1f} min more{swap}. It would be chosen if being there were worth more than that."
        )
    elif rest:
        said.append("No swap with one other member would bring them to another grid near by.")
    return " ".join(said)
