// How does the page read its data? base64 -> inflate -> JSON head + varint coordinates.
import type { Head, Layer, LayerHead, Shapes } from "./types";

export interface Content {
  head: Head;
  layers: Map<string, Layer>;
}

export async function unpack(base64: string): Promise<Content> {
  const text = atob(base64.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  return unpackBytes(packed);
}

export async function unpackBytes(packed: Uint8Array<ArrayBuffer>): Promise<Content> {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Head;
  const body = bytes.subarray(4 + size);
  const layers = new Map<string, Layer>();
  for (const layer of head.layers) layers.set(layer.key, decode(layer, body, head.quantum));
  return { head, layers };
}

function decode(head: LayerHead, body: Uint8Array, quantum: number): Layer {
  const own = body.subarray(head.offset, head.offset + head.length);
  if (head.kind === "image") return { ...head, shapes: empty(), raster: own };
  const shapes = readShapes(own, head.n, quantum);
  if (head.anchors) {
    const [offset, length] = head.anchors;
    shapes.anchor = readShapes(body.subarray(offset, offset + length), head.n, quantum).xy;
  }
  return { ...head, shapes, raster: null };
}

function empty(): Shapes {
  return {
    n: 0,
    xy: new Float64Array(0),
    ring: new Uint32Array(1),
    first: new Uint32Array(1),
    box: new Float64Array(0),
    anchor: null,
  };
}

/** Varints: for each feature the number of rings, for each ring the number of points, then
 * zigzag differences to the point before (of the whole layer), x then y. */
function readShapes(bytes: Uint8Array, n: number, quantum: number): Shapes {
  let at = 0;
  const next = (): number => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
  };
  const signed = (): number => {
    const v = next();
    return v % 2 ? -(v + 1) / 2 : v / 2;
  };
  const points: number[] = [];
  const ring: number[] = [0];
  const first = new Uint32Array(n + 1);
  const box = new Float64Array(4 * n);
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i++) {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    const rings = next();
    for (let r = 0; r < rings; r++) {
      const count = next();
      for (let k = 0; k < count; k++) {
        x += signed();
        y += signed();
        const u = worldX(x * quantum);
        const v = worldY(y * quantum);
        points.push(u, v);
        if (u < west) west = u;
        if (u > east) east = u;
        if (v < north) north = v;
        if (v > south) south = v;
      }
      ring.push(points.length / 2);
    }
    first[i + 1] = ring.length - 1;
    box.set([west, north, east, south], 4 * i);
  }
  return {
    n,
    xy: Float64Array.from(points),
    ring: Uint32Array.from(ring),
    first,
    box,
    anchor: null,
  };
}

export function worldX(lon: number): number {
  return lon / 360 + 0.5;
}

export function worldY(lat: number): number {
  const s = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
}

export function lonLat(u: number, v: number): [lon: number, lat: number] {
  return [(u - 0.5) * 360, (Math.atan(Math.sinh((0.5 - v) * 2 * Math.PI)) * 180) / Math.PI];
}
