// What is said about a grid, a hotspot, a hazard or a member? Rows of label and value.
import type { App, Pick } from "./app";
import { featureAt, pointsNear } from "./hit";
import type { Layer } from "./types";

export interface Facts {
  kind: string;
  title: string;
  rows: [label: string, value: string][];
}

/** What lies at a place, the smallest thing first. */
export function picksAt(app: App, u: number, v: number, radius: number): Pick[] {
  const out: Pick[] = [];
  for (const key of ["members", "hazards"]) {
    const layer = app.layers.get(key);
    if (!layer || !app.on.has(key)) continue;
    const near = pointsNear(layer.shapes, u, v, radius)[0];
    if (near !== undefined) out.push({ layer: key, i: near });
  }
  for (const key of ["hotspots", "base_grids", "community_grids", "units"]) {
    const layer = app.layers.get(key);
    if (!layer || !app.on.has(key) || layer.kind !== "polygon") continue;
    const i = featureAt(layer.shapes, u, v);
    if (i >= 0) out.push({ layer: key, i });
  }
  return out;
}

export function factsOf(app: App, pick: Pick): Facts {
  const layer = app.layers.get(pick.layer) as Layer;
  const kinds: Record<string, string> = {
    base_grids: "base_grid",
    community_grids: "community_grid",
    units: "unit",
    hotspots: "hotspot",
    hazards: "hazard",
    members: "member",
  };
  const rows: [string, string][] = [];
  if (pick.layer === "hotspots") hotspotRows(app, layer, pick.i, rows);
  else if (pick.layer === "hazards" || pick.layer === "members") textRows(app, layer, pick.i, rows);
  else gridRows(app, layer, pick.i, rows);
  return { kind: app.say.text(kinds[pick.layer] ?? pick.layer), title: app.name(pick), rows };
}

function gridRows(app: App, layer: Layer, i: number, rows: [string, string][]): void {
  const parent = layer.columns["parent_id"]?.[i] ?? layer.columns["base_grid_id"]?.[i];
  if (typeof parent === "string" && parent) {
    const above = layer.key === "units" ? "base_grids" : "community_grids";
    const p = app.find(above, parent);
    rows.push([
      app.say.text(above === "base_grids" ? "base_grid" : "community_grid"),
      p >= 0 ? app.name({ layer: above, i: p }) : parent,
    ]);
  }
  for (const measure of layer.measures) {
    const value = layer.columns[measure.name]?.[i];
    if (value === null || value === undefined) continue;
    rows.push([app.say.pick(measure.label), app.say.value(value, measure)]);
  }
}

function hotspotRows(app: App, layer: Layer, i: number, rows: [string, string][]): void {
  const { say } = app;
  const at = (name: string): string | number | null => layer.columns[name]?.[i] ?? null;
  const n = at("n");
  const expected = at("expected");
  if (typeof n === "number") {
    rows.push([say.text("reports"), say.number(n, 0)]);
    if (typeof expected === "number") rows.push([say.text("expected"), say.number(expected, expected < 10 ? 1 : 0)]);
  }
  const risk = at("relative_risk");
  if (typeof risk === "number") rows.push([say.text("relative_risk"), say.text("times", { x: say.number(risk, 1) })]);
  if (typeof at("p_value") === "number") rows.push([say.text("p_value"), say.probability(at("p_value"))]);
  for (const name of ["category", "period", "text", "suggestion"]) {
    const value = at(name);
    if (typeof value === "string" && value) rows.push([say.text(name), value]);
  }
  const grids = at("grids");
  if (typeof grids === "string" && grids) rows.push([say.text("grids"), grids]);
}

function textRows(app: App, layer: Layer, i: number, rows: [string, string][]): void {
  for (const [name, values] of Object.entries(layer.columns)) {
    const value = values[i];
    if (name === "day" || value === null || value === "") continue;
    rows.push([app.say.text(name), typeof value === "number" ? app.say.number(value, 0) : String(value)]);
  }
}
