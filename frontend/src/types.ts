// What does the page receive? The head of the payload, as gridkit/maps/page.py writes it.

export type Pair = [en: string, zh: string];
export type Cell = string | number | null;
export type Lang = "en" | "zh";

export interface Measure {
  name: string;
  label: Pair;
  unit: Pair;
  decimals: number;
  /** Inner class limits, rising; empty when the measure is not for colouring. */
  breaks: number[];
}

export interface LayerHead {
  key: string;
  kind: "polygon" | "line" | "point" | "image";
  n: number;
  offset: number;
  length: number;
  on: boolean;
  /** Of layers the page has no word for. */
  name?: Pair;
  columns: Record<string, Cell[]>;
  measures: Measure[];
  /** Label points of polygons: offset and length in the binary part. */
  anchors?: [number, number];
  /** Images only: rows, columns and bounds west, south, east, north. */
  size?: [number, number];
  bounds?: [number, number, number, number];
  breaks?: number[];
  unit?: Pair;
}

export interface FindingHead {
  severity: "broken" | "warning" | "note";
  rule: string;
  text: Pair;
  level: string;
  ids: string[];
}

export interface Head {
  version: number;
  title: string;
  lang: Lang;
  synthetic: boolean;
  sources: string[];
  about: [string, string][];
  texts: Record<string, Pair>;
  quantum: number;
  /** Only in answers of the editor: which state of the plan this is. */
  scenario?: string;
  revision?: number;
  layers: LayerHead[];
  findings: FindingHead[];
  colors: { ramp: string[]; heat: string[]; change: string[] };
}

/** Shapes of one layer in world coordinates (Web Mercator square, 0..1, y down). */
export interface Shapes {
  n: number;
  xy: Float64Array;
  /** Ring (or line) r holds points ring[r] .. ring[r + 1]. */
  ring: Uint32Array;
  /** Feature i holds rings first[i] .. first[i + 1]. */
  first: Uint32Array;
  /** West, north, east, south of each feature. */
  box: Float64Array;
  anchor: Float64Array | null;
}

export interface Layer extends LayerHead {
  shapes: Shapes;
  raster: Uint8Array | null;
}
