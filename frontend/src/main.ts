// How does the page start? Unpack, make the map, join map and sidebar, listen.
import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { App, type Pick } from "./app";
import { button, el } from "./dom";
import { clusterFacts, type Facts, factsOf, picksAt } from "./facts";
import { type Cluster, Painter } from "./painter";
import { legendOf, rowsOf, Sidebar } from "./sidebar";
import "./style.css";
import type { Theme } from "./theme";
import { lonLat, unpack, worldX, worldY } from "./unpack";

declare global {
  interface Window {
    /** Milliseconds from the start of the page to the first painted map. */
    gridkitReady?: number;
  }
}

async function start(): Promise<void> {
  const packed = document.getElementById("gk-data")?.textContent ?? "";
  const content = await unpack(packed);
  const app = new App(content);
  const root = document.getElementById("gk-app") as HTMLElement;
  root.replaceChildren();
  const place = el("div", { id: "gk-map", tabindex: "0", role: "application" });
  const side = el("aside", { id: "gk-side" });
  const header = el("header", {});
  const card = el("div", { id: "gk-card", role: "status", hidden: true });
  const small = el("div", { id: "gk-small" });
  root.append(header, side, place, small, card);

  const map = L.map(place, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 110, maxZoom: 20 });
  const painter = new Painter(map);
  app.painter = painter;
  painter.onPainted = () => {
    window.gridkitReady ??= performance.now();
    root.dataset["painted"] = String(Number(root.dataset["painted"] ?? "0") + 1);
  };
  const zoom = L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);

  const whole = boundsOf(app, [...allOf(app)]);
  if (whole) map.fitBounds(whole, { padding: [16, 16], animate: false });
  else map.setView([0, 0], 2);

  const show = (picks: Pick[]): void => {
    const first = picks[0];
    if (!first) return;
    app.chosen = first;
    for (const pick of picks) app.on.add(pick.layer);
    const bounds = boundsOf(app, picks);
    if (bounds) map.fitBounds(bounds, { padding: [60, 60], maxZoom: 17, animate: false });
    app.changed();
  };
  const sidebar = new Sidebar(side, app, { show });

  const draw = (): void => {
    document.documentElement.lang = app.say.lang === "zh" ? "zh-Hans" : "en";
    document.documentElement.dataset["theme"] = app.theme;
    const badge = app.head.synthetic ? [el("span", { class: "gk-badge" }, app.say.text("synthetic"))] : [];
    header.replaceChildren(
      el("h1", { dir: "auto" }, app.head.title),
      ...badge,
      el("span", { class: "gk-space" }),
      button(app.say.lang === "zh" ? "English" : "中文", () => {
        app.say.lang = app.say.lang === "zh" ? "en" : "zh";
        app.changed();
      }, { id: "gk-lang" }),
      button(app.theme === "dark" ? "☀" : "☾", () => {
        app.theme = app.theme === "dark" ? "light" : "dark";
        app.changed();
      }, { id: "gk-theme", "aria-label": app.say.text("theme"), title: app.say.text("theme") }),
      button(app.say.text("whole_town"), () => whole && map.fitBounds(whole, { padding: [16, 16] }), { id: "gk-whole" }),
      button(app.say.text("print"), () => window.print(), { id: "gk-print" }),
      button("☰", () => root.classList.toggle("gk-open"), { id: "gk-menu", "aria-label": app.say.text("panel"), title: app.say.text("panel") }),
    );
    place.setAttribute("aria-label", app.say.text("map_of", { what: app.head.title }));
    for (const [name, value] of Object.entries(app.colors)) {
      if (typeof value === "string") root.style.setProperty(`--gk-${name}`, value);
    }
    zoom.getContainer()?.querySelectorAll("a").forEach((a, i) => {
      a.title = app.say.text(i ? "zoom_out" : "zoom_in");
      a.setAttribute("aria-label", a.title);
    });
    small.replaceChildren(legendOf(app, "gk-legend-small"));
    sidebar.draw();
  };
  app.watch(draw);

  const picksOf = (e: L.LeafletMouseEvent): Pick[] => {
    const radius = 9 / (256 * 2 ** map.getZoom());
    return picksAt(app, worldX(e.latlng.lng), worldY(e.latlng.lat), radius);
  };
  let pointed: Cluster | null = null;
  map.on("mousemove", (e) => {
    const picks = picksOf(e);
    const cluster = painter.clusterAt(worldX(e.latlng.lng), worldY(e.latlng.lat));
    const top = picks[0] ?? null;
    if (top?.layer !== app.hovered?.layer || top?.i !== app.hovered?.i || cluster !== pointed) {
      app.hovered = top;
      pointed = cluster;
      app.refreshMarks();
      fillCard(app, card, picks, cluster);
    }
    moveCard(card, e.originalEvent.clientX, e.originalEvent.clientY);
  });
  map.on("mouseout movestart", () => {
    app.hovered = null;
    pointed = null;
    card.hidden = true;
    app.refreshMarks();
  });
  map.on("click", (e) => {
    app.chosen = picksOf(e)[0] ?? null;
    app.changed();
    if (app.chosen) root.classList.add("gk-open");
  });
  document.addEventListener("keydown", (e) => {
    const typing = e.target instanceof HTMLInputElement || e.target instanceof HTMLSelectElement;
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "/") {
      e.preventDefault();
      root.classList.add("gk-open");
      sidebar.focusSearch();
    } else if (e.key === "Escape") {
      app.chosen = null;
      app.changed();
    } else if (e.key === "0" && whole) map.fitBounds(whole, { padding: [16, 16] });
  });
  // On paper: by day, what is in view on the screen, on a canvas of its own.
  const paper = el("div", { id: "gk-paper" });
  let onScreen: Theme = app.theme;
  root.append(paper);
  window.addEventListener("beforeprint", () => {
    onScreen = app.theme;
    app.theme = "light";
    app.changed();
    paper.replaceChildren(painter.snapshot(map.getBounds(), 1000, 720));
  });
  window.addEventListener("afterprint", () => {
    paper.replaceChildren();
    app.theme = onScreen;
    app.changed();
  });
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(place);

  draw();
  app.refresh();
  painter.place();
}

function fillCard(app: App, card: HTMLElement, picks: Pick[], cluster: Cluster | null): void {
  const all: Facts[] = cluster ? [clusterFacts(app, cluster)] : [];
  for (const pick of picks) if (pick.layer !== "units") all.push(factsOf(app, pick));
  card.replaceChildren();
  card.hidden = all.length === 0;
  // The thing pointed at in full; what it lies in by name.
  all.slice(0, 2).forEach((facts, k) => {
    card.append(el("p", { class: "gk-kind" }, facts.kind), el("h3", { dir: "auto" }, facts.title));
    card.append(rowsOf(facts.rows.slice(0, k === 0 ? 8 : 2)));
  });
}

function moveCard(card: HTMLElement, x: number, y: number): void {
  if (card.hidden) return;
  const { offsetWidth: w, offsetHeight: h } = card;
  const left = x + 16 + w > window.innerWidth ? x - w - 12 : x + 16;
  const top = Math.min(Math.max(8, y + 16), window.innerHeight - h - 8);
  card.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
}

function* allOf(app: App): Generator<Pick> {
  for (const key of ["base_grids", "community_grids"]) {
    const layer = app.layer(key);
    for (let i = 0; i < (layer?.n ?? 0); i++) yield { layer: key, i };
  }
}

function boundsOf(app: App, picks: Pick[]): L.LatLngBounds | null {
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { layer, i } of picks) {
    const box = app.layer(layer)?.shapes.box;
    if (!box || !Number.isFinite(box[4 * i])) continue;
    west = Math.min(west, box[4 * i]);
    north = Math.min(north, box[4 * i + 1]);
    east = Math.max(east, box[4 * i + 2]);
    south = Math.max(south, box[4 * i + 3]);
  }
  if (west > east) return null;
  const [lon0, lat0] = lonLat(west, south);
  const [lon1, lat1] = lonLat(east, north);
  return L.latLngBounds([lat0, lon0], [lat1, lon1]);
}

start().catch((error: unknown) => {
  const root = document.getElementById("gk-app");
  root?.replaceChildren(el("p", { class: "gk-error" }, `This map could not be read: ${String(error)}`));
});
