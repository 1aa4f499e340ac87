// How does the editor start? Ask for the session, lay out the page, join map, tools, panels and keys.
import "leaflet/dist/leaflet.css";
import { button, el } from "../dom";
import { Board } from "./board";
import { Compare } from "./compare";
import "./edit.css";
import { Engine } from "./engine";
import { Files } from "./files";
import { Grids } from "./grids";
import { type Key, listenKeys, showKeys } from "./keys";
import { Layers } from "./layers";
import { Panel } from "./panel";
import { icon } from "./parts";
import { Scenarios } from "./scenarios";
import { Refusal, Server } from "./server";
import { Store } from "./store";
import { BRUSH, type Tool, TOOLS, Tools } from "./tools";
import type { Message, PlanState } from "./types";
import { WORDS } from "./words";

declare global {
  interface Window {
    /** Milliseconds from the start of the page to the first painted plan. */
    gridkitReady?: number;
    /** The plan and the map, for the console and for tests. */
    gridkit?: { store: Store; board: Board };
  }
}

const TABS = ["plan", "grids", "engine", "scenarios", "layers"] as const;
type Tab = (typeof TABS)[number];
const TOOL_KEYS: Record<Tool, string> = { hand: "h", brush: "b", rectangle: "r", lasso: "l", click: "c", eraser: "e", border: "d", pick: "i" };

class Page {
  readonly head = el("header", { id: "ge-head" });
  readonly bar = el("nav", { id: "ge-tools" });
  readonly place = el("div", { id: "gk-map", tabindex: "0", role: "application" });
  readonly side = el("aside", { id: "ge-side" });
  readonly foot = el("div", { id: "ge-notice", role: "status", "aria-live": "polite", hidden: true });
  readonly banner = el("div", { id: "ge-banner", role: "alert", hidden: true });
  readonly tabs = el("div", { class: "ge-tabs", role: "tablist" });
  readonly board: Board;
  readonly tools: Tools;
  readonly engine: Engine;
  readonly panel: Panel;
  readonly grids: Grids;
  readonly scenarios: Scenarios;
  readonly layers: Layers;
  readonly files: Files;
  readonly compare: Compare;
  readonly keys: Key[];
  tab: Tab = "plan";

  constructor(
    readonly root: HTMLElement,
    readonly store: Store,
  ) {
    root.replaceChildren(this.head, this.banner, this.bar, this.place, this.side, this.foot);
    this.board = new Board(this.place, store);
    this.tools = new Tools(this.board, store);
    this.engine = new Engine(store);
    this.panel = new Panel(store, this.board, this.tools, this.engine);
    this.grids = new Grids(store, this.board, this.tools, this.engine);
    this.scenarios = new Scenarios(store);
    this.layers = new Layers(store, this.board);
    this.files = new Files(store, this.engine);
    this.compare = new Compare(store, this.board);
    this.scenarios.onCompare = (a, b) => void this.compare.show(a, b);
    this.side.append(this.tabs, this.panel.root, this.grids.root, this.engine.root, this.scenarios.root, this.layers.root);
    this.place.append(this.layers.legend);
    this.keys = this.table();
    listenKeys(this.keys, this.place);
    this.board.map.on("click", (e) => {
      if (this.tools.tool === "hand") this.tools.pickAt(e.containerPoint.x, e.containerPoint.y);
    });
    this.board.painter.onPainted = () => this.painted();
    this.tools.onChoice = () => this.drawBar();
    store.watch((event) => {
      if (event === "language") this.draw();
      else if (event === "plan" || event === "change" || event === "scenarios") this.drawHead();
      if (event === "windows" || event === "scenarios" || event === "line" || event === "language") this.drawBanner();
      if (event === "notice") this.drawNotice();
      if (event === "change" && !store.last?.breaks.length) store.note("");
    });
    this.draw();
    this.open("plan");
  }

  /** For whoever watches from outside: how often it was painted, and which step is on the screen. */
  private painted(): void {
    if (!this.board.loaded) return;
    if (window.gridkitReady === undefined) {
      window.gridkitReady = performance.now();
      this.board.begin();
      for (const layer of this.store.session.layers) if (layer.on && layer.kind !== "image") void this.board.showContext(layer.key, true).then(() => this.layers.draw());
    }
    this.root.dataset["painted"] = String(Number(this.root.dataset["painted"] ?? "0") + 1);
    this.root.dataset["revision"] = String(this.store.revision);
  }

  open(tab: Tab): void {
    this.tab = tab;
    for (const t of TABS) {
      const node = { plan: this.panel, grids: this.grids, engine: this.engine, scenarios: this.scenarios, layers: this.layers }[t];
      node.root.hidden = t !== tab;
      if (t === tab && t !== "plan") node.draw();
    }
    this.drawTabs();
  }

  private turnTab(by: number): void {
    this.open(TABS[(TABS.indexOf(this.tab) + by + TABS.length) % TABS.length]);
    document.getElementById(`ge-open-${this.tab}`)?.focus();
  }

  private drawTabs(): void {
    this.tabs.replaceChildren(...TABS.map((t) => button(this.store.say.text(`tab_${t}`), () => this.open(t), { role: "tab", id: `ge-open-${t}`, "aria-selected": String(t === this.tab) })));
  }

  // ---------------------------------------------------------------- draw
  draw(): void {
    const { say, session } = this.store;
    document.documentElement.lang = say.lang === "zh" ? "zh-Hans" : "en";
    document.title = `${session.town} · ${say.text("editor")}`;
    this.place.setAttribute("aria-label", say.text("map_label"));
    this.drawTabs();
    this.drawHead();
    this.drawBar();
    this.drawBanner();
    this.drawNotice();
  }

  private drawHead(): void {
    const { store } = this;
    const { say, way } = store;
    const step = (name: "undo" | "redo", on: boolean, what: string): HTMLElement => {
      const node = button("", () => void store.do({ kind: name }), { id: `ge-${name}`, title: what ? `${say.text(name)}: ${what}` : say.text(name), "aria-label": say.text(name) });
      node.append(icon(name));
      node.disabled = !on || store.session.read_only;
      return node;
    };
    const focus = document.activeElement?.id;
    this.head.replaceChildren(
      el("h1", { dir: "auto" }, store.session.town),
      button(store.scenario, () => this.open("scenarios"), { id: "ge-scenario", title: say.text("scenario") }),
      ...(store.session.is_synthetic ? [el("span", { class: "gk-badge" }, say.text("synthetic"))] : []),
      step("undo", way.can_undo, store.of(way.undo)),
      step("redo", way.can_redo, store.of(way.redo)),
      el("span", { id: "ge-saved", class: "gk-faint" }, say.text("saved", { n: store.step })),
      this.engine.small,
      el("span", { class: "gk-space" }),
      button(say.text("import"), () => this.files.open(), { id: "ge-import" }),
      button(say.text("export"), () => this.files.out(), { id: "ge-export" }),
      button(say.lang === "zh" ? "English" : "中文", () => {
        say.lang = say.lang === "zh" ? "en" : "zh";
        store.tell("language");
      }, { id: "gk-lang" }),
      button("?", () => showKeys(store, this.keys), { id: "ge-help", title: say.text("shortcuts"), "aria-label": say.text("shortcuts") }),
    );
    if (focus) document.getElementById(focus)?.focus();
  }

  private drawBar(): void {
    const { store, tools } = this;
    const { say } = store;
    const rows = TOOLS.map((t) => {
      const node = button("", () => tools.choose(t), { id: `ge-tool-${t}`, "aria-pressed": String(tools.tool === t), title: `${say.text(`about_${t}`)} (${TOOL_KEYS[t].toUpperCase()})` });
      node.append(icon(t), el("span", {}, say.text(`tool_${t}`)));
      return node;
    });
    const sizes = el("div", { class: "ge-sizes", role: "group", "aria-label": say.text("brush_size") });
    BRUSH.forEach((_, k) => sizes.append(button(String(k + 1), () => tools.resize(k + 1), { id: `ge-size-${k + 1}`, "aria-pressed": String(tools.size === k + 1), "aria-label": `${say.text("brush_size")} ${k + 1}` })));
    this.bar.setAttribute("aria-label", say.text("keys_tools"));
    const focus = document.activeElement?.id;
    this.bar.replaceChildren(...rows, sizes);
    if (focus?.startsWith("ge-tool-") || focus?.startsWith("ge-size-")) document.getElementById(focus)?.focus();
  }

  private drawBanner(): void {
    const { store } = this;
    const { say } = store;
    const holder = store.penElsewhere;
    this.banner.hidden = store.online && !holder && !store.session.read_only;
    this.banner.replaceChildren();
    if (!store.online) this.banner.append(el("span", {}, say.text("no_line", { n: store.step })));
    else if (store.session.read_only) this.banner.append(el("span", {}, say.text("read_only")));
    else if (holder) {
      this.banner.append(
        el("span", {}, say.text("pen_elsewhere", { name: holder.name })),
        button(say.text("follow"), () => (this.banner.hidden = true), { id: "ge-follow" }),
        button(say.text("fork"), () => this.scenarios.branch(), { id: "ge-fork" }),
        button(say.text("take_pen"), () => void store.tellServer({ kind: "pen", action: "take" }), { id: "ge-take-pen" }),
      );
    }
  }

  private drawNotice(): void {
    const { notice } = this.store;
    this.foot.hidden = !notice;
    this.foot.className = notice?.kind === "bad" ? "ge-bad" : "";
    this.foot.replaceChildren(...(notice ? [el("span", { dir: "auto" }, notice.text), button("×", () => this.store.note(""), { "aria-label": this.store.say.text("close") })] : []));
  }

  // ---------------------------------------------------------------- keys
  private table(): Key[] {
    const { store, tools, board } = this;
    const key = (press: string, text: string, group: Key["group"], run: () => void, shown?: string): Key => ({ press, text, group, run, ...(shown === undefined ? {} : { shown }) });
    const turn = (by: number): void => {
      const slots = store.alive.map((g) => g.grid);
      const next = slots[(slots.indexOf(store.target) + by + slots.length) % slots.length];
      if (next !== undefined) tools.aim(next);
      board.fitGrids([store.target]);
    };
    const lock = (): void => {
      const grid = store.grid(store.target);
      if (grid) void store.do({ kind: grid.locked ? "unlock" : "lock", grids: [grid.grid] });
    };
    const lockAll = (): void => void store.do({ kind: store.alive.every((g) => g.locked) ? "unlock_all" : "lock_all" });
    const source = (): void => {
      store.source = store.source === null ? [-1] : null;
      store.tell("choice");
    };
    return [
      ...TOOLS.map((t) => key(TOOL_KEYS[t], `about_${t}`, "tools", () => tools.choose(t))),
      ...BRUSH.map((_, k) => key(String(k + 1), "brush_size", "tools", () => tools.resize(k + 1), k ? "" : "1 … 5")),
      key("Escape", "give_up", "tools", () => tools.cancel() || store.note(""), "Esc"),
      key("Ctrl+z", "undo", "plan", () => void store.do({ kind: "undo" }), "Ctrl Z"),
      key("Ctrl+Shift+z", "redo", "plan", () => void store.do({ kind: "redo" }), "Ctrl Shift Z"),
      key("Ctrl+y", "redo", "plan", () => void store.do({ kind: "redo" }), ""),
      key("n", "next_finding", "plan", () => this.panel.next(1)),
      key("Shift+n", "previous_finding", "plan", () => this.panel.next(-1), "Shift N"),
      key("p", "repair_last", "plan", () => store.last?.repair.length && this.engine.start({ kind: "repair", grids: store.last.repair })),
      key("k", "lock_grid", "plan", lock),
      key("Shift+k", "lock_all_key", "plan", lockAll, "Shift K"),
      key("g", "new_grid", "plan", () => this.panel.newGrid()),
      key("f", "source_key", "plan", source),
      key("m", "do_merge", "plan", () => {
        const grid = store.grid(store.target);
        if (grid) this.grids.merge(grid);
      }),
      key("x", "balance_all_key", "plan", () => this.engine.start({ kind: "balance_all" })),
      key(".", "next_grid", "map", () => turn(1)),
      key(",", "previous_grid", "map", () => turn(-1)),
      key("ArrowLeft", "cursor_key", "map", () => tools.step(-1, 0), "← ↑ → ↓"),
      key("ArrowRight", "cursor_key", "map", () => tools.step(1, 0), ""),
      key("ArrowUp", "cursor_key", "map", () => tools.step(0, -1), ""),
      key("ArrowDown", "cursor_key", "map", () => tools.step(0, 1), ""),
      key("Enter", "press_key", "map", () => tools.press()),
      key(" ", "press_key", "map", () => tools.press(), ""),
      key("+", "zoom_in", "map", () => board.map.zoomIn(0.5)),
      key("=", "zoom_in", "map", () => board.map.zoomIn(0.5), ""),
      key("-", "zoom_out", "map", () => board.map.zoomOut(0.5)),
      key("0", "whole_town", "map", () => board.whole()),
      key("t", "labels", "map", () => {
        board.labelsOn = !board.labelsOn;
        board.compose();
      }),
      key("]", "next_tab", "page", () => this.turnTab(1)),
      key("[", "previous_tab", "page", () => this.turnTab(-1)),
      key("/", "search_grids", "page", () => {
        this.open("grids");
        this.grids.focusSearch();
      }),
      key("s", "branch", "page", () => this.scenarios.branch()),
      key("v", "compare", "page", () => void this.compare.show(store.scenario, store.scenarios.find((s) => s.name !== store.scenario)?.name ?? "@opened")),
      key("?", "shortcuts", "page", () => showKeys(store, this.keys)),
    ];
  }

  // --------------------------------------------------------------- heard
  heard(message: Message): void {
    const { store } = this;
    if ("windows" in message) {
      store.windows = message.windows;
      store.tell("windows");
    }
    if ("scenarios" in message) store.heardScenarios(message.scenarios);
    if (message.type === "change") store.apply(message.change);
    else if (message.type === "comments") store.heardComments(message.comments);
    else if (message.type === "job") this.engine.heard(message.job);
    else if (message.type === "bye") store.note(store.of(message.text), "bad");
  }
}

async function start(): Promise<void> {
  const root = document.getElementById("gk-edit") as HTMLElement;
  const server = new Server();
  // All at once: the plan is painted as soon as the last of the three is here.
  const [plan, outlines] = [server.get<PlanState>("/api/plan"), server.layers("/api/outlines")];
  for (const coming of [plan, outlines]) coming.catch(() => undefined); // told where it is awaited
  const session = await server.session();
  const store = new Store(server, session);
  const page = new Page(root, store);
  page.board.coming = outlines;
  window.gridkit = { store, board: page.board };
  store.take(await plan);
  let seen = false;
  server.onMessage = (message) => page.heard(message);
  server.onLine = (open) => {
    const back = open && seen && !store.online;
    seen ||= open;
    store.online = open || !seen;
    store.tell("line");
    // Back after silence: look at what the server has, strokes that were not answered are told of.
    if (back) void server.session().then(() => store.refresh()).catch((error: unknown) => store.complain(error));
  };
  server.listen();
}

start().catch((error: unknown) => {
  const lang = navigator.language.startsWith("zh") ? "zh" : "en";
  const told = error instanceof Refusal ? error.told.map((t) => t.text[lang]).join(" ") : "";
  const words = WORDS["cannot_start"]?.[lang === "zh" ? 1 : 0] ?? "";
  document.getElementById("gk-edit")?.replaceChildren(el("p", { class: "gk-error", role: "alert" }, told || words.replace("{what}", String(error))));
});
