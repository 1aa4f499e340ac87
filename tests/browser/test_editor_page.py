"""Is everything on the editor's page reachable by keyboard, by touch, by two windows, and inside a notebook?"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import gridkit as gk
from gridkit.rules.settings import GridCount, Rules
from gridkit.solver.stop import MaxIterations
from tests.browser.walk import READY, Desk

pytest.importorskip(
    "starlette", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)
pytest.importorskip(
    "uvicorn", reason="the editor's server is an extra: pip install 'gridkit[edit]'"
)


@pytest.fixture(scope="module")
def plan():
    town = gk.make_town(220, seed=3, n_communities=2)
    rules = Rules(grids=GridCount(total=8))
    return gk.solve(town, rules, seed=1, relax=True, prove=False, stop=MaxIterations(3)).plan


@pytest.fixture
def editor(plan, front_end):
    made = gk.edit(plan, rules=Rules(grids=GridCount(total=8)))
    yield made
    made.close()


@pytest.fixture
def window(browser):
    made = []

    def run(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
        made.append(context)
        return context

    yield run
    for context in made:
        context.close()


def test_a_plan_is_redrawn_by_keyboard_alone(editor, window):
    desk = Desk(window(), editor.url)
    page = desk.page
    page.keyboard.press("Shift+?")
    page.wait_for_selector("#ge-dialog-keys")
    assert "Ctrl Z" in desk.text("#ge-dialog-keys")
    page.keyboard.press("Escape")
    page.locator("#gk-map").focus()
    page.keyboard.press("c")
    page.keyboard.press(".")
    page.keyboard.press("ArrowRight")
    cursor = desk.ask("() => gridkit.board.cursor")
    assert cursor >= 0
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp") * 6:
        if desk.ask("() => gridkit.store.base[gridkit.board.cursor] !== gridkit.store.target"):
            break
        page.keyboard.press(key)
    unit = desk.ask("() => gridkit.board.cursor")
    target = desk.ask("() => gridkit.store.target")
    if desk.base[unit] == target:
        page.keyboard.press(".")
        target = desk.ask("() => gridkit.store.target")
    page.locator("#gk-map").focus()
    desk.after_step(lambda: page.keyboard.press("Enter"))
    assert desk.base[unit] == target
    desk.after_step(lambda: page.keyboard.press("Control+z"))
    assert desk.base[unit] != target
    assert desk.complaints == []


def test_the_plan_is_painted_before_any_unit_is_asked_for(editor, window):
    desk = Desk(window(), editor.url)
    asked = desk.ask(
        """() => performance.getEntriesByType("resource").filter(r => r.name.includes("/api/") && r.startTime < gridkitReady)
        .map(r => r.name.replace(/.*(.api.[a-z]+).*/, "$1"))"""
    )
    assert sorted(asked) == ["/api/outlines", "/api/plan", "/api/session"]


def test_shortcuts_rest_while_one_types(editor, window):
    desk = Desk(window(), editor.url)
    page = desk.page
    page.keyboard.press("/")
    page.keyboard.type("eb?n")
    assert page.input_value("#ge-search") == "eb?n"
    assert desk.ask("() => document.getElementById('gk-map').dataset.tool") == "brush"


def test_rectangle_lasso_eraser_and_source(editor, window):
    desk = Desk(window(), editor.url)
    page = desk.page
    box = page.locator("#gk-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.keyboard.press("r")
    desk.after_step(lambda: desk.drag((x - 60, y - 60), (x + 60, y + 60)))
    moved = desk.ask("() => gridkit.store.last.units.length")
    assert moved > 0
    page.keyboard.press("e")
    desk.after_step(lambda: desk.drag((x, y), (x + 50, y + 10)))
    assert -1 in desk.base
    free = desk.base.count(-1)
    page.keyboard.press("f")
    page.keyboard.press("l")
    desk.after_step(
        lambda: desk.drag(
            (x - 200, y - 200), (x + 200, y - 200), (x + 200, y + 200), (x - 200, y + 200)
        )
    )
    assert desk.ask("() => gridkit.store.last.units.length") <= free
    assert desk.base.count(-1) == 0


def test_escape_gives_a_stroke_up(editor, window):
    desk = Desk(window(), editor.url)
    before = desk.base
    desk.page.keyboard.press("5")
    box = desk.page.locator("#gk-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk.drag((x, y), (x + 100, y), up=False)
    assert desk.base != before
    desk.page.keyboard.press("Escape")
    desk.page.mouse.up()
    assert desk.base == before
    assert desk.revision == 0


def test_a_second_window_is_told_and_follows(editor, window):
    context = window()
    first = Desk(context, editor.url)
    box = first.page.locator("#gk-map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    first.after_step(lambda: first.drag((x, y), (x + 80, y)))
    second = Desk(context, editor.url.split("?")[0])
    second.page.wait_for_selector("#ge-banner:not([hidden])")
    assert second.page.locator("#ge-take-pen").is_visible()
    first.page.bring_to_front()
    first.after_step(lambda: first.drag((x, y + 60), (x + 80, y + 60)))
    second.wait(f"gridkit.store.revision === {first.revision}")
    assert second.base == first.base


def test_a_finger_paints_on_a_tablet(editor, window):
    context = window(viewport={"width": 1024, "height": 768}, has_touch=True)
    desk = Desk(context, editor.url)
    assert desk.ask("() => document.documentElement.scrollWidth") <= 1024
    desk.page.tap("#ge-tool-click")
    u, v = desk.border()
    desk.aim(desk.base[u])
    desk.after_step(lambda: desk.page.touchscreen.tap(*desk.place(v)))
    assert desk.base[v] == desk.base[u]


@pytest.fixture
def notebook():
    """A server on this machine, as a notebook's is, that shows one cell."""
    cells = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(cells[-1].encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()

    def run(cell):
        cells.append(cell)
        return f"http://localhost:{server.server_port}/"

    yield run
    server.shutdown()
    server.server_close()


def test_the_notebooks_frame_shows_the_editor_and_gives_the_plan_back(
    editor, window, plan, notebook
):
    page = window().new_page()
    cell = f"<!doctype html><title>notebook</title>{editor._repr_html_()}"
    page.goto(notebook(cell))
    frame = page.frame_locator("iframe")
    frame.locator(READY).wait_for(timeout=20_000)
    assert frame.locator("#ge-tools button").count() > 8
    editor.do("assign", units=[0], to=int(plan.base[0] + 1) % 8)
    frame.locator("#ge-undo:not([disabled])").wait_for()
    assert editor.plan.base[0] != plan.base[0]
