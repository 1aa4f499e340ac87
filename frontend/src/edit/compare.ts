// How do two plans differ? Two maps that move together, the units that change grid, the figures of both.
import L from "leaflet";
import { button, el } from "../dom";
import { hatch, type Label, type Paint, Painter } from "../painter";
import type { Layer, Shapes } from "../types";
import type { Content } from "../unpack";
import type { Board } from "./board";
import { dialog, select } from "./parts";
import { pick } from "./sheets";
import type { Store } from "./store";
import { tones } from "./tones";
import type { Comparison } from "./types";

export class Compare {
  private pair: [string, string] = ["", ""];
  private maps: L.Map[] = [];

  constructor(
    private readonly store: Store,
    private readonly board: Board,
  ) {}

  async show(a: string, b: string): Promise<void> {
    const { store } = this;
    this.pair = [a, b];
    const node = dialog(store, "compare", store.say.text("compare"));
    node.classList.add("ge-large");
    node.addEventListener("close", () => this.maps.splice(0).forEach((m) => m.remove()));
    await this.fill(node);
  }

  private choice(node: HTMLDialogElement, side: 0 | 1): HTMLElement {
    const { store } = this;
    const names: [string, string][] = store.scenarios.map((s) => [s.name, s.name]);
    if (store.session.has_current) names.push(["@current", store.say.text("plan_current")]);
    names.push(["@opened", store.say.text("plan_opened")]);
    return select(`ge-side-${side ? "b" : "a"}`, store.say.text("compare"), names, this.pair[side], (name) => {
      this.pair[side] = name;
      void this.fill(node);
    });
  }

  private async fill(node: HTMLDialogElement): Promise<void> {
    const { store } = this;
    const [a, b] = this.pair;
    let told: Comparison;
    let sides: Content[];
    try {
      told = await store.server.get<Comparison>(`/api/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
      sides = await Promise.all([told.outlines_a, told.outlines_b].map((path) => store.server.layers(path)));
      const communities = new Set(told.base_b.concat(told.base_a).map((g) => store.grid(g)?.community ?? -1).filter((c) => c >= 0));
      await this.board.ensure([...communities]);
    } catch (error) {
      node.close();
      store.complain(error); return;
    }
    if (!node.open || this.pair[0] !== a || this.pair[1] !== b) return; // closed meanwhile, or asked for another
    this.maps.splice(0).forEach((m) => m.remove());
    node.querySelector(".ge-both")?.remove();
    node.querySelector(".ge-figures")?.remove();
    const places = [el("div", { class: "ge-map" }), el("div", { class: "ge-map" })];
    const halves = places.map((place, k) => el("div", { class: "ge-half" }, this.choice(node, k as 0 | 1), place));
    node.append(el("div", { class: "ge-both" }, ...halves), this.figures(told));
    sides.forEach((content, k) => this.draw(places[k], content, told, k === 0 ? told.base_a : told.base_b));
    this.join();
  }

  private draw(place: HTMLElement, content: Content, told: Comparison, own: number[]): void {
    const map = L.map(place, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, wheelPxPerZoomLevel: 110, maxZoom: 20 });
    const painter = new Painter(map);
    painter.ink = this.board.painter.ink;
    const grids = content.layers.get("base_grids");
    painter.paints = [...paintsOf(grids, this.store), ...this.moved(told.units), ...communityLines(content.layers.get("community_grids"))];
    painter.labels = labelsOf(grids, this.store);
    const box = this.board.sheets.boxOf(told.units);
    this.maps.push(map);
    const [w, s, e, n] = this.store.session.bounds;
    map.fitBounds([[s, w], [n, e]], { padding: [8, 8], animate: false });
    if (box && told.units.length < this.store.session.n_units / 4) map.setView(this.board.map.unproject(L.point((box[0] + box[2]) * 128, (box[1] + box[3]) * 128), 0), Math.min(16, map.getZoom() + 1.5), { animate: false });
    const view = (): void => void (place.dataset["view"] = `${map.getZoom()} ${map.getCenter().lat.toFixed(4)} ${map.getCenter().lng.toFixed(4)}`);
    map.on("moveend", view);
    view();
    painter.place();
    place.dataset["moved"] = String(told.units.length);
    place.dataset["grids"] = String(new Set(own).size);
  }

  /** The difference: units that are in another grid, hatched. */
  private moved(units: readonly number[]): Paint[] {
    const fill = hatch(tones.ink.finding, null, 7);
    const out: Paint[] = [];
    for (const sheet of this.board.sheets.open.values()) {
      const own = units.map((u) => this.board.sheets.where(u)).filter((at) => at?.sheet === sheet).map((at) => at?.i ?? 0);
      if (own.length) out.push({ key: "moved", shapes: pick(sheet.shapes, own), kind: "polygon", looks: [{ fill, line: tones.ink.finding, width: 0.8, dash: [], radius: 0 }], lookOf: () => 0 });
    }
    return out;
  }

  /** What one map does, the other does. */
  private join(): void {
    let busy = false;
    this.maps.forEach((map, k) => map.on("move", () => {
      if (busy) return;
      busy = true;
      this.maps[1 - k]?.setView(map.getCenter(), map.getZoom(), { animate: false });
      busy = false;
    }));
    const [first, second] = this.maps;
    if (first && second) second.setView(first.getCenter(), first.getZoom(), { animate: false });
  }

  private figures(told: Comparison): HTMLElement {
    const { store } = this;
    const { say } = store;
    const write = (x: number | null): string => (x === null ? "–" : say.number(x, Math.abs(x) < 10 && !Number.isInteger(x) ? 3 : Number.isInteger(x) ? 0 : 1));
    const body = el("tbody", {});
    for (const f of told.figures) {
      const measure = store.session.measures.find((m) => m.label.en === f.label.en);
      const shown = (x: number | null): string => (measure ? store.figure(x, measure) : write(x));
      const cell = (side: "a" | "b"): HTMLElement => el("td", { class: f.better === side ? "ge-better" : "" }, shown(f[side]) + (f.better === side ? " ★" : ""));
      body.append(el("tr", {}, el("th", { scope: "row" }, store.of(f.label)), cell("a"), cell("b")));
    }
    const parts = (["units", "residents", "n_objects", "members"] as const).filter((k) => typeof told.moved[k] === "number").map((k) => `${say.text(`moved_${k}`)}: ${say.number(told.moved[k] ?? 0, 0)}`);
    const changed = told.grids.filter((g) => JSON.stringify(g.a) !== JSON.stringify(g.b));
    const names = changed.slice(0, 24).map((g) => button(store.gridName(g.grid), () => this.zoomTo(g.grid)));
    const head = el("thead", {}, el("tr", {}, el("td", {}), el("th", { scope: "col" }, this.title(this.pair[0])), el("th", { scope: "col" }, this.title(this.pair[1]))));
    return el("div", { class: "ge-figures" }, el("div", {}, el("p", { id: "ge-moved" }, el("span", { class: "ge-hatch" }), ` ${say.text("differ")}: ${parts.join(" · ")}`), el("p", { class: "gk-faint" }, say.text("changed_grids", { n: changed.length })), el("div", { class: "ge-row" }, ...names)), el("table", {}, head, body));
  }

  private title(name: string): string {
    return name === "@current" ? this.store.say.text("plan_current") : name === "@opened" ? this.store.say.text("plan_opened") : name;
  }

  private zoomTo(grid: number): void {
    const bounds = this.board.boundsOf([grid]);
    if (bounds) this.maps[0]?.fitBounds(bounds, { padding: [40, 40], animate: false });
  }
}

function paintsOf(layer: Layer | undefined, store: Store): Paint[] {
  if (!layer) return [];
  const slots = layer.columns["grid"];
  const looks = [...tones.grids, tones.ink.ground].map((fill) => ({ fill, line: tones.ink.border, width: 1.2, dash: [], radius: 0 }));
  const lookOf = (i: number): number => {
    const color = store.grid(slots[i] as number)?.color;
    return color === undefined ? looks.length - 1 : color % tones.grids.length;
  };
  return [{ key: "grids", shapes: layer.shapes, kind: "polygon", looks, lookOf }];
}

function communityLines(layer: Layer | undefined): Paint[] {
  return layer ? [{ key: "communities", shapes: layer.shapes, kind: "polygon", looks: [{ fill: null, line: tones.ink.community, width: 2.2, dash: [], radius: 0 }], lookOf: () => 0 }] : [];
}

function labelsOf(layer: Layer | undefined, store: Store): Label[] {
  const shapes: Shapes | undefined = layer?.shapes;
  if (!layer || !shapes?.anchor) return [];
  const { anchor, box } = shapes;
  return layer.columns["grid"].map((g, i) => ({ u: anchor[2 * i], v: anchor[2 * i + 1], text: (g as number) >= 0 ? store.gridName(g as number) : "", rank: 1, lift: 0, room: box[4 * i + 2] - box[4 * i] }));
}
