// Which grids are there, and what can be done to one? A list to go through by arrows, and the chosen grid's card.
import { button, el } from "../dom";
import type { Board } from "./board";
import type { Engine } from "./engine";
import { ask, dialog, gridOptions, icon, section, select, stateMark, swatch, titleOf, when } from "./parts";
import { nameOf, type Store } from "./store";
import type { Tools } from "./tools";
import type { Comment, Grid } from "./types";

export class Grids {
  private readonly search = el("input", { type: "search", id: "ge-search", autocomplete: "off" });
  private readonly list = el("ul", { class: "ge-grids", id: "ge-grids" });
  private readonly card = el("div", {});
  private readonly heads = el("div", { class: "ge-row" });
  readonly root = el("div", { class: "ge-tab", id: "ge-tab-grids" }, this.card, this.heads, this.search, this.list);

  constructor(
    private readonly store: Store,
    private readonly board: Board,
    private readonly tools: Tools,
    private readonly engine: Engine,
  ) {
    this.search.addEventListener("input", () => this.drawList());
    this.search.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown") this.list.querySelector("button")?.focus();
      if (e.key === "Enter") this.list.querySelector("button")?.click();
    });
    this.list.addEventListener("keydown", (e) => {
      if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
      const rows = [...this.list.querySelectorAll<HTMLButtonElement>("button.ge-name")];
      const at = rows.indexOf(document.activeElement as HTMLButtonElement) + (e.key === "ArrowDown" ? 1 : -1);
      (at < 0 ? this.search : rows[at])?.focus();
      e.preventDefault();
    });
    store.watch((event) => {
      if (["plan", "change", "language", "choice", "comments"].includes(event)) this.draw();
    });
  }

  draw(): void {
    if (this.root.hidden) return;
    const { say } = this.store;
    this.search.placeholder = say.text("search_grids");
    this.search.setAttribute("aria-label", say.text("search_grids"));
    this.heads.replaceChildren(
      button(say.text("lock_all"), () => void this.store.do({ kind: "lock_all" }), { id: "ge-lock-all" }),
      button(say.text("unlock_all"), () => void this.store.do({ kind: "unlock_all" }), { id: "ge-unlock-all" }),
      button(say.text("apportion"), () => void this.store.do({ kind: "apportion" }), { title: say.text("about_apportion") }),
    );
    this.drawCard();
    this.drawList();
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  private drawList(): void {
    const { store } = this;
    const word = this.search.value.trim().toLowerCase();
    const kept = this.list.scrollTop;
    const at = [...this.list.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
    this.list.replaceChildren(
      ...store.alive.filter((g) => `${nameOf(g)} ${g.id} ${g.name} ${store.session.communities[g.community]?.name ?? ""}`.toLowerCase().includes(word)).map((g) => this.row(g)),
    );
    this.list.scrollTop = kept;
    if (at >= 0) this.list.querySelectorAll("button")[at]?.focus();
  }

  private row(g: Grid): HTMLElement {
    const { store } = this;
    const { say } = store;
    const name = button("", () => {
      this.tools.aim(g.grid);
      this.board.fitGrids([g.grid]);
    }, { class: "ge-name", "aria-current": String(g.grid === store.target) });
    name.append(swatch(g), el("span", { class: "ge-label" }, titleOf(store, g)), ...(g.worst === "ok" ? [] : [el("span", { class: `ge-state ge-${g.worst}` }, g.worst === "broken" ? "✕" : stateMark(store, g.worst).textContent ?? "")]));
    const lock = button("", () => void store.do({ kind: g.locked ? "unlock" : "lock", grids: [g.grid] }), { class: "ge-lock", "aria-pressed": String(g.locked), "aria-label": `${say.text(g.locked ? "unlock" : "lock")} ${nameOf(g)}`, title: say.text(g.locked ? "unlock" : "lock") });
    lock.append(icon("lock"));
    const row = el("li", {}, name, lock);
    row.dataset["grid"] = String(g.grid);
    return row;
  }

  // ---------------------------------------------------------------- card
  private drawCard(): void {
    const { store } = this;
    const { say } = store;
    const g = store.grid(store.target);
    this.card.replaceChildren();
    if (!g) return;
    const edit = (key: "rename" | "code" | "note"): void => {
      const field = key === "rename" ? "name" : key === "code" ? "code" : "text";
      const now = key === "rename" ? g.name : key === "code" ? g.code : g.note;
      ask(store, key, `${say.text(`do_${key}`)}: ${nameOf(g)}`, now, (value) => void store.do({ kind: key, grid: g.grid, [field]: value }), key === "note");
    };
    const parent = select("ge-community", say.text("community"), store.session.communities.map((c, i) => [String(i), c.name] as const), String(g.community), (v) => void store.do({ kind: "move_grid", grid: g.grid, community: Number(v) }));
    const actions = el("div", { class: "ge-row" },
      button(say.text("do_rename"), () => edit("rename"), { id: "ge-do-rename" }),
      button(say.text("do_code"), () => edit("code"), { id: "ge-do-code" }),
      button(say.text("do_note"), () => edit("note"), { id: "ge-do-note" }),
      button(`${say.text("do_comment")}${g.n_comments ? ` (${g.n_comments})` : ""}`, () => this.talk(g), { id: "ge-do-comment" }),
      button(say.text("do_merge"), () => this.merge(g), { id: "ge-do-merge" }),
      button(say.text("job_split"), () => this.engine.start({ kind: "split", grid: g.grid, into: 2 }), { id: "ge-do-split" }),
      button(say.text("do_remove"), () => void store.do({ kind: "remove", grid: g.grid }), { id: "ge-do-remove" }),
      ...(store.current ? [button(say.text("do_revert"), () => void store.do({ kind: "revert", grids: [g.grid] }), { title: say.text("about_revert") })] : []));
    const facts = el("dl", {});
    facts.append(el("dt", {}, say.text("units")), el("dd", {}, say.number(g.n_units, 0)));
    for (const m of store.session.measures) if (typeof g.values[m.name] === "number") facts.append(el("dt", {}, store.of(m.label)), el("dd", {}, store.figure(g.values[m.name], m), " ", stateMark(store, g.status[m.name])));
    const members = el("input", { type: "number", min: "0", max: "999", id: "ge-members", value: String(g.members ?? "") });
    members.addEventListener("change", () => void store.do({ kind: "members", grid: g.grid, members: Number(members.value) }));
    this.card.append(section(titleOf(store, g), "card", ...(g.note ? [el("p", { class: "ge-note", dir: "auto" }, g.note)] : []), actions,
      el("label", { class: "ge-field" }, el("span", {}, say.text("community")), parent),
      ...(g.members === null || g.members === undefined ? [] : [el("label", { class: "ge-field" }, el("span", {}, say.text("members")), members)]),
      el("details", {}, el("summary", {}, say.text("all_measures")), facts)));
  }

  merge(g: Grid): void {
    const { store } = this;
    let other = -1;
    const go = button(store.say.text("do_merge"), () => {
      node.close();
      if (other >= 0) void store.do({ kind: "merge", grids: [g.grid, other] });
    }, { class: "ge-main", id: "ge-merge-go" });
    const node = dialog(store, "merge", store.say.text("merge_with", { grid: nameOf(g) }), gridOptions(store, "ge-merge-with", store.say.text("merge_with", { grid: nameOf(g) }), -1, (slot) => (other = slot), "–"), el("p", { class: "ge-row" }, go));
  }

  /** Comments of one grid, the newest last. */
  talk(g: Grid): void {
    const { store } = this;
    const { say } = store;
    const list = el("ul", { class: "ge-comments" });
    const field = el("textarea", { rows: "3", id: "ge-comment", maxlength: "2000", "aria-label": say.text("do_comment") });
    const draw = (): void => list.replaceChildren(...store.comments.filter((c) => c.grid === g.grid).map((c) => this.comment(c)));
    const send = button(say.text("send"), () => {
      const text = field.value.trim();
      if (!text) return;
      void store.tellServer({ kind: "comment", grid: g.grid, text }).then((said) => {
        if (!said) return;
        field.value = "";
        void this.fetchComments();
      });
    }, { class: "ge-main", id: "ge-comment-send" });
    const node = dialog(store, "talk", say.text("comments_on", { grid: nameOf(g) }), list, field, el("p", { class: "ge-row" }, send));
    const off = store.watch((event) => event === "comments" && draw());
    node.addEventListener("close", off);
    void this.fetchComments();
    field.focus();
  }

  async fetchComments(): Promise<void> {
    try {
      this.store.heardComments((await this.store.server.get<{ comments: Comment[] }>("/api/comments")).comments);
    } catch (error) {
      this.store.complain(error);
    }
  }

  private comment(c: Comment): HTMLElement {
    const { store } = this;
    const done = button(store.say.text("resolve"), () => {
      done.disabled = true;
      void store.tellServer({ kind: "resolve", comment: c.comment });
    });
    return el("li", { class: c.done ? "ge-done" : "" }, el("p", { class: "gk-faint" }, `${c.by}, ${when(store, c.at)}${c.done ? ` · ${store.say.text("resolved")}` : ""}`), el("p", { dir: "auto" }, c.text), ...(c.done ? [] : [done]));
  }
}
