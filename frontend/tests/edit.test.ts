// The editor's own arithmetic: outlines from lines, units under a tool, colours, strokes on their way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Finder, inLoop } from "../src/edit/find";
import { nameOfPress } from "../src/edit/keys";
import { contextLooks, quantiles } from "../src/edit/looks";
import type { Server } from "../src/edit/server";
import { chain, Sheets, sheetsOf } from "../src/edit/sheets";
import { Store } from "../src/edit/store";
import { DAY, NIGHT } from "../src/edit/tones";
import type { Change, Grid, PlanState, Session } from "../src/edit/types";
import { WORDS } from "../src/edit/words";
import type { Layer, Shapes } from "../src/types";
import type { Content } from "../src/unpack";

type Ring = [number, number][];

function shapesOf(features: Ring[][]): Shapes {
  const xy: number[] = [];
  const ring = [0];
  const first = [0];
  const box: number[] = [];
  for (const rings of features) {
    const all = rings.flat();
    box.push(Math.min(...all.map((p) => p[0])), Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[0])), Math.max(...all.map((p) => p[1])));
    for (const r of rings) {
      xy.push(...r.flat());
      ring.push(xy.length / 2);
    }
    first.push(ring.length - 1);
  }
  return { n: features.length, xy: Float64Array.from(xy), ring: Uint32Array.from(ring), first: Uint32Array.from(first), box: Float64Array.from(box), anchor: null };
}

function square(x: number, y: number): Ring {
  return [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
}

/** Nine squares in rows, positions 0..8 from the upper left, as the server sends a community. */
function board(): Content {
  const units = [...Array(9).keys()].map((i) => [square(i % 3, Math.floor(i / 3))]);
  const [lines, left, right]: [Ring[][], number[], number[]] = [[], [], []];
  for (let i = 0; i < 9; i++) {
    const [x, y] = [i % 3, Math.floor(i / 3)];
    const sides: [Ring, number][] = [
      [[[x + 1, y], [x + 1, y + 1]], x < 2 ? i + 1 : -1],
      [[[x, y + 1], [x + 1, y + 1]], y < 2 ? i + 3 : -1],
    ];
    if (x === 0) sides.push([[[0, y], [0, y + 1]], -1]);
    if (y === 0) sides.push([[[x, 0], [x + 1, 0]], -1]);
    for (const [line, across] of sides) {
      lines.push([line]);
      left.push(i);
      right.push(across);
    }
  }
  const layer = (key: string, kind: "polygon" | "line", shapes: Shapes, columns: Layer["columns"]): Layer => ({ key, kind, n: shapes.n, offset: 0, length: 0, on: true, measures: [], columns, shapes, raster: null });
  return {
    head: {} as Content["head"],
    layers: new Map([
      ["units", layer("units", "polygon", shapesOf(units), { unit: [...Array(9).keys()], unit_id: ["a", "b", "c", "d", "e", "f", "g", "h", "i"], community: Array<number>(9).fill(0) })],
      ["edges", layer("edges", "line", shapesOf(lines), { left, right })],
    ]),
  };
}

function area(shapes: Shapes): number {
  let sum = 0;
  for (let r = 0; r < shapes.ring.length - 1; r++) {
    let own = 0;
    const [from, to] = [shapes.ring[r], shapes.ring[r + 1]];
    for (let k = from, b = to - 1; k < to; b = k++) own += shapes.xy[2 * b] * shapes.xy[2 * k + 1] - shapes.xy[2 * k] * shapes.xy[2 * b + 1];
    sum += Math.abs(own) / 2;
  }
  return sum;
}

async function sheets(): Promise<Sheets> {
  const server = { layers: () => Promise.resolve(board()) } as unknown as Server;
  const out = new Sheets(server, 9);
  await out.load([0]);
  return out;
}

test("an outline is one ring round its units, with a point inside", async () => {
  const all = await sheets();
  const own = new Set([0, 1, 3]);
  const shape = all.outline([...own], (u) => own.has(u));
  assert.ok(shape);
  assert.equal(shape.ring.length, 2);
  assert.equal(area(shape), 3);
  assert.deepEqual([...shape.box], [0, 0, 2, 2]);
  assert.deepEqual([...(shape.anchor ?? [])], [0.5, 0.5]);
});

test("a grid in two pieces has two rings, one with a hole has the hole's", async () => {
  const all = await sheets();
  const apart = all.outline([0, 8], (u) => u === 0 || u === 8);
  assert.equal(apart?.ring.length, 3);
  const round = [0, 1, 2, 3, 5, 6, 7, 8];
  const hole = all.outline(round, (u) => u !== 4);
  assert.equal(hole?.ring.length, 3);
});

test("an outline of units that are not loaded is asked of the server", async () => {
  const all = await sheets();
  assert.equal(new Sheets({} as unknown as Server, 9).outline([0], () => false), null);
  assert.deepEqual(all.neighbors(4).sort(), [1, 3, 5, 7]);
});

test("lines in any order and direction chain to one ring", () => {
  const xy = Float64Array.of(0, 0, 1, 0, /**/ 0, 1, 0, 0, /**/ 1, 1, 1, 0, /**/ 1, 1, 0, 1);
  const ring = chain([0, 2, 4, 6].map((from) => ({ xy, from, to: from + 2 })));
  assert.equal(ring.ring.length, 2);
  assert.equal(area(ring), 1);
});

test("brush, box and lasso find the units they cover", () => {
  const [sheet] = sheetsOf(board());
  const f = new Finder(sheet.shapes);
  assert.equal(f.at(1.5, 1.5), 4);
  assert.equal(f.at(9, 9), -1);
  assert.deepEqual(f.inDisk(1.5, 1.5, 0), [4]);
  assert.deepEqual(f.inDisk(1.5, 1.5, 0.6), [1, 3, 4, 5, 7]);
  assert.deepEqual(f.inBox([0.2, 0.2], [2, 0.9]), [0, 1]);
  assert.deepEqual(f.inLoop([[1, 1], [3, 1], [3, 3]]), [4, 5, 8].filter((i) => inLoop([[1, 1], [3, 1], [3, 3]], (i % 3) + 0.5, Math.floor(i / 3) + 0.5)));
});

test("classes are cut at rounded values, each limit once", () => {
  assert.deepEqual(quantiles([1, 1, 1, 1, 9], 3, 0), []);
  assert.deepEqual(quantiles([10, 20, 30, 40, 50, 60], 3, 0), [30, 50]);
});

test("every text is there in both languages, with the same places for facts", () => {
  for (const [key, [en, zh]] of Object.entries(WORDS)) {
    assert.ok(en && zh, key);
    const facts = (s: string): string[] => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    assert.deepEqual(facts(zh), facts(en), key);
  }
});

test("classes of density go up as they were sent, others by name", () => {
  const shown = (key: string, classes: string[]): string[] => contextLooks({ key, kind: "polygon", columns: { class: classes } } as unknown as Layer).classes.map((c) => c.label);
  assert.deepEqual(shown("density", ["≥ 0 /km²", "≥ 3,270 /km²", "≥ 14,030 /km²"]), ["≥ 0 /km²", "≥ 3,270 /km²", "≥ 14,030 /km²"]);
  assert.deepEqual(shown("objects", ["shop", "flat", "shop"]), ["flat", "shop"]);
});

test("six fills for grids, by day and by night, that names can be read on; much stands out", () => {
  const light = (hex: string): number => // relative luminance of WCAG 2
    [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a: string, b: string): number => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  for (const { grids, ramp, status, names, ink } of [DAY, NIGHT]) {
    assert.equal(new Set(grids).size, 6);
    const seen = ramp.map((fill) => contrast(fill, ink.ground));
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
    for (const fill of [...grids, ...Object.values(status), ink.ground]) assert.ok(contrast(names.text, fill) >= 4.5, `${fill} ${contrast(names.text, fill)}`);
    for (const line of [ink.border, ink.community, ink.target, ink.finding, ink.mark]) assert.ok(contrast(line, ink.ground) >= 4.5, line);
  }
});

test("a key is named the same with and without capitals", () => {
  const press = (init: Partial<KeyboardEvent>): string => nameOfPress({ ctrlKey: false, metaKey: false, shiftKey: false, ...init } as KeyboardEvent);
  assert.equal(press({ key: "Z", ctrlKey: true, shiftKey: true }), "Ctrl+Shift+z");
  assert.equal(press({ key: "z", metaKey: true }), "Ctrl+z");
  assert.equal(press({ key: "?", shiftKey: true }), "?");
});

// ------------------------------------------------------------------- store
function grid(slot: number, over: Partial<Grid> = {}): Grid {
  return { grid: slot, id: `G${slot}`, name: "", code: `0${slot}`, community: 0, alive: true, locked: false, note: "", members: 2, color: slot, n_comments: 0, n_units: 1, values: {}, status: {}, worst: "ok", ...over };
}

const WAY = { can_undo: false, can_redo: false, undo: null, redo: null };

function changeOf(revision: number, over: Partial<Change> = {}): Change {
  const text = { en: "moved", zh: "移动" };
  return { scenario: "main", revision, step: revision, kind: "assign", text, by: "x", at: "", units: [], base: [], grids: [], panel: [], gone: [], come: [], breaks: [], repair: [], skipped: { locked: 0, source: 0 }, town: {}, distance: { units: 0, of: {} }, n_broken: 0, new: null, scenarios: [], ...WAY, ...over };
}

function storeWith(post: (path: string, body: { revision: number; op: { units: number[]; to: number } }) => Promise<Change>): Store {
  const plan: PlanState = { scenario: "main", revision: 0, step: 0, base: [0, 0, 1, 1], grids: [grid(0), grid(1), grid(2, { locked: true })], current: null, town: {}, distance: { units: 0, of: {} }, findings: [], hash: "", ...WAY };
  const server = { window: "w", get: () => Promise.resolve(plan), post } as unknown as Server;
  const session = { lang: "en", scenario: "main", scenarios: [], windows: [], jobs: [], measures: [], communities: [] } as unknown as Session;
  return new Store(server, session);
}

test("strokes are painted at once and sent one upon the answer to the other", async () => {
  const seen: number[] = [];
  const store = storeWith((_, body) => {
    seen.push(body.revision);
    return Promise.resolve(changeOf(body.revision + 1, { units: body.op.units, base: body.op.units.map(() => body.op.to) }));
  });
  await store.refresh();
  store.paint([0], 1);
  const first = store.stroke([0], 1);
  store.paint([1], 1);
  const second = store.stroke([1], 1);
  assert.deepEqual([...store.base], [1, 1, 1, 1]);
  await Promise.all([first, second]);
  assert.deepEqual(seen, [0, 1]);
  assert.deepEqual([...store.base], [1, 1, 1, 1]);
});

test("a scenario gets its name when nobody is asking by the old one, and who asks then uses the new one", async () => {
  const order: string[] = [];
  const store = storeWith(() => {
    order.push("named");
    return Promise.resolve({} as Change);
  });
  const ask = (scenario: string): Promise<void> => {
    order.push(`asked ${scenario}`);
    return new Promise((done) => setTimeout(() => done(void order.push(`told ${scenario}`)), 5));
  };
  const before = store.read(ask);
  await new Promise((done) => setTimeout(done, 1));
  await Promise.all([before, store.renameScenario("new 新"), store.read(ask)]);
  const name = encodeURIComponent("new 新");
  assert.deepEqual(order, ["asked main", "told main", "named", `asked ${name}`, `told ${name}`]);
});

test("what the server left as it was goes back on the map", async () => {
  const store = storeWith((_, body) => Promise.resolve(changeOf(body.revision + 1, { units: [0], base: [1] })));
  await store.refresh();
  store.paint([0, 1], 1);
  await store.stroke([0, 1], 1);
  assert.deepEqual([...store.base], [1, 0, 1, 1]);
});

test("locked grids and the source filter hold before anybody is asked", async () => {
  const store = storeWith(() => Promise.reject(new Error("not asked")));
  await store.refresh();
  assert.deepEqual(store.free([0, 2], 2), []);
  store.source = [1];
  assert.deepEqual(store.free([0, 2], 0), [2]);
  store.source = [-1];
  assert.deepEqual(store.free([0, 2], 0), []);
});

test("a change of another window is taken in, an old one is not", async () => {
  const store = storeWith(() => Promise.reject(new Error("not asked")));
  await store.refresh();
  store.apply(changeOf(1, { units: [3], base: [0], grids: [grid(0, { name: "new" })] }));
  assert.deepEqual([...store.base], [0, 0, 1, 0]);
  assert.equal(store.grid(0)?.name, "new");
  store.apply(changeOf(1, { units: [3], base: [1] }));
  assert.deepEqual([...store.base], [0, 0, 1, 0]);
});
