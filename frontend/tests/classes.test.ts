import assert from "node:assert/strict";
import { test } from "node:test";
import { classOf } from "../src/classes";
import { rampOf } from "../src/theme";

test("a value on a limit belongs to the class above it", () => {
  assert.deepEqual([9, 10, 19.9, 20, 99].map((v) => classOf(v, [10, 20])), [0, 1, 1, 2, 2]);
});

test("no data is in no class", () => {
  assert.deepEqual([null, undefined, "many"].map((v) => classOf(v, [10])), [-1, -1, -1]);
});

test("a ramp keeps its ends, and turns round on a dark ground", () => {
  const ramp = ["#111111", "#222222", "#333333", "#444444", "#555555"];
  assert.deepEqual(rampOf(ramp, 3, "light"), ["#111111", "#333333", "#555555"]);
  assert.deepEqual(rampOf(ramp, 3, "dark"), ["#555555", "#333333", "#111111"]);
  assert.deepEqual(rampOf(ramp, 1, "light"), ["#555555"]);
});
