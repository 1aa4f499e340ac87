"""What do others see who open a proposal from disk? The map, the findings, notes and comments, in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridkit.batch.frames import grid_frame
from gridkit.maps import MapContent, draw_page
from gridkit.model.finding import Finding

if TYPE_CHECKING:
    from gridkit._typing import Json
    from gridkit.batch.chain import Work
    from gridkit.model.plan import Plan


_ABOUT = {
    "en": (
        "scenario",
        "step",
        "plan",
        "moved against the plan in force",
        "moved against the plan opened",
    ),
    "zh": ("方案", "步骤", "方案校验", "与现行方案相比变更", "与打开时方案相比变更"),
}
_MOVED = {
    "units": ("{n} units", "{n} 个单元"),
    "residents": ("{n} residents", "{n} 名居民"),
    "n_objects": ("{n} objects", "{n} 个对象"),
    "members": ("{n} members", "{n} 名网格员"),
}


def review_page(
    work: Work | None, plan: Plan, before: Plan, state: Json, comments: list[Json], lang: str
) -> str:
    """Make the page.

    Parameters
    ----------
    work
        Sources and title, when there is a run behind the plan.
    plan
        What is proposed.
    before
        The plan in force, or the one that was opened: its borders can be shown.
    state
        As `Editor.state` gives it.
    comments
        Of reviewers.
    lang
        ``"en"`` or ``"zh"``.
    """
    records = {r["id"]: r for r in state["grids"] if r["alive"]}
    ids = plan.levels[0].ids
    base = grid_frame(plan, level=plan.levels[0].name)
    rows = [records[i] for i in ids]
    base["code"] = [r["code"] for r in rows]
    for name in ("members", "workload_h", "load"):
        base[name] = [r["values"].get(name) for r in rows]
    if any(r["note"] for r in rows):
        base["note"] = [r["note"] for r in rows]
    above = plan.levels[1].name if len(plan.levels) > 1 else None
    slot = {r["grid"]: r["id"] for r in state["grids"]}
    findings = [_finding(f, slot, lang) for f in state["findings"]]
    findings += [
        Finding(rule="note", severity="note", text=r["note"], level="base_grid", ids=(r["id"],))
        for r in rows
        if r["note"]
    ]
    for c in comments:
        if not c["done"]:
            who = f"{c['by']}: {c['text']}"
            where = (slot[c["grid"]],) if c["grid"] in slot else ()
            findings.append(
                Finding(rule="comment", severity="note", text=who, level="base_grid", ids=where)
            )
    scenario, step, check, *against = _ABOUT[lang]
    distance = state["distance"]
    moved = [
        words[lang == "zh"].format(n=f"{distance[k]:,.0f}")
        for k, words in _MOVED.items()
        if distance.get(k) is not None
    ]
    content = MapContent(
        title=f"{plan.town.name}: {state['scenario']}",
        base_grids=base,
        community_grids=grid_frame(plan, level=above) if above else None,
        current_grids=grid_frame(before, level=before.levels[0].name),
        findings=tuple(findings),
        sources=work.batch.output.sources if work is not None else (),
        about={
            scenario: state["scenario"],
            step: str(state["step"]),
            against[distance["against"] == "opened"]: ", ".join(moved),
            check: state["hash"][:16],
        },
        is_synthetic=plan.town.is_synthetic,
    )
    return draw_page(content, lang=lang)


def _finding(f: Json, slot: dict[int, str], lang: str) -> Finding:
    ids = tuple(slot[g] for g in f["grids"])
    return Finding(
        rule=f["rule"], severity=f["severity"], text=f["text"][lang], level="base_grid", ids=ids
    )
