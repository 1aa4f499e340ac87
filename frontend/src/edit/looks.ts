// In which colours is a plan shown? Fills that neighbours do not share, classes of a measure, states against limits.
import { classOf } from "../classes";
import type { Look } from "../painter";
import { EXTRA } from "../theme";
import type { Layer } from "../types";
import type { Store } from "./store";
import type { Grid, Measure, Worst } from "./types";

/** Told apart by every kind of colour vision, and light enough to write on. */
export const GRID_COLORS = ["#9ecae9", "#f7d48a", "#a3d8c3", "#e9b7d3", "#f5b795", "#c9c5ea"];
/** Light to dark, one hue after another in brightness, so that order is seen without colour. */
export const RAMP = ["#fff4cc", "#fdd49e", "#f9a76c", "#e76f51", "#b53a52", "#6d1f52"];
export const STATUS: Record<Worst, string> = { ok: "#cfe8d5", near: "#fbe6a2", under: "#8fb8de", over: "#f0a27c", broken: "#d66a8b" };
/** Beside a name: a state is never told by colour alone. */
export const SIGN: Record<Worst, string> = { ok: "", near: " ~", under: " ▼", over: " ▲", broken: " ✕" };
export const PLAIN = "";
export const AGAINST = "status";

export const INK = { border: "#4a4640", community: "#26221d", unit: "rgba(70,64,56,.38)", target: "#0b5fa5", mark: "#111111", finding: "#b1003a", current: "#7a1fa0", halo: "#ffffff", ground: "#f4f2ee", none: "#8a857c" };

export interface Class {
  color: string;
  label: string;
  n: number;
}

export class Coloring {
  by: string = PLAIN;
  private breaks: number[] = [];

  constructor(private readonly store: Store) {}

  get measure(): Measure | undefined {
    return this.store.measure(this.by);
  }

  /** Limits of classes, from the values as they are now: they stay while one draws, so that a stroke recolours only what it touched. */
  choose(by: string): void {
    this.by = by;
    const measure = this.measure;
    const values = measure ? this.store.alive.map((g) => g.values[measure.name]).filter((v): v is number => typeof v === "number") : [];
    this.breaks = measure ? quantiles(values, RAMP.length, measure.share ? measure.decimals + 2 : measure.decimals) : [];
  }

  fill(grid: Grid): string {
    if (this.by === AGAINST) return STATUS[grid.worst];
    if (!this.measure) return GRID_COLORS[grid.color % GRID_COLORS.length];
    const c = classOf(grid.values[this.by] ?? null, this.breaks);
    return c < 0 ? INK.ground : this.ramp(c);
  }

  private ramp(c: number): string {
    const n = this.breaks.length;
    return RAMP[n ? Math.round((c * (RAMP.length - 1)) / n) : RAMP.length - 1];
  }

  /** What the colours mean, with how many grids each has. */
  legend(): Class[] {
    const { say } = this.store;
    const grids = this.store.alive;
    if (this.by === AGAINST) {
      return (["ok", "near", "under", "over", "broken"] as const).map((w) => ({ color: STATUS[w], label: say.text(`is_${w}`) + SIGN[w], n: grids.filter((g) => g.worst === w).length }));
    }
    const measure = this.measure;
    if (!measure) return [];
    const edge = (i: number): string | undefined => (i < 0 || i >= this.breaks.length ? undefined : this.store.figure(this.breaks[i], measure, true));
    return Array.from({ length: this.breaks.length + 1 }, (_, c) => {
      const [a, b] = [edge(c - 1), edge(c)];
      const label = a === undefined ? (b === undefined ? say.text("all_values") : say.text("below", { x: b })) : b === undefined ? say.text("from_up", { x: a }) : say.text("from_to", { a, b });
      return { color: this.ramp(c), label, n: grids.filter((g) => classOf(g.values[this.by] ?? null, this.breaks) === c).length };
    });
  }
}

/** Limits that cut values into at most n classes of like size, each once, rounded as they are written. */
export function quantiles(values: readonly number[], n: number, decimals: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const out: number[] = [];
  for (let k = 1; k < n && sorted.length; k++) {
    const cut = Number(sorted[Math.min(sorted.length - 1, Math.floor((k * sorted.length) / n))].toFixed(decimals));
    if (cut > (out.at(-1) ?? sorted[0])) out.push(cut);
  }
  return out;
}

/** How a context layer is drawn: by class where it has one. */
export function contextLooks(layer: Layer): { looks: Look[]; lookOf: (i: number) => number; classes: Class[] } {
  const look = (over: Partial<Look>): Look => ({ fill: null, line: null, width: 1, dash: [], radius: 4, ...over });
  const classes = layer.columns["class"] ?? layer.columns["category"];
  const one = (l: Look): { looks: Look[]; lookOf: (i: number) => number; classes: Class[] } => ({ looks: [l], lookOf: () => 0, classes: [] });
  const line: Record<string, Look> = {
    streets: look({ line: "rgba(105,98,90,.38)", width: 0.8 }),
    rail: look({ line: "#77716a", width: 1.2, dash: [5, 4] }),
    barriers: look({ line: "#5b3a8c", width: 3, dash: [2, 4] }),
    links: look({ line: "#5b3a8c", width: 2 }),
  };
  if (layer.kind === "line") return one(line[layer.key] ?? look({ line: EXTRA[5], width: 2 }));
  if (layer.key === "water") return one(look({ fill: "#b7d3e6" }));
  if (layer.key === "hotspots") return one(look({ fill: "rgba(177,0,58,.14)", line: "#b1003a", width: 2 }));
  if (classes) {
    const names = [...new Set(classes.map(String))].sort();
    const ordered = layer.key === "density";
    const colors = names.map((_, k) => (ordered ? RAMP[Math.min(k, RAMP.length - 1)] : EXTRA[k % EXTRA.length]));
    const looks = colors.map((c) => (layer.kind === "point" ? look({ fill: c, line: INK.halo, radius: 3.5 }) : look({ fill: `${c}aa`, line: c })));
    const at = new Map(names.map((name, k) => [name, k]));
    return { looks, lookOf: (i) => at.get(String(classes[i])) ?? 0, classes: names.map((label, k) => ({ label, color: colors[k], n: classes.filter((c) => String(c) === label).length })) };
  }
  if (layer.kind === "point") return one(look({ fill: layer.key === "homes" ? "#0072b2" : "#111111", line: INK.halo, radius: 4.5, width: 1.2 }));
  return one(look({ fill: `${EXTRA[0]}2e`, line: EXTRA[0], width: 2 }));
}
