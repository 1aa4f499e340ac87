"""What does a planner read when a run is done? A few lines with units, and where to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gridkit.batch.chain import rules_made_for
from gridkit.metrics import compactness
from gridkit.rules import measure_goals
from gridkit.staffing import add_members

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from gridkit.batch.chain import Work
    from gridkit.batch.field import FieldWork
    from gridkit.batch.frames import Staffed
    from gridkit.staffing.what_if import Transfers

SHOWN = 3
"""Findings of one rule that are printed on the screen."""


def figures(work: Work) -> dict[str, Any]:
    """Give the numbers of the summary as plain data."""
    town = work.town
    out: dict[str, Any] = {
        "town": {
            "n_units": len(town.units),
            "n_communities": len(town.community) if town.community is not None else 0,
            "area_km2": round(town.area_km2, 3),
            **{m.name: round(float(m.values.sum()), 2) for m in town.units.measures.values()},
        }
    }
    if work.plan is not None:
        plan = work.plan
        pp = compactness(plan, level="base_grid")
        out["plan"] = {
            "n_base_grids": len(plan.levels[0]),
            "n_unassigned": int((plan.base < 0).sum()),
            "compactness_mean": round(float(np.nanmean(pp)), 4),
            "compactness_min": round(float(np.nanmin(pp)), 4),
        }
        out["plan"] |= _balance(work)
    if work.staffed is not None:
        heads = work.staffed.heads
        out["staff"] = {
            "members": heads.total,
            "workload_h": round(float(work.staffed.workload.workload_h.sum()), 1),
            "fte": round(float(work.staffed.workload.fte.sum()), 2),
            "load_worst": round(heads.worst_load, 4),
            "load_least": round(float(heads.load.min()), 4),
            "n_shortfalls": len(work.roster.shortfalls) if work.roster is not None else 0,
        }
    if work.hazards is not None and work.cleaning is not None:
        out["hazards"] = {
            "n_read": work.cleaning.n_read,
            "n_kept": work.cleaning.n_kept,
            "n_outside": work.cleaning.n_outside,
            "n_linked": work.cleaning.n_linked,
            "n_hotspots": len(work.hotspots) if work.hotspots is not None else 0,
        }
    out["findings"] = {
        s: sum(f.severity == s for f in work.report) for s in ("broken", "warning", "note")
    }
    return out


def _balance(work: Work) -> dict[str, float]:
    """How far the loads of the base grids are from their ideal, per member where the rules say so."""
    rule, plan = work.batch.rules.balance, work.plan
    if rule is None or plan is None:
        return {}
    members = work.drawn_for or None
    if work.staffed is not None:
        heads = work.staffed.heads
        members = dict(zip(heads.grid_ids, heads.members.tolist(), strict=True))
    told = measure_goals(plan, rules_made_for(work), members=members, names=("evenness",))
    if not told:
        return {}
    return {"deviation_max": round(told[0].value, 4), "tolerance": rule.tolerance}


def summarize(
    work: Work,
    *,
    out: Path | None = None,
    seconds: dict[str, float] | None = None,
    what_if: bool = False,
    reasons: tuple[str, ...] = (),
) -> str:
    """Say what was done, in a few lines."""
    f = figures(work)
    town = f["town"]
    made = " (synthetic data)" if work.town.is_synthetic else ""
    lines = [f"{work.town.name}{made}"]
    parts = [f"{town['n_units']:,} units", f"{town['area_km2']:.1f} km²"]
    parts += [f"{town[k]:,.0f} {k}" for k in ("residents", "households") if k in town]
    parts += [f"{town['n_objects']:,.0f} supervised objects"] if "n_objects" in town else []
    lines.append(f"  Town       {', '.join(parts)}")
    if "plan" in f:
        lines.append(f"  Plan       {_plan_line(work, f)}")
    if "staff" in f:
        lines += [f"  Staff      {line}" for line in _staff_lines(work, f["staff"])]
    if work.field_work is not None:
        lines += [f"  {line}" for line in _field_lines(work.field_work)]
    if what_if and work.what_if is not None:
        lines += _what_if_lines(work.what_if)
    lines += [f"  Why        {text}" for text in reasons]
    if "hazards" in f:
        h = f["hazards"]
        spots = f", {h['n_hotspots']} hotspots" if work.hotspots is not None else ""
        lines.append(
            f"  Hazards    {h['n_read']:,} rows read, {h['n_kept']:,} kept, {h['n_read'] - h['n_kept']:,} refused, "
            f"{h['n_outside']:,} outside the town, {h['n_linked']:,} repeated{spots}"
        )
    if work.result is not None:
        proven = work.result.certificate
        bounds = [
            b.text
            for b in proven.of("largest_load_per_member") or proven.of("largest_load")
            if b.where in {"", "town", work.town.name}
        ]
        lines += [f"  Proof      {text}" for text in bounds[:2]]
    lines += _finding_lines(
        work, where="all with --json" if out is None else "all in findings.json"
    )
    if out is not None:
        lines += _where_lines(out, seconds or {})
    return "\n".join(lines)


def _is_per_member(work: Work) -> bool:
    balance = rules_made_for(work).balance
    known = work.staffed is not None or bool(work.drawn_for)
    return known and balance is not None and balance.per_member is not False


def _plan_line(work: Work, f: dict[str, Any]) -> str:
    plan = f["plan"]
    text = f"{plan['n_base_grids']} base grids"
    if f["town"]["n_communities"]:
        text += f" in {f['town']['n_communities']} communities"
    if "deviation_max" in plan:
        rule = work.batch.rules.balance
        name = work.town.units.measure(rule.measure).label if rule is not None else "load"
        who = " per member" if _is_per_member(work) else ""
        text += (
            f", {name}{who} within ±{plan['deviation_max']:.1%} (allowed ±{plan['tolerance']:.1%})"
        )
    text += f", compactness {plan['compactness_mean']:.2f} on average, {plan['compactness_min']:.2f} at worst"
    if plan["n_unassigned"]:
        one = plan["n_unassigned"] == 1
        text += f"; {plan['n_unassigned']} unit{' is' if one else 's are'} in no grid"
    return text


def _staff_lines(work: Work, staff: dict[str, Any]) -> list[str]:
    made = " (made-up roster)" if work.members is not None and work.members.is_synthetic else ""
    lines = [
        (
            f"{staff['members']} members{made} for {staff['workload_h']:,.0f} h of work a month "
            f"(= {staff['fte']:.1f} full-time); load {staff['load_least']:.0%} to {staff['load_worst']:.0%}"
        )
    ]
    if work.roster is not None:
        n = staff["n_shortfalls"]
        lines.append("no shortage" if n == 0 else f"{n} shortages, see shortfalls.csv")
    if work.staffed is not None:
        lines += _next_line(work.staffed)
    return lines


def _next_line(staffed: Staffed) -> list[str]:
    """Say what one more member would change, and how many transfers would do the most."""
    lines = []
    for _, grid, _, _, *loads in add_members(staffed.heads, n=1).itertuples(index=False):
        before, after, worst_after = (float(x) for x in loads)
        worst = staffed.heads.worst_load
        rest = (
            f"the largest of the town from {worst:.1%} to {worst_after:.1%}"
            if worst_after < worst - 5e-4
            else f"another grid still carries {worst_after:.1%}"
        )
        lines.append(
            f"one more member would go to {grid}: its load falls from {before:.1%} to {after:.1%}, {rest}"
        )
    t = staffed.transfers
    if t is not None and t.moves:
        n = len(t.moves)
        lines.append(
            f"from today's posts {n} transfer{'s' * (n != 1)} bring the largest load {before_after(t)}, see transfers.csv"
        )
    return lines


def before_after(moves: Transfers) -> str:
    """Say the largest load before and after transfers."""
    if np.isfinite(moves.load_before):
        return f"from {moves.load_before:.0%} to {moves.load_after:.0%}"
    return f"to {moves.load_after:.0%} (today some grids have work and nobody)"


def _field_lines(made: FieldWork) -> list[str]:
    """Say how teams, mobile teams and rounds come out."""
    lines = []
    for team, roster in made.teams.items():
        missing = sum(s.missing for s in roster.shortages)
        short = f", {missing} missing" if missing else ""
        lines.append(f"Team       {team}: {int((roster.grid >= 0).sum())} people placed{short}")
    if made.mobile is not None:
        m = made.mobile
        lines.append(
            f"Mobile     {m.sites.shape[1]} teams: {m.coverage:.1%} of {made.mobile_for} find a free team in reach when teams "
            f"move by block ({m.n_moves} moves a week), {m.fixed_coverage:.1%} when they stay all week"
        )
    if made.rounds is not None:
        v, r = made.rounds.visits, made.rounds.rounds
        late = int((v.late_days > 0).sum())
        lines.append(
            f"Visits     {v.object.size:,} on {len(v.days)} working days from {v.days[0]}, {late or 'none'} late"
        )
        n = sum(len(p) for x in r.rounds for p in x.routes)
        km = sum(float(x.walk_m.sum()) for x in r.rounds) / 1000
        longest = max((x.longest_min for x in r.rounds), default=0.0)
        left = len(r.unserved_frame())
        lines.append(
            f"Rounds     {v.days[0]}: {n:,} stops, {km:,.0f} km on foot, longest shift {longest:.0f} min, "
            + (f"{left} not served, see unserved.csv" if left else "all served")
        )
    return lines


def _what_if_lines(table: pd.DataFrame) -> list[str]:
    """Show what changes of the standards would do, a row each."""
    head = f"  What if    {'':<28}{'hours':>10}{'full-time':>11}{'team busy':>11}{'worst grid':>12}"
    rows = [
        f"             {r.change:<28}{r.workload_h:>10,.0f}{r.fte:>11,.1f}{r.utilization:>11.0%}{r.worst_load:>12.0%}"
        for r in table.itertuples()
    ]
    return [head, *rows]


def _finding_lines(work: Work, *, where: str) -> list[str]:
    """Say the first findings of every rule, and how many more it has."""
    words = {"broken": "BROKEN", "warning": "Warning", "note": "Note"}
    groups: dict[tuple[str, str], list[str]] = {}
    for f in work.report:
        groups.setdefault((f.severity, f.rule), []).append(f.text)
    lines = []
    for (severity, rule), texts in groups.items():
        shown = texts if len(texts) <= SHOWN + 1 else texts[:SHOWN]
        lines += [f"  {words[severity]:<10} {text}" for text in shown]
        if len(texts) > len(shown):
            more = len(texts) - len(shown)
            lines.append(
                f"             ... and {more} more like this ({len(texts)} of rule `{rule}`; {where})"
            )
    if work.plan is not None and work.report.is_legal:
        lines.insert(0, "  Rules      every hard rule is kept")
    return lines


def _where_lines(out: Path, seconds: dict[str, float]) -> list[str]:
    lines = [f"  Time       {sum(seconds.values()):.1f} s"] if seconds else []
    for label, name in (
        ("Map", "map.html"),
        ("Report", "report.html"),
        ("Atlas", "atlas.pdf"),
    ):
        if (out / name).exists():
            lines.append(f"  {label:<10} {out / name}")
    return [*lines, f"  Files      {out}"]
