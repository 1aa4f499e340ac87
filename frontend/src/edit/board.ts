// How does the plan get onto the map? Fills and borders from the outlines of grids, lines between units
// only where communities are loaded; after a stroke only what changed is painted again.
import L from "leaflet";
import { holds } from "../hit";
import { hatch, type Label, type Look, type Paint, Painter } from "../painter";
import { preferred } from "../theme";
import type { Layer, Shapes } from "../types";
import { type Content, lonLat, worldX, worldY } from "../unpack";
import { Coloring, contextLooks, SIGN } from "./looks";
import { pick, Sheets } from "./sheets";
import { nameOf, NONE, type Store } from "./store";
import { tones, turnTo } from "./tones";
import type { Bounds } from "./types";

type Box = [west: number, north: number, east: number, south: number];

const FONTS = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';
/** Units are drawn one by one where they are about this wide on the screen, in points. */
const UNIT_SEEN = 5;
/** Communities in view are loaded as long as they hold no more units than this together. */
const LOADED_UNITS = 30_000;
const EMPTY: Shapes = { n: 0, xy: new Float64Array(0), ring: new Uint32Array(1), first: new Uint32Array(1), box: new Float64Array(0), anchor: null };

export class Board {
  readonly map: L.Map;
  readonly painter: Painter;
  readonly sheets: Sheets;
  readonly coloring: Coloring;
  readonly shown = new Set<string>();
  labelsOn = true;
  unitsOn = true;
  currentOn = false;
  /** Whether there is a plan to paint. */
  loaded = false;
  private begun = false;
  /** The first outlines, asked for before the plan was here. */
  coming: Promise<Content> | null = null;
  /** Unit under the keyboard's cursor, or NONE. */
  cursor = NONE;
  private readonly outlines = new Map<number, Shapes>();
  private communities: Layer | null = null;
  private currentLines: Layer | null = null;
  private readonly context = new Map<string, Layer>();
  /** Grid of each unit as it is painted. */
  private drawn = new Int32Array(0);
  /** Grids whose outline must come from the server: some of their units are not loaded. */
  private readonly stale = new Set<number>();
  private staleParents = false;
  private staleTimer = 0;
  private tidyTimer = 0;
  private locked: CanvasPattern | null = null;
  private free: CanvasPattern | null = null;

  constructor(
    readonly place: HTMLElement,
    private readonly store: Store,
  ) {
    this.map = L.map(place, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 110, maxZoom: 21, boxZoom: false, doubleClickZoom: false, keyboard: false });
    this.painter = new Painter(this.map);
    this.sheets = new Sheets(store.server, store.session.n_units);
    this.coloring = new Coloring(store);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(this.map);
    this.dress();
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.dress();
      this.mark();
      store.tell("language"); // all is drawn anew
    });
    this.map.on("zoomend", () => this.loaded && this.paints()); // what is drawn depends on the zoom; the painter repaints when the move ends
    this.map.on("moveend", () => this.loadInView());
    store.watch((event, units) => {
      if (event === "units") this.unitsChanged(units);
      else if (event === "plan") void this.reload();
      else if (event === "change") this.tidy();
      else if (event === "choice" || event === "find") this.mark();
      else if (event === "language") this.compose();
    });
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(place);
    this.whole();
  }

  /** Take the colours of day or night, as the screen wishes. */
  private dress(): void {
    turnTo(preferred());
    const { ink, names } = tones;
    this.painter.ink = { ...names, font: `500 12px ${FONTS}`, upperFont: `700 14px ${FONTS}` };
    this.locked = hatch(ink.locked, null, 9);
    this.free = hatch(ink.none, ink.ground, 7);
  }

  whole(): void {
    this.fit(this.store.session.bounds, 21, 16);
  }

  fit(bounds: Bounds, maxZoom = 18, pad = 70): void {
    const [w, s, e, n] = bounds;
    this.map.fitBounds([[s, w], [n, e]], { padding: [pad, pad], maxZoom, animate: false });
  }

  fitBox(box: Box, maxZoom = 18): void {
    const [w, n] = lonLat(box[0], box[1]);
    const [e, s] = lonLat(box[2], box[3]);
    this.fit([w, s, e, n], maxZoom);
  }

  fitGrids(grids: readonly number[]): void {
    const bounds = this.boundsOf(grids);
    if (bounds) this.map.fitBounds(bounds, { padding: [70, 70], maxZoom: 18, animate: false });
  }

  boundsOf(grids: readonly number[]): L.LatLngBounds | null {
    const boxes = grids.map((g) => this.outlines.get(g)?.box).filter((b): b is Float64Array => b?.length === 4);
    if (!boxes.length) return null;
    const [w, n] = lonLat(Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])));
    const [e, s] = lonLat(Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3])));
    return L.latLngBounds([s, w], [n, e]);
  }

  /** Place of the world under a point of the screen. */
  world(x: number, y: number): [u: number, v: number] {
    const at = this.map.containerPointToLatLng([x, y]);
    return [worldX(at.lng), worldY(at.lat)];
  }

  /** World units per point of the screen. */
  get point(): number {
    return 1 / (256 * 2 ** this.map.getZoom());
  }

  // ------------------------------------------------------------- loading
  /** Take all outlines anew: the plan is another one. */
  async reload(): Promise<void> {
    const { store } = this;
    const early = await this.coming?.catch(() => null);
    this.coming = null;
    const fits = early?.head.scenario === store.scenario && early.head.revision === store.revision;
    const content = early && fits ? early : await store.read((scenario) => store.server.layers(`/api/outlines?scenario=${scenario}`));
    this.drawn = store.base.slice();
    this.outlines.clear();
    this.stale.clear();
    this.takeOutlines(content.layers.get("base_grids"));
    this.communities = content.layers.get("community_grids") ?? null;
    this.currentLines = content.layers.get("current_grids") ?? null;
    this.outlineLocally([NONE], false);
    this.coloring.choose(this.coloring.by);
    this.loaded = true;
    this.compose();
    this.loadInView();
  }

  private takeOutlines(layer: Layer | undefined): void {
    layer?.columns["grid"].forEach((slot, i) => this.outlines.set(slot as number, pick(layer.shapes, [i])));
  }

  /** The plan was painted once: units may come now, they are not to be waited for. */
  begin(): void {
    this.begun = true;
    this.loadInView();
  }

  /** Communities in view, and the one being edited. */
  private loadInView(): void {
    if (!this.begun) return;
    const view = this.map.getBounds();
    const { communities } = this.store.session;
    const middle = view.getCenter();
    const seen = communities
      .map((c, i) => ({ c, i, far: Math.hypot((c.bounds[0] + c.bounds[2]) / 2 - middle.lng, (c.bounds[1] + c.bounds[3]) / 2 - middle.lat) }))
      .filter(({ c: { bounds: [w, s, e, n] } }) => w <= view.getEast() && e >= view.getWest() && s <= view.getNorth() && n >= view.getSouth())
      .sort((a, b) => a.far - b.far);
    const own = this.store.grid(this.store.target)?.community ?? NONE;
    const wanted = own >= 0 ? [own] : [];
    let held = own >= 0 ? communities[own].n_units : 0;
    for (const { c, i } of seen) {
      if (i === own || held + c.n_units > LOADED_UNITS) continue;
      held += c.n_units;
      wanted.push(i);
    }
    void this.ensure(wanted);
  }

  /** Load communities and paint their units. */
  async ensure(communities: readonly number[]): Promise<void> {
    const fresh = communities.filter((c) => !this.sheets.open.has(c));
    await this.sheets.load(communities).catch((error: unknown) => this.store.complain(error));
    if (!fresh.length) return;
    this.outlineLocally([NONE], false);
    this.compose();
    this.mark();
    this.place.dataset["sheets"] = String(this.sheets.open.size);
  }

  /** The community at a place, by its outline. */
  communityAt(u: number, v: number): number {
    const { communities } = this;
    if (!communities) return NONE;
    const found = communities.columns["community"].findIndex((_, i) => inside(communities.shapes, i, u, v));
    return found < 0 ? NONE : (communities.columns["community"][found] as number);
  }

  /** The grid at a place whose units are not loaded, by its outline. */
  gridAt(u: number, v: number): number {
    for (const [slot, shapes] of this.outlines) if (slot >= 0 && shapes.n && inside(shapes, 0, u, v)) return slot;
    return NONE;
  }

  /** Mark the keyboard's cursor, and keep it in view. */
  showCursor(): void {
    const middle = this.cursor >= 0 ? this.sheets.middle(this.cursor) : null;
    if (!middle) return;
    const [lng, lat] = lonLat(...middle);
    if (!this.map.getBounds().pad(-0.1).contains([lat, lng])) this.map.panTo([lat, lng], { animate: false });
    this.mark();
  }

  async showContext(key: string, on: boolean): Promise<void> {
    if (on) this.shown.add(key);
    else this.shown.delete(key);
    if (on && !this.context.has(key)) {
      try {
        const layer = (await this.store.server.layers(`/api/context/${key}`)).layers.values().next().value;
        if (layer) this.context.set(key, layer);
      } catch (error) {
        this.shown.delete(key);
        this.store.complain(error);
      }
    }
    this.compose();
  }

  contextLayer(key: string): Layer | undefined {
    return this.context.get(key);
  }

  // ------------------------------------------------------------ changing
  private unitsChanged(units: readonly number[]): void {
    if (this.drawn.length !== this.store.base.length) return; // the first outlines are on their way
    const slots = new Set<number>();
    let parents = false;
    for (const u of units) {
      const [was, is] = [this.drawn[u], this.store.base[u]];
      slots.add(was).add(is);
      if (this.store.grid(was)?.community !== this.store.grid(is)?.community) parents = true;
      this.drawn[u] = is;
    }
    this.outlineLocally([...slots], true);
    if (parents || this.stale.size) this.askOutlines(parents);
    this.paints();
    const box = this.sheets.boxOf(units);
    if (box) this.painter.paintPart(box);
    else this.painter.repaint();
    this.mark();
  }

  private outlineLocally(slots: readonly number[], ask: boolean): void {
    const wanted = new Map<number, number[]>(slots.map((s) => [s, []]));
    for (let u = 0; u < this.drawn.length; u++) wanted.get(this.drawn[u])?.push(u);
    for (const [slot, members] of wanted) {
      const known = slot === NONE ? members.filter((u) => this.sheets.has(u)) : members;
      const shapes = known.length ? this.sheets.outline(known, (u) => this.drawn[u] === slot) : EMPTY;
      if (shapes) this.outlines.set(slot, shapes);
      else if (ask) this.stale.add(slot);
    }
  }

  /** Outlines that cannot be put together here, once the server has the change. */
  private askOutlines(all: boolean): void {
    this.staleParents ||= all;
    window.clearTimeout(this.staleTimer);
    this.staleTimer = window.setTimeout(() => void this.fetchOutlines(), 350);
  }

  private async fetchOutlines(): Promise<void> {
    const { store } = this;
    const all = this.staleParents;
    this.staleParents = false;
    const grids = [...this.stale].filter((g) => g >= 0);
    this.stale.clear();
    if (!all && !grids.length) return;
    try {
      const content = await store.read((scenario) => store.server.layers(`/api/outlines?scenario=${scenario}${all ? "" : `&grids=${grids.join(",")}`}`));
      if (all) this.communities = content.layers.get("community_grids") ?? this.communities;
      const layer = content.layers.get("base_grids");
      for (const g of grids) this.outlines.set(g, EMPTY);
      layer?.columns["grid"].forEach((g, i) => {
        if (grids.includes(g as number)) this.outlines.set(g as number, pick(layer.shapes, [i]));
      });
      this.compose();
    } catch (error) {
      store.complain(error);
    }
  }

  /** After the server's answer: states, colours and names may differ; done when the hand rests. */
  private tidy(): void {
    const looks = this.lookKey();
    this.paints();
    this.mark();
    window.clearTimeout(this.tidyTimer);
    this.tidyTimer = window.setTimeout(() => this.compose(), looks === this.lastLooks ? 400 : 60);
    this.lastLooks = looks;
  }

  private lastLooks = "";

  private lookKey(): string {
    return this.store.alive.map((g) => `${this.coloring.fill(g)}${g.locked}`).join();
  }

  // ------------------------------------------------------------ painting
  /** Make all paints and labels anew, and repaint before the next frame. */
  compose(): void {
    this.paints();
    this.painter.labels = this.labelsOn ? this.labels() : [];
    this.painter.repaint();
  }

  private paints(): void {
    const out: Paint[] = [];
    const context = (keys: readonly string[]): void => {
      for (const key of keys) {
        const layer = this.context.get(key);
        if (layer && this.shown.has(key) && layer.kind !== "image") out.push({ key, shapes: layer.shapes, kind: layer.kind, ...contextLooks(layer), ...(key === "hazards" ? { clusterBelow: 16 } : {}) });
      }
    };
    const grids = this.store.alive;
    const shape = (g: number): Shapes => this.outlines.get(g) ?? EMPTY;
    for (const g of grids) {
      out.push(all(shape(g.grid), { fill: this.coloring.fill(g) }));
      if (g.locked) out.push(all(shape(g.grid), { fill: this.locked }));
    }
    out.push(all(shape(NONE), { fill: this.free, line: tones.ink.none, width: 1 }));
    context(["water", "density"]);
    const thick = this.map.getZoom() > 13 ? 1.5 : 1;
    if (this.unitsOn) out.push(...this.unitLines());
    context(["streets", "rail"]);
    for (const g of grids) out.push(all(shape(g.grid), { line: tones.ink.border, width: thick }));
    if (this.communities) {
      const { shapes } = this.communities;
      out.push(all(shapes, { line: tones.ink.halo, width: 4.5 }), all(shapes, { line: tones.ink.community, width: 2.2 }));
    }
    context(["barriers", "links"]);
    if (this.currentOn && this.currentLines) out.push(all(this.currentLines.shapes, { line: tones.ink.halo, width: 4 }), all(this.currentLines.shapes, { line: tones.ink.current, width: 1.8, dash: [6, 4] }));
    context(["hotspots", "objects", "hazards", "posts", "homes"]);
    this.painter.paints = out;
  }

  private unitLines(): Paint[] {
    const scale = 1 / this.point;
    const { base } = this.store;
    const out: Paint[] = [];
    const look: Look = { fill: null, line: tones.ink.unit, width: 0.7, dash: [], radius: 0 };
    for (const sheet of this.sheets.open.values()) {
      const { box, n } = sheet.shapes;
      let wide = 0;
      for (let i = 0; i < n; i++) wide += (box[4 * i + 2] - box[4 * i] + box[4 * i + 3] - box[4 * i + 1]) / 2;
      if ((wide / Math.max(1, n)) * scale < UNIT_SEEN) continue;
      const { left, right } = sheet;
      out.push({ key: "unit_lines", shapes: sheet.arcs, kind: "line", looks: [look], lookOf: (a) => (right[a] >= 0 && base[left[a]] === base[right[a]] ? 0 : -1) });
    }
    return out;
  }

  private labels(): Label[] {
    const out: Label[] = [];
    const put = (shapes: Shapes, i: number, text: string, rank: number, short = ""): void => {
      if (shapes.anchor) out.push({ u: shapes.anchor[2 * i], v: shapes.anchor[2 * i + 1], text, short, rank, lift: 0, room: shapes.box[4 * i + 2] - shapes.box[4 * i] });
    };
    for (const g of this.store.alive) {
      const shapes = this.outlines.get(g.grid);
      if (shapes?.n) put(shapes, 0, nameOf(g) + SIGN[g.worst], 1, (g.code || g.id) + SIGN[g.worst]);
    }
    const { communities } = this;
    communities?.columns["community"].forEach((c, i) => put(communities.shapes, i, this.store.session.communities[c as number]?.name ?? "", 0));
    return out;
  }

  /** Repaint only what is chosen, found or pointed at. */
  mark(): void {
    const { store } = this;
    const out: Paint[] = [];
    const target = this.outlines.get(store.target);
    if (target) out.push(all(target, { line: tones.ink.halo, width: 6 }), all(target, { line: tones.ink.target, width: 3.2 }));
    const finding = store.findings.find((f) => f.key === store.finding);
    for (const unit of finding?.units ?? []) this.markUnit(unit, tones.ink.finding, 2.5, out);
    if (finding && !finding.units.length) for (const g of finding.grids) out.push(all(this.outlines.get(g) ?? EMPTY, { line: tones.ink.finding, width: 3, dash: [7, 4] }));
    if (this.cursor >= 0) this.markUnit(this.cursor, tones.ink.mark, 3, out);
    this.painter.marked = out;
    this.painter.paintMarks();
  }

  private markUnit(unit: number, line: string, width: number, out: Paint[]): void {
    const at = this.sheets.where(unit);
    if (!at) return;
    const shapes = pick(at.sheet.shapes, [at.i]);
    out.push(all(shapes, { line: tones.ink.halo, width: width + 2.5 }), all(shapes, { line, width }));
  }
}

function all(shapes: Shapes, look: Partial<Look>): Paint {
  return { key: "", shapes, kind: "polygon", looks: [{ fill: null, line: null, width: 1, dash: [], radius: 0, ...look }], lookOf: () => 0 };
}

function inside(shapes: Shapes, i: number, u: number, v: number): boolean {
  const b = shapes.box;
  return u >= b[4 * i] && u <= b[4 * i + 2] && v >= b[4 * i + 1] && v <= b[4 * i + 3] && holds(shapes, i, u, v);
}
