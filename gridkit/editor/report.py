"""What is said after a step: what moved, what each grid holds before and after, what broke?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor.colors import first_colors, recolor
from gridkit.editor.refusal import both
from gridkit.editor.words import say_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridkit._typing import FloatArray, Json
    from gridkit.editor.desk import Desk
    from gridkit.editor.found import Found
    from gridkit.editor.history import History, Scenario
    from gridkit.editor.live import Live

_RANK = {"broken": 0, "warning": 1, "note": 2}
_MENDED = ("contiguity", "parent", "limit", "balance")
"""Rules that the engine can mend for a grid."""


class Reporter:
    """Remembers what was said about a desk, and says what is new.

    Parameters
    ----------
    desk, live
        The plan on the table, and its findings.
    """

    def __init__(self, desk: Desk, live: Live) -> None:
        self.desk, self.live = desk, live
        g = desk.ground
        k = len(desk.grids)
        self.color = first_colors(desk.base, k, g.open_start, g.open_neighbor)
        self._base = desk.base.copy()
        self._grids: dict[int, Json] = {}
        self._boxes: dict[str, list[float] | None] = {}
        self._keep(range(k))

    # ------------------------------------------------------------------ one grid
    def _keep(self, slots: Iterable[int]) -> None:
        """Write down the records of some grids."""
        desk = self.desk
        there = [s for s in slots if desk.grids[s] is not None]
        if not there:
            return
        values = desk.values(there)
        columns = {name: _plain(column) for name, column in values.items()}
        if any(m.name == "deviation" for m in desk.ground.measures):
            columns["deviation"] = _plain(
                np.array([self.live.deviation.get(s, np.nan) for s in there])
            )
        order = [m.name for m in desk.ground.measures]
        for i, slot in enumerate(there):
            self._grids[slot] = self._grid_json(slot, {n: columns[n][i] for n in order})

    def _grid_json(self, slot: int, values: Json) -> Json:
        grid = self.desk.grid(slot)
        status = self.live.status.get(slot, {}) if grid.alive else {}
        own = self.live.by_grid.get(slot, {})
        worst = "ok"
        for word in status.values():
            worst = max(worst, word, key=("ok", "near", "under", "over").index)
        if any(f.severity == "broken" and f.rule not in ("limit", "balance") for f in own.values()):
            worst = "broken"
        if self.desk.n_pieces[slot] > 1:
            status = {**status, "n_pieces": "over"}
        if "balance" in {f.rule for f in own.values()} or "deviation" in values:
            balance = self.desk.ground.rules.balance
            if balance is not None and balance.measure in status:
                status = {**status, "deviation": status[balance.measure]}
        return {
            "grid": slot,
            "id": grid.id,
            "name": grid.name,
            "code": grid.code,
            "community": grid.community,
            "alive": grid.alive,
            "locked": grid.locked,
            "note": grid.note,
            "members": grid.members,
            "color": int(self.color[slot]),
            "n_units": int(self.desk.draft.n_units[slot]),
            "values": values,
            "status": status,
            "worst": worst,
        }

    # ------------------------------------------------------------------ after a step
    def step(self, touched: Iterable[int]) -> Json:
        """Look again at what a step touched, and say everything that changed."""
        desk, g = self.desk, self.desk.ground
        touched = sorted(set(touched))
        more = len(desk.grids) - self.color.size
        if more > 0:
            self.color = np.concatenate([self.color, np.zeros(more, dtype=np.int64)])
        slots, gone, come, fresh = self.live.look(touched)
        recolored = recolor(
            self.color, touched, desk.base, g.open_start, g.open_neighbor, desk.draft.n_units
        )
        was = {s: self._grids.get(s) for s in slots | set(recolored)}
        self._keep(was)
        for slot in was:
            if desk.grids[slot] is None:
                self._grids.pop(slot, None)
        now = {s: self._grids.get(s) for s in was}
        units = np.flatnonzero(self._base != desk.base)
        base = desk.base[units].copy()
        self._base[units] = base
        broken = [f for f in come.values() if f.key in fresh and f.severity == "broken"]
        changed = {s: r if r is not None else _gone(s) for s, r in now.items() if r != was[s]}
        return {
            "units": units.tolist(),
            "base": base.tolist(),
            "grids": [changed[s] for s in sorted(changed)],
            "panel": [_panel(s, was[s], now[s]) for s in touched],
            "gone": sorted(gone),
            "come": self.findings([*come.values(), *self._shifted(touched, come)]),
            "breaks": [both(f.text) for f in sorted(broken, key=_order)],
            "repair": self._mendable(broken),
            **self.totals(),
        }

    def _shifted(self, touched: Sequence[int], come: Mapping[str, Found]) -> list[Found]:
        """Find findings that stay as they are, but whose grids lie elsewhere now."""
        near = [f for s in touched for f in self.live.by_grid.get(s, {}).values()]
        near += [f for f in self.live.of_town.values() if not set(f.grids).isdisjoint(touched)]
        return [
            f
            for f in near
            if f.key not in come
            and not f.units
            and f.key in self._boxes
            and self._boxes[f.key] != self._box(f)
        ]

    def _mendable(self, broken: Sequence[Found]) -> list[int]:
        return sorted({s for f in broken if f.rule in _MENDED for s in f.grids})

    def nothing(self) -> Json:
        """Say that nothing changed."""
        empty: Json = {k: [] for k in ("units", "base", "grids", "panel", "gone", "come", "breaks", "repair")}  # fmt: skip
        return {**empty, **self.totals()}

    def all(self) -> Json:
        """Say everything."""
        g = self.desk.ground
        return {
            "base": self.desk.base.tolist(),
            "grids": [self._grids[s] for s in sorted(self._grids)],
            "current": None if g.current is None else g.home.tolist(),
            "findings": self.findings(self.live.found.values()),
            **self.totals(),
        }

    def ends(self, scenario: Scenario, history: History) -> Json:
        """Say who made the present step, and what undo and redo would do."""
        head = history.steps[scenario.head]
        ahead = history.step(scenario.ahead[-1]) if scenario.ahead else None
        text = both(say_step(head.kind, head.facts) if head else say_step("opened", {}))
        return {
            "text": text,
            "by": head.by if head else scenario.by,
            "at": head.at if head else scenario.created,
            "can_undo": head is not None,
            "can_redo": ahead is not None,
            "undo": text if head else None,
            "redo": both(say_step(ahead.kind, ahead.facts)) if ahead else None,
        }

    # ------------------------------------------------------------------ town
    def totals(self) -> Json:
        """Give the figures of the town, and the distance from the plan in force."""
        return {
            "town": self.town_values(),
            "distance": self.distance(),
            "n_broken": self.live.n_broken,
        }

    def town_values(self) -> Json:
        """Give every measure of the grids together; the mean compactness, the largest deviation."""
        desk = self.desk
        alive = desk.alive()
        values = desk.values(alive)
        out: dict[str, Any] = {}
        for measure in desk.ground.measures:
            name = measure.name
            if name == "deviation":
                found = np.array([abs(self.live.deviation.get(int(s), np.nan)) for s in alive])
                out[name] = _most(found)
            elif name == "compactness":
                ok = np.isfinite(values[name])
                out[name] = float(values[name][ok].mean()) if ok.any() else None
            elif name == "load":
                out[name] = _most(values[name])
            elif name == "density_per_km2":
                area = float(values["area_km2"].sum())
                out[name] = float(values["residents"].sum()) / area if area > 0 else None
            else:
                out[name] = _clean(float(values[name].sum()))
        return out

    def distance(self) -> Json:
        """Count what is in another grid than in the plan in force."""
        desk, g = self.desk, self.desk.ground
        moved = (desk.base != g.home) & (g.home != -1)
        amount = moved.astype(np.float64) @ g.moved_amount
        out: Json = {n: _clean(float(a)) for n, a in zip(g.moved_names, amount, strict=True)}
        of = {n: _clean(float(a)) for n, a in zip(g.moved_names, g.moved_amount.sum(axis=0), strict=True)}  # fmt: skip
        if g.heads is not None:
            out["members"] = desk.members_moved()
            of["members"] = int(sum(g.heads.values()))
        return {**out, "of": of, "against": "opened" if g.current is None else "current"}

    def findings(self, found: Iterable[Found]) -> list[Json]:
        """Describe findings to the page, the broken rules first."""
        return [
            {
                "key": f.key,
                "rule": f.rule,
                "severity": f.severity,
                "text": both(f.text),
                "grids": list(f.grids),
                "units": list(f.units),
                "communities": list(f.communities),
                "measure": f.measure,
                "facts": f.facts,
                "box": self._boxes[f.key],
            }
            for f in self._placed(found)
        ]

    def _placed(self, found: Iterable[Found]) -> list[Found]:
        """Put findings in order, and write down where each lies."""
        order = sorted(found, key=_order)
        self._boxes |= {f.key: self._box(f) for f in order}
        return order

    def _box(self, f: Found) -> list[float] | None:
        """Give the place of a finding in degrees."""
        own: Any = list(f.units)
        if not own and f.grids:
            own = np.flatnonzero(np.isin(self.desk.base, f.grids))
        if not len(own) and f.communities:
            own = np.flatnonzero(np.isin(self.desk.ground.of, f.communities))
        if not len(own):
            return None
        boxes = self.desk.ground.boxes[own]
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return [round(float(x), 6) for x in (*low, *high)]


def _order(f: Found) -> Any:
    return _RANK[f.severity], f.rule, f.grids, f.key


def _panel(slot: int, was: Json | None, now: Json | None) -> Json:
    return {
        "grid": slot,
        "before": was["values"] if was else None,
        "after": now["values"] if now else None,
        "status_before": was["status"] if was else {},
        "status": now["status"] if now else {},
    }


def _gone(slot: int) -> Json:
    """Describe a grid that is not in this line of the history."""
    return {"grid": slot, "alive": False, "n_units": 0}


def _most(values: FloatArray) -> float | None:
    ok = values[np.isfinite(values)]
    return float(ok.max()) if ok.size else None


def _clean(x: float) -> float | int:
    """Show whole amounts as whole numbers."""
    return int(x) if x == int(x) else round(x, 6)


def _plain(column: FloatArray) -> list[float | None]:
    return [None if not np.isfinite(x) else x for x in column.tolist()]
