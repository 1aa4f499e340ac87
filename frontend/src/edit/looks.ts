// In which colours is a plan shown? Fills that neighbours do not share, classes of a measure, states against limits.
import { classOf } from "../classes";
import type { Look } from "../painter";
import { EXTRA } from "../theme";
import type { Layer } from "../types";
import type { Store } from "./store";
import { tones } from "./tones";
import type { Grid, Measure, Worst } from "./types";

/** Beside a name: a state is never told by colour alone. */
export const SIGN: Record<Worst, string> = { ok: "", near: " ~", under: " ▼", over: " ▲", broken: " ✕" };
export const PLAIN = "";
export const AGAINST = "status";

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
    this.breaks = measure ? quantiles(values, tones.ramp.length, measure.share ? measure.decimals + 2 : measure.decimals) : [];
  }

  fill(grid: Grid): string {
    if (this.by === AGAINST) return tones.status[grid.worst];
    if (!this.measure) return tones.grids[grid.color % tones.grids.length];
    const c = classOf(grid.values[this.by] ?? null, this.breaks);
    return c < 0 ? tones.ink.ground : this.ramp(c);
  }

  private ramp(c: number): string {
    const n = this.breaks.length;
    return tones.ramp[n ? Math.round((c * (tones.ramp.length - 1)) / n) : tones.ramp.length - 1];
  }

  /** What the colours mean, with how many grids each has. */
  legend(): Class[] {
    const { say } = this.store;
    const grids = this.store.alive;
    if (this.by === AGAINST) {
      return (["ok", "near", "under", "over", "broken"] as const).map((w) => ({ color: tones.status[w], label: say.text(`is_${w}`) + SIGN[w], n: grids.filter((g) => g.worst === w).length }));
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
  const { context, ink } = tones;
  const classes = layer.columns["class"] ?? layer.columns["category"];
  const one = (l: Look): { looks: Look[]; lookOf: (i: number) => number; classes: Class[] } => ({ looks: [l], lookOf: () => 0, classes: [] });
  const line: Record<string, Look> = {
    streets: look({ line: context.streets, width: 0.8 }),
    rail: look({ line: context.rail, width: 1.2, dash: [5, 4] }),
    barriers: look({ line: context.barriers, width: 3, dash: [2, 4] }),
    links: look({ line: context.barriers, width: 2 }),
  };
  if (layer.kind === "line") return one(line[layer.key] ?? look({ line: EXTRA[5], width: 2 }));
  if (layer.key === "water") return one(look({ fill: context.water }));
  if (layer.key === "hotspots") return one(look({ fill: context.hotspotFill, line: context.hotspot, width: 2 }));
  if (classes) {
    const ordered = layer.key === "density";
    const seen = [...new Set(classes.map(String))];
    const names = ordered ? seen : seen.sort(); // classes of density come from the lowest up
    const colors = names.map((_, k) => (ordered ? tones.ramp[Math.min(k, tones.ramp.length - 1)] : EXTRA[k % EXTRA.length]));
    const looks = colors.map((c) => (layer.kind === "point" ? look({ fill: c, line: ink.halo, radius: 3.5 }) : look({ fill: `${c}aa`, line: c })));
    const at = new Map(names.map((name, k) => [name, k]));
    return { looks, lookOf: (i) => at.get(String(classes[i])) ?? 0, classes: names.map((label, k) => ({ label, color: colors[k], n: classes.filter((c) => String(c) === label).length })) };
  }
  if (layer.kind === "point") return one(look({ fill: layer.key === "homes" ? context.homes : ink.mark, line: ink.halo, radius: 4.5, width: 1.2 }));
  return one(look({ fill: `${EXTRA[0]}2e`, line: EXTRA[0], width: 2 }));
}
