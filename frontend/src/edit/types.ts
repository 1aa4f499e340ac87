// What do page and server say to each other? The shapes of docs/editor.md, "Protocol".
import type { Lang } from "../types";

export interface Text {
  en: string;
  zh: string;
}

export type Values = Record<string, number | null>;
export type Status = "ok" | "near" | "under" | "over";
export type Worst = Status | "broken";
/** West, south, east, north in degrees. */
export type Bounds = [number, number, number, number];

export interface Measure {
  name: string;
  label: Text;
  unit: Text;
  decimals: number;
  /** A ratio 0..1, written in percent. */
  share: boolean;
  better: string;
  kind: "sum" | "ratio" | "shape" | "staff";
  default: boolean;
}

export interface Community {
  id: string;
  name: string;
  bounds: Bounds;
  n_units: number;
  color: number;
}

export interface ContextLayer {
  key: string;
  name: Text;
  kind: "line" | "point" | "polygon" | "image";
  /** How many features, where it is known before the layer is asked for. */
  n?: number;
  on: boolean;
}

export interface Scenario {
  name: string;
  revision: number;
  step: number;
  n_steps: number;
  created: string;
  by: string;
  from: string | null;
  pen: string | null;
}

export interface Seat {
  id: string;
  name: string;
  scenario: string;
  pen: boolean;
}

export interface Session {
  town: string;
  lang: Lang;
  is_synthetic: boolean;
  csrf: string;
  window: string;
  name: string;
  n_units: number;
  bounds: Bounds;
  communities: Community[];
  measures: Measure[];
  limits: { measure: string; rule: string; text: Text }[];
  layers: ContextLayer[];
  scenario: string;
  scenarios: Scenario[];
  windows: Seat[];
  jobs: Job[];
  has_batch: boolean;
  read_only: boolean;
  has_current: boolean;
}

export interface Grid {
  grid: number;
  id: string;
  name: string;
  code: string;
  community: number;
  alive: boolean;
  locked: boolean;
  note: string;
  members: number | null;
  color: number;
  n_comments: number;
  n_units: number;
  values: Values;
  status: Record<string, Status>;
  worst: Worst;
}

export interface Finding {
  key: string;
  rule: string;
  severity: "broken" | "warning" | "note";
  text: Text;
  grids: number[];
  units: number[];
  communities: number[];
  measure: string | null;
  box: Bounds | null;
}

export interface Distance {
  units: number;
  residents?: number;
  n_objects?: number;
  members?: number;
  of: Record<string, number>;
  against?: "current" | "opened";
}

/** What undo and redo would do now. */
export interface Way {
  can_undo: boolean;
  can_redo: boolean;
  undo: Text | null;
  redo: Text | null;
}

export interface PlanState extends Way {
  scenario: string;
  revision: number;
  step: number;
  base: number[];
  grids: Grid[];
  current: number[] | null;
  town: Values;
  distance: Distance;
  findings: Finding[];
  hash: string;
}

export interface PanelRow {
  grid: number;
  /** Null where the grid is new. */
  before: Values | null;
  /** Null where the grid is gone. */
  after: Values | null;
  status_before: Record<string, Status>;
  status: Record<string, Status>;
}

export interface Change extends Way {
  scenario: string;
  revision: number;
  step: number;
  kind: string;
  text: Text;
  by: string;
  at: string;
  units: number[];
  base: number[];
  grids: Grid[];
  panel: PanelRow[];
  gone: string[];
  come: Finding[];
  breaks: Text[];
  repair: number[];
  skipped: { locked: number; source: number };
  town: Values;
  distance: Distance;
  n_broken: number;
  /** Only of the engine: the town before its answer. */
  was?: { town: Values; n_broken: number };
  new: number | null;
  scenarios: Scenario[];
}

/** Answer of a kind of operation that makes no step. */
export interface Said {
  scenario: string;
  revision: number;
  scenarios?: Scenario[];
  comments?: Comment[];
}

export interface Job {
  job: string;
  kind: string;
  scenario: string;
  state: "running" | "done" | "failed" | "cancelled";
  stage: string;
  share: number | null;
  text: Text;
  seconds: number;
  error: Text | null;
  change: Change | null;
  kept_as?: string | null;
  scenarios: string[];
  files: string[];
  review: string | null;
}

export interface Comment {
  comment: number;
  grid: number;
  scenario: string;
  step: number;
  text: string;
  by: string;
  at: string;
  done: boolean;
}

export interface Step {
  step: number;
  parent: number | null;
  kind: string;
  text: Text;
  by: string;
  at: string;
  n_units: number;
  on_line: boolean;
  at_head: boolean;
}

export interface Comparison {
  a: Scenario | { name: string };
  b: Scenario | { name: string };
  units: number[];
  base_a: number[];
  base_b: number[];
  moved: Distance;
  figures: { label: Text; a: number | null; b: number | null; better: "a" | "b" | "" }[];
  grids: { grid: number; a: Values | null; b: Values | null }[];
  outlines_a: string;
  outlines_b: string;
}

export interface ImportReport {
  n_rows: number;
  matched: number;
  missing: string[];
  n_missing: number;
  extra: { id: string; row: number }[];
  n_extra: number;
  duplicates: { id: string; rows: number[] }[];
  n_duplicates: number;
  share: number;
  n_grids: number;
  text: Text;
  examples?: { file: string[]; town: string[] };
}

export type Op = { kind: string } & Record<string, unknown>;

export type Message =
  | { type: "hello"; window: string; windows: Seat[]; scenarios: Scenario[] }
  | { type: "windows"; windows: Seat[] }
  | { type: "change"; change: Change }
  | { type: "scenarios"; scenarios: Scenario[] }
  | { type: "comments"; comments: Comment[] }
  | { type: "job"; job: Job }
  | { type: "bye"; text: Text };
