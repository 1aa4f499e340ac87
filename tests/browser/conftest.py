"""A real browser: Debian's Chromium, or the one Playwright installed. Skipped, with the reason, where there is none."""

from __future__ import annotations

import shutil

import pytest

from gridkit.errors import MissingDependencyError
from gridkit.maps.bundle import read_bundle
from tests.map_content import base, content, make

__all__ = ["base", "content", "make"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def front_end():
    """The scripts of the pages; a checkout has none before they are built."""
    try:
        read_bundle()
    except MissingDependencyError:
        pytest.skip(
            "the front end was not built: npm --prefix frontend ci && npm --prefix frontend run build"
        )


@pytest.fixture(scope="module")  # closed before other tests want an event loop of their own
def browser():
    sync = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install 'gridkit[dev]'"
    )
    found = next(
        (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
    )
    with sync.sync_playwright() as play:
        try:
            opened = play.chromium.launch(executable_path=found, args=FLAGS)
        except sync.Error as error:
            pytest.skip(
                f"no Chromium can be started (apt-get install chromium): {str(error)[:200]}"
            )
        yield opened
        opened.close()


class Watched:
    """A page from disk, with all it asked for and complained of."""

    def __init__(self, page, path, route=None):
        self.page, self.requests, self.complaints = page, [], []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on(
            "console",
            lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda e: self.complaints.append(str(e)))
        page.on("dialog", lambda d: (self.complaints.append(f"dialog {d.message}"), d.dismiss()))
        if route is not None:
            page.route("**/*", route)
        self.url = path.as_uri()
        page.goto(self.url)

    @property
    def outside(self):
        return [u for u in self.requests if u != self.url and not u.startswith("data:")]


@pytest.fixture
def open_page(browser, tmp_path):
    """Write HTML to disk and open it."""
    contexts = []

    def run(html: str, *, width: int = 1280, height: int = 800, route=None) -> Watched:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        return Watched(context.new_page(), path, route)

    yield run
    for context in contexts:
        context.close()
