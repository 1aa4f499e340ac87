"""What does the engine do in the background, what comes in, and what is said after a step?"""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gridkit.editor.editor import Editor
from gridkit.editor.engine import errand
from gridkit.editor.ground import Ground
from gridkit.editor.importing import read_arrival
from gridkit.editor.lending import over_lines
from gridkit.editor.refusal import Refusal
from gridkit.editor.room import Room
from gridkit.io.sheets import DANGEROUS
from gridkit.rules import Balance, Rules
from gridkit.web.app import Pages
from gridkit.web.guard import Keys
from gridkit.web.host import Host
from tests.editor_table import finished, new_editor, new_room, small_plan

WINDOW = "window-1"


@pytest.mark.parametrize(
    "job",
    [
        {"kind": "repair"},
        {"kind": "repair", "grids": [0]},
        {"kind": "balance", "grids": [0, 1]},
        {"kind": "balance_all"},
        {"kind": "finish"},
        {"kind": "split", "grid": 0},
        {"kind": "alternatives", "n": 2},
    ],
)
def test_every_job_ends_as_one_step_that_can_be_undone(job):
    room = new_room()
    if job["kind"] == "finish":
        room.editor.do({"kind": "assign", "units": [3], "to": -1})
    before = room.editor.hash()
    done = finished(room, WINDOW, **job)
    assert (done.state, done.error) == ("done", None)
    if job["kind"] == "alternatives":
        assert room.editor.hash() == before
        assert set(done.scenarios) < set(room.editor.history.scenarios)
        return
    assert (room.editor.table("main").desk.base >= 0).all() or job["kind"] in ("balance", "split")
    if done.change["units"]:
        room.editor.do({"kind": "undo"})
    assert room.editor.hash() == before


@pytest.mark.parametrize(
    "job", [{"kind": "balance", "grids": [0, 1]}, {"kind": "split", "grid": 0}]
)
def test_a_unit_in_no_grid_elsewhere_does_not_stop_a_job_and_stays_free(job):
    room = new_room()
    room.editor.do({"kind": "assign", "units": [47], "to": -1})
    done = finished(room, WINDOW, **job)
    assert (done.state, done.error) == ("done", None)
    assert room.editor.table("main").desk.base[47] == -1


def test_a_cancelled_job_changes_nothing(monkeypatch):
    room = new_room()
    before = room.editor.hash()

    def slow(*_, cancelled, on_progress):
        while not cancelled():
            pass
        return ()

    monkeypatch.setattr("gridkit.editor.jobs.run_errand", slow)
    job = {"scenario": "main", "revision": 0, "job": {"kind": "repair"}}
    made = room.jobs.start(WINDOW, job)["job"]["job"]
    with pytest.raises(Refusal, match="at work"):
        room.jobs.start(WINDOW, job)
    room.jobs.stop(made)
    room.jobs.get(made).thread.join(timeout=10)
    assert room.jobs.get(made).state == "cancelled"
    assert room.editor.hash() == before


def room_with_rules(**balance):
    """A room whose rules know a balance only."""
    plan = small_plan()
    rules = Rules(balance=Balance(measure="residents", within="community", **balance))
    heads = dict.fromkeys(plan.levels[0].ids, 2)
    return Room(Editor(Ground(plan, rules, members=heads, current=plan)))


@pytest.mark.parametrize(
    ("per_member", "want"),
    [(None, [160, 80, 120, 120]), (True, [160, 80, 120, 120]), (False, [120] * 4)],
)
@pytest.mark.parametrize(
    "job", [{"kind": "balance_all"}, {"kind": "balance", "grids": [0, 1]}, {"kind": "repair"}]
)
def test_loads_are_per_member_unless_the_rules_say_not(job, per_member, want):
    """Four members against two share 240 residents as 160 and 80; nobody changes grid."""
    room = room_with_rules(tolerance=0.13, per_member=per_member)
    room.editor.do({"kind": "members", "grid": 0, "members": 4})
    done = finished(room, WINDOW, **job)
    assert (done.state, done.error) == ("done", None)
    desk = room.editor.table("main").desk
    assert [g.members for g in desk.grids] == [4, 2, 2, 2]
    loads = np.bincount(desk.base, desk.ground.amounts("residents"))
    np.testing.assert_allclose(loads, want, rtol=0.13)
    assert not room.editor.state("main")["findings"]


def test_a_new_grid_is_given_the_members_it_lacks_in_the_same_step():
    room = room_with_rules(tolerance=0.3)
    room.editor.do({"kind": "members", "grid": 0, "members": 4})
    made = room.editor.do({"kind": "new_grid", "units": [4], "community": 0})
    before = room.editor.hash()
    done = finished(room, WINDOW, kind="balance_all")
    desk = room.editor.table("main").desk
    heads = [desk.grid(g).members for g in range(5)]
    assert sum(heads) == 10
    assert heads[made["new"]] >= 2
    assert heads[2:4] == [2, 2], "the other community keeps its own"
    assert done.change["units"]
    room.editor.do({"kind": "undo"})
    assert room.editor.hash() == before


def test_an_unchanged_finding_moves_with_its_grid():
    editor = new_editor()
    editor.do({"kind": "assign", "units": list(range(24, 32)), "to": 0})  # grid 0 is over now
    for unit in (32, 40, 41, 42):
        editor.do({"kind": "assign", "units": [unit], "to": 0})
        shown = {f["key"]: f for f in editor.state("main")["findings"]}
    page = {f["key"]: f["box"] for f in editor.state("main")["findings"]}
    change = editor.do({"kind": "assign", "units": [2, 43], "to": 0})
    for key in change["gone"]:
        page.pop(key, None)
    page |= {f["key"]: f["box"] for f in change["come"]}
    assert shown
    assert page == {f["key"]: f["box"] for f in editor.state("main")["findings"]}


# ------------------------------------------------------------------ in
def _csv(ids, *, grid="east-01"):
    return ("unit_id,base_grid_id\n" + "".join(f"{i},{grid}\n" for i in ids)).encode()


def test_import_says_what_matches_with_row_numbers():
    room = new_room()
    host = Host(room)
    ids = [f"u{i:02d}" for i in range(1, 41)]
    found = host.examine("../../x/plan.csv", _csv([*ids, "x9", "u03"]))
    report = found["report"]
    assert (report["matched"], report["n_missing"], report["n_rows"]) == (40, 8, 42)
    assert report["extra"] == [{"id": "x9", "row": 42}], "as a spreadsheet counts, the header too"
    assert report["duplicates"] == [{"id": "u03", "rows": [4, 43]}]
    assert report["text"]["en"].startswith("plan.csv:")
    before = room.editor.hash()
    host.adopt(WINDOW, found["import"], {"as": "imported"})
    assert room.editor.hash("main") == before
    base = room.editor.table("imported").desk.base
    assert (base[:40] == 0).all()
    assert (base[40:] == -1).all()


@pytest.mark.parametrize(("n", "is_refused"), [(23, True), (24, False)])
def test_import_under_half_is_refused(n, is_refused):
    ground = new_editor().ground
    content = _csv([f"u{i:02d}" for i in range(1, n + 1)] + ["x1"])
    if not is_refused:
        assert read_arrival(ground, "plan.csv", content).report["share"] == 0.5
        return
    with pytest.raises(Refusal, match="only 23 of 48") as refusal:
        read_arrival(ground, "plan.csv", content)
    assert refusal.value.code == "import"
    assert refusal.value.facts["report"]["matched"] == 23
    assert refusal.value.facts["examples"]["file"] == ["x1"]
    assert len(refusal.value.facts["examples"]["town"]) == 10


def formula_plan():
    """Make the small plan with ids of units and grids that a spreadsheet would run."""
    plan = small_plan()
    units, first = plan.town.units, plan.levels[0]
    marks = ("=1+", "+", "-x", "@", "\t=", "'=", "u")
    ids = tuple(f"{marks[i % 7]}{i}|" for i in range(len(units)))
    graph = replace(plan.town.graph, ids=ids)
    town = replace(plan.town, units=replace(units, ids=ids), graph=graph)
    level = replace(first, ids=("=cmd|'/C'!A0", "+85a", "@SUM(1)", "-2+3"))
    return replace(plan, town=town, levels=(level, *plan.levels[1:]))


def test_the_plan_of_the_editor_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(tmp_path):
    room = Room(Editor(Ground(formula_plan(), Rules()), folder=tmp_path))
    room.editor.do({"kind": "assign", "units": [3], "to": 0})
    asked = SimpleNamespace(query_params={"scenario": "main"})
    sent = asyncio.run(Pages(room, Keys(port=1), host=Host(room)).plan_csv(asked)).body
    plan, base = room.editor.plan(), room.editor.table("main").desk.base
    room.close()
    written = (tmp_path / "plan.csv").read_bytes()
    assert sent == written
    cells = [c for row in csv.reader(written.decode().splitlines()) for c in row]
    assert not [c for c in cells if c.startswith(DANGEROUS)]
    arrival = read_arrival(Ground(plan, Rules()), "plan.csv", written)
    assert (arrival.report["matched"], arrival.report["extra"]) == (len(base), [])
    assert arrival.grids == tuple(plan.levels[0].ids[g] for g in base)


# ------------------------------------------------------------------ drawn
def test_names_notes_locks_and_sources():
    editor = new_editor()
    editor.do({"kind": "rename", "grid": 0, "name": "河东"})
    editor.do({"kind": "code", "grid": 0, "code": "004012"})
    editor.do({"kind": "note", "grid": 0, "text": "ask Li"})
    grid = editor.table("main").desk.grid(0)
    assert (grid.name, grid.code, grid.note) == ("河东", "004012", "ask Li")
    left = editor.do({"kind": "assign", "units": [0, 4], "to": 1, "source": [2]})
    assert left["units"] == [0]
    assert left["skipped"] == {"locked": 0, "source": 1}
    editor.do({"kind": "lock_all"})
    with pytest.raises(Refusal, match="locked"):
        editor.do({"kind": "assign", "units": [4], "to": 1})
    for _ in range(5):
        editor.do({"kind": "undo"})
    assert editor.hash() == new_editor().hash()


def test_a_unit_that_locks_cut_off_is_lent_over_the_line_and_nothing_else_is():
    room = room_with_rules(tolerance=0.6)
    editor = room.editor
    east = np.flatnonzero(editor.ground.of == 0).tolist()
    editor.do({"kind": "assign", "units": [u for u in east if u != 4], "to": 0})
    editor.do({"kind": "assign", "units": [4], "to": 2})
    editor.do({"kind": "remove", "grid": 1})
    editor.do({"kind": "lock", "grids": [0]})
    desk = editor.table("main").desk
    asked = errand(desk, {"kind": "balance_all"}, editor.slots)
    lent = over_lines(asked.plan, asked.rules)
    np.testing.assert_array_equal(
        lent.town.community.holder != editor.ground.of, np.arange(48) == 4
    )
    done = finished(room, WINDOW, kind="balance_all")
    assert (done.state, done.error) == ("done", None)
    assert desk.base[4] in (2, 3)
    assert {
        u for f in editor.state("main")["findings"] if f["rule"] == "parent" for u in f["units"]
    } == {4}
