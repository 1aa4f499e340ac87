// Which communities are loaded unit by unit? Units and the lines between them, fetched once and kept;
// outlines of grids are put together from these lines, so no shape travels after a stroke.
import type { Layer, Shapes } from "../types";
import type { Content } from "../unpack";
import { Finder } from "./find";
import type { Server } from "./server";

/** One community, unit by unit. */
export interface Sheet {
  community: number;
  /** Position in the town of each unit of the sheet. */
  units: Int32Array;
  shapes: Shapes;
  finder: Finder;
  columns: Layer["columns"];
  /** Lines between units: one feature per line, with the units (positions in the town) on both sides. */
  arcs: Shapes;
  left: Int32Array;
  right: Int32Array;
  /** Lines of each unit of the sheet: arcOf[arcFirst[i]] .. arcOf[arcFirst[i + 1] - 1]. */
  arcFirst: Uint32Array;
  arcOf: Uint32Array;
}

/** More units than this are not kept at once; what was looked at longest ago goes first. */
const MOST_UNITS = 45_000;

export class Sheets {
  readonly open = new Map<number, Sheet>();
  /** Community of each unit of the town; NONE where not loaded yet. */
  private readonly home: Int32Array;
  /** Position of each unit in its sheet. */
  private readonly spot: Int32Array;
  private readonly coming = new Map<number, Promise<Sheet | null>>();

  constructor(
    private readonly server: Server,
    nUnits: number,
  ) {
    this.home = new Int32Array(nUnits).fill(-1);
    this.spot = new Int32Array(nUnits).fill(-1);
  }

  /** Fetch communities that are not there yet, in one request. */
  async load(communities: readonly number[], pinned: ReadonlySet<number> = new Set()): Promise<void> {
    const wanted = communities.filter((c) => !this.open.has(c) && !this.coming.has(c));
    for (const c of communities) {
      const sheet = this.open.get(c);
      if (sheet) {
        this.open.delete(c); // looked at now: to the end of the queue
        this.open.set(c, sheet);
      }
    }
    const waits = communities.map((c) => this.coming.get(c)).filter((p) => p !== undefined);
    if (wanted.length) {
      const answer = this.server.layers(`/api/units?${wanted.map((c) => `community=${c}`).join("&")}`).then((content) => {
        for (const sheet of sheetsOf(content)) this.put(sheet);
        this.trim(new Set([...communities, ...pinned]));
        return null;
      }).finally(() => wanted.forEach((c) => this.coming.delete(c)));
      for (const c of wanted) this.coming.set(c, answer);
      waits.push(answer);
    }
    await Promise.all(waits);
  }

  private put(sheet: Sheet): void {
    this.open.set(sheet.community, sheet);
    sheet.units.forEach((u, i) => {
      this.home[u] = sheet.community;
      this.spot[u] = i;
    });
  }

  private trim(kept: ReadonlySet<number>): void {
    let held = 0;
    for (const sheet of this.open.values()) held += sheet.units.length;
    for (const [c, sheet] of this.open) {
      if (held <= MOST_UNITS) return;
      if (kept.has(c)) continue;
      this.open.delete(c);
      for (const u of sheet.units) this.home[u] = this.spot[u] = -1;
      held -= sheet.units.length;
    }
  }

  /** Sheet and position of a unit, or null where its community is not loaded. */
  where(unit: number): { sheet: Sheet; i: number } | null {
    const sheet = this.open.get(this.home[unit]);
    return sheet ? { sheet, i: this.spot[unit] } : null;
  }

  has(unit: number): boolean {
    return this.home[unit] >= 0;
  }

  /** The unit at a place of the world, or -1. */
  at(u: number, v: number): number {
    for (const sheet of this.open.values()) {
      const i = sheet.finder.at(u, v);
      if (i >= 0) return sheet.units[i];
    }
    return -1;
  }

  /** Units that a question to each sheet's finder finds. */
  find(ask: (finder: Finder) => number[]): number[] {
    const out: number[] = [];
    for (const sheet of this.open.values()) for (const i of ask(sheet.finder)) out.push(sheet.units[i]);
    return out;
  }

  middle(unit: number): [u: number, v: number] | null {
    const at = this.where(unit);
    return at && [at.sheet.finder.center[2 * at.i], at.sheet.finder.center[2 * at.i + 1]];
  }

  /** The box around units, in world units; null when none is loaded. */
  boxOf(units: Iterable<number>): [number, number, number, number] | null {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const unit of units) {
      const at = this.where(unit);
      if (!at) continue;
      const { box } = at.sheet.shapes;
      west = Math.min(west, box[4 * at.i]);
      north = Math.min(north, box[4 * at.i + 1]);
      east = Math.max(east, box[4 * at.i + 2]);
      south = Math.max(south, box[4 * at.i + 3]);
    }
    return west > east ? null : [west, north, east, south];
  }

  neighbors(unit: number): number[] {
    const at = this.where(unit);
    if (!at) return [];
    const { arcFirst, arcOf, left, right } = at.sheet;
    const out = new Set<number>();
    for (let k = arcFirst[at.i]; k < arcFirst[at.i + 1]; k++) {
      const across = left[arcOf[k]] === unit ? right[arcOf[k]] : left[arcOf[k]];
      if (across >= 0) out.add(across);
    }
    return [...out];
  }

  /** The outline of all units of one label, with an inner point for its name; null when one is not loaded. */
  outline(units: readonly number[], inside: (unit: number) => boolean): Shapes | null {
    const edges: Edge[] = [];
    for (const unit of units) {
      const at = this.where(unit);
      if (!at) return null;
      const { arcFirst, arcOf, left, right, arcs } = at.sheet;
      for (let k = arcFirst[at.i]; k < arcFirst[at.i + 1]; k++) {
        const a = arcOf[k];
        const across = left[a] === unit ? right[a] : left[a];
        if (across < 0 || !inside(across)) edges.push({ xy: arcs.xy, from: arcs.ring[a], to: arcs.ring[a + 1] });
      }
    }
    const shapes = chain(edges);
    shapes.anchor = this.anchor(units);
    return shapes;
  }

  /** The middle of the unit that is nearest to the middle of all. */
  private anchor(units: readonly number[]): Float64Array {
    let [su, sv] = [0, 0];
    const middles = units.map((unit) => this.middle(unit) ?? [0, 0]);
    for (const [u, v] of middles) [su, sv] = [su + u / units.length, sv + v / units.length];
    let [best, near] = [Infinity, [su, sv]];
    for (const m of middles) {
      const d = Math.hypot(m[0] - su, m[1] - sv);
      if (d < best) [best, near] = [d, m];
    }
    return Float64Array.from(near);
  }
}

export function sheetsOf(content: Content): Sheet[] {
  const units = content.layers.get("units");
  const edges = content.layers.get("edges");
  if (!units || !edges) return [];
  const community = units.columns["community"] as number[];
  const position = units.columns["unit"] as number[];
  const groups = new Map<number, number[]>();
  community.forEach((c, i) => {
    const group = groups.get(c);
    if (group) group.push(i);
    else groups.set(c, [i]);
  });
  const lines = linesOf(edges);
  const home = new Map<number, number>();
  position.forEach((u, i) => home.set(u, community[i]));
  return [...groups].map(([c, members]) => {
    const shapes = pick(units.shapes, members);
    const own = members.map((i) => position[i]);
    const mine: number[] = [];
    for (let a = 0; a < lines.left.length; a++) {
      if (home.get(lines.left[a]) === c || (lines.right[a] >= 0 && home.get(lines.right[a]) === c)) mine.push(a);
    }
    const columns: Layer["columns"] = {};
    for (const [name, values] of Object.entries(units.columns)) columns[name] = members.map((i) => values[i]);
    const left = Int32Array.from(mine, (a) => lines.left[a]);
    const right = Int32Array.from(mine, (a) => lines.right[a]);
    return { community: c, units: Int32Array.from(own), shapes, finder: new Finder(shapes), columns, arcs: pick(lines.shapes, mine), left, right, ...indexed(own, left, right) };
  });
}

/** A feature with several lines becomes several features of one line. */
function linesOf(edges: Layer): { shapes: Shapes; left: number[]; right: number[] } {
  const { shapes } = edges;
  const n = shapes.ring.length - 1;
  const first = Uint32Array.from({ length: n + 1 }, (_, r) => r);
  const box = new Float64Array(4 * n);
  const [left, right]: [number[], number[]] = [[], []];
  for (let i = 0; i < shapes.n; i++) {
    for (let r = shapes.first[i]; r < shapes.first[i + 1]; r++) {
      left.push(edges.columns["left"][i] as number);
      right.push(edges.columns["right"][i] as number);
      box.set(around(shapes.xy, shapes.ring[r], shapes.ring[r + 1]), 4 * r);
    }
  }
  return { shapes: { ...shapes, n, first, box }, left, right };
}

function indexed(own: number[], left: Int32Array, right: Int32Array): { arcFirst: Uint32Array; arcOf: Uint32Array } {
  const spot = new Map(own.map((u, i) => [u, i]));
  const arcFirst = new Uint32Array(own.length + 1);
  const sides = (a: number): number[] => [spot.get(left[a]), spot.get(right[a])].filter((i) => i !== undefined);
  for (let a = 0; a < left.length; a++) for (const i of sides(a)) arcFirst[i + 1] += 1;
  for (let i = 0; i < own.length; i++) arcFirst[i + 1] += arcFirst[i];
  const arcOf = new Uint32Array(arcFirst[own.length]);
  const at = arcFirst.slice();
  for (let a = 0; a < left.length; a++) for (const i of sides(a)) arcOf[at[i]++] = a;
  return { arcFirst, arcOf };
}

/** Some features of a layer, as a layer of their own. */
export function pick(shapes: Shapes, members: readonly number[]): Shapes {
  const { xy, ring, first, box } = shapes;
  let [points, rings] = [0, 0];
  for (const i of members) {
    rings += first[i + 1] - first[i];
    points += ring[first[i + 1]] - ring[first[i]];
  }
  const out = { xy: new Float64Array(2 * points), ring: new Uint32Array(rings + 1), first: new Uint32Array(members.length + 1), box: new Float64Array(4 * members.length) };
  let [p, r] = [0, 0];
  members.forEach((i, k) => {
    for (let q = first[i]; q < first[i + 1]; q++) {
      out.xy.set(xy.subarray(2 * ring[q], 2 * ring[q + 1]), 2 * p);
      p += ring[q + 1] - ring[q];
      out.ring[++r] = p;
    }
    out.first[k + 1] = r;
    out.box.set(box.subarray(4 * i, 4 * i + 4), 4 * k);
  });
  const anchor = shapes.anchor && Float64Array.from(members.flatMap((i) => [shapes.anchor?.[2 * i] ?? 0, shapes.anchor?.[2 * i + 1] ?? 0]));
  return { n: members.length, ...out, anchor };
}

interface Edge {
  xy: Float64Array;
  from: number;
  to: number;
}

/** Put lines that meet at their ends together to rings. */
export function chain(edges: readonly Edge[]): Shapes {
  const at = new Map<string, number[]>();
  const end = (e: Edge, last: boolean): string => {
    const k = last ? e.to - 1 : e.from;
    return `${e.xy[2 * k]},${e.xy[2 * k + 1]}`;
  };
  const ends = edges.map((e) => [end(e, false), end(e, true)] as const);
  ends.forEach((pair, k) => {
    for (const key of pair) {
      const list = at.get(key);
      if (list) list.push(k);
      else at.set(key, [k]);
    }
  });
  const xy: number[] = [];
  const ring: number[] = [0];
  const used = new Uint8Array(edges.length);
  for (let k = 0; k < edges.length; k++) {
    if (used[k]) continue;
    const home = ends[k][0];
    let [line, node]: [number | undefined, string] = [k, home];
    while (line !== undefined) {
      used[line] = 1;
      const forward: boolean = ends[line][0] === node;
      const { xy: points, from, to } = edges[line];
      if (forward) for (let q = from; q < to - 1; q++) xy.push(points[2 * q], points[2 * q + 1]);
      else for (let q = to - 1; q > from; q--) xy.push(points[2 * q], points[2 * q + 1]);
      node = ends[line][forward ? 1 : 0];
      line = node === home ? undefined : at.get(node)?.find((b) => !used[b]);
    }
    ring.push(xy.length / 2);
  }
  const flat = Float64Array.from(xy);
  return { n: 1, xy: flat, ring: Uint32Array.from(ring), first: Uint32Array.of(0, ring.length - 1), box: Float64Array.from(around(flat, 0, flat.length / 2)), anchor: null };
}

function around(xy: Float64Array, from: number, to: number): [number, number, number, number] {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = from; k < to; k++) {
    west = Math.min(west, xy[2 * k]);
    east = Math.max(east, xy[2 * k]);
    north = Math.min(north, xy[2 * k + 1]);
    south = Math.max(south, xy[2 * k + 1]);
  }
  return [west, north, east, south];
}
