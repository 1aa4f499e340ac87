"""Do the findings and figures kept stroke by stroke equal those counted afresh?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gridkit as gk
from gridkit._kernels.live import find_enclosed, number_pieces
from gridkit.editor.desk import Desk
from gridkit.editor.editor import Editor
from gridkit.editor.ground import Ground
from gridkit.editor.live import Live
from gridkit.editor.report import Reporter
from gridkit.metrics import measure
from gridkit.model.plan import Plan
from gridkit.rules import (
    Balance,
    ChangeBudget,
    Contiguity,
    DensityClass,
    GridCount,
    Limit,
    Locks,
    Rules,
    StaffingRule,
    check,
)
from tests.conftest import square_town

SIDE = 8
TOWN = square_town(SIDE, SIDE, communities=True)
START = Plan.from_labels(
    TOWN,
    np.array([(i // SIDE) // 4 * 2 + (i % SIDE) // 4 for i in range(SIDE * SIDE)], dtype=np.int32),
)
IDS = START.levels[0].ids
UNITS = TOWN.units.ids
RULES = Rules(
    limits=(
        Limit(measure="residents", low=60, high=200),
        Limit(measure="residents", per="area_km2", high=1000),
        Limit(measure="n_units", high=24, density_class="dense"),
        Limit(measure="residents", high=300, level="community_grid"),
        Limit(measure="compactness", low=0.4),
        Limit(measure="n_communities", high=1),
    ),
    balance=Balance(measure="residents", tolerance=0.1),
    grids=GridCount(by_community={"east": 2, "west": 2}),
    contiguity=Contiguity(barriers=((UNITS[9], UNITS[10]), (UNITS[17], UNITS[18]))),
    locks=Locks(units=(UNITS[0],), together=((UNITS[30], UNITS[31]),), carved={IDS[3]: UNITS[36:40]}),
    staffing=StaffingRule(min_members=2, total=10, max_load=90),
    change=(ChangeBudget(measure="residents", share=0.1), ChangeBudget(measure="members", amount=1)),
    density_classes=(DensityClass(name="thin", below_per_km2=900), DensityClass(name="dense")),
)  # fmt: skip
HEADS = dict.fromkeys(IDS, 2)

ops = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("assign"),
            "units": st.lists(st.integers(0, SIDE * SIDE - 1), min_size=1, max_size=5),
            "to": st.integers(-1, 3),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("new_grid"),
            "units": st.lists(st.integers(0, SIDE * SIDE - 1), max_size=8),
            "community": st.integers(0, 1),
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("merge"), "grids": st.lists(st.integers(0, 5), min_size=2, max_size=3)}
    ),
    st.fixed_dictionaries({"kind": st.just("remove"), "grid": st.integers(0, 5)}),
    st.fixed_dictionaries(
        {"kind": st.just("members"), "grid": st.integers(0, 5), "members": st.integers(0, 4)}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("move_grid"), "grid": st.integers(0, 5), "community": st.integers(0, 1)}
    ),
    st.fixed_dictionaries({"kind": st.sampled_from(["lock", "unlock"]), "grids": st.just([1])}),
    st.fixed_dictionaries({"kind": st.sampled_from(["undo", "redo"]), "times": st.integers(1, 3)}),
    st.fixed_dictionaries({"kind": st.just("goto"), "step": st.integers(0, 4)}),
)


def editor(rules: Rules = RULES) -> Editor:
    return Editor(Ground(START, rules, current=START, members=HEADS))


def attempt(e: Editor, op: dict) -> dict | None:
    try:
        return e.do(op)
    except gk.InputError:
        return None


def told_by_check(e: Editor) -> set:
    """What `check` finds, as (rule, severity, about, number)."""
    desk = e.table("main").desk
    plan = e.plan()
    members = {desk.grid(int(s)).id: desk.grid(int(s)).members for s in desk.alive()}
    out = set()
    for f in check(plan, e.ground.rules, members=members, current=START, members_now=HEADS):
        if f.rule == "cover" and f.level == "base_grid":
            out |= {("cover", "broken", (i,), 0) for i in f.ids}
        elif f.rule == "cover":
            out.add(("cover", "broken", (), len(f.ids)))
        elif f.rule == "staffing" and f.level == "base_grid" and "measure" not in f.facts:
            out |= {("staffing", "broken", (i,), 0) for i in f.ids}
        elif f.rule == "parent" and "n_outside" not in f.facts:
            out |= {("parent", "broken", (i,), 0) for i in f.ids}
        elif f.rule in ("limit", "balance") or (f.rule == "staffing" and f.ids):
            number = (f.facts["measure"], round(f.facts["got"], 6))
            out.add((f.rule, f.severity, f.ids, number))
        elif f.rule == "contiguity":
            out.add((f.rule, f.severity, f.ids, (f.facts["n_pieces"], len(f.facts["stray_units"]))))
        elif f.rule == "parent":
            out.add((f.rule, f.severity, f.ids, f.facts["n_outside"]))
        elif f.rule == "grid_count":
            out.add((f.rule, f.severity, f.ids, f.facts["n_grids"]))
        elif f.rule == "change":
            out.add((f.rule, f.severity, (f.facts["measure"],), round(f.facts["got"], 6)))
        else:
            out.add((f.rule, f.severity, f.ids if f.level == "base_grid" else (), 0))
    return out


def told_live(e: Editor) -> set:
    """What the editor finds, in the same words."""
    table = e.table("main")
    desk, out = table.desk, set()
    for f in table.live.found.values():
        ids = tuple(desk.grid(s).id for s in f.grids)
        places = tuple(e.ground.community_ids[c] for c in f.communities)
        what = f.facts.get("what", "")
        if f.rule in ("hole", "barrier"):
            continue  # the editor's own
        if f.rule == "cover":
            number = 0 if what == "empty" else f.facts["n_units"]
        elif "side" in f.facts:
            ids = ids or places
            number = (f.facts["measure"], round(f.facts["got"], 6))
        elif f.rule == "contiguity":
            number = (f.facts["n_pieces"], f.facts["n_units"])
        elif f.rule == "parent":
            number = f.facts.get("n_units", 0)
        elif f.rule == "grid_count":
            ids, number = places, f.facts["got"]
        elif f.rule == "carved":
            ids, number = (f.facts["id"],), 0
        elif f.rule == "change":
            ids, number = (f.measure,), round(f.facts["got"], 6)
        else:
            number = 0
        out.add((f.rule, f.severity, ids, number))
    return out


@settings(max_examples=6)
@given(st.lists(ops, max_size=5))
def test_findings_kept_live_equal_those_of_a_whole_check(wishes):
    e = editor()
    for op in wishes:
        attempt(e, op)
        assert told_live(e) == told_by_check(e)


@settings(max_examples=6)
@given(st.lists(ops, max_size=5), st.booleans())
def test_what_a_change_says_keeps_a_page_up_to_date(wishes, per_grid):
    """A page that only applies changes shows what a page that is loaded afresh shows."""
    rules = RULES
    if per_grid:
        rules = Rules(balance=Balance(measure="residents", per_member=False))
    e = editor(rules)
    state = e.state("main")
    base, grids = list(state["base"]), {g["grid"]: g for g in state["grids"]}
    findings = {f["key"]: f for f in state["findings"]}
    for op in wishes:
        change = attempt(e, op)
        if change is None:
            continue
        for u, g in zip(change["units"], change["base"], strict=True):
            base[u] = g
        for g in change["grids"]:
            grids[g["grid"]] = g
        for key in change["gone"]:
            del findings[key]
        findings |= {f["key"]: f for f in change["come"]}
        fresh = e.state("main")
        assert base == fresh["base"]
        alive = {s: g for s, g in grids.items() if g["alive"]}
        assert alive == {g["grid"]: g for g in fresh["grids"] if g["alive"]}
        assert {k: f["text"] for k, f in findings.items()} == {
            f["key"]: f["text"] for f in fresh["findings"]
        }
        assert (change["town"], change["distance"]) == (fresh["town"], fresh["distance"])


@settings(max_examples=6)
@given(st.lists(ops, max_size=5))
def test_figures_kept_live_equal_those_of_the_frozen_plan(wishes):
    e = editor()
    for op in wishes:
        attempt(e, op)
    desk, plan = e.table("main").desk, e.plan()
    values = desk.values(desk.alive())
    np.testing.assert_allclose(values["residents"], plan.total("residents"))
    for name in ("compactness", "area_km2", "n_units", "density_per_km2"):
        ok = plan.n_units() > 0
        np.testing.assert_allclose(values[name][ok], measure(plan, name)[ok], rtol=1e-9)


@settings(max_examples=6)
@given(st.lists(ops, max_size=6))
def test_undoing_everything_gives_the_opened_plan_back(wishes):
    e = editor()
    before = e.hash()
    for op in wishes:
        attempt(e, op)
    after = e.hash()
    steps = 0
    while attempt(e, {"kind": "undo"}) is not None:
        steps += 1
    assert e.hash() == before
    if steps:
        e.do({"kind": "redo", "times": steps})
        assert e.hash() == after


@settings(max_examples=6)
@given(st.lists(ops, max_size=6))
def test_a_desk_made_afresh_from_the_history_is_the_same(wishes):
    e = editor()
    for op in wishes:
        attempt(e, op)
    desk = Desk(e.ground, e.first)
    for number in e.history.line(e.history.scenario("main").head):
        desk.make(e.history.step(number))
    desk.survey(range(len(desk.grids)))
    assert desk.hash() == e.hash()
    again = Reporter(desk, Live(desk)).all()
    assert again["findings"] == e.state("main")["findings"]


@given(st.lists(st.integers(-1, 3), min_size=SIDE * SIDE, max_size=SIDE * SIDE), st.integers(0, 3))
def test_pieces_and_holes_equal_a_flood_over_the_whole_town(labels, g):
    label = np.array(labels, dtype=np.int32)
    graph = TOWN.graph
    start, neighbor = graph.start.copy(), graph.neighbor.copy()
    own = np.flatnonzero(label == g).astype(np.int64)
    mark, queue = np.zeros(label.size, np.int32), np.zeros(label.size, np.int32)
    n = number_pieces(own, start, neighbor, label, mark, queue)
    assert n == np.unique(graph.pieces(label)[own]).size
    mark[own] = 0
    edge = np.array(
        [r in (0, SIDE - 1) or c in (0, SIDE - 1) for r in range(SIDE) for c in range(SIDE)]
    )
    m = find_enclosed(g, own, edge, start, neighbor, label, mark, queue)
    others = graph.pieces(np.where(label == g, -1 - np.arange(label.size), 7).astype(np.int32))
    reached = set(others[edge & (label != g)].tolist())
    enclosed = {u for u in range(label.size) if label[u] != g and others[u] not in reached}
    assert set(queue[:m].tolist()) == enclosed
    assert not mark.any()


@pytest.mark.parametrize("seed", range(3))
def test_two_windows_in_any_order_end_in_the_state_of_a_serial_order(seed):
    """Each operation carries the revision it saw: it is made on that state, or refused and done again."""
    rng = np.random.default_rng(seed)
    e = editor()
    made = []
    seen = [0, 0]
    waiting: list[list[dict]] = [[], []]
    for _ in range(60):
        w = int(rng.integers(2))
        if not waiting[w]:
            units = rng.integers(0, SIDE * SIDE, 3).tolist()
            waiting[w] = [{"kind": "assign", "units": units, "to": int(rng.integers(-1, 4))}]
        try:
            change = e.do(waiting[w][0], revision=seen[w])
        except gk.InputError as error:
            assert error.code == "stale"  # noqa: PT017  the code is the test
            seen[w] = error.facts["revision"]
            continue
        seen[w] = change["revision"]
        made.append(waiting[w].pop())
    serial = editor()
    for op in made:
        serial.do(op)
    assert serial.hash() == e.hash()
