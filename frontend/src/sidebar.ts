// What stands beside the map? Search, colouring and legend, layers, the chosen grid, findings.
import type { App, Pick } from "./app";
import { button, el } from "./dom";
import { factsOf } from "./facts";
import { nextWindow } from "./playback";
import type { FindingHead } from "./types";

export interface Moves {
  show: (picks: Pick[]) => void;
}

const SWATCH = ["base_grids", "community_grids", "units", "hotspots", "hazards", "members", "streets", "rail", "water", "barriers", "moved", "surface"];
const MOST = 200;
/** Longer values stand below their label. */
const LONG = 44;

export class Sidebar {
  private readonly search = el("input", { type: "search", id: "gk-search", autocomplete: "off", spellcheck: "false" });
  private readonly results = el("ul", { class: "gk-results", id: "gk-results" });
  private listAll = false;
  private player: number | null = null;
  /** Writes the days that are shown into the sliders that are there now. */
  private tick: () => void = () => undefined;
  private readonly body = el("div", { class: "gk-body" });

  constructor(
    private readonly root: HTMLElement,
    private readonly app: App,
    private readonly moves: Moves,
  ) {
    this.search.addEventListener("input", () => {
      this.listAll = false;
      this.fillResults();
    });
    this.search.addEventListener("keydown", (e) => this.searchKey(e));
    this.results.addEventListener("keydown", (e) => this.resultKey(e));
    this.draw();
  }

  draw(): void {
    const { app } = this;
    this.search.placeholder = app.say.text("search_hint");
    this.search.setAttribute("aria-label", app.say.text("search_hint"));
    const kept = this.body.scrollTop;
    this.body.replaceChildren(this.searchBox(), ...this.chosenBox(), ...this.planBox(), this.colorBox(), this.layerBox(), ...this.timeBox(), this.findingBox(), this.aboutBox());
    if (!this.root.contains(this.body)) this.root.append(this.body);
    this.body.scrollTop = kept;
  }

  private section(key: string, ...children: (Node | string)[]): HTMLElement {
    return el("section", { class: `gk-${key}` }, el("h2", {}, this.app.say.text(key)), ...children);
  }

  private searchBox(): HTMLElement {
    this.fillResults();
    return el("section", { class: "gk-find" }, this.search, this.results);
  }

  private matches(): Pick[] {
    const words = this.search.value.trim().toLowerCase();
    if (!words && !this.listAll) return [];
    const out: Pick[] = [];
    for (const key of ["base_grids", "community_grids", "units"]) {
      const layer = this.app.layer(key);
      if (!layer) continue;
      for (let i = 0; i < layer.n && out.length < MOST; i++) {
        const id = String(layer.columns["grid_id"]?.[i] ?? layer.columns["unit_id"]?.[i] ?? "");
        if (`${this.app.name({ layer: key, i })} ${id}`.toLowerCase().includes(words)) out.push({ layer: key, i });
      }
    }
    return out;
  }

  private fillResults(): void {
    const found = this.matches();
    this.results.replaceChildren(
      ...found.slice(0, this.listAll ? MOST : 12).map((pick) =>
        el("li", {}, button(this.app.name(pick), () => this.moves.show([pick]))),
      ),
    );
    if (this.search.value.trim() && !found.length) {
      this.results.append(el("li", { class: "gk-faint" }, this.app.say.text("nothing_found")));
    }
  }

  /** Arrows go through the results; without a word, through all grids. */
  private resultKey(e: KeyboardEvent): void {
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    const rows = [...this.results.querySelectorAll("button")];
    const at = rows.indexOf(document.activeElement as HTMLButtonElement) + (e.key === "ArrowDown" ? 1 : -1);
    (at < 0 ? this.search : rows[at])?.focus();
    e.preventDefault();
  }

  private searchKey(e: KeyboardEvent): void {
    if (e.key === "ArrowDown") {
      this.listAll = true;
      this.fillResults();
      this.results.querySelector("button")?.focus();
      e.preventDefault();
    }
    const first = this.matches()[0];
    if (e.key === "Enter" && first) this.moves.show([first]);
    if (e.key === "Escape") {
      this.search.value = "";
      this.listAll = false;
      this.fillResults();
    }
  }

  focusSearch(): void {
    this.search.focus();
  }

  private chosenBox(): HTMLElement[] {
    const pick = this.app.chosen;
    if (!pick) return [];
    const facts = factsOf(this.app, pick);
    const close = button("×", () => {
      this.app.chosen = null;
      this.app.changed();
    }, { class: "gk-close", "aria-label": this.app.say.text("close") });
    const box = el("section", { class: "gk-chosen" }, close, el("p", { class: "gk-kind" }, facts.kind), el("h2", {}, facts.title), rowsOf(facts.rows));
    if (pick.layer === "base_grids" || pick.layer === "community_grids") {
      box.append(el("p", { class: "gk-faint" }, this.app.say.text(pick.layer === "base_grids" ? "what_base_grid" : "what_community_grid")));
      const id = String(this.app.layer(pick.layer)?.columns["grid_id"]?.[pick.i] ?? "");
      for (const f of this.app.head.findings.filter((f) => f.ids.includes(id))) box.append(this.finding(f));
    }
    return [box];
  }

  private planBox(): HTMLElement[] {
    const { app } = this;
    if (!app.hasCurrent) return [];
    const choice = (plan: "proposed" | "current"): HTMLElement => {
      const node = button(app.say.text(plan), () => {
        app.look(plan);
        if (app.chosen?.layer === "base_grids") app.chosen = null;
        app.hovered = null;
        app.changed();
      }, { id: `gk-plan-${plan}`, "aria-pressed": String(app.plan === plan) });
      return node;
    };
    return [this.section("which_plan", el("div", { class: "gk-either" }, choice("proposed"), choice("current")))];
  }

  private colorBox(): HTMLElement {
    const { app } = this;
    const select = el("select", { id: "gk-color", "aria-label": app.say.text("color_by") });
    select.append(new Option(app.say.text("plain"), ""));
    const groups = new Map<string, HTMLOptGroupElement>();
    for (const { layer, measure } of app.colorChoices()) {
      let group = groups.get(layer.key);
      if (!group) {
        group = el("optgroup", { label: app.say.text(layer.key) });
        groups.set(layer.key, group);
        select.append(group);
      }
      group.append(new Option(app.say.pick(measure.label), `${layer.key}/${measure.name}`));
    }
    select.value = app.colorBy;
    select.addEventListener("change", () => {
      app.colorBy = select.value;
      const layer = app.coloring()?.layer.key;
      if (layer) {
        app.on.add(layer);
        app.on.delete("surface");
      }
      app.changed();
    });
    return this.section("color_by", select, this.legend());
  }

  private legend(): HTMLElement {
    return legendOf(this.app, "gk-legend");
  }

  private layerBox(): HTMLElement {
    const { app } = this;
    const list = el("ul", { class: "gk-layers" });
    const extras = new Map(app.extras().map((e) => [e.layer.key, e.color]));
    for (const key of [...SWATCH, ...extras.keys()]) {
      const layer = app.layer(key);
      if (!layer) continue;
      const box = el("input", { type: "checkbox", id: `gk-layer-${key}` });
      box.checked = app.on.has(key);
      box.addEventListener("change", () => {
        app.show(key, box.checked);
        app.changed();
      });
      const count = layer.kind === "image" ? "" : app.say.number(layer.n, 0);
      const label = el("label", { for: `gk-layer-${key}` }, app.layerName(key));
      const sign = el("span", { class: `gk-sign gk-sign-${extras.has(key) ? layer.kind : key}` });
      sign.style.color = extras.get(key) ?? "";
      list.append(el("li", {}, box, sign, label, el("span", { class: "gk-n" }, count)));
      if (key === "hotspots" && app.on.has(key) && app.methods().length > 1) list.append(el("li", {}, this.methodBox()));
      if (key === "surface" && app.on.has(key)) list.append(el("li", {}, this.surfaceKey()));
    }
    const box = el("input", { type: "checkbox", id: "gk-labels" });
    box.checked = app.labelsOn;
    box.addEventListener("change", () => {
      app.labelsOn = box.checked;
      app.changed();
    });
    list.append(el("li", {}, box, el("span", { class: "gk-sign gk-sign-label" }, "A"), el("label", { for: "gk-labels" }, app.say.text("labels"))));
    return this.section("layers", list);
  }

  /** Under the hotspots' name: those of all methods, or of one. */
  private methodBox(): HTMLElement {
    const { app } = this;
    const select = el("select", { id: "gk-method", class: "gk-under", "aria-label": app.say.text("method") });
    select.append(new Option(app.say.text("all_methods"), ""), ...app.methods().map(([key, said]) => new Option(said, key)));
    select.value = app.method;
    select.addEventListener("change", () => {
      app.method = select.value;
      app.changed();
    });
    return select;
  }

  /** Under the surface's name: what its colours mean. */
  private surfaceKey(): HTMLElement {
    const { app } = this;
    const layer = app.layer("surface");
    const box = el("p", { class: "gk-surface" });
    const breaks = layer?.breaks ?? [];
    const limits = app.say.limits(breaks);
    app.head.colors.heat.slice(0, breaks.length).forEach((color, i) => {
      const swatch = el("span", { class: "gk-heat" });
      swatch.style.background = color;
      box.append(swatch, el("span", {}, `≥ ${limits[i]}`));
    });
    box.append(el("span", {}, layer?.unit ? app.say.pick(layer.unit) : ""));
    return box;
  }

  private timeBox(): HTMLElement[] {
    const { app } = this;
    const days = app.layer("hazards")?.columns["day"];
    if (!days || !app.on.has("hazards")) {
      if (this.player !== null) window.clearInterval(this.player);
      this.player = null;
      return [];
    }
    const known = days.filter((d): d is number => typeof d === "number");
    if (known.length < 2) return [];
    const low = known.reduce((a, b) => Math.min(a, b));
    const high = known.reduce((a, b) => Math.max(a, b));
    if (low === high) return [];
    const [from, to] = app.days ?? [low, high];
    const shown = el("p", { class: "gk-faint" });
    const ends: HTMLInputElement[] = [];
    const write = (): void => {
      const [a, b] = app.days ?? [low, high];
      const n = known.filter((d) => d >= a && d <= b).length;
      shown.textContent = app.say.text("days_shown", { a: date(a), b: date(b), n: app.say.number(n, 0) });
    };
    const slider = (key: string, value: number, set: (x: number) => void): HTMLElement => {
      const input = el("input", { type: "range", id: `gk-${key}`, min: String(low), max: String(high), "aria-label": app.say.text(key) });
      input.value = String(value);
      ends.push(input);
      input.addEventListener("input", () => {
        set(Number(input.value));
        write();
        app.refresh();
      });
      return el("label", { class: "gk-range" }, el("span", {}, app.say.text(key)), input);
    };
    write();
    this.tick = () => {
      (app.days ?? [low, high]).forEach((day, k) => {
        const end = ends[k];
        if (end) end.value = String(day);
      });
      write();
    };
    return [
      this.section(
        "time",
        slider("from_day", from, (x) => (app.days = [x, Math.max(x, (app.days ?? [low, high])[1])])),
        slider("to_day", to, (x) => (app.days = [Math.min(x, (app.days ?? [low, high])[0]), x])),
        shown,
        this.playButton(low, high),
      ),
    ];
  }

  /** Reports pass by in time, a window at a time, until it is stopped. */
  private playButton(low: number, high: number): HTMLElement {
    const { app } = this;
    const text = app.say.text(this.player === null ? "play" : "stop");
    return button(text, () => {
      if (this.player === null) {
        this.player = window.setInterval(() => {
          app.days = nextWindow(app.days ?? [low, high], low, high);
          this.tick();
          app.refresh();
        }, 350);
      } else {
        window.clearInterval(this.player);
        this.player = null;
      }
      app.changed();
    }, { id: "gk-play", "aria-pressed": String(this.player !== null) });
  }

  private finding(f: FindingHead): HTMLElement {
    const text = el("span", { dir: "auto" }, this.app.say.pick(f.text));
    const mark = el("b", { class: `gk-${f.severity}` }, this.app.say.text(f.severity));
    const layer = f.level === "unit" ? "units" : `${f.level}s`;
    const picks = f.ids.map((id) => ({ layer, i: this.app.find(layer, id) })).filter((p) => p.i >= 0);
    if (!picks.length) return el("p", { class: "gk-finding" }, mark, " ", text);
    const row = el("button", { type: "button", class: "gk-finding" }, mark, " ", text);
    row.addEventListener("click", () => this.moves.show(picks));
    return row;
  }

  private findingBox(): HTMLElement {
    const { findings } = this.app.head;
    if (!findings.length) return this.section("findings", el("p", { class: "gk-faint" }, this.app.say.text("no_findings")));
    const box = this.section("findings", ...findings.slice(0, MOST).map((f) => this.finding(f)));
    if (findings.length > MOST) box.append(el("p", { class: "gk-faint" }, this.app.say.text("and_more", { n: findings.length - MOST })));
    return box;
  }

  private aboutBox(): HTMLElement {
    const { app } = this;
    const rows = app.head.about;
    const bare = !rows.length && !app.head.sources.length;
    const box = this.section("about", ...app.head.sources.map((s) => el("p", { dir: "auto" }, s)), rowsOf(rows));
    const licenses = document.getElementById("gk-licenses")?.textContent ?? "";
    if (bare) box.classList.add("gk-bare");
    box.append(el("details", {}, el("summary", {}, app.say.text("licenses")), el("pre", {}, licenses)));
    return box;
  }
}

export function rowsOf(rows: [string, string][]): HTMLElement {
  const list = el("dl", {});
  for (const [label, value] of rows) list.append(el("dt", {}, label), el("dd", value.length > LONG ? { dir: "auto", class: "gk-long" } : { dir: "auto" }, value));
  return list;
}

function date(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** The classes of what the grids are coloured by, with their unit. */
export function legendOf(app: App, id: string): HTMLElement {
  const choice = app.coloring();
  const box = el("div", { class: "gk-legend", id });
  if (!choice) return box;
  const { measure } = choice;
  const unit = app.say.pick(measure.unit);
  const head = app.say.pick(measure.label) + (unit ? (app.say.lang === "zh" ? `（${unit}）` : ` (${unit})`) : "");
  box.append(el("p", { class: "gk-legend-head" }, head));
  const { rows, missing } = app.classes();
  const list = el("ul", {});
  const limits = app.say.limits(measure.breaks);
  const whole = measure.decimals === 0 && measure.breaks.every(Number.isInteger);
  rows.forEach((row, i) => {
    const [low, high] = [limits[i - 1], limits[i]];
    const range =
      low === undefined && high === undefined
        ? app.say.text("all_values")
        : low === undefined
          ? app.say.text("below", { x: high })
          : high === undefined
            ? app.say.text("from_up", { x: low })
            : whole
              ? app.say.span(measure.breaks[i - 1], measure.breaks[i] - 1)
              : app.say.text("from_to", { a: low, b: high });
    const swatch = el("span", { class: "gk-swatch" });
    swatch.style.background = row.color;
    list.append(el("li", {}, swatch, el("span", {}, range), el("span", { class: "gk-n" }, String(row.n))));
  });
  if (missing) {
    const swatch = el("span", { class: "gk-swatch gk-nodata" });
    list.append(el("li", {}, swatch, el("span", {}, app.say.text("no_data")), el("span", { class: "gk-n" }, String(missing))));
  }
  box.append(list, el("p", { class: "gk-faint" }, app.say.text("legend_note", { what: app.say.text(choice.layer.key) })));
  return box;
}
