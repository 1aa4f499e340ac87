"""What does the plan on the table break now? The findings of `gridkit.check`, kept up to date stroke by stroke.

Grids that a step touched are looked at again; sums over the town are taken from the totals of the
grids. A property test compares with `check` after every step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.editor.found import Found, finite, limit_bounds
from gridkit.editor.words import say_finding
from gridkit.rules.bands import AREA_UNITS, class_of, grid_counts
from gridkit.rules.check import SLACK
from gridkit.rules.whole import is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridkit._typing import BoolArray, FloatArray, IntArray
    from gridkit.editor.desk import Desk
    from gridkit.editor.ground import BandRule
    from gridkit.model.finding import Severity
    from gridkit.rules.settings import Limit

MOST = 200
"""Units named in a finding."""
NEAR = 0.03
"""Within this share of a bound a value is near it."""


class Live:
    """The findings about a desk.

    Parameters
    ----------
    desk
        Whose plan is looked at.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.by_grid: dict[int, dict[str, Found]] = {}
        self.of_town: dict[str, Found] = {}
        self.status: dict[int, dict[str, str]] = {}
        self.deviation: dict[int, float] = {}
        g = desk.ground
        self._want = (
            grid_counts(g.town, g.rules)
            if g.rules.grids.by_community and g.town.community is not None
            else None
        )
        self._upper = tuple(
            v
            for v in g.rules.limits
            if v.level != "base_grid" and g.community is not None and not is_whole(g.town, v)
        )
        carved = np.zeros(g.n, dtype=bool)
        for own in g.carved.values():
            carved[own] = True
        self._ideal_total: FloatArray = np.zeros(len(g.community_ids))
        if g.rules.balance is not None:
            values = np.where(carved, 0.0, g.amounts(g.rules.balance.measure))
            self._ideal_total = np.bincount(g.of, values, len(g.community_ids)).astype(np.float64)
        self._weight: FloatArray = np.zeros(len(g.community_ids))
        self.look(range(len(desk.grids)))

    @property
    def found(self) -> dict[str, Found]:
        """All findings by key."""
        out = dict(self.of_town)
        for own in self.by_grid.values():
            out |= own
        return out

    @property
    def n_broken(self) -> int:
        """Count the broken rules."""
        n = sum(f.severity == "broken" for f in self.of_town.values())
        return n + sum(f.severity == "broken" for o in self.by_grid.values() for f in o.values())

    def look(
        self, touched: Iterable[int]
    ) -> tuple[set[int], dict[str, Found], dict[str, Found], set[str]]:
        """Look at the grids that a step touched, and at what they share with others.

        Returns
        -------
        grids looked at, findings that are gone, findings that have come or changed, keys that are new.
        """
        slots = set(touched)
        slots |= self._same_ideal()
        before: dict[str, Found] = dict(self.of_town)
        after: dict[str, Found] = {}
        for slot in slots:
            before |= self.by_grid.pop(slot, {})
            self.status.pop(slot, None)
        alive = np.array(sorted(slots), dtype=np.int64)
        alive = alive[self.desk.is_alive[alive]] if alive.size else alive
        if alive.size:
            self._look_at_bands(alive)
        for slot in alive.tolist():
            self._look_at_shape(slot)
            after |= self.by_grid.get(slot, {})
        self.of_town = {f.key: f for f in self._town()}
        after |= self.of_town
        gone = {k: f for k, f in before.items() if k not in after}
        come = {k: f for k, f in after.items() if before.get(k) != f}
        return slots, gone, come, set(come) - set(before)

    def _say(self, slot: int | None, rule: str, severity: Severity, part: str, **more: Any) -> None:
        """Note a finding about a grid."""
        f = self._made(rule, severity, f"{rule}:{slot}:{part}", grids=(slot,), **more)
        self.by_grid.setdefault(int(slot or 0), {})[f.key] = f

    def _made(self, rule: str, severity: Severity, key: str, **more: Any) -> Found:
        units = more.pop("units", ())
        facts = more.pop("facts", {})
        grids = tuple(int(g) for g in more.pop("grids", ()))
        facts = {**facts, "n_units": len(units)} if len(units) else facts
        named = tuple(int(u) for u in units[:MOST])
        text = say_finding(self.desk, rule, grids=grids, units=named, facts=facts)
        return Found(
            key=key, rule=rule, severity=severity, text=text, grids=grids, units=named,
            facts=facts, **more,
        )  # fmt: skip

    # ------------------------------------------------------------------ bands
    def _groups(self, slots: IntArray) -> IntArray:
        """Give the communities over which the load of some grids is shared out."""
        if not self.desk.ground.by_community:
            return np.zeros(slots.size, dtype=np.int64)
        return self.desk.parents(slots)

    def _same_ideal(self) -> set[int]:
        """Find the grids whose ideal changed because another one came, went, or got members."""
        g = self.desk.ground
        if g.rules.balance is None:
            return set()
        alive = self.desk.alive()
        groups = self._groups(alive)
        weight = np.bincount(groups, self._shares(alive), self._weight.size).astype(np.float64)
        changed = np.flatnonzero(weight != self._weight)
        self._weight = weight
        if not changed.size:
            return set()
        if g.rules.balance.within == "town":
            return set(alive.tolist())
        return set(alive[np.isin(groups, changed)].tolist())

    def _shares(self, slots: IntArray) -> FloatArray:
        """Give the weights by which grids share the load of their community."""
        g, desk = self.desk.ground, self.desk
        per_member = g.rules.balance is not None and g.rules.balance.per_member is not False
        own = desk.members[slots] if per_member and g.heads is not None else 1.0
        return np.where(desk.is_free[slots], own, 0.0)

    def _ideals(self, slots: IntArray) -> FloatArray:
        g, share = self.desk.ground, self._shares(slots)
        if g.rules.balance is not None and g.rules.balance.within == "town":
            whole = self._ideal_total.sum() / max(float(self._weight.sum()), 1e-300)
            return np.asarray(whole * share)
        group = self._groups(slots)
        return np.asarray(
            self._ideal_total[group] * share / np.maximum(self._weight[group], 1e-300)
        )

    def _look_at_bands(self, slots: IntArray) -> None:
        g, desk = self.desk.ground, self.desk
        free = desk.is_free[slots]
        classes: tuple[str, ...] = ("",) * slots.size
        if g.rules.density_classes:
            people = desk.total(g.rules.density_measure, slots)
            area = desk.total(g.rules.density_area, slots)
            if g.rules.density_area != "area_km2":
                area = area / AREA_UNITS[g.town.units.measure(g.rules.density_area).unit]
            classes = class_of(g.rules, people / np.maximum(area, 1e-12))
        self._look_at_whole(slots, free, classes)
        for band in g.bands:
            on = free.copy()
            if band.limit is not None and band.limit.density_class:
                on &= np.array([c == band.limit.density_class for c in classes], dtype=bool)
            low, high, got, slack, ideal = self._bounds(band, slots)
            below, above = on & (got < low - slack), on & (got > high + slack)
            measure = band.limit.label if band.limit is not None else band.measure
            for i, slot in enumerate(slots.tolist()):
                if band.rule == "balance":
                    off = (got[i] - ideal[i]) / ideal[i] if on[i] and ideal[i] > 0 else np.nan
                    self.deviation[slot] = float(off)
                if not on[i]:
                    continue
                name = "load" if band.rule == "staffing" else band.measure
                self._mark(slot, name, float(got[i]), float(low[i]), float(high[i]))
                if below[i] or above[i]:
                    side = "under" if below[i] else "over"
                    facts = {
                        "measure": measure,
                        "got": float(got[i]),
                        "low": finite(low[i]),
                        "high": finite(high[i]),
                        "side": side,
                    }
                    if band.rule == "balance":
                        facts["ideal"] = float(ideal[i])
                    self._say(
                        slot, band.rule, "broken", f"{measure}:{side}",
                        measure=band.measure, facts=facts,
                    )  # fmt: skip

    def _look_at_whole(self, slots: IntArray, free: BoolArray, classes: tuple[str, ...]) -> None:
        """Compare measures of whole grids, which no sum over units gives, with their limits."""
        for limit in self.desk.ground.whole:
            values = self.desk.whole(limit.measure, slots)
            slack = SLACK * np.maximum(np.abs(values), 1e-12)
            for i, slot in enumerate(slots.tolist()):
                fits = not limit.density_class or classes[i] == limit.density_class
                if not (free[i] and fits) or np.isnan(values[i]):
                    continue
                self._mark(slot, limit.measure, float(values[i]), limit.low or -np.inf, limit.high)
                if limit.low - slack[i] <= values[i] <= limit.high + slack[i]:
                    continue
                side = "under" if values[i] < limit.low else "over"
                facts = {
                    "measure": limit.measure,
                    "got": float(values[i]),
                    "low": limit.low,
                    "high": finite(limit.high),
                    "side": side,
                }
                self._say(
                    slot, "limit", "broken", f"{limit.measure}:{side}",
                    measure=limit.measure, facts=facts,
                )  # fmt: skip

    def _bounds(
        self, band: BandRule, slots: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        """Give low, high, value, slack and ideal of a band."""
        g, desk = self.desk.ground, self.desk
        got, k = desk.total(band.measure, slots), slots.size
        ideal: FloatArray = np.full(k, np.nan)
        low: FloatArray
        high: FloatArray
        if band.rule == "balance" and g.rules.balance is not None:
            ideal, tolerance = self._ideals(slots), g.rules.balance.tolerance
            low, high = ideal * (1 - tolerance), ideal * (1 + tolerance)
        elif band.rule == "staffing":
            low = np.full(k, -np.inf)
            high = desk.members[slots].astype(np.float64) * (g.rules.staffing.max_load or np.inf)
        else:
            limit = band.limit
            assert limit is not None  # noqa: S101  a band has one of the three
            return (
                *limit_bounds(limit, got, desk.total(limit.per, slots) if limit.per else None),
                ideal,
            )
        return low, high, got, SLACK * np.maximum(np.abs(got), 1e-12), ideal

    def _mark(self, slot: int, measure: str, got: float, low: float, high: float) -> None:
        """Colour a value against its bounds; the worst one stays."""
        rank = ("ok", "near", "under", "over")
        now = "ok"
        if got < low - SLACK * max(abs(low), 1.0):
            now = "under"
        elif got > high + SLACK * max(abs(high), 1.0):
            now = "over"
        elif got > high * (1 - NEAR) or (np.isfinite(low) and low > 0 and got < low * (1 + NEAR)):
            now = "near"
        own = self.status.setdefault(slot, {})
        own[measure] = max(own.get(measure, "ok"), now, key=rank.index)

    # ------------------------------------------------------------------ shape and parents
    def _look_at_shape(self, slot: int) -> None:
        g, desk = self.desk.ground, self.desk
        record, n = desk.grid(slot), int(desk.draft.n_units[slot])
        if n == 0:
            self._say(slot, "cover", "broken", "empty", facts={"what": "empty"})
        if desk.n_pieces[slot] > 1:
            parents = g.community_ids
            allowed = record.id in g.carved or (
                g.community is not None
                and record.community >= 0
                and parents[record.community] in g.multi_part
            )
            self._say(
                slot, "contiguity", "note" if allowed else "broken", "pieces",
                units=desk.strays[slot].tolist(), facts={"n_pieces": int(desk.n_pieces[slot])},
            )  # fmt: skip
            if desk.n_open_pieces[slot] < desk.n_pieces[slot]:
                self._say(slot, "barrier", "warning", "crossed", units=desk.strays[slot].tolist())
        if slot in desk.holes:
            self._say(slot, "hole", "warning", "hole", units=desk.holes[slot].tolist())
        if g.community is not None and record.community < 0:
            self._say(slot, "parent", "broken", "none", facts={"what": "none"})
        if g.by_community and n:
            inside, main = desk.inside[slot], int(desk.parents(np.array([slot]))[0])
            if inside.sum() != inside[main]:
                own = desk.own(slot)
                self._say(
                    slot, "parent", "broken", "outside", units=own[g.of[own] != main].tolist(),
                    communities=(main,), facts={"what": "outside", "community": main},
                )  # fmt: skip
        fewest = g.rules.staffing.min_members
        is_ours = record.id not in g.carved
        if g.heads is not None and is_ours and record.members < fewest:
            facts = {"what": "few", "got": record.members, "low": fewest}
            self._say(slot, "staffing", "broken", "few", measure="members", facts=facts)

    # ------------------------------------------------------------------ town
    def _town(self) -> list[Found]:
        """Find what is wrong in the town as a whole."""
        g, desk = self.desk.ground, self.desk
        label, out = desk.base, []
        loose = g.n - int(desk.draft.n_units.sum())
        if loose:
            units = np.flatnonzero(label < 0).tolist()
            out.append(
                self._made("cover", "broken", "cover:loose", units=units, facts={"what": "loose"})
            )
        out += self._counts()
        for i, group in enumerate(g.together):
            n = np.unique(label[group]).size
            if n > 1:
                out.append(
                    self._made(
                        "together", "broken", f"together:{i}", units=group.tolist(),
                        facts={"n_grids": int(n)},
                    )
                )  # fmt: skip
        out += self._carved()
        moved = (label != g.home) & (g.home != -1)
        off = np.flatnonzero(g.fixed & moved)
        if off.size:
            out.append(self._made("lock", "broken", "lock:units", units=off.tolist()))
        for i, budget in enumerate(g.rules.change if g.current is not None else ()):
            got, total = float(g.change_amount[moved, i].sum()), float(g.change_amount[:, i].sum())
            if budget.measure == "members":
                if g.heads is None:
                    continue
                got, total = float(desk.members_moved()), float(sum(g.heads.values()))
            most = min(budget.share * total, budget.amount)
            facts = {"measure": budget.measure, "got": got, "most": most, "total": total}
            over = got > most * (1 + SLACK)
            severity: Severity = "broken" if over else "note"
            out.append(
                self._made("change", severity, f"change:{i}", measure=budget.measure, facts=facts)
            )
        for i, limit in enumerate(self._upper):
            out += self._upper_findings(i, limit)
        total_heads = g.rules.staffing.total
        if g.heads is not None and total_heads is not None:
            have = int(desk.members[desk.is_alive].sum())
            if have != total_heads:
                facts = {"what": "total", "got": have, "want": total_heads}
                out.append(self._made("staffing", "broken", "staffing:total", facts=facts))
        return out

    def _carved(self) -> list[Found]:
        """Find carved-out grids that are not exactly their units."""
        g, desk, out = self.desk.ground, self.desk, []
        for name, own in g.carved.items():
            at = np.unique(desk.base[own])
            if at.size != 1 or at[0] < 0 or desk.draft.n_units[at[0]] != own.size:
                facts = {"id": name, "n": int(own.size)}
                out.append(self._made("carved", "broken", f"carved:{name}", facts=facts))
        return out

    def _counts(self) -> list[Found]:
        desk, setting = self.desk, self.desk.ground.rules.grids
        free = desk.is_alive & desk.is_free
        n = int(free.sum())
        if self._want is not None:
            parent = desk.community[free]
            have = np.bincount(parent[parent >= 0], minlength=self._want.size)
            return [
                self._made(
                    "grid_count", "broken", f"grid_count:{c}", communities=(c,),
                    facts={"got": int(have[c]), "want": int(self._want[c]), "community": c},
                )
                for c in np.flatnonzero(have != self._want).tolist()
            ]  # fmt: skip
        if setting.total is not None and n != setting.total:
            facts: dict[str, Any] = {"got": n, "want": setting.total}
        elif setting.total is None and (
            n < setting.lowest or (setting.highest is not None and n > setting.highest)
        ):
            facts = {"got": n, "low": setting.lowest, "high": setting.highest}
        else:
            return []
        return [self._made("grid_count", "broken", "grid_count:town", facts=facts)]

    def _upper_findings(self, number: int, limit: Limit) -> list[Found]:
        """Compare the sums of the communities' grids with a limit on community grids."""
        g, desk = self.desk.ground, self.desk
        alive = desk.alive()
        parent = desk.community[alive]
        ok = parent >= 0
        k = len(g.community_ids)

        def add(measure: str) -> FloatArray:
            return np.bincount(parent[ok], desk.total(measure, alive)[ok], k).astype(np.float64)

        low, high, got, slack = limit_bounds(
            limit, add(limit.measure), add(limit.per) if limit.per else None
        )
        out = []
        for c in np.flatnonzero((got < low - slack) | (got > high + slack)).tolist():
            side = "under" if got[c] < low[c] else "over"
            facts = {
                "measure": limit.label,
                "got": float(got[c]),
                "low": finite(low[c]),
                "high": finite(high[c]),
                "side": side,
                "community": c,
            }
            out.append(
                self._made(
                    "limit", "broken", f"limit:c{c}:{number}:{side}", communities=(c,),
                    measure=limit.measure, facts=facts,
                )
            )  # fmt: skip
        return out
