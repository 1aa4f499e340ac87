// Which lines separate which units? The rings of the units, cut into arcs that two units share.
// From arcs and labels follow all borders and outlines, so no shape travels after a change.
import type { Shapes } from "../types";

/** Lines between two units, or between a unit and what is outside the town (-1). */
export interface Topology {
  n: number;
  /** One line per arc; `left` and `right` are the units beside it, in no particular order. */
  arcs: Shapes;
  left: Int32Array;
  right: Int32Array;
  /** Vertices where an arc begins and ends. */
  start: Int32Array;
  end: Int32Array;
  /** Arcs of unit i: unitArc[unitFirst[i]] .. unitArc[unitFirst[i + 1] - 1]. */
  unitFirst: Uint32Array;
  unitArc: Uint32Array;
}

/** Whole numbers per world width: one per micro-degree, so that different points stay different. */
const STEPS = 360e6;

class PairTable {
  private readonly mask: number;
  private readonly slot: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  n = 0;

  constructor(most: number) {
    let size = 16;
    while (size < 2 * most) size *= 2;
    this.mask = size - 1;
    this.slot = new Int32Array(size).fill(-1);
    this.a = new Int32Array(most);
    this.b = new Int32Array(most);
  }

  /** Number of a pair, the same each time. */
  at(a: number, b: number): number {
    let h = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 0;
    h = (h ^ (h >>> 15)) & this.mask;
    for (;;) {
      const k = this.slot[h];
      if (k < 0) break;
      if (this.a[k] === a && this.b[k] === b) return k;
      h = (h + 1) & this.mask;
    }
    this.slot[h] = this.n;
    this.a[this.n] = a;
    this.b[this.n] = b;
    return this.n++;
  }
}

/** Cut the rings of a valid coverage into arcs. */
export function topologyOf(units: Shapes): Topology {
  const { xy, ring, first, n } = units;
  const nPoints = xy.length / 2;
  const points = new PairTable(nPoints);
  const vertex = new Int32Array(nPoints);
  const [u0, v0] = [xy[0] ?? 0, xy[1] ?? 0];
  for (let k = 0; k < nPoints; k++) vertex[k] = points.at(Math.round((xy[2 * k] - u0) * STEPS), Math.round((xy[2 * k + 1] - v0) * STEPS));
  // Every segment once, with the unit on either side.
  const segments = new PairTable(nPoints);
  const segment = new Int32Array(nPoints);
  const one = new Int32Array(nPoints).fill(-1);
  const other = new Int32Array(nPoints).fill(-1);
  const degree = new Uint8Array(points.n);
  for (let i = 0; i < n; i++) {
    for (let r = first[i]; r < first[i + 1]; r++) {
      for (let k = ring[r]; k < ring[r + 1]; k++) {
        const a = vertex[k];
        const b = vertex[k + 1 < ring[r + 1] ? k + 1 : ring[r]];
        const before = segments.n;
        const s = segments.at(Math.min(a, b), Math.max(a, b));
        segment[k] = s;
        if (s === before) {
          one[s] = i;
          degree[a] += 1;
          degree[b] += 1;
        } else other[s] = i;
      }
    }
  }
  return cut(units, vertex, segment, one, other, degree);
}

/** Walk each ring from node to node; an arc is written by the first of its two units. */
function cut(units: Shapes, vertex: Int32Array, segment: Int32Array, one: Int32Array, other: Int32Array, degree: Uint8Array): Topology {
  const { xy, ring, first, n } = units;
  const out: number[] = [];
  const ends: number[] = [0];
  const [left, right, start, end]: number[][] = [[], [], [], []];
  for (let i = 0; i < n; i++) {
    for (let r = first[i]; r < first[i + 1]; r++) {
      const [from, to] = [ring[r], ring[r + 1]];
      const size = to - from;
      let node = 0;
      while (node < size && degree[vertex[from + node]] === 2) node += 1;
      if (node === size) node = 0;
      for (let at = node; at < node + size; ) {
        const mine = one[segment[from + (at % size)]] === i;
        let k = at;
        if (mine) out.push(xy[2 * (from + (k % size))], xy[2 * (from + (k % size)) + 1]);
        do {
          k += 1;
          if (mine) out.push(xy[2 * (from + (k % size))], xy[2 * (from + (k % size)) + 1]);
        } while (k < node + size && degree[vertex[from + (k % size)]] === 2);
        if (mine) {
          ends.push(out.length / 2);
          left.push(i);
          right.push(other[segment[from + (at % size)]]);
          start.push(vertex[from + (at % size)]);
          end.push(vertex[from + (k % size)]);
        }
        at = k;
      }
    }
  }
  return finish(n, Float64Array.from(out), Uint32Array.from(ends), Int32Array.from(left), Int32Array.from(right), Int32Array.from(start), Int32Array.from(end));
}

function finish(n: number, xy: Float64Array, ring: Uint32Array, left: Int32Array, right: Int32Array, start: Int32Array, end: Int32Array): Topology {
  const n_arcs = left.length;
  const first = new Uint32Array(n_arcs + 1);
  const box = new Float64Array(4 * n_arcs);
  const unitFirst = new Uint32Array(n + 1);
  for (let a = 0; a < n_arcs; a++) {
    first[a + 1] = a + 1;
    box.set(boxOf(xy, ring[a], ring[a + 1]), 4 * a);
    unitFirst[left[a] + 1] += 1;
    if (right[a] >= 0) unitFirst[right[a] + 1] += 1;
  }
  for (let i = 0; i < n; i++) unitFirst[i + 1] += unitFirst[i];
  const unitArc = new Uint32Array(unitFirst[n]);
  const at = unitFirst.slice(0, n);
  for (let a = 0; a < n_arcs; a++) {
    unitArc[at[left[a]]++] = a;
    if (right[a] >= 0) unitArc[at[right[a]]++] = a;
  }
  return { n, arcs: { n: n_arcs, xy, ring, first, box, anchor: null }, left, right, start, end, unitFirst, unitArc };
}

function boxOf(xy: Float64Array, from: number, to: number): [number, number, number, number] {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = from; k < to; k++) {
    west = Math.min(west, xy[2 * k]);
    east = Math.max(east, xy[2 * k]);
    north = Math.min(north, xy[2 * k + 1]);
    south = Math.max(south, xy[2 * k + 1]);
  }
  return [west, north, east, south];
}

/** The outline of some units of one label: rings of the arcs that have the label on one side only. */
export function outline(t: Topology, units: readonly number[], inside: (unit: number) => boolean): Shapes {
  const edge: number[] = [];
  for (const i of units) {
    for (let k = t.unitFirst[i]; k < t.unitFirst[i + 1]; k++) {
      const a = t.unitArc[k];
      const across = t.left[a] === i ? t.right[a] : t.left[a];
      if (across < 0 || !inside(across)) edge.push(a);
    }
  }
  const xy: number[] = [];
  const ring: number[] = [0];
  const at = new Map<number, number[]>();
  for (const a of edge) {
    push(at, t.start[a], a);
    push(at, t.end[a], a);
  }
  const used = new Set<number>();
  for (const a of edge) {
    if (used.has(a)) continue;
    let [arc, node]: [number | undefined, number] = [a, t.start[a]];
    const home = node;
    while (arc !== undefined) {
      used.add(arc);
      const forward: boolean = t.start[arc] === node;
      trace(t.arcs, arc, forward, xy);
      node = forward ? t.end[arc] : t.start[arc];
      if (node === home) break;
      arc = at.get(node)?.find((b) => !used.has(b));
    }
    ring.push(xy.length / 2);
  }
  const flat = Float64Array.from(xy);
  return { n: 1, xy: flat, ring: Uint32Array.from(ring), first: Uint32Array.of(0, ring.length - 1), box: Float64Array.from(boxOf(flat, 0, flat.length / 2)), anchor: null };
}

function push(at: Map<number, number[]>, key: number, value: number): void {
  const list = at.get(key);
  if (list) list.push(value);
  else at.set(key, [value]);
}

/** Write the points of an arc but the last, in either direction. */
function trace(arcs: Shapes, a: number, forward: boolean, out: number[]): void {
  const [from, to] = [arcs.ring[a], arcs.ring[a + 1]];
  if (forward) for (let k = from; k < to - 1; k++) out.push(arcs.xy[2 * k], arcs.xy[2 * k + 1]);
  else for (let k = to - 1; k > from; k--) out.push(arcs.xy[2 * k], arcs.xy[2 * k + 1]);
}

/** Units that share a line with a unit. */
export function neighborsOf(t: Topology, i: number): number[] {
  const out: number[] = [];
  for (let k = t.unitFirst[i]; k < t.unitFirst[i + 1]; k++) {
    const a = t.unitArc[k];
    const across = t.left[a] === i ? t.right[a] : t.left[a];
    if (across >= 0 && !out.includes(across)) out.push(across);
  }
  return out;
}
