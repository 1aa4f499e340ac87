import assert from "node:assert/strict";
import { test } from "node:test";
import { featureAt, holds, lineNear, pointsNear } from "../src/hit";
import type { Shapes } from "../src/types";

/** Features as lists of rings, rings as lists of points. */
function shapes(features: [number, number][][][]): Shapes {
  const [xy, ring, first, box]: [number[], number[], number[], number[]] = [[], [0], [0], []];
  for (const rings of features) {
    for (const points of rings) {
      xy.push(...points.flat());
      ring.push(xy.length / 2);
    }
    first.push(ring.length - 1);
    const all = rings.flat();
    const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
    box.push(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
  }
  return { n: features.length, xy: Float64Array.from(xy), ring: Uint32Array.from(ring), first: Uint32Array.from(first), box: Float64Array.from(box), anchor: null };
}

const square = (x: number, y: number, side: number): [number, number][] => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];

test("a place lies in the polygon that holds it", () => {
  const two = shapes([[square(0, 0, 1)], [square(1, 0, 1)]]);
  assert.equal(featureAt(two, 0.5, 0.5), 0);
  assert.equal(featureAt(two, 1.5, 0.5), 1);
  assert.equal(featureAt(two, 2.5, 0.5), -1);
});

test("a hole is outside", () => {
  const ring = shapes([[square(0, 0, 3), square(1, 1, 1)]]);
  assert.equal(holds(ring, 0, 0.5, 0.5), true);
  assert.equal(holds(ring, 0, 1.5, 1.5), false);
});

test("even-odd agrees with a count of crossings for many places", () => {
  const star = shapes([[[[0, 0], [4, 1], [1, 4], [3, -1], [2, 5]]]]);
  for (let k = 0; k < 400; k++) {
    const [x, y] = [(k % 20) * 0.23 - 0.11, Math.floor(k / 20) * 0.31 - 1.07];
    let crossings = 0;
    for (let a = 0; a < 5; a++) {
      const b = (a + 1) % 5;
      const [xa, ya, xb, yb] = [star.xy[2 * a], star.xy[2 * a + 1], star.xy[2 * b], star.xy[2 * b + 1]];
      if (Math.min(ya, yb) <= y && y < Math.max(ya, yb) && xa + ((y - ya) * (xb - xa)) / (yb - ya) > x) crossings += 1;
    }
    assert.equal(holds(star, 0, x, y), crossings % 2 === 1, `${x}, ${y}`);
  }
});

test("points come nearest first, and only those within reach", () => {
  const points = shapes([[[[0, 0]]], [[[3, 0]]], [[[1, 0]]]]);
  assert.deepEqual(pointsNear(points, 0, 0, 2), [0, 2]);
});

test("the nearest line is found by its segments, not its corners", () => {
  const lines = shapes([[[[0, 0], [10, 0]]], [[[0, 5], [10, 5]]]]);
  assert.equal(lineNear(lines, 5, 1, 2), 0);
  assert.equal(lineNear(lines, 5, 4.5, 2), 1);
  assert.equal(lineNear(lines, 5, 2.5, 1), -1);
});
