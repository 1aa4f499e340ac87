// Which units lie under a brush, in a rectangle, in a lasso? Answered from a raster of buckets.
import { holds } from "../hit";
import type { Shapes } from "../types";

type Place = readonly [u: number, v: number];

export class Finder {
  private readonly columns: number;
  private readonly rows: number;
  private readonly first: Uint32Array;
  private readonly member: Uint32Array;
  private readonly west: number;
  private readonly north: number;
  private readonly size: number;
  /** Middle of the box of each unit. */
  readonly center: Float64Array;

  constructor(private readonly shapes: Shapes) {
    const { n, box } = shapes;
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    this.center = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      west = Math.min(west, box[4 * i]);
      north = Math.min(north, box[4 * i + 1]);
      east = Math.max(east, box[4 * i + 2]);
      south = Math.max(south, box[4 * i + 3]);
      this.center[2 * i] = (box[4 * i] + box[4 * i + 2]) / 2;
      this.center[2 * i + 1] = (box[4 * i + 1] + box[4 * i + 3]) / 2;
    }
    this.west = west;
    this.north = north;
    const side = Math.max(1, Math.ceil(Math.sqrt(n)));
    this.size = Math.max((east - west) / side, (south - north) / side, 1e-12);
    this.columns = Math.floor((east - west) / this.size) + 1 || 1;
    this.rows = Math.floor((south - north) / this.size) + 1 || 1;
    const count = new Uint32Array(this.columns * this.rows + 1);
    for (let i = 0; i < n; i++) for (const c of this.cells(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3])) count[c + 1] += 1;
    for (let c = 0; c < this.columns * this.rows; c++) count[c + 1] += count[c];
    this.first = count;
    this.member = new Uint32Array(count[this.columns * this.rows]);
    const at = count.slice();
    for (let i = 0; i < n; i++) for (const c of this.cells(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3])) this.member[at[c]++] = i;
  }

  private *cells(west: number, north: number, east: number, south: number): Generator<number> {
    const clamp = (x: number, most: number): number => Math.min(most - 1, Math.max(0, Math.floor(x)));
    const [x0, x1] = [clamp((west - this.west) / this.size, this.columns), clamp((east - this.west) / this.size, this.columns)];
    const [y0, y1] = [clamp((north - this.north) / this.size, this.rows), clamp((south - this.north) / this.size, this.rows)];
    for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) yield y * this.columns + x;
  }

  /** Units whose box meets a box, each once, in rising order. */
  near(west: number, north: number, east: number, south: number): number[] {
    const found = new Set<number>();
    const { box } = this.shapes;
    for (const c of this.cells(west, north, east, south)) {
      for (let k = this.first[c]; k < this.first[c + 1]; k++) {
        const i = this.member[k];
        if (box[4 * i] <= east && box[4 * i + 2] >= west && box[4 * i + 1] <= south && box[4 * i + 3] >= north) found.add(i);
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /** The unit that holds a place, or -1. */
  at(u: number, v: number): number {
    return this.near(u, v, u, v).find((i) => holds(this.shapes, i, u, v)) ?? -1;
  }

  /** Units that a disk touches; radius 0 is the unit under the point. */
  inDisk(u: number, v: number, radius: number): number[] {
    return this.near(u - radius, v - radius, u + radius, v + radius).filter(
      (i) => holds(this.shapes, i, u, v) || (radius > 0 && this.distance(i, u, v) <= radius),
    );
  }

  /** Units whose middle lies in a rectangle. */
  inBox(a: Place, b: Place): number[] {
    const [west, east] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    const [north, south] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    return this.near(west, north, east, south).filter((i) => this.middleIn(i, (u, v) => u >= west && u <= east && v >= north && v <= south));
  }

  /** Units whose middle lies in a drawn loop. */
  inLoop(loop: readonly Place[]): number[] {
    const us = loop.map((p) => p[0]);
    const vs = loop.map((p) => p[1]);
    if (loop.length < 3) return [];
    const box: [number, number, number, number] = [Math.min(...us), Math.min(...vs), Math.max(...us), Math.max(...vs)];
    return this.near(...box).filter((i) => this.middleIn(i, (u, v) => inLoop(loop, u, v)));
  }

  private middleIn(i: number, inside: (u: number, v: number) => boolean): boolean {
    return inside(this.center[2 * i], this.center[2 * i + 1]);
  }

  /** From a place to the nearest point of a unit's rings. */
  private distance(i: number, u: number, v: number): number {
    const { xy, ring, first } = this.shapes;
    let best = Infinity;
    for (let r = first[i]; r < first[i + 1]; r++) {
      for (let k = ring[r], b = ring[r + 1] - 1; k < ring[r + 1]; b = k++) {
        const [ax, ay] = [xy[2 * b], xy[2 * b + 1]];
        const [dx, dy] = [xy[2 * k] - ax, xy[2 * k + 1] - ay];
        const long = dx * dx + dy * dy;
        const t = long ? Math.max(0, Math.min(1, ((u - ax) * dx + (v - ay) * dy) / long)) : 0;
        best = Math.min(best, Math.hypot(u - ax - t * dx, v - ay - t * dy));
      }
    }
    return best;
  }
}

export function inLoop(loop: readonly Place[], u: number, v: number): boolean {
  let inside = false;
  for (let a = 0, b = loop.length - 1; a < loop.length; b = a++) {
    const [[ua, va], [ub, vb]] = [loop[a], loop[b]];
    if (va > v !== vb > v && u < ua + ((v - va) / (vb - va)) * (ub - ua)) inside = !inside;
  }
  return inside;
}
