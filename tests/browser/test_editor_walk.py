"""Can a planner redraw the real plan of 38 patrol routes in a real browser, in both languages, and lose nothing?"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gridkit.batch.chain import read_inputs
from gridkit.config.load import load_batch
from tests.browser.walk import Desk

pytest.importorskip("gridkit.web.serve", reason="the editor's server is not in this version")
pytest.importorskip(
    "starlette", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)
pytest.importorskip(
    "uvicorn", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)

pytestmark = pytest.mark.usefixtures("front_end")

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs" / "cambridge.toml"
SHOTS = os.environ.get("GRIDKIT_SHOTS")


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    """The plan in force, 38 real patrol routes, as a plan file."""
    work = read_inputs(load_batch(CONFIG))
    plan = work.current
    base = plan.levels[0]
    lines = [
        f"{unit},{base.ids[g] if g >= 0 else ''}"
        for unit, g in zip(plan.town.units.ids, plan.base, strict=True)
    ]
    path = tmp_path_factory.mktemp("routes") / "plan.csv"
    path.write_text("unit_id,base_grid_id\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def start(tmp_path, routes):
    """Start the server in a process of its own, as the command does; every one is ended."""
    running = []

    def run(*, lang="en"):
        command = [
            sys.executable,
            "-m",
            "gridkit",
            "edit",
            str(tmp_path),
            "--config",
            str(CONFIG),
            "--plan",
            str(routes),
        ]
        command += ["--lang", lang, "--no-browser", "--name", "Li 李"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        running.append(process)
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"http://\S+", line):
                return process, found.group(0)
        pytest.fail(f"the editor did not start: {said}")

    yield run
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture
def context(browser):
    made = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    yield made
    made.close()


def shot(desk, name):
    if SHOTS:
        desk.page.wait_for_timeout(500)
        desk.page.screenshot(path=f"{SHOTS}/{name}.png")


WORDS = {
    "en": {
        "touched": "Grids touched",
        "repair": "Repair",
        "broken": "Broken rules",
        "line": "does not answer",
        "differ": "Units that change grid",
    },
    "zh": {
        "touched": "涉及的网格",
        "repair": "修复",
        "broken": "违反的规则",
        "line": "服务无响应",
        "differ": "变更网格的单元",
    },
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_whole_walk(start, context, lang):
    words = WORDS[lang]
    process, url = start(lang=lang)
    desk = Desk(context, url, lang=lang)
    page = desk.page
    opened = desk.base
    assert desk.ask("() => gridkit.store.alive.length") == 38
    shot(desk, f"{lang}_01_open")

    # move a border: press on one side, drag over the unit on the other
    u, v = desk.border()
    give, take = opened[v], opened[u]
    desk.show([give, take])
    page.keyboard.press("d")
    desk.after_step(lambda: desk.drag(*desk.edge(u, v), desk.place(v)))
    assert desk.base[v] == take
    assert words["touched"] in desk.text("#ge-touched h2")
    assert page.locator("#ge-touched .ge-touch").count() == 2
    assert page.locator("#ge-touched .ge-arrow", has_text="→").count() >= 4
    shot(desk, f"{lang}_02_border")

    # break contiguity: a unit far away joins the grid
    far = desk.far_unit(take)
    desk.aim(take)
    desk.show([take, desk.base[far]])
    desk.after_step(lambda: desk.click_unit(far))
    assert desk.base[far] == take, "never block a stroke"
    assert page.locator("#ge-said .ge-break").count() >= 1
    assert f"contiguity:{take}" in desk.rules()
    assert words["repair"] in desk.text("#ge-repair")
    shot(desk, f"{lang}_03_broken")

    # repair it
    page.click("#ge-repair")
    job = desk.job("repair")
    assert job["state"] == "done", job["error"]
    desk.wait(
        f"!gridkit.store.findings.some(f => f.rule === 'contiguity' && f.grids.includes({take}))"
    )
    shot(desk, f"{lang}_04_repaired")

    # lock three grids, balance the rest
    page.click("#ge-open-grids")
    locked = desk.ask("() => gridkit.store.alive.map(g => g.grid)")[:3]  # as the list shows them
    for g in locked:
        desk.after_step(lambda g=g: page.click(f"#ge-grids li[data-grid='{g}'] .ge-lock"))
    before = desk.base
    shot(desk, f"{lang}_05_locked")
    page.click("#ge-open-engine")
    page.click("#ge-job-balance_all")
    job = desk.job("balance_all")
    assert job["state"] == "done", job["error"]
    after = desk.base
    told = desk.text("#ge-jobs .ge-job[data-kind=balance_all] table")
    assert words["broken"] in told, "before and after of the whole town"
    assert "→" in told
    assert [b for b, g in zip(after, before, strict=True) if g in locked] == [
        g for g in before if g in locked
    ]
    shot(desk, f"{lang}_06_balanced")

    # branch, move, compare
    page.click("#ge-open-scenarios")
    page.click("#ge-branch")
    page.fill("#ge-branch >> nth=-1", "B 乙")
    page.keyboard.press("Enter")
    desk.wait("gridkit.store.scenario === 'B 乙'")
    u, v = desk.border()
    desk.aim(desk.base[u])
    desk.show([desk.base[u], desk.base[v]])
    desk.after_step(lambda: desk.click_unit(v))
    page.click("#ge-open-scenarios")
    page.click("#ge-compare")
    page.wait_for_selector(".ge-map >> nth=1")
    page.wait_for_selector("#ge-moved")
    assert words["differ"] in desk.text("#ge-moved")
    assert page.locator(".ge-map").first.get_attribute("data-moved") == "1"
    shot(desk, f"{lang}_07_compare")
    page.keyboard.press("Escape")

    # undo all, redo all
    page.locator("#gk-map").focus()
    for _ in range(60):
        if not desk.ask("() => gridkit.store.way.can_undo"):
            break
        desk.after_step(lambda: page.keyboard.press("Control+z"))
    assert desk.base == opened
    assert page.is_disabled("#ge-undo")
    desk.after_step(lambda: page.keyboard.press("Control+Shift+z"))
    assert desk.base != opened
    shot(desk, f"{lang}_08_undone")

    # export
    page.click("#ge-export")
    with page.expect_download() as coming:
        page.click("#ge-plan-csv")
    lines = Path(coming.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("unit_id,base_grid_id")
    assert len(lines) == 1 + len(opened)
    with page.expect_download() as coming:
        page.click("#ge-review")
    assert "<html" in Path(coming.value.path()).read_text(encoding="utf-8")[:400]
    shot(desk, f"{lang}_09_export")
    page.keyboard.press("Escape")

    # kill the server in mid-stroke, and go on
    u, v = desk.border()
    desk.aim(desk.base[u])
    desk.show([desk.base[u], desk.base[v]])
    desk.after_step(lambda: desk.click_unit(v))
    kept, step = desk.base, desk.ask("() => gridkit.store.step")
    u, v = desk.border()
    page.keyboard.press("b")
    desk.drag(desk.place(v), desk.place(u), up=False)
    process.kill()
    process.wait(timeout=10)
    page.mouse.up()
    page.wait_for_selector("#ge-banner:not([hidden])")
    assert words["line"] in desk.text("#ge-banner")
    shot(desk, f"{lang}_10_killed")
    assert [
        r for r in desk.requests if not r.startswith((url.split("/?")[0], "blob:", "data:"))
    ] == []
    assert [c for c in desk.complaints if "ERR_" not in c and "WebSocket" not in c] == []
    page.close()

    _, url = start(lang=lang)
    again = Desk(context, url, lang=lang)
    if again.ask("() => gridkit.store.scenario") != "B 乙":
        again.ask("() => gridkit.store.look('B 乙')")
    again.wait("gridkit.store.scenario === 'B 乙'")
    assert again.ask("() => gridkit.store.step") == step
    assert again.base == kept
    again.aim(again.base[u])
    again.show([again.base[u], again.base[v]])
    again.after_step(lambda: again.click_unit(v))
    shot(again, f"{lang}_11_again")
