"""Does every button of the editor's tabs do what it says: grids, findings, engine, scenarios, layers, import?"""

from __future__ import annotations

import pytest

import gridkit as gk
from gridkit.rules.settings import GridCount, Rules
from gridkit.solver.stop import MaxIterations
from tests.browser.walk import FAINT, Desk

pytest.importorskip(
    "starlette", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)
pytest.importorskip(
    "uvicorn", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)
RULES = Rules(grids=GridCount(total=8))


@pytest.fixture(scope="module")
def plan():
    town = gk.make_town(220, seed=3, n_communities=2)
    return gk.solve(town, RULES, seed=1, relax=True, prove=False, stop=MaxIterations(3)).plan


@pytest.fixture(scope="module")
def editor(plan, front_end):
    made = gk.edit(plan, rules=RULES)
    yield made
    made.close()


@pytest.fixture(scope="module")
def context(browser, editor):
    made = browser.new_context(viewport={"width": 1280, "height": 720})
    Desk(made, editor.url)  # the one-time token is spent; the cookie stays
    yield made
    made.close()


@pytest.fixture(scope="module")
def opened(context):
    """One window for all tests of the tabs; each test goes back to the first step."""
    return Desk(context, context.pages[0].url)


@pytest.fixture
def desk(opened):
    opened.page.bring_to_front()
    opened.ask("() => gridkit.store.tellServer({ kind: 'pen', action: 'take' })")
    if opened.ask("() => gridkit.store.scenario") != "main":
        opened.ask("() => gridkit.store.look('main')")
    while opened.ask("() => gridkit.store.way.can_undo"):
        opened.after_step(lambda: opened.ask("() => gridkit.store.do({ kind: 'undo', times: 99 })"))
    yield opened
    opened.page.keyboard.press("Escape")
    assert opened.complaints == []


def card(desk, grid):
    """Choose a grid and open its card."""
    desk.aim(grid)
    desk.page.click("#ge-open-grids")


def grid(desk, slot, key):
    return desk.ask(f"() => gridkit.store.grid({slot}).{key}")


def tell(desk, button, field, text):
    """Answer a question of the card."""
    desk.page.click(button)
    desk.page.fill(field, text)
    desk.after_step(lambda: desk.page.click("dialog[open] button[type=submit]"))


def test_a_grid_is_named_coded_noted_and_given_to_another_community(desk):
    card(desk, 0)
    tell(desk, "#ge-do-rename", "input#ge-rename", "Old harbour 旧港")
    assert grid(desk, 0, "name") == "Old harbour 旧港"
    assert "Old harbour 旧港" in desk.text("#ge-grids li[data-grid='0']")
    tell(desk, "#ge-do-code", "input#ge-code", "004012")
    assert grid(desk, 0, "code") == "004012"
    tell(desk, "#ge-do-note", "textarea#ge-note", "bridge closes in winter")
    assert "bridge closes in winter" in desk.text("#ge-tab-grids .ge-note")
    home = grid(desk, 0, "community")
    desk.after_step(lambda: desk.page.select_option("#ge-community", str(1 - home)))
    assert grid(desk, 0, "community") == 1 - home
    assert any(r.startswith("parent:") for r in desk.rules()), (
        "its units lie in the other community"
    )
    assert desk.page.locator("#ge-tab-grids .ge-card").is_visible()


def test_new_grid_merge_split_and_dissolve(desk):
    page = desk.page
    n = desk.ask("() => gridkit.store.alive.length")
    page.locator("#gk-map").focus()
    desk.after_step(lambda: page.keyboard.press("g"))
    fresh = desk.ask("() => gridkit.store.target")
    assert desk.ask("() => gridkit.store.alive.length") == n + 1
    home = grid(desk, fresh, "community")
    unit = desk.ask(f"() => gridkit.store.base.findIndex(g => gridkit.store.grid(g).community === {home})")  # fmt: skip
    desk.show([desk.base[unit]])
    desk.after_step(lambda: desk.click_unit(unit))
    assert desk.base[unit] == fresh
    page.click("#ge-open-grids")
    page.click("#ge-do-merge")
    near = desk.ask(
        f"() => gridkit.store.base[gridkit.board.sheets.neighbors({unit}).find(v => gridkit.store.grid(gridkit.store.base[v]).community === {home} && gridkit.store.base[v] !== {fresh})]"
    )
    page.select_option("#ge-merge-with", str(near))
    desk.after_step(lambda: page.click("#ge-merge-go"))
    assert desk.ask("() => gridkit.store.alive.length") == n
    card(desk, near if grid(desk, near, "alive") else fresh)
    whole = desk.ask("() => gridkit.store.target")
    before = desk.base.count(whole)
    page.click("#ge-do-split")
    assert desk.job("split")["state"] == "done"
    desk.wait(f"gridkit.store.alive.length === {n + 1}")
    assert 0 < desk.base.count(whole) < before
    card(desk, whole)
    desk.after_step(lambda: page.click("#ge-do-remove"))
    assert -1 in desk.base
    assert "cover" in {r.split(":")[0] for r in desk.rules()}


def test_all_locks_hold_and_say_so(desk):
    page, before = desk.page, desk.base
    page.click("#ge-open-grids")
    desk.after_step(lambda: page.click("#ge-lock-all"))
    assert page.locator("#ge-grids .ge-lock[aria-pressed=true]").count() == 8
    u, v = next(
        (u, v)
        for u in range(len(before))
        for v in desk.ask(f"() => gridkit.board.sheets.neighbors({u})")
        if before[u] != before[v]
    )
    desk.aim(before[u])
    desk.show([before[u], before[v]])
    desk.click_unit(v)
    page.wait_for_selector("#ge-notice:not([hidden])")
    assert "locked" in desk.text("#ge-notice")
    assert desk.base == before
    page.locator("#gk-map").focus()
    desk.after_step(lambda: page.keyboard.press("Shift+k"))
    assert not any(desk.ask("() => gridkit.store.alive.map(g => g.locked)"))


def test_next_goes_through_the_findings_and_zooms(desk):
    page = desk.page
    desk.after_step(
        lambda: desk.ask(
            "() => gridkit.store.do({ kind: 'assign', units: [0], to: -1, source: null })"
        )
    )
    page.click("#ge-open-plan")
    page.locator("#gk-map").focus()
    page.keyboard.press("0")
    seen, far = [], desk.ask("() => gridkit.board.map.getZoom()")
    for _ in range(min(3, desk.ask("() => gridkit.store.findings.length"))):
        page.click("#ge-next")
        desk.wait(f"gridkit.board.map.getZoom() > {far}")
        seen.append(desk.ask("() => gridkit.store.finding"))
        assert page.locator(".ge-findings .ge-current").count() == 1
        units = desk.ask(
            "() => gridkit.store.findings.find(f => f.key === gridkit.store.finding).units"
        )
        box = page.locator("#gk-map").bounding_box()
        for unit in units[:3]:
            x, y = desk.place(unit)
            assert box["x"] <= x <= box["x"] + box["width"]
            assert box["y"] <= y <= box["y"] + box["height"]
    assert len(set(seen)) == len(seen) >= 1
    page.locator("#gk-map").focus()
    page.keyboard.press("Shift+n")
    assert desk.ask("() => gridkit.store.finding") == (seen[-2] if len(seen) > 1 else seen[0])


def test_the_engine_is_cancelled_and_finishes_the_rest(desk):
    page = desk.page
    free = [u for u, g in enumerate(desk.base) if g == 3]
    desk.after_step(
        lambda: desk.ask(
            "units => gridkit.store.do({ kind: 'assign', units, to: -1, source: null })", free
        )
    )
    before, revision = desk.base, desk.revision
    page.click("#ge-open-engine")
    page.click("#ge-job-alternatives")
    cancel = page.locator("#ge-jobs .ge-cancel")
    cancel.evaluate("node => { window.seen = node }")
    told = page.inner_text("#ge-jobs .ge-progress-text")
    desk.wait(f"document.querySelector('#ge-jobs .ge-progress-text').innerText !== {told!r}")
    assert page.evaluate("window.seen === document.querySelector('#ge-jobs .ge-cancel')")
    cancel.click()
    job = desk.job("alternatives")
    assert job["state"] == "cancelled"
    assert (desk.base, desk.revision) == (before, revision)
    desk.wait("document.querySelector('#ge-jobs [data-kind=alternatives]').dataset.state === 'cancelled'")  # fmt: skip
    assert page.locator("#ge-progress").is_hidden()
    page.click("#ge-job-finish")
    job = desk.job("finish")
    assert job["state"] == "done", job
    assert -1 not in desk.base
    assert desk.revision == revision + 1, "one step"
    assert page.is_disabled("#ge-job-finish")
    assert page.is_enabled("#ge-job-repair")


TABS = ("plan", "grids", "engine", "scenarios", "layers")


def test_by_night_and_by_day_everything_can_be_read(desk):
    page = desk.page
    swatch = (
        "() => getComputedStyle(document.querySelector('#ge-tab-grids .gk-swatch')).backgroundColor"
    )
    fills = {}
    card(desk, 0)
    tell(desk, "#ge-do-note", "textarea#ge-note", "bridge closes in winter")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # as at sunset, with the page open
        for language in ("#gk-lang", "#gk-lang"):
            page.click(language)
            for tab in TABS:
                page.click(f"#ge-open-{tab}")
                assert page.evaluate(FAINT) == [], (scheme, tab)
        page.click("#ge-help")
        assert page.evaluate(FAINT) == [], (scheme, "dialog")
        page.keyboard.press("Escape")
        page.click("#ge-open-grids")
        fills[scheme] = page.evaluate(swatch)
    assert fills == {"dark": "rgb(24, 69, 169)", "light": "rgb(158, 202, 233)"}


def test_a_plan_comes_in_with_its_report(desk, plan, tmp_path):
    ids, base = plan.town.units.ids, plan.base
    rows = [f"{ids[u]},g{base[u]}" for u in range(len(ids) - 3)]
    rows += ["nowhere,g0", f"{ids[5]},g1", f"{ids[len(ids) - 3]},g0"]
    path = tmp_path / "from the north.csv"
    path.write_text("unit_id,base_grid_id\n" + "\n".join(rows) + "\n", encoding="utf-8")
    page, before = desk.page, desk.base
    page.click("#ge-import")
    page.set_input_files("#ge-file", str(path))
    page.wait_for_selector("#ge-import-go, #ge-report .ge-break")
    said = desk.text("#ge-report")
    assert "More than once" in said
    for summary in page.locator("#ge-report summary").all():
        summary.click()
    said = desk.text("#ge-report")
    assert f"nowhere: row {len(rows) - 1}" in said
    assert f"{ids[5]}: row 7, {len(rows)}" in said
    assert ids[-1] in said, "missing in the file"
    assert desk.base == before, "nothing has changed yet"
    page.click("#ge-import-go")
    desk.wait("gridkit.store.scenario === 'from the north'")
    desk.wait("gridkit.store.base.filter(g => g === -1).length === 2")
    wrong = tmp_path / "elsewhere.csv"
    wrong.write_text("unit_id,base_grid_id\na,1\nb,2\n", encoding="utf-8")
    page.click("#ge-import")
    page.set_input_files("#ge-file", str(wrong))
    page.wait_for_selector("#ge-report .ge-break")
    assert page.locator("#ge-import-go").count() == 0
    desk.complaints[:] = [c for c in desk.complaints if "422" not in c]


def test_the_review_page_opens_from_disk_and_asks_for_nothing(desk, context, tmp_path):
    page = desk.page
    card(desk, 2)
    tell(desk, "#ge-do-note", "textarea#ge-note", "swimming pool: two visits")
    desk.after_step(lambda: desk.ask("() => gridkit.store.do({ kind: 'assign', units: [0], to: -1, source: null })"))  # fmt: skip
    page.click("#ge-export")
    with page.expect_download() as coming:
        page.click("#ge-review")
    path = tmp_path / "review.html"
    coming.value.save_as(path)
    page.keyboard.press("Escape")
    shown, asked, wrong = context.new_page(), [], []
    shown.on("request", lambda r: asked.append(r.url))
    shown.on("pageerror", lambda e: wrong.append(str(e)))
    shown.goto(path.as_uri())
    shown.wait_for_selector("canvas")
    shown.wait_for_timeout(300)
    assert [u for u in asked if not u.startswith(("data:", "blob:"))] == [path.as_uri()]
    assert wrong == []
    said = shown.locator("body").inner_text()
    assert "no grid: 'U0001'" in said, "its findings"
    assert "swimming pool: two visits" in said, "its notes"
    assert "moved against the plan opened" in said, "its changes"
    assert "1 units" in said
    assert shown.evaluate("document.title").endswith("main")
    shown.close()


def test_comments_are_made_and_done(desk):
    page = desk.page
    card(desk, 1)
    page.click("#ge-do-comment")
    page.fill("#ge-comment", "<b>why</b> so long?")
    page.click("#ge-comment-send")
    page.wait_for_selector(".ge-comments li")
    assert "<b>why</b> so long?" in desk.text(".ge-comments")
    page.click(".ge-comments li button")
    desk.wait("gridkit.store.comments.every(c => c.done)")
    page.wait_for_selector(".ge-comments li.ge-done")


def test_any_step_of_the_history_is_returned_to(desk):
    page, first = desk.page, desk.base
    for unit in (10, 20, 30):
        to = (first[unit] + 1) % 8
        desk.after_step(
            lambda unit=unit, to=to: desk.ask(
                "([unit, to]) => gridkit.store.do({ kind: 'assign', units: [unit], to, source: null })",
                [unit, to],
            )
        )
    last = desk.base
    page.click("#ge-open-scenarios")
    page.wait_for_selector(".ge-steps .ge-here .ge-step")
    desk.wait(
        "document.querySelector('.ge-steps .ge-here .gk-n').textContent == gridkit.store.step"
    )
    step = desk.ask("() => gridkit.store.step")
    back = page.locator(".ge-steps .ge-step").nth(2)  # the newest stands first
    desk.after_step(back.click)
    assert [u for u in range(len(first)) if desk.base[u] != first[u]] == [10]
    desk.wait(
        "document.querySelector('.ge-steps .ge-here .gk-n').textContent == gridkit.store.step"
    )
    ahead = page.locator(".ge-steps .ge-step", has_text=str(step)).first
    desk.after_step(ahead.click)
    assert desk.base == last


def test_layers_and_colours_are_put_on_the_map(desk):
    page = desk.page
    page.click("#ge-open-layers")
    boxes = page.locator(".ge-layers input[id^=ge-layer-]")
    keys = [box.get_attribute("id").removeprefix("ge-layer-") for box in boxes.all()]
    assert "density" in keys
    for key in keys:
        if key != "current":
            page.check(f"#ge-layer-{key}")
            desk.wait(f"gridkit.board.contextLayer('{key}')")
            assert desk.ask(f"() => gridkit.board.painter.paints.some(p => p.key === '{key}')")
    for value in desk.ask("() => [...document.querySelector('#ge-color').options].map(o => o.value)"):  # fmt: skip
        page.select_option("#ge-color", value)
    page.select_option("#ge-color", "residents")
    assert page.locator("#ge-legend .gk-swatch").count() >= 2
    page.click("#ge-legend .ge-link")
    assert page.locator("#ge-legend").is_hidden()


def test_scenarios_are_renamed_and_compared_side_by_side(desk):
    page, first = desk.page, desk.base
    page.click("#ge-open-scenarios")
    page.click("#ge-branch")
    page.fill("input#ge-branch", "draft 草案")
    page.keyboard.press("Enter")
    desk.wait("gridkit.store.scenario === 'draft 草案'")
    page.click("#ge-name-scenario")
    page.fill("input#ge-name-scenario", "for the meeting 会议稿")
    page.keyboard.press("Enter")
    desk.wait("gridkit.store.scenario === 'for the meeting 会议稿'")
    assert page.locator(".ge-lines li").count() >= 2
    unit, to = 7, (first[7] + 1) % 8
    desk.after_step(lambda: desk.ask("([u, to]) => gridkit.store.do({ kind: 'assign', units: [u], to, source: null })", [unit, to]))  # fmt: skip
    page.click("#ge-open-plan")
    assert "Units that change grid\n1 (0.5 %)" in desk.text("#ge-distance")
    page.click("#ge-open-scenarios")
    page.click(".ge-lines li[data-scenario='main'] button:has-text('Compare')")
    page.wait_for_selector("#ge-moved")
    assert [o.input_value() for o in page.locator("dialog[open] select").all()] == ["for the meeting 会议稿", "main"]  # fmt: skip
    assert "Units that change grid: 1" in desk.text("#ge-moved")
    assert page.locator("dialog[open] .ge-row button").count() == 2, "two grids differ"
    middle = "() => { const m = document.querySelectorAll('.ge-map'); return [...m].map(n => n.dataset.view); }"
    page.locator("dialog[open] .ge-row button").first.click()
    page.wait_for_timeout(200)
    a, b = desk.ask(middle)
    assert a == b, "both maps show the same place"
    page.locator("#ge-moved").evaluate("node => { window.before = node }")
    page.select_option("#ge-side-b", "@opened")
    desk.wait("![null, window.before].includes(document.querySelector('#ge-moved'))")
    assert "Units that change grid: 1" in desk.text("#ge-moved")
    assert page.locator("#ge-notice").is_hidden()
    page.keyboard.press("Escape")
    desk.ask("() => gridkit.store.look('main')")
    desk.wait("gridkit.store.scenario === 'main'")
    assert desk.base == first


def test_a_second_window_takes_the_pen_or_forks(desk, context):
    second = Desk(context, desk.page.url)
    second.page.wait_for_selector("#ge-banner:not([hidden])")
    second.page.click("#ge-take-pen")
    second.wait("document.getElementById('ge-banner').hidden")
    desk.page.bring_to_front()
    desk.page.wait_for_selector("#ge-fork")
    desk.page.click("#ge-fork")
    desk.page.fill("input#ge-branch", "own way")
    desk.page.keyboard.press("Enter")
    desk.wait("gridkit.store.scenario === 'own way'")
    desk.wait("document.getElementById('ge-banner').hidden")
    assert desk.ask("() => gridkit.store.penElsewhere") is None
    assert second.complaints == []
    second.page.close()
