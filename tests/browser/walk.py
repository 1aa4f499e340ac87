"""What does a planner do with the editor? Steps that a test takes on the page, in either language."""

from __future__ import annotations

import time

READY = "#gk-edit[data-painted]"
FAINT = """() => {
  const read = (text) => {
    const [, kind, list] = /^(\\w+)\\((.*)\\)$/.exec(text);
    const found = list.replace("srgb", "").split(/[ ,/]+/).filter(Boolean).map(Number);
    return { rgb: found.slice(0, 3).map((v) => (kind === "color" ? 255 * v : v)), a: found[3] ?? 1 };
  };
  const over = (below, { rgb, a }) => below.map((v, i) => v * (1 - a) + rgb[i] * a);
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const out = [];
  for (const node of document.querySelectorAll("body *")) {
    const says = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!says || !node.checkVisibility() || node.closest(":disabled, option")) continue;
    const line = [];
    for (let n = node; n; n = n.parentElement) line.unshift(getComputedStyle(n));
    const ground = line.reduce((below, style) => over(below, read(style.backgroundColor)), [255, 255, 255]);
    const ink = read(line.at(-1).color);
    ink.a *= line.reduce((all, style) => all * style.opacity, 1);
    const [a, b] = [light(over(ground, ink)), light(ground)].sort((p, q) => q - p);
    if ((a + 0.05) / (b + 0.05) < 4.5) out.push(node.textContent.trim().slice(0, 40));
  }
  return out;
}"""
"""Texts with less contrast than 4.5 to 1 (WCAG 2, level AA); what is disabled need not have it."""


class Desk:
    """A window of the editor: the page, what it asked for and complained of, and ways to act on it."""

    def __init__(self, context, url, *, lang="en"):
        self.page = context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on(
            "console",
            lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        self.page.goto(url)
        self.page.wait_for_selector(READY, timeout=30_000)
        if self.ask("document.documentElement.lang")[:2] != lang:
            self.page.click("#gk-lang")
        self.wait("gridkit.board.sheets.open.size === gridkit.store.session.communities.length")

    # ----------------------------------------------------------------- looking
    def ask(self, script, given=None):
        """Evaluate a script on the page; the page forbids strings as code, so waiting is done from here."""
        return self.page.evaluate(script, given)

    def wait(self, script, *, timeout_s=20.0):
        """Wait until a script on the page gives something true."""
        end = time.monotonic() + timeout_s
        while not self.ask(f"() => Boolean({script})"):
            if time.monotonic() > end:
                msg = f"waited {timeout_s} s for: {script}; the page says: {self.text('#ge-notice')} {self.text('#ge-side')[:400]} {self.complaints}"
                raise AssertionError(msg)
            self.page.wait_for_timeout(30)

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    @property
    def base(self):
        return self.ask("() => [...gridkit.store.base]")

    @property
    def revision(self):
        return self.ask("() => gridkit.store.revision")

    def rules(self):
        return self.ask("() => gridkit.store.findings.map(f => `${f.rule}:${f.grids}`)")

    def after_step(self, act):
        """Act, then wait until the answer is in the panel."""
        before = self.revision
        act()
        self.wait(f"gridkit.store.revision > {before}")
        self.wait(
            "document.querySelector('#ge-touched').dataset.revision == gridkit.store.revision"
        )

    def job(self, kind):
        """Wait for the end of the last job of a kind, and give it."""
        last = f"[...gridkit.store.jobs.values()].filter(j => j.kind === '{kind}').at(-1)"
        self.wait(f"{last} && {last}.state !== 'running'", timeout_s=45)
        return self.ask(f"() => {last}")

    # ------------------------------------------------------------------ acting
    def place(self, unit):
        """Where a unit is on the screen."""
        x, y = self.ask(
            """u => { const { board } = gridkit, m = board.sheets.middle(u), b = board.place.getBoundingClientRect();
            const zoom = board.map.getZoom(), o = board.map.getPixelOrigin(), s = 256 * 2 ** zoom;
            const p = board.map.layerPointToContainerPoint([m[0] * s - o.x, m[1] * s - o.y]);
            return [p.x + b.left, p.y + b.top]; }""",
            unit,
        )
        return x, y

    def edge(self, unit, other):
        """The last point of a unit on the way to its neighbor, on the screen, and the first of the neighbor."""
        (ax, ay), (bx, by) = self.place(unit), self.place(other)
        inside = """([x, y]) => { const b = gridkit.board.place.getBoundingClientRect();
            return gridkit.board.sheets.at(...gridkit.board.world(x - b.left, y - b.top)); }"""
        way = [(ax + (bx - ax) * k / 60, ay + (by - ay) * k / 60) for k in range(61)]
        at = [self.ask(inside, list(p)) for p in way]
        first = at.index(other)
        return way[max(k for k in range(first) if at[k] == unit or k == 0)], way[first + 1]

    def show(self, grids):
        self.ask("g => gridkit.board.fitGrids(g)", grids)
        self.page.wait_for_timeout(60)

    def aim(self, grid):
        self.page.click("#ge-open-plan")
        self.page.select_option("#ge-target", str(grid))

    def border(self):
        """A unit on each side of a border, whose move leaves both grids whole, in a community whose grids keep to it."""
        return self.ask(
            """() => { const { store, board } = gridkit, { base } = store, near = u => board.sheets.neighbors(u);
            const mixed = new Set(); if (store.session.communities.length > 1) for (let u = 0; u < base.length; u++) { const c = board.sheets.where(u).sheet.community;
              const g = store.grid(base[u]); if (!g || g.community !== c) { mixed.add(c); if (g) mixed.add(g.community); } }
            const torn = new Set(store.findings.filter(f => f.rule === 'contiguity').flatMap(f => f.grids));
            const pure = u => !torn.has(base[u]) && !mixed.has(board.sheets.where(u).sheet.community) && !store.grid(base[u])?.locked;
            const whole = (u) => { const own = near(u).filter(v => base[v] === base[u]); if (own.length < 2) return false;
              const seen = new Set([own[0]]), todo = [own[0]]; while (todo.length) for (const v of near(todo.pop()))
                if (v !== u && base[v] === base[u] && !seen.has(v)) { seen.add(v); todo.push(v); }
              return own.every(v => seen.has(v)); };
            for (let u = 0; u < base.length; u++) for (const v of near(u))
              if (pure(u) && pure(v) && base[u] >= 0 && base[v] >= 0 && base[u] !== base[v] && store.grid(base[u]).community === store.grid(base[v]).community && whole(v)
                  && store.grid(base[v]).n_units > 8) return [u, v];
            return null; }"""
        )

    def far_unit(self, grid):
        """A unit of another grid of the same community that does not touch this grid."""
        return self.ask(
            """g => { const { store, board } = gridkit, { base } = store, c = store.grid(g).community, home = u => board.sheets.where(u).sheet.community;
            for (let u = 0; u < base.length; u++) if (base[u] >= 0 && base[u] !== g && (store.session.communities.length === 1 || home(u) === c) && store.grid(base[u]).community === c
              && board.sheets.neighbors(u).length > 2 && !board.sheets.neighbors(u).some(v => base[v] === g)) return u;
            return null; }""",
            grid,
        )

    def click_unit(self, unit):
        self.page.keyboard.press("c")
        self.page.mouse.click(*self.place(unit))

    def drag(self, *points, steps=6, up=True):
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=steps)
        if up:
            self.page.mouse.up()
