// Which key does what? One table: the listener, the list under "?" and the hints of buttons read it.
import { button, el } from "../dom";
import { dialog } from "./parts";
import type { Store } from "./store";

export interface Key {
  /** As `KeyboardEvent.key`, with "Ctrl+" (or Command) and "Shift+" before it. */
  press: string;
  /** What is written in the list; `press` where it says the same. */
  shown?: string;
  text: string;
  group: "tools" | "plan" | "map" | "page";
  run: (e: KeyboardEvent) => void;
}

export function nameOfPress(e: KeyboardEvent): string {
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const letter = /^[a-z]$/.test(key) || key.length > 1;
  return `${e.ctrlKey || e.metaKey ? "Ctrl+" : ""}${e.shiftKey && letter ? "Shift+" : ""}${key}`;
}

export function listenKeys(keys: readonly Key[], map: HTMLElement): void {
  const table = new Map(keys.map((k) => [k.press, k]));
  document.addEventListener("keydown", (e) => {
    const at = e.target;
    const typing = at instanceof HTMLInputElement ? at.type !== "checkbox" : at instanceof HTMLSelectElement || at instanceof HTMLTextAreaElement;
    if (typing || e.altKey || document.querySelector("dialog[open]")) return;
    const press = nameOfPress(e);
    const onMap = at === map || at === document.body;
    if (!onMap && ["Enter", " ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(press)) return;
    const key = table.get(press);
    if (!key) return;
    e.preventDefault();
    key.run(e);
  });
}

export function showKeys(store: Store, keys: readonly Key[]): void {
  const { say } = store;
  const groups = (["tools", "plan", "map", "page"] as const).map((group) => {
    const list = el("dl", { class: "ge-keys" });
    for (const key of keys) if (key.group === group && key.shown !== "") list.append(el("dt", {}, el("kbd", {}, key.shown ?? key.press.toUpperCase())), el("dd", {}, say.text(key.text)));
    return el("section", {}, el("h3", {}, say.text(`keys_${group}`)), list);
  });
  const node = dialog(store, "keys", say.text("shortcuts"), el("div", { class: "ge-columns" }, ...groups), el("p", { class: "gk-faint" }, say.text("about_keys")));
  node.append(button(say.text("close"), () => node.close()));
}
