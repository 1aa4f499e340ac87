// How do layers get onto the screen? Two canvases over Leaflet's panes: one for the layers, one for
// what is pointed at. No object per polygon, so cost grows with what is in view and nothing else.
import L from "leaflet";
import type { Shapes } from "./types";

export interface Look {
  fill: string | CanvasPattern | null;
  line: string | null;
  width: number;
  dash: number[];
  radius: number;
}

export interface Paint {
  key: string;
  shapes: Shapes;
  kind: "polygon" | "line" | "point" | "picture";
  /** Number of different looks; `lookOf` says which one a feature has, -1 to leave it out. */
  looks: Look[];
  lookOf: (i: number) => number;
  /** Outlines of features smaller than this on the screen are left out. */
  minSize?: number;
  /** Below this zoom, points that are near each other are drawn as one circle with their number. */
  clusterBelow?: number;
}

export interface Label {
  u: number;
  v: number;
  text: string;
  /** What is written where the text has no room. */
  short?: string;
  rank: number;
  /** Points by which it stands above its place. */
  lift: number;
  /** Width of what it names, in world units: a label wider than that is left out. */
  room: number;
}

/** Points drawn as one circle, where they came to lie on the canvas. */
export interface Cluster {
  x: number;
  y: number;
  radius: number;
  layer: string;
  members: number[];
}

export interface Picture {
  canvas: HTMLCanvasElement;
  box: [number, number, number, number];
}

interface View {
  scale: number;
  dx: number;
  dy: number;
  box: [number, number, number, number];
  /** What is being repainted of it. */
  part: [number, number, number, number];
}

const PADDING = 0.15;
const CHUNK = 200;

export class Painter {
  private readonly base: HTMLCanvasElement;
  private readonly top: HTMLCanvasElement;
  private bounds: L.LatLngBounds | null = null;
  private view: View = viewOf(1, 0, 0, [0, 0, 1, 1]);
  private queued = 0;
  paints: Paint[] = [];
  marked: Paint[] = [];
  labels: Label[] = [];
  picture: Picture | null = null;
  clusters: Cluster[] = [];
  /** Labels as they were laid out by the last full repaint. */
  private placed: { x: number; y: number; half: number; text: string; rank: number }[] = [];
  ink = { text: "#222", halo: "#fff", font: "12px sans-serif", upperFont: "12px sans-serif", upper: "#444", cluster: "#333", clusterText: "#fff" };
  /** Called after each full repaint, for tests and timings. */
  onPainted: (() => void) | null = null;

  constructor(private readonly map: L.Map) {
    this.base = this.makeCanvas("layers", "overlayPane");
    this.top = this.makeCanvas("marks", "overlayPane");
    map.on("moveend resize viewreset", () => this.place());
    map.on("zoomanim", (e) => this.animate(e));
  }

  private makeCanvas(name: string, pane: string): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.className = `gk-${name} leaflet-zoom-animated`;
    this.map.getPane(pane)?.append(canvas);
    return canvas;
  }

  private animate(e: L.ZoomAnimEvent): void {
    if (!this.bounds) return;
    const scale = this.map.getZoomScale(e.zoom, this.map.getZoom());
    const half = this.map.getSize().divideBy(2);
    const origin = this.map.project(e.center, e.zoom).subtract(half);
    const offset = this.map.project(this.bounds.getNorthWest(), e.zoom).subtract(origin);
    const moved = offset.add(this.map.containerPointToLayerPoint([0, 0]));
    for (const canvas of [this.base, this.top]) L.DomUtil.setTransform(canvas, moved, scale);
  }

  /** Lay the canvases over the view and repaint. */
  place(): void {
    const size = this.map.getSize();
    const pad = size.multiplyBy(PADDING).round();
    const corner = this.map.containerPointToLayerPoint([-pad.x, -pad.y]).round();
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [size.x + 2 * pad.x, size.y + 2 * pad.y];
    for (const canvas of [this.base, this.top]) {
      if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
        canvas.width = Math.round(w * ratio);
        canvas.height = Math.round(h * ratio);
        canvas.style.width = `${w}px`;
        canvas.style.height = `${h}px`;
      }
      L.DomUtil.setTransform(canvas, corner, 1);
    }
    this.bounds = L.latLngBounds(
      this.map.layerPointToLatLng(corner),
      this.map.layerPointToLatLng(corner.add([w, h])),
    );
    const scale = 256 * 2 ** this.map.getZoom();
    const origin = this.map.getPixelOrigin().add(corner);
    this.view = viewOf(scale, -origin.x, -origin.y, [origin.x / scale, origin.y / scale, (origin.x + w) / scale, (origin.y + h) / scale]);
    this.paint();
  }

  /** Repaint everything before the next frame, once however often it is asked for. */
  repaint(): void {
    if (this.queued) return;
    this.queued = requestAnimationFrame(() => {
      this.queued = 0;
      this.paint();
    });
  }

  private context(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser has no canvas");
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.lineJoin = "round";
    return pen;
  }

  private paint(): void {
    this.paintAll(this.context(this.base));
    this.paintMarks();
    this.onPainted?.();
  }

  /** Draw what lies in bounds on a canvas of its own, for paper: it stays as it is while printing. */
  snapshot(bounds: L.LatLngBounds, width: number, height: number): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * 2, height * 2];
    const pen = canvas.getContext("2d");
    if (!pen) return canvas;
    const [kept, clusters, placed] = [this.view, this.clusters, this.placed];
    const a = this.map.project(bounds.getNorthWest(), 0).divideBy(256);
    const b = this.map.project(bounds.getSouthEast(), 0).divideBy(256);
    const scale = Math.min(width / (b.x - a.x), height / (b.y - a.y));
    const west = (a.x + b.x) / 2 - width / scale / 2;
    const north = (a.y + b.y) / 2 - height / scale / 2;
    this.view = viewOf(scale, -west * scale, -north * scale, [west, north, west + width / scale, north + height / scale]);
    pen.setTransform(2, 0, 0, 2, 0, 0);
    pen.lineJoin = "round";
    this.paintAll(pen);
    [this.view, this.clusters, this.placed] = [kept, clusters, placed];
    return canvas;
  }

  /** Repaint only what lies in a box (world units): a few units changed. */
  paintPart(box: readonly [number, number, number, number]): void {
    const { scale, dx, dy } = this.view;
    const pen = this.base.getContext("2d");
    if (!pen || this.queued) return; // a full repaint is coming
    const ratio = window.devicePixelRatio || 1;
    // Whole points, and room for the widest line that reaches over from outside.
    const x0 = Math.max(0, Math.floor((box[0] * scale + dx) * ratio) - 8) / ratio;
    const y0 = Math.max(0, Math.floor((box[1] * scale + dy) * ratio) - 8) / ratio;
    const x1 = Math.min(this.base.width, Math.ceil((box[2] * scale + dx) * ratio) + 8) / ratio;
    const y1 = Math.min(this.base.height, Math.ceil((box[3] * scale + dy) * ratio) + 8) / ratio;
    if (x1 <= x0 || y1 <= y0) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.lineJoin = "round";
    pen.save();
    pen.beginPath();
    pen.rect(x0, y0, x1 - x0, y1 - y0);
    pen.clip();
    pen.clearRect(x0, y0, x1 - x0, y1 - y0);
    const over = 4; // points: half of the widest line
    this.view.part = [(x0 - over - dx) / scale, (y0 - over - dy) / scale, (x1 + over - dx) / scale, (y1 + over - dy) / scale];
    this.paintLayers(pen);
    for (const { x, y, half, text, rank } of this.placed) {
      if (x + half >= x0 && x - half <= x1 && y + 9 >= y0 && y - 9 <= y1) this.writeLabel(pen, text, rank, x, y);
    }
    pen.restore();
    this.view.part = this.view.box;
    this.onPainted?.();
  }

  private paintAll(pen: CanvasRenderingContext2D): void {
    this.paintLayers(pen);
    this.drawLabels(pen);
  }

  private paintLayers(pen: CanvasRenderingContext2D): void {
    this.clusters = [];
    for (const paint of this.paints) {
      if (paint.kind === "picture") this.drawPicture(pen);
      else if (paint.kind === "point") this.drawPoints(pen, paint);
      else this.drawShapes(pen, paint);
    }
  }

  /** Repaint only what is pointed at or chosen. */
  paintMarks(): void {
    const pen = this.context(this.top);
    for (const paint of this.marked) {
      if (paint.kind === "point") this.drawPoints(pen, paint);
      else this.drawShapes(pen, paint);
    }
    const boxes = this.marked.filter((p) => p.kind !== "point").map((p) => this.boxOnScreen(p.shapes));
    for (const { x, y, half, text, rank } of this.placed) {
      // a line of a mark does not cross a name
      if (boxes.some((b) => x + half >= b[0] && x - half <= b[2] && y + 9 >= b[1] && y - 9 <= b[3])) this.writeLabel(pen, text, rank, x, y);
    }
  }

  private boxOnScreen({ box }: Shapes): [number, number, number, number] {
    const { scale, dx, dy } = this.view;
    const out: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < box.length; k += 2) {
      out[0] = Math.min(out[0], box[k] * scale + dx);
      out[1] = Math.min(out[1], box[k + 1] * scale + dy);
      out[2] = Math.max(out[2], box[k] * scale + dx);
      out[3] = Math.max(out[3], box[k + 1] * scale + dy);
    }
    return out;
  }

  private seen(shapes: Shapes, i: number): boolean {
    const [west, north, east, south] = this.view.part;
    const b = shapes.box;
    return b[4 * i] <= east && b[4 * i + 2] >= west && b[4 * i + 1] <= south && b[4 * i + 3] >= north;
  }

  private drawShapes(pen: CanvasRenderingContext2D, paint: Paint): void {
    const groups: number[][] = paint.looks.map(() => []);
    for (let i = 0; i < paint.shapes.n; i++) {
      const look = paint.lookOf(i);
      if (look >= 0 && this.seen(paint.shapes, i)) groups[look].push(i);
    }
    const closed = paint.kind === "polygon";
    groups.forEach((members, g) => {
      const look = paint.looks[g];
      if (!members.length) return;
      // Short paths: a canvas without a GPU takes far longer for one path of thousands of rings.
      for (let at = 0; at < members.length; at += CHUNK) {
        const path = new Path2D();
        const outline = paint.minSize ? new Path2D() : path;
        for (const i of members.slice(at, at + CHUNK)) {
          const drawn = look.fill !== null || !paint.minSize;
          if (drawn) this.trace(path, paint.shapes, i, closed);
          if (paint.minSize && this.sizeOf(paint.shapes, i) >= paint.minSize) this.trace(outline, paint.shapes, i, closed);
        }
        if (look.fill && closed) {
          pen.fillStyle = look.fill;
          pen.fill(path, "evenodd");
        }
        if (look.line && look.width > 0) {
          pen.strokeStyle = look.line;
          pen.lineWidth = look.width;
          pen.setLineDash(look.dash);
          pen.stroke(outline);
          pen.setLineDash([]);
        }
      }
    });
  }

  /** Larger side of a feature on the screen, in points. */
  private sizeOf(shapes: Shapes, i: number): number {
    const { box } = shapes;
    return Math.max(box[4 * i + 2] - box[4 * i], box[4 * i + 3] - box[4 * i + 1]) * this.view.scale;
  }

  private trace(path: Path2D, shapes: Shapes, i: number, closed: boolean): void {
    const { scale, dx, dy } = this.view;
    const { xy, ring, first, box } = shapes;
    const tiny = this.sizeOf(shapes, i) < 1;
    if (tiny && closed) {
      path.rect(box[4 * i] * scale + dx, box[4 * i + 1] * scale + dy, 1, 1);
      return;
    }
    for (let r = first[i]; r < first[i + 1]; r++) {
      let [px, py] = [NaN, NaN];
      for (let k = ring[r]; k < ring[r + 1]; k++) {
        const x = xy[2 * k] * scale + dx;
        const y = xy[2 * k + 1] * scale + dy;
        if (k === ring[r]) path.moveTo(x, y);
        else if (Math.abs(x - px) + Math.abs(y - py) < 0.4 && k < ring[r + 1] - 1) continue;
        else path.lineTo(x, y);
        [px, py] = [x, y];
      }
      if (closed) path.closePath();
    }
  }

  private drawPoints(pen: CanvasRenderingContext2D, paint: Paint): void {
    const { scale, dx, dy, box } = this.view;
    const { xy, n } = paint.shapes;
    const cells = new Map<string, { x: number; y: number; look: number; members: number[] }>();
    const size = paint.clusterBelow !== undefined && Math.log2(scale / 256) < paint.clusterBelow ? 64 : 0;
    for (let i = 0; i < n; i++) {
      const look = paint.lookOf(i);
      const [u, v] = [xy[2 * i], xy[2 * i + 1]];
      if (look < 0 || u < box[0] || u > box[2] || v < box[1] || v > box[3]) continue;
      const key = size ? `${Math.floor((u * scale) / size)}/${Math.floor((v * scale) / size)}` : String(i);
      const cell = cells.get(key) ?? { x: 0, y: 0, look, members: [] };
      cell.x += u;
      cell.y += v;
      cell.members.push(i);
      cells.set(key, cell);
    }
    for (const cell of cells.values()) {
      const look = paint.looks[cell.look];
      const count = cell.members.length;
      const x = (cell.x / count) * scale + dx;
      const y = (cell.y / count) * scale + dy;
      const many = count > 1;
      // Area grows with the number, up to where circles of neighbouring cells would meet.
      const radius = many ? Math.min(27, Math.max(8, 2 * Math.sqrt(count))) : look.radius;
      if (size) this.clusters.push({ x, y, radius, layer: paint.key, members: cell.members });
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      if (look.fill) {
        pen.globalAlpha = many ? 0.8 : 1;
        pen.fillStyle = many ? this.ink.cluster : look.fill;
        pen.fill();
        pen.globalAlpha = 1;
      }
      if (look.line) {
        pen.strokeStyle = many ? this.ink.halo : look.line;
        pen.lineWidth = look.width;
        pen.stroke();
      }
      if (many) {
        pen.fillStyle = this.ink.clusterText;
        pen.font = this.ink.font;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(String(count), x, y + 0.5);
      }
    }
  }

  /** The circle of many points under a place of the map, if there is one. */
  clusterAt(u: number, v: number): Cluster | null {
    const { scale, dx, dy } = this.view;
    const [x, y] = [u * scale + dx, v * scale + dy];
    return this.clusters.find((c) => c.members.length > 1 && Math.hypot(c.x - x, c.y - y) <= c.radius) ?? null;
  }

  private drawPicture(pen: CanvasRenderingContext2D): void {
    if (!this.picture) return;
    const { scale, dx, dy } = this.view;
    const [west, north, east, south] = this.picture.box;
    pen.imageSmoothingEnabled = true;
    pen.drawImage(
      this.picture.canvas,
      west * scale + dx,
      north * scale + dy,
      (east - west) * scale,
      (south - north) * scale,
    );
  }

  /** Draw the labels that have room, the most important first. */
  private drawLabels(pen: CanvasRenderingContext2D): void {
    const { scale, dx, dy, box } = this.view;
    this.placed = [];
    const taken: [number, number, number, number][] = this.clusters
      .filter((c) => c.members.length > 1)
      .map((c) => [c.x - c.radius, c.y - c.radius, c.x + c.radius, c.y + c.radius]);
    const sorted = this.labels
      .filter((l) => l.u > box[0] && l.u < box[2] && l.v > box[1] && l.v < box[3])
      .sort((a, b) => a.rank - b.rank || (a.text < b.text ? -1 : 1));
    for (const label of sorted.slice(0, 600)) {
      const x = label.u * scale + dx;
      const y = label.v * scale + dy - label.lift;
      pen.font = label.rank ? this.ink.font : this.ink.upperFont;
      const room = label.room * scale * (label.rank ? 1.15 : 1);
      const text = [label.text, label.short].find((t) => t && pen.measureText(t).width + 4 <= room);
      if (!text) continue;
      const half = pen.measureText(text).width / 2 + 2;
      const own: [number, number, number, number] = [x - half, y - 8, x + half, y + 8];
      if (taken.some((t) => t[0] < own[2] && t[2] > own[0] && t[1] < own[3] && t[3] > own[1])) continue;
      taken.push(own);
      this.placed.push({ x, y, half, text, rank: label.rank });
      this.writeLabel(pen, text, label.rank, x, y);
    }
  }

  private writeLabel(pen: CanvasRenderingContext2D, text: string, rank: number, x: number, y: number): void {
    pen.font = rank ? this.ink.font : this.ink.upperFont;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3;
    pen.strokeStyle = this.ink.halo;
    pen.strokeText(text, x, y);
    pen.fillStyle = rank ? this.ink.text : this.ink.upper;
    pen.fillText(text, x, y);
  }
}

function viewOf(scale: number, dx: number, dy: number, box: View["box"]): View {
  return { scale, dx, dy, box, part: box };
}

/** A pattern of slanted lines: no data, or moved. */
export function hatch(line: string, ground: string | null, gap = 6): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = gap;
  tile.height = gap;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  if (ground) {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, gap, gap);
  }
  pen.strokeStyle = line;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(-1, gap + 1);
  pen.lineTo(gap + 1, -1);
  pen.moveTo(-1, 1);
  pen.lineTo(1, -1);
  pen.moveTo(gap - 1, gap + 1);
  pen.lineTo(gap + 1, gap - 1);
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}
