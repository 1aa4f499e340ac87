import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { lonLat, unpack, worldX, worldY } from "../src/unpack";

/** Varints as gridkit/maps/wire.py writes them. */
function varints(...values: number[]): number[] {
  const out: number[] = [];
  for (let v of values) {
    while (v >= 128) {
      out.push((v % 128) + 128);
      v = Math.floor(v / 128);
    }
    out.push(v);
  }
  return out;
}
const zigzag = (v: number): number => (v < 0 ? -2 * v - 1 : 2 * v);

function page(head: object, body: number[]): string {
  const text = Buffer.from(JSON.stringify(head), "utf8");
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  return deflateSync(Buffer.concat([size, text, Buffer.from(body)])).toString("base64");
}

test("shapes are read back from differences", async () => {
  const q = 1e-6;
  const places: [number, number][] = [[113_600_000, 22_900_000], [113_600_300, 22_900_000], [113_600_300, 22_900_400]];
  let before: [number, number] = [0, 0];
  const body = varints(1, 3);
  for (const [x, y] of places) {
    body.push(...varints(zigzag(x - before[0]), zigzag(y - before[1])));
    before = [x, y];
  }
  const layer = { key: "base_grids", kind: "polygon", n: 1, offset: 0, length: body.length, on: true, columns: { grid_id: ["蓝1"] }, measures: [] };
  const content = await unpack(page({ quantum: q, layers: [layer] }, body));
  const read = content.layers.get("base_grids");
  assert.ok(read);
  assert.equal(read.columns["grid_id"][0], "蓝1");
  assert.equal(read.shapes.n, 1);
  places.forEach(([x, y], k) => {
    const [lon, lat] = lonLat(read.shapes.xy[2 * k], read.shapes.xy[2 * k + 1]);
    assert.ok(Math.abs(lon - x * q) < 1e-9 && Math.abs(lat - y * q) < 1e-9);
  });
  assert.equal(read.shapes.box[0], worldX(113.6));
  assert.equal(read.shapes.box[3], worldY(22.9));
});

test("the world square runs east and down", () => {
  assert.equal(worldX(0), 0.5);
  assert.ok(worldX(10) > worldX(0));
  assert.ok(worldY(10) < worldY(0));
  const [lon, lat] = lonLat(worldX(113.67), worldY(22.94));
  assert.ok(Math.abs(lon - 113.67) < 1e-9 && Math.abs(lat - 22.94) < 1e-9);
});
