// What does the page know, and what follows from a change? State, and the paints made from it.
import { classOf } from "./classes";
import { shortCodes } from "./codes";
import { hatch, type Label, type Look, type Paint, type Painter, type Picture } from "./painter";
import { Speech } from "./say";
import { colorsOf, EXTRA, preferred, rampOf, type Colors, type Theme } from "./theme";
import type { Head, Layer, Measure } from "./types";
import type { Content } from "./unpack";
import { worldX, worldY } from "./unpack";

export interface Pick {
  layer: string;
  i: number;
}

export interface ClassRow {
  color: string;
  low: number | null;
  high: number | null;
  n: number;
}

const ORDER = ["water", "surface", "base_grids", "units", "moved", "streets", "rail", "barriers", "community_grids", "hotspots"];
const FONTS = 'system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif';
/** Units smaller than this on the screen have no outline. */
const MIN_UNIT = 6;
const CONTEXT = ["water", "streets", "rail", "barriers"];

export class App {
  readonly head: Head;
  private readonly all: Map<string, Layer>;
  private readonly current: Layer | null;
  readonly say: Speech;
  theme: Theme = preferred();
  /** "layer/measure", or "" for plain grids. */
  colorBy = "";
  labelsOn = true;
  private kept = "";
  on = new Set<string>();
  chosen: Pick | null = null;
  hovered: Pick | null = null;
  /** Which plan the base grids are of, where the current one is known too. */
  plan: "proposed" | "current" = "proposed";
  /** The method whose hotspots are shown; "" for all. */
  method = "";
  /** First and last day of reports that are shown; null for all. */
  days: [number, number] | null = null;
  painter: Painter | null = null;
  private readonly watchers: (() => void)[] = [];

  constructor(content: Content) {
    this.head = content.head;
    this.all = content.layers;
    const before = this.all.get("current_grids");
    this.current = before ? { ...before, key: "base_grids" } : null;
    this.say = new Speech(content.head);
    for (const layer of this.all.values()) if (layer.on) this.on.add(layer.key);
    const first = this.colorChoices()[0];
    if (first) this.colorBy = `${first.layer.key}/${first.measure.name}`;
  }

  /** A layer; base grids are those of the plan that is looked at. */
  layer(key: string): Layer | undefined {
    if (key === "base_grids" && this.plan === "current" && this.current) return this.current;
    return this.all.get(key);
  }

  /** Layers the page has no word for, and the colour of each. */
  extras(): { layer: Layer; color: string }[] {
    const own = [...this.all.values()].filter((l) => l.key.startsWith("extra_"));
    return own.map((layer, i) => ({ layer, color: EXTRA[i % EXTRA.length] }));
  }

  /** What a layer is called. */
  layerName(key: string): string {
    const own = this.all.get(key)?.name;
    return own ? this.say.pick(own) : this.say.text(key);
  }

  get hasCurrent(): boolean {
    return this.current !== null;
  }

  /** By which methods hotspots were found: as it is written in the data, and as it is said. */
  methods(): [string, string][] {
    const layer = this.all.get("hotspots");
    const said = layer?.columns[this.say.lang === "zh" ? "method_zh" : "method"];
    const found = new Map<string, string>();
    layer?.columns["method"]?.forEach((m, i) => typeof m === "string" && found.set(m, String(said?.[i] ?? m)));
    return [...found];
  }

  /** Whether a feature of a layer that is on is shown. */
  shows(layer: Layer, i: number): boolean {
    return layer.key !== "hotspots" || !this.method || layer.columns["method"]?.[i] === this.method;
  }

  /** Switch a layer. The surface and coloured grids would mix into colours of no legend: one or the other. */
  show(key: string, on: boolean): void {
    if (on) this.on.add(key);
    else this.on.delete(key);
    if (key !== "surface") return;
    if (on) [this.kept, this.colorBy] = [this.colorBy, ""];
    else if (!this.colorBy) this.colorBy = this.kept;
  }

  /** Look at one of the two plans; what it has no values for, it is not coloured by. */
  look(plan: "proposed" | "current"): void {
    this.plan = plan;
    const known = (c: { layer: Layer; measure: Measure }): boolean => c.layer.columns[c.measure.name].some((v) => v !== null);
    const now = this.coloring();
    if (!now || known(now)) return;
    const other = this.colorChoices().find((c) => c.layer.key === now.layer.key && known(c));
    if (other) this.colorBy = `${other.layer.key}/${other.measure.name}`;
  }

  /** Run something after every change of state. */
  watch(run: () => void): void {
    this.watchers.push(run);
  }

  changed(): void {
    this.refresh();
    for (const run of this.watchers) run();
  }

  get colors(): Colors {
    return colorsOf(this.theme);
  }

  colorChoices(): { layer: Layer; measure: Measure }[] {
    const out: { layer: Layer; measure: Measure }[] = [];
    for (const key of ["base_grids", "community_grids", "units"]) {
      const layer = this.layer(key);
      for (const measure of layer?.measures ?? []) {
        if (layer && measure.breaks.length) out.push({ layer, measure });
      }
    }
    return out;
  }

  coloring(): { layer: Layer; measure: Measure } | null {
    return this.colorChoices().find((c) => `${c.layer.key}/${c.measure.name}` === this.colorBy) ?? null;
  }

  /** The classes of the legend with their colours and how many grids each holds; then no data. */
  classes(): { rows: ClassRow[]; missing: number } {
    const choice = this.coloring();
    if (!choice) return { rows: [], missing: 0 };
    const { breaks, name } = choice.measure;
    const ramp = rampOf(this.head.colors.ramp, breaks.length + 1, this.theme);
    const rows = ramp.map((color, i) => ({ color, low: breaks[i - 1] ?? null, high: breaks[i] ?? null, n: 0 }));
    let missing = 0;
    for (const value of choice.layer.columns[name]) {
      const c = classOf(value, breaks);
      if (c < 0) missing += 1;
      else rows[c].n += 1;
    }
    return { rows, missing };
  }

  name(pick: Pick): string {
    const layer = this.layer(pick.layer);
    if (!layer) return "";
    const at = (column: string): string => String(layer.columns[column]?.[pick.i] ?? "");
    if (pick.layer === "hotspots") return at("hotspot_id") || String(pick.i + 1);
    if (pick.layer === "hazards") return at("category") || this.say.text("hazard");
    if (pick.layer === "members") return `${this.say.text("member")} ${at("member_id")}`;
    if (layer.name) return at("name") || Object.values(layer.columns).map((c) => c[pick.i]).find((v) => typeof v === "string") as string || this.layerName(pick.layer);
    const id = at("code") || at("grid_id") || at("unit_id");
    const name = at("name");
    if (pick.layer === "moved") return at("unit_id");
    if (pick.layer === "community_grids" && at("name")) return at("name");
    return name && name !== id ? `${id} ${name}` : id;
  }

  find(layer: string, id: string): number {
    const l = this.layer(layer);
    const ids = l?.columns["grid_id"] ?? l?.columns["unit_id"] ?? [];
    return ids.indexOf(id);
  }

  /** Make the paints anew and ask for a repaint. */
  refresh(): void {
    const painter = this.painter;
    if (!painter) return;
    const colors = this.colors;
    painter.ink = {
      text: colors.text,
      halo: colors.halo,
      font: `500 12px ${FONTS}`,
      upperFont: `700 14px ${FONTS}`,
      upper: colors.upper,
      cluster: colors.hazard,
      clusterText: this.theme === "dark" ? "#15181c" : "#ffffff",
    };
    painter.paints = [];
    for (const key of ORDER) {
      const layer = this.layer(key);
      if (layer && this.on.has(key)) painter.paints.push(...this.paintOf(layer));
    }
    for (const { layer, color } of this.extras()) {
      if (this.on.has(layer.key)) painter.paints.push(extraPaint(layer, color, colors.halo));
    }
    for (const key of ["hazards", "members"]) {
      const layer = this.layer(key);
      if (layer && this.on.has(key)) painter.paints.push(this.points(layer));
    }
    painter.labels = this.labelsOn ? this.makeLabels() : [];
    painter.picture = this.on.has("surface") ? this.picture() : null;
    painter.marked = this.marks();
    painter.repaint();
  }

  /** Only what is pointed at changed. */
  refreshMarks(): void {
    if (!this.painter) return;
    this.painter.marked = this.marks();
    this.painter.paintMarks();
  }

  private marks(): Paint[] {
    const out: Paint[] = [];
    const add = (pick: Pick | null, line: string, width: number): void => {
      const layer = pick && this.layer(pick.layer);
      if (!pick || !layer || layer.kind === "image") return;
      const look: Look = { fill: null, line, width, dash: [], radius: 8 };
      out.push({
        key: "mark",
        shapes: layer.shapes,
        kind: layer.kind,
        looks: [look],
        lookOf: (i) => (i === pick.i ? 0 : -1),
      });
    };
    add(this.chosen, this.colors.halo, 6);
    add(this.chosen, this.colors.chosen, 3.5);
    add(this.hovered, this.colors.mark, 2);
    return out;
  }

  private paintOf(layer: Layer): Paint[] {
    const { colors, theme } = this;
    const { key, shapes } = layer;
    if (key === "surface") return [{ key, shapes, kind: "picture", looks: [], lookOf: () => -1 }];
    const kind = layer.kind === "line" ? "line" : "polygon";
    const plain = (look: Partial<Look>): Paint => ({
      key,
      shapes,
      kind,
      looks: [{ fill: null, line: null, width: 1, dash: [], radius: 5, ...look }],
      lookOf: () => 0,
    });
    if (CONTEXT.includes(key)) {
      const color = colors.context[key];
      if (kind === "polygon") return [plain({ fill: color })];
      const dash = key === "rail" ? [6, 4] : key === "barriers" ? [2, 4] : [];
      return [plain({ line: color, width: key === "streets" ? 1 : 2, dash })];
    }
    if (key === "hotspots") {
      const lookOf = (i: number): number => (this.shows(layer, i) ? 0 : -1);
      return [plain({ line: colors.halo, width: 3.5 }), plain({ fill: colors.hotspotFill, line: colors.hotspot, width: 1.8 })].map((p) => ({ ...p, lookOf }));
    }
    if (key === "moved") return [plain({ fill: hatch(colors.hotspot, null, 7), line: colors.hotspot, width: 0.7 })];
    const choice = this.coloring();
    const out: Paint[] = [];
    if (choice?.layer.key === key) {
      const ramp = rampOf(this.head.colors.ramp, choice.measure.breaks.length + 1, theme);
      const fills: (string | CanvasPattern | null)[] = [...ramp, hatch(colors.noData, colors.ground)];
      const values = layer.columns[choice.measure.name];
      const looks = fills.map((fill) => ({ fill, line: colors.border, width: 1, dash: [], radius: 5 }));
      const none = fills.length - 1;
      const lookOf = (i: number): number => {
        const c = classOf(values[i], choice.measure.breaks);
        return c < 0 ? none : c;
      };
      const paint: Paint = { key, shapes, kind, looks, lookOf };
      if (key === "units") paint.minSize = MIN_UNIT;
      out.push(paint);
    }
    if (key === "units") out.push({ ...plain({ line: colors.unit, width: 0.5 }), minSize: MIN_UNIT });
    else if (key === "base_grids") {
      const bare = choice?.layer.key !== key;
      out.push(plain({ line: bare ? colors.community : colors.border, width: bare ? 0.9 : 1.2 }));
    } else if (key === "community_grids") {
      out.push(plain({ line: colors.halo, width: 4.5 }), plain({ line: colors.community, width: 2 }));
    }
    return out;
  }

  private points(layer: Layer): Paint {
    const { colors } = this;
    const hazards = layer.key === "hazards";
    const days = hazards ? layer.columns["day"] : undefined;
    const range = this.days;
    const paint: Paint = {
      key: layer.key,
      shapes: layer.shapes,
      kind: "point",
      looks: [
        {
          fill: hazards ? colors.hazard : colors.member,
          line: hazards ? colors.hazardLine : colors.halo,
          width: 1,
          dash: [],
          radius: hazards ? 4 : 5,
        },
      ],
      lookOf: (i) => {
        if (!days || !range) return 0;
        const day = days[i];
        return typeof day === "number" && day >= range[0] && day <= range[1] ? 0 : -1;
      },
    };
    if (hazards) paint.clusterBelow = 16;
    return paint;
  }

  private makeLabels(): Label[] {
    const out: Label[] = [];
    const lift = this.on.has("members") ? 13 : 0; // a member's post stands in the middle of its grid
    for (const [key, rank] of [["community_grids", 0], ["base_grids", 1]] as const) {
      const layer = this.layer(key);
      const anchor = layer?.shapes.anchor;
      if (!layer || !anchor || !this.on.has(key)) continue;
      const names = layer.columns[key === "community_grids" ? "name" : "code"] ?? layer.columns["grid_id"];
      const texts = shortCodes(Array.from({ length: layer.n }, (_, i) => String(names[i] ?? layer.columns["grid_id"][i] ?? "")));
      for (let i = 0; i < layer.n; i++) {
        const text = texts[i];
        const box = layer.shapes.box;
        out.push({ u: anchor[2 * i], v: anchor[2 * i + 1], text, rank, lift, room: box[4 * i + 2] - box[4 * i] });
      }
    }
    return out;
  }

  private picture(): Picture | null {
    const layer = this.layer("surface");
    if (!layer?.raster || !layer.size || !layer.bounds) return null;
    const [rows, columns] = layer.size;
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const pen = canvas.getContext("2d");
    if (!pen) return null;
    const image = pen.createImageData(columns, rows);
    const heat = this.head.colors.heat;
    for (let i = 0; i < rows * columns; i++) {
      const level = layer.raster[i];
      if (level === 0) continue;
      const color = heat[Math.min(level, heat.length) - 1];
      image.data[4 * i] = parseInt(color.slice(1, 3), 16);
      image.data[4 * i + 1] = parseInt(color.slice(3, 5), 16);
      image.data[4 * i + 2] = parseInt(color.slice(5, 7), 16);
      image.data[4 * i + 3] = 225;
    }
    pen.putImageData(image, 0, 0);
    const [west, south, east, north] = layer.bounds;
    return { canvas, box: [worldX(west), worldY(north), worldX(east), worldY(south)] };
  }
}

function extraPaint(layer: Layer, color: string, halo: string): Paint {
  const kind = layer.kind === "image" ? "polygon" : layer.kind;
  const fill = kind === "polygon" ? `${color}2e` : kind === "point" ? color : null;
  const look: Look = { fill, line: kind === "point" ? halo : color, width: kind === "point" ? 1.2 : 2.2, dash: [], radius: 6 };
  return { key: layer.key, shapes: layer.shapes, kind, looks: [look], lookOf: () => 0 };
}
