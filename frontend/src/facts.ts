// What is said about a grid, a hotspot, a hazard or a member? Rows of label and value.
import type { App, Pick } from "./app";
import { featureAt, lineNear, pointsNear } from "./hit";
import type { Cluster } from "./painter";
import type { Layer } from "./types";

export interface Facts {
  kind: string;
  title: string;
  rows: [label: string, value: string][];
}

/** What lies at a place, the smallest thing first. */
export function picksAt(app: App, u: number, v: number, radius: number): Pick[] {
  const out: Pick[] = [];
  const cluster = app.painter?.clusterAt(u, v) ?? null;
  for (const key of ["members", "hazards"]) {
    if (cluster?.layer === key) continue;
    const layer = app.layer(key);
    if (!layer || !app.on.has(key)) continue;
    const near = pointsNear(layer.shapes, u, v, radius)[0];
    if (near !== undefined) out.push({ layer: key, i: near });
  }
  for (const { layer } of app.extras()) {
    if (!app.on.has(layer.key)) continue;
    const i =
      layer.kind === "polygon"
        ? featureAt(layer.shapes, u, v)
        : layer.kind === "point"
          ? (pointsNear(layer.shapes, u, v, radius)[0] ?? -1)
          : lineNear(layer.shapes, u, v, radius);
    if (i >= 0) out.push({ layer: layer.key, i });
  }
  for (const key of ["hotspots", "moved", "base_grids", "community_grids", "units"]) {
    const layer = app.layer(key);
    if (!layer || !app.on.has(key) || layer.kind !== "polygon") continue;
    const i = featureAt(layer.shapes, u, v, (k) => app.shows(layer, k));
    if (i >= 0) out.push({ layer: key, i });
  }
  return out;
}

export function factsOf(app: App, pick: Pick): Facts {
  const layer = app.layer(pick.layer) as Layer;
  const kinds: Record<string, string> = {
    base_grids: "base_grid",
    community_grids: "community_grid",
    units: "unit",
    hotspots: "hotspot",
    hazards: "hazard",
    members: "member",
    moved: "moved_unit",
  };
  const rows: [string, string][] = [];
  if (pick.layer === "hotspots") hotspotRows(app, layer, pick.i, rows);
  else if (pick.layer === "moved") movedRows(app, layer, pick.i, rows);
  else if (pick.layer === "hazards" || pick.layer === "members" || layer.name) textRows(app, layer, pick.i, rows);
  else gridRows(app, layer, pick.i, rows);
  return { kind: kinds[pick.layer] ? app.say.text(kinds[pick.layer]) : app.layerName(pick.layer), title: app.name(pick), rows };
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
    if (typeof expected === "number") rows.push([say.text("expected"), expected < 0.1 ? say.text("under", { x: "0.1" }) : say.number(expected, expected < 10 ? 1 : 0)]);
  }
  const risk = at("relative_risk");
  if (typeof risk === "number") {
    const words = risk > 100 ? say.text("over_times", { x: 100 }) : say.text("times", { x: say.number(risk, risk < 10 ? 1 : 0) });
    rows.push([say.text("relative_risk"), words]);
  }
  const method = (say.lang === "zh" ? at("method_zh") : null) ?? at("method");
  if (typeof method === "string") rows.push([say.text("method"), method]);
  if (typeof at("p_value") === "number") rows.push([say.text("p_value"), say.probability(at("p_value"))]);
  for (const name of ["category", "period", "text", "suggestion"]) {
    const value = (say.lang === "zh" ? at(`${name}_zh`) : null) ?? at(name);
    if (typeof value === "string" && value) rows.push([say.text(name), value]);
  }
  const grids = at("grids");
  if (typeof grids === "string" && grids) rows.push([say.text("grids"), fewNames(grids.split(";"), say)]);
}

const MOST_NAMED = 8;

/** The first names of a long list, and how many more there are. */
function fewNames(names: string[], say: App["say"]): string {
  const rest = names.length - MOST_NAMED;
  const shown = names.slice(0, MOST_NAMED).join(", ");
  return rest > 0 ? `${shown} ${say.text("and_more_names", { n: rest })}` : shown;
}

/** Which grid a unit leaves, and which it joins. */
function movedRows(app: App, layer: Layer, i: number, rows: [string, string][]): void {
  for (const [name, label] of [["from_grid_id", "moves_from"], ["base_grid_id", "moves_to"]] as const) {
    const value = layer.columns[name]?.[i];
    if (value) rows.push([app.say.text(label), String(value)]);
  }
  for (const measure of layer.measures) rows.push([app.say.pick(measure.label), app.say.value(layer.columns[measure.name]?.[i], measure)]);
}

/** How many points stand behind a circle, by category. */
export function clusterFacts(app: App, cluster: Cluster): Facts {
  const counts = new Map<string, number>();
  const words = app.layer(cluster.layer)?.columns["category"];
  for (const i of cluster.members) {
    const word = String(words?.[i] ?? "–");
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const rows = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 6);
  return {
    kind: app.say.text("hazards"),
    title: app.say.text("n_here", { n: app.say.number(cluster.members.length, 0) }),
    rows: words ? rows.map(([word, n]) => [word, app.say.number(n, 0)]) : [],
  };
}

function textRows(app: App, layer: Layer, i: number, rows: [string, string][]): void {
  for (const [name, values] of Object.entries(layer.columns)) {
    const value = values[i];
    if (name === "day" || name.endsWith("_zh") || value === null || value === "") continue;
    const digits = typeof value === "number" && !Number.isInteger(value) ? 2 : 0;
    rows.push([app.say.text(name), typeof value === "number" ? app.say.number(value, digits) : value]);
  }
}
