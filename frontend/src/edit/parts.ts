// Which small pieces is the page made of? Sections, choices, dialogs, icons, figures that changed.
import { button, el } from "../dom";
import type { Store } from "./store";
import { tones } from "./tones";
import type { Grid, Measure, Status } from "./types";

const SVG = "http://www.w3.org/2000/svg";

/** Strokes of the tool pictures, in a square of 24. */
const ICONS: Record<string, string> = {
  hand: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  brush: "M20 4L10 14M8.5 13.5c-3 0-3 3-5.500 5.500 4 1 8.500 0 8.500-3.500a2.200 2.200 0 0 0-3-2z",
  rectangle: "M4 6h16v12H4z",
  lasso: "M12 5c5 0 8 2 8 5s-4 5-8 5-8-2-8-5 3-5 8-5zM8 15c-2 1-2 4 1 4",
  click: "M9 9l11 4-5 2-2 5zM5 5l2 2M9 3v2M3 9h2",
  eraser: "M13 4l7 7-8 8H8l-4-4zM9 9l6 6",
  border: "M12 3v4M12 10v4M12 17v4M3 12h5M6 9l-3 3 3 3M21 12h-5M18 9l3 3-3 3",
  pick: "M14 4l6 6M16 8L6 18l-3 3 1-4L14 6z",
  undo: "M9 6L4 11l5 5M4 11h10a6 6 0 0 1 0 9h-3",
  redo: "M15 6l5 5-5 5M20 11H10a6 6 0 0 0 0 9h3",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
};

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? "");
  svg.append(path);
  return svg;
}

export function section(title: string, key: string, ...children: (Node | string)[]): HTMLElement {
  return el("section", { class: `ge-${key}` }, el("h2", {}, title), ...children);
}

export function select(id: string, label: string, options: readonly (readonly [value: string, text: string])[], value: string, run: (value: string) => void): HTMLSelectElement {
  const node = el("select", { id, "aria-label": label });
  for (const [v, text] of options) node.append(new Option(text, v, false, v === value));
  node.value = value;
  node.addEventListener("change", () => run(node.value));
  return node;
}

export function check(id: string, label: string, on: boolean, run: (on: boolean) => void): HTMLElement {
  const box = el("input", { type: "checkbox", id });
  box.checked = on;
  box.addEventListener("change", () => run(box.checked));
  return el("label", { class: "ge-check", for: id }, box, el("span", {}, label));
}

export function swatch(grid: Grid | undefined): HTMLElement {
  const node = el("span", { class: "gk-swatch" });
  if (grid) node.style.background = tones.grids[grid.color % tones.grids.length];
  else node.classList.add("ge-none");
  return node;
}

/** All grids by community, the way every choice of a grid is made. */
export function gridOptions(store: Store, id: string, label: string, value: number, run: (slot: number) => void, none?: string): HTMLSelectElement {
  const node = el("select", { id, "aria-label": label });
  if (none !== undefined) node.append(new Option(none, "-1"));
  const groups = new Map<number, HTMLOptGroupElement>();
  for (const grid of store.alive) {
    let group = groups.get(grid.community);
    if (!group) {
      group = el("optgroup", { label: store.session.communities[grid.community]?.name ?? "–" });
      groups.set(grid.community, group);
      node.append(group);
    }
    group.append(new Option(titleOf(store, grid), String(grid.grid)));
  }
  node.value = String(value);
  node.addEventListener("change", () => run(Number(node.value)));
  return node;
}

export function titleOf(store: Store, grid: Grid): string {
  const name = store.gridName(grid.grid);
  const code = grid.code && grid.code !== name ? ` · ${grid.code}` : "";
  return name + code + (grid.locked ? ` (${store.say.text("locked")})` : "");
}

const MARK: Record<Status, string> = { ok: "✓", near: "~", under: "▼", over: "▲" };

/** A state against the limits: a sign, a colour, and words for who listens. */
export function stateMark(store: Store, status: Status | undefined): HTMLElement {
  if (!status) return el("span", { class: "ge-state" });
  const text = store.say.text(`is_${status}`);
  return el("span", { class: `ge-state ge-${status}`, title: text, "aria-label": text }, MARK[status]);
}

/** The difference of two values, with its sign. */
export function change(store: Store, before: number | null | undefined, after: number | null | undefined, measure: Measure): string {
  if (typeof before !== "number" || typeof after !== "number") return "";
  const shown = store.figure(Math.abs(after - before), measure, true);
  if (!/[1-9]/.test(shown)) return "";
  return (after > before ? "+" : "−") + shown;
}

/** A window over the page. Escape and the cross close it; the focus goes back to where it was. */
export function dialog(store: Store, key: string, title: string, ...children: (Node | string)[]): HTMLDialogElement {
  document.getElementById(`ge-dialog-${key}`)?.remove();
  const node = el("dialog", { id: `ge-dialog-${key}`, class: "ge-dialog", "aria-label": title });
  const close = button("×", () => node.close(), { class: "gk-close", "aria-label": store.say.text("close") });
  node.append(el("header", {}, el("h2", {}, title), close), ...children);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", (e) => {
    if (e.target === node) node.close();
  });
  (document.getElementById("gk-edit") ?? document.body).append(node);
  node.showModal();
  return node;
}

/** Ask for one line of text. */
export function ask(store: Store, key: string, title: string, value: string, run: (value: string) => void, long = false): void {
  const field = long ? el("textarea", { rows: "4", id: `ge-${key}`, maxlength: "2000" }) : el("input", { type: "text", id: `ge-${key}`, autocomplete: "off", maxlength: "120" });
  field.value = value;
  field.setAttribute("aria-label", title);
  const form = el("form", { method: "dialog" }, field, el("p", { class: "ge-row" }, el("button", { type: "submit", class: "ge-main" }, store.say.text("ok"))));
  const node = dialog(store, key, title, form);
  form.addEventListener("submit", () => {
    node.close();
    const text = field.value.trim();
    if (text || long) run(text);
  });
  field.focus();
  field.select();
}

/** A day and an hour, as they are here. */
export function when(store: Store, at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return date.toLocaleString(store.say.lang === "zh" ? "zh-CN" : "en-GB", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
}
