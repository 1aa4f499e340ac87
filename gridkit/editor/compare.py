"""How do two scenarios differ, grid by grid and in sum?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridkit.editor import store
from gridkit.editor.desk import Desk
from gridkit.editor.history import Scenario
from gridkit.editor.live import Live
from gridkit.editor.refusal import both, refused
from gridkit.editor.report import Reporter

if TYPE_CHECKING:
    from gridkit._typing import Json
    from gridkit.editor.editor import Editor

BETTER = {"n_broken": "lower", "load": "lower", "deviation": "lower", "compactness": "higher"}


def compare(editor: Editor, a: str, b: str) -> Json:
    """Put two scenarios side by side.

    Parameters
    ----------
    editor
        With both.
    a, b
        Names; ``@opened`` is the plan that was opened, ``@current`` the plan in force.
    """
    (left, one), (right, two) = _side(editor, a), _side(editor, b)
    base_a, base_b = one.desk.base, two.desk.base
    units = np.flatnonzero(base_a != base_b)
    g = editor.ground
    moved = g.moved_amount[units].sum(axis=0)
    town_a, town_b = one.town_values(), two.town_values()
    rows = [_row("n_broken", ("Broken rules", "违反的规则"), one.live.n_broken, two.live.n_broken)]
    n = [int((r.desk.is_alive & (r.desk.draft.n_units > 0)).sum()) for r in (one, two)]
    rows.append(_row("n_grids", ("Base grids", "基础网格"), n[0], n[1]))
    for m in g.measures:
        x, y = town_a[m.name], town_b[m.name]
        if m.name in BETTER or x != y:
            rows.append({**_row(m.name, m.words.label, x, y), "measure": m.name})
    grids_a = {r["grid"]: r for r in one.all()["grids"] if r["alive"]}
    grids_b = {r["grid"]: r for r in two.all()["grids"] if r["alive"]}
    touched = sorted(set(base_a[units].tolist()) | set(base_b[units].tolist()) - {-1})
    return {
        "ok": True,
        "a": left,
        "b": right,
        "units": units.tolist(),
        "base_a": base_a[units].tolist(),
        "base_b": base_b[units].tolist(),
        "moved": {
            **{k: float(v) for k, v in zip(g.moved_names, moved.tolist(), strict=True)},
            "of": {
                k: float(v)
                for k, v in zip(g.moved_names, g.moved_amount.sum(axis=0).tolist(), strict=True)
            },
        },
        "figures": rows,
        "grids": [
            {
                "grid": s,
                "id": editor.slots[s],
                "a": grids_a[s]["values"] if s in grids_a else None,
                "b": grids_b[s]["values"] if s in grids_b else None,
            }
            for s in touched
            if s >= 0
        ],
        "outlines_a": _address(a),
        "outlines_b": _address(b),
    }


def _address(name: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415  only here

    return f"/api/outlines?scenario={quote(name, safe='')}"


def _side(editor: Editor, name: str) -> tuple[Json, Reporter]:
    if not name.startswith("@"):
        own = editor.history.scenario(name)
        return store.scenario_json(own, editor.history, None), editor.table(name).report
    report = side_table(editor, name)
    return store.scenario_json(Scenario(name=name), editor.history, None), report


def side_table(editor: Editor, name: str) -> Reporter:
    """Make the plan that was opened, or the plan in force, ready to be asked."""
    g = editor.ground
    if name == "@current" and g.current is None:
        raise refused("there is no plan in force.", "没有现行方案。")
    if name not in ("@opened", "@current"):
        raise refused(f"there is no plan '{name}'.", f"没有方案“{name}”。")
    desk = Desk(g, editor.first)
    if name == "@current":
        base = np.where(g.home >= 0, g.home, -1).astype(np.int32)
        desk.become(base, editor.first)
    return Reporter(desk, Live(desk))


def _row(name: str, label: tuple[str, str], a: float | None, b: float | None) -> Json:
    better, way = "", BETTER.get(name)
    if way and a is not None and b is not None and a != b:
        better = "a" if (a < b) == (way == "lower") else "b"
    return {"name": name, "label": both(label), "a": a, "b": b, "better": better}
