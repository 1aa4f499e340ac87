// What does a stroke change? The grids it touched, before and after, against the limits; then what is wrong, and the town.
import { button, el } from "../dom";
import type { Board } from "./board";
import { change, gridOptions, section, select, stateMark, swatch, titleOf } from "./parts";
import { nameOf, NONE, type Store } from "./store";
import type { Tools } from "./tools";
import type { Engine } from "./engine";
import type { Finding, Measure, PanelRow } from "./types";

const MOST_ROWS = 3;
const MOST_FINDINGS = 60;

export class Panel {
  private more = false;
  private readonly aim = el("div", {});
  private readonly said = el("div", { id: "ge-said", role: "status", "aria-live": "polite" });
  private readonly touched = el("div", { id: "ge-touched" });
  private readonly found = el("div", {});
  private readonly total = el("div", {});
  readonly root = el("div", { class: "ge-tab", id: "ge-tab-plan" }, this.aim, this.said, this.touched, this.found, this.total);

  constructor(
    private readonly store: Store,
    private readonly board: Board,
    private readonly tools: Tools,
    private readonly engine: Engine,
  ) {
    store.watch((event) => {
      if (event === "change" || event === "plan" || event === "language") this.draw();
      else if (event === "choice") {
        this.drawAim();
        this.drawTouched();
      } else if (event === "find") this.drawFound();
      else if (event === "job") this.drawSaid();
    });
  }

  draw(): void {
    this.drawAim();
    this.drawSaid();
    this.drawTouched();
    this.drawFound();
    this.drawTotal();
  }

  // ----------------------------------------------------------------- aim
  private drawAim(): void {
    const { store, tools } = this;
    const { say } = store;
    const grid = store.grid(store.target);
    const target = gridOptions(store, "ge-target", say.text("paint_into"), store.target, (slot) => {
      tools.aim(slot);
      this.board.fitGrids([slot]);
    });
    const lock = button("", () => grid && void store.do({ kind: grid.locked ? "unlock" : "lock", grids: [grid.grid] }), { id: "ge-lock", "aria-pressed": String(grid?.locked ?? false) });
    lock.textContent = say.text(grid?.locked ? "unlock" : "lock");
    const fresh = button(say.text("new_grid"), () => this.newGrid(), { id: "ge-new" });
    this.aim.replaceChildren(
      section(say.text("paint_into"), "aim", el("div", { class: "ge-row" }, swatch(grid), target), el("div", { class: "ge-row" }, lock, fresh), el("label", { class: "ge-field" }, el("span", {}, say.text("take_from")), this.sourceChoice())),
    );
  }

  newGrid(): void {
    const { store } = this;
    const community = store.grid(store.target)?.community ?? 0;
    void store.do({ kind: "new_grid", units: [], community }).then((change) => {
      if (!change || change.new === null) return;
      this.tools.aim(change.new);
      store.note(store.say.text("new_grid_made", { grid: store.gridName(change.new) }));
    });
  }

  private sourceChoice(): HTMLSelectElement {
    const { store } = this;
    const { say } = store;
    const value = store.source === null ? "any" : String(store.source[0]);
    const options: [string, string][] = [["any", say.text("from_any")], ["-1", say.text("from_unassigned")]];
    for (const grid of store.alive) if (grid.grid !== store.target) options.push([String(grid.grid), say.text("from_grid", { grid: nameOf(grid) })]);
    return select("ge-source", say.text("take_from"), options, value, (v) => {
      store.source = v === "any" ? null : [Number(v)];
      store.tell("choice");
    });
  }

  // ---------------------------------------------------------------- said
  private drawSaid(): void {
    const { store, engine } = this;
    const { last, say } = store;
    this.said.replaceChildren();
    this.said.className = last?.breaks.length ? "ge-breaks" : "";
    if (!last) return;
    this.said.append(el("p", { class: "ge-what" }, store.of(last.text)));
    const skipped = last.skipped ? last.skipped.locked + last.skipped.source : 0;
    if (skipped) this.said.append(el("p", { class: "gk-faint" }, say.text("skipped", { n: skipped })));
    for (const text of last.breaks.slice(0, 4)) this.said.append(el("p", { class: "ge-break" }, store.of(text)));
    if (!last.repair.length) return;
    const names = last.repair.slice(0, 3).map((g) => store.gridName(g)).join(", ");
    const mend = button(say.text("repair_grids", { grids: names }), () => engine.start({ kind: "repair", grids: last.repair }), { class: "ge-main", id: "ge-repair" });
    mend.disabled = engine.busy;
    this.said.append(el("p", { class: "ge-row" }, mend, button(say.text("undo"), () => void store.do({ kind: "undo" }))));
  }

  // ------------------------------------------------------------- touched
  private drawTouched(): void {
    const { store } = this;
    const { say } = store;
    const rows = (store.last?.panel ?? []).filter((r) => store.grid(r.grid));
    const shown: PanelRow[] = rows.length ? rows.slice(0, MOST_ROWS) : this.still();
    const names = store.session.measures.filter((m) => this.more || m.default);
    const boxes = shown.map((row) => this.touchedGrid(row, names));
    const more = button(say.text(this.more ? "fewer_measures" : "all_measures"), () => {
      this.more = !this.more;
      this.drawTouched();
    }, { class: "ge-link", "aria-expanded": String(this.more), id: "ge-more" });
    const rest = rows.length > MOST_ROWS ? [el("p", { class: "gk-faint" }, say.text("and_grids", { n: rows.length - MOST_ROWS }))] : [];
    this.touched.replaceChildren(section(say.text(rows.length ? "touched" : "chosen_grid"), "touched", ...boxes, ...rest, more));
    this.touched.dataset["step"] = String(store.step);
    this.touched.dataset["revision"] = String(store.revision);
  }

  /** Before the first stroke: the grid one paints into, as it is. */
  private still(): PanelRow[] {
    const grid = this.store.grid(this.store.target);
    return grid ? [{ grid: grid.grid, before: grid.values, after: grid.values, status_before: grid.status, status: grid.status }] : [];
  }

  private touchedGrid(row: PanelRow, measures: Measure[]): HTMLElement {
    const { store } = this;
    const grid = store.grid(row.grid);
    const body = el("tbody", {});
    for (const m of measures) {
      const [before, after] = [row.before?.[m.name], row.after?.[m.name]];
      if (after === undefined && before === undefined) continue;
      const status = row.status?.[m.name];
      const same = store.figure(before, m, true) === store.figure(after, m, true);
      const limit = store.session.limits.find((l) => l.measure === m.name);
      const head = el("th", { scope: "row" }, store.of(m.label));
      if (limit) head.title = store.of(limit.text);
      const line = el("tr", { class: status ? `ge-row-${status}` : "" }, head, el("td", {}, same ? "" : store.figure(before, m, true)), el("td", { class: "ge-arrow" }, same ? "" : "→"), el("td", { class: "ge-now" }, store.figure(after, m)), el("td", { class: "ge-diff" }, change(store, before, after, m)), el("td", {}, stateMark(store, status)));
      line.dataset["measure"] = m.name;
      body.append(line);
    }
    const go = button("", () => {
      this.tools.aim(row.grid);
      this.board.fitGrids([row.grid]);
    }, { class: "ge-name" });
    go.append(swatch(grid), grid ? titleOf(store, grid) : "");
    const out = el("div", { class: "ge-touch" }, go, el("table", {}, body));
    out.dataset["grid"] = String(row.grid);
    return out;
  }

  // --------------------------------------------------------------- found
  private drawFound(): void {
    const { store } = this;
    const { say } = store;
    const list = el("ul", { class: "ge-findings" });
    const at = store.findings.findIndex((f) => f.key === store.finding);
    const from = Math.max(0, Math.min(at - 5, store.findings.length - MOST_FINDINGS));
    store.findings.slice(from, from + MOST_FINDINGS).forEach((f) => list.append(el("li", {}, this.finding(f))));
    const broken = store.findings.filter((f) => f.severity === "broken").length;
    const head = el("div", { class: "ge-row" },
      el("span", { class: "ge-count", id: "ge-count" }, store.findings.length ? say.text("n_findings", { n: store.findings.length, broken }) : say.text("no_findings")),
      button(say.text("previous"), () => this.next(-1), { "aria-keyshortcuts": "Shift+N" }),
      button(say.text("next"), () => this.next(1), { id: "ge-next", "aria-keyshortcuts": "N" }));
    const kept = this.found.querySelector("ul")?.scrollTop ?? 0;
    this.found.replaceChildren(section(say.text("findings"), "found", head, list));
    list.scrollTop = kept;
    const current = list.querySelector(".ge-current");
    if (current) current.scrollIntoView({ block: "nearest" });
  }

  private finding(f: Finding): HTMLElement {
    const { store } = this;
    const node = button("", () => this.show(f), { class: `gk-finding${f.key === store.finding ? " ge-current" : ""}` });
    node.append(el("b", { class: `gk-${f.severity}` }, store.say.text(f.severity)), " ", el("span", { dir: "auto" }, store.of(f.text)));
    return node;
  }

  /** Go to the next finding and show it. */
  next(by: number): void {
    const { findings, finding } = this.store;
    if (!findings.length) return;
    const at = findings.findIndex((f) => f.key === finding);
    this.show(findings[(Math.max(at, by > 0 ? -1 : 0) + by + findings.length) % findings.length]);
  }

  private show(f: Finding): void {
    const { store, board } = this;
    store.finding = f.key;
    if (f.grids[0] !== undefined) store.target = f.grids[0];
    store.tell("choice");
    store.tell("find");
    const zoom = (): void => {
      const box = f.units.length ? board.sheets.boxOf(f.units) : null;
      if (box) board.fitBox(box, 17);
      else if (f.box) board.fit(f.box, 17);
      else board.fitGrids(f.grids);
      board.mark();
    };
    const communities = f.grids.map((g) => store.grid(g)?.community ?? NONE).concat(f.communities).filter((c) => c >= 0);
    if (communities.length) void board.ensure([...new Set(communities)].slice(0, 6)).then(zoom);
    else zoom();
  }

  // --------------------------------------------------------------- total
  private drawTotal(): void {
    const { store } = this;
    const { say, distance } = store;
    const list = el("dl", {});
    for (const m of store.session.measures) {
      const value = store.town[m.name];
      if (m.kind === "shape" || value === undefined || value === null || !(m.default || m.kind === "sum")) continue;
      list.append(el("dt", {}, store.of(m.label)), el("dd", {}, store.figure(value, m)));
    }
    const moved = el("dl", { id: "ge-distance" });
    for (const key of ["units", "residents", "n_objects", "members"] as const) {
      const n = distance[key];
      if (n === undefined || n === null) continue;
      const of = distance.of[key];
      const share = of ? ` (${say.number((100 * n) / of, 1)} %)` : "";
      moved.append(el("dt", {}, say.text(`moved_${key}`)), el("dd", {}, say.number(n, 0) + share));
    }
    this.total.replaceChildren(section(say.text(distance.against === "opened" ? "distance_opened" : "distance"), "distance", moved), section(say.text("town_totals"), "town", list));
  }
}
