// What lies under the pointer?
import type { Shapes } from "./types";

/** Position of the first feature, of those that are shown, that holds the point, or -1. */
export function featureAt(shapes: Shapes, u: number, v: number, shown: (i: number) => boolean = () => true): number {
  const { box, n } = shapes;
  for (let i = 0; i < n; i++) {
    if (u < box[4 * i] || u > box[4 * i + 2] || v < box[4 * i + 1] || v > box[4 * i + 3]) continue;
    if (shown(i) && holds(shapes, i, u, v)) return i;
  }
  return -1;
}

/** Even-odd rule over all rings of a feature. */
export function holds(shapes: Shapes, i: number, u: number, v: number): boolean {
  const { xy, ring, first } = shapes;
  let inside = false;
  for (let r = first[i]; r < first[i + 1]; r++) {
    const end = ring[r + 1];
    for (let a = ring[r], b = end - 1; a < end; b = a++) {
      const ya = xy[2 * a + 1];
      const yb = xy[2 * b + 1];
      if (ya > v === yb > v) continue;
      const xa = xy[2 * a];
      if (u < xa + ((v - ya) / (yb - ya)) * (xy[2 * b] - xa)) inside = !inside;
    }
  }
  return inside;
}

/** Points within a radius, nearest first. */
export function pointsNear(shapes: Shapes, u: number, v: number, radius: number): number[] {
  const { xy, n } = shapes;
  const found: [number, number][] = [];
  for (let i = 0; i < n; i++) {
    const d = Math.hypot(xy[2 * i] - u, xy[2 * i + 1] - v);
    if (d <= radius) found.push([d, i]);
  }
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
}

/** The line nearest to a place within a radius, or -1. */
export function lineNear(shapes: Shapes, u: number, v: number, radius: number): number {
  const { xy, ring, first, box, n } = shapes;
  let [best, found] = [radius, -1];
  for (let i = 0; i < n; i++) {
    if (u < box[4 * i] - best || u > box[4 * i + 2] + best || v < box[4 * i + 1] - best || v > box[4 * i + 3] + best) continue;
    for (let r = first[i]; r < first[i + 1]; r++) {
      for (let k = ring[r] + 1; k < ring[r + 1]; k++) {
        const d = toSegment(u, v, xy[2 * k - 2], xy[2 * k - 1], xy[2 * k], xy[2 * k + 1]);
        if (d <= best) [best, found] = [d, i];
      }
    }
  }
  return found;
}

function toSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const long = dx * dx + dy * dy;
  const t = long ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / long)) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
