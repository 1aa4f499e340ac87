// What else is on the map? The colouring with its legend, context layers, labels.
import { button, el } from "../dom";
import type { Board } from "./board";
import { AGAINST, type Class, contextLooks, PLAIN } from "./looks";
import { check, section, select } from "./parts";
import type { Store } from "./store";

export class Layers {
  readonly root = el("div", { class: "ge-tab", id: "ge-tab-layers" });
  /** The legend, small, on the map. */
  readonly legend = el("div", { id: "ge-legend", class: "ge-over" });

  constructor(
    private readonly store: Store,
    private readonly board: Board,
  ) {
    store.watch((event) => {
      if (event === "language" || event === "plan") this.draw();
      if (event === "change" || event === "plan" || event === "language") this.drawLegend();
    });
  }

  draw(): void {
    const { store, board } = this;
    const { say } = store;
    const choices: [string, string][] = [[PLAIN, say.text("by_grid")], [AGAINST, say.text("by_status")]];
    for (const m of store.session.measures) choices.push([m.name, store.of(m.label)]);
    const color = select("ge-color", say.text("color_by"), choices, board.coloring.by, (by) => this.color(by));
    const list = el("div", { class: "ge-layers" });
    for (const layer of store.session.layers) {
      if (layer.kind === "image" || layer.key === "current_grids") continue;
      list.append(check(`ge-layer-${layer.key}`, store.of(layer.name) + (layer.n ? ` (${say.number(layer.n, 0)})` : ""), board.shown.has(layer.key), (on) => void board.showContext(layer.key, on).then(() => this.draw())));
      const drawn = board.shown.has(layer.key) ? board.contextLayer(layer.key) : undefined;
      if (drawn) list.append(classes(contextLooks(drawn).classes));
    }
    if (store.session.has_current) list.append(check("ge-layer-current", say.text("current_borders"), board.currentOn, (on) => {
      board.currentOn = on;
      board.compose();
    }));
    list.append(check("ge-labels", say.text("labels"), board.labelsOn, (on) => {
      board.labelsOn = on;
      board.compose();
    }), check("ge-units", say.text("unit_lines"), board.unitsOn, (on) => {
      board.unitsOn = on;
      board.compose();
    }));
    this.root.replaceChildren(section(say.text("color_by"), "color", color, classes(board.coloring.legend())), section(say.text("layers"), "context", list));
  }

  private color(by: string): void {
    this.board.coloring.choose(by);
    this.board.compose();
    this.draw();
    this.drawLegend();
    document.getElementById("ge-color")?.focus();
  }

  drawLegend(): void {
    const { store, board } = this;
    const rows = board.coloring.legend();
    const measure = board.coloring.measure;
    this.legend.hidden = !rows.length;
    const unit = measure ? (measure.share ? "%" : store.of(measure.unit)) : "";
    const title = measure ? store.of(measure.label) + (unit ? ` (${unit})` : "") : store.say.text("by_status");
    this.legend.replaceChildren(el("p", { class: "gk-legend-head" }, title), classes(rows), button(store.say.text("by_grid"), () => this.color(PLAIN), { class: "ge-link" }));
  }
}

function classes(rows: Class[]): HTMLElement {
  const list = el("ul", { class: "ge-classes" });
  for (const row of rows) {
    const box = el("span", { class: "gk-swatch" });
    box.style.background = row.color;
    list.append(el("li", {}, box, el("span", {}, row.label), el("span", { class: "gk-n" }, String(row.n))));
  }
  return list;
}
