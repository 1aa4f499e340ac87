import assert from "node:assert/strict";
import { test } from "node:test";
import { nextWindow } from "../src/playback";

test("playing starts with a window at the first day", () => {
  assert.deepEqual(nextWindow([0, 400], 0, 400), [0, 40]);
});

test("the window moves on, keeps its length, and starts again at the end", () => {
  let days: [number, number] = [0, 40];
  const seen: [number, number][] = [];
  for (let k = 0; k < 37; k++) seen.push((days = nextWindow(days, 0, 400)));
  assert.ok(seen.slice(0, 36).every(([a, b], k) => b - a === 40 && a === 10 * (k + 1)));
  assert.deepEqual(seen[36], [0, 40]);
});

test("two days are enough to play", () => {
  assert.deepEqual(nextWindow([5, 6], 5, 6), [5, 6]);
  assert.deepEqual(nextWindow([5, 5], 5, 6), [6, 6]);
});
