// Which lines of thought are there, and how did this one come about? Scenarios, and the history of all steps.
import { button, el } from "../dom";
import { ask, section, when } from "./parts";
import type { Store } from "./store";
import type { Scenario, Step } from "./types";

const MOST_STEPS = 300;

export class Scenarios {
  private steps: Step[] = [];
  private timer = 0;
  private readonly lines = el("div", {});
  private readonly past = el("div", {});
  readonly root = el("div", { class: "ge-tab", id: "ge-tab-scenarios" }, this.lines, this.past);
  onCompare: (a: string, b: string) => void = () => undefined;

  constructor(private readonly store: Store) {
    store.watch((event) => {
      if (event === "scenarios" || event === "windows" || event === "language") this.drawLines();
      if (event === "change" || event === "plan") this.fetchSoon();
      if (event === "language") this.drawPast();
    });
  }

  draw(): void {
    this.drawLines();
    this.fetchSoon();
  }

  branch(): void {
    const { store } = this;
    const known = new Set(store.scenarios.map((s) => s.name));
    let n = 2;
    while (known.has(`${store.scenario} ${n}`)) n += 1;
    ask(store, "branch", store.say.text("branch_name"), `${store.scenario} ${n}`, (name) => void this.make(name));
  }

  async make(name: string): Promise<void> {
    await this.store.settled();
    const said = await this.store.tellServer({ kind: "branch", name });
    if (said) await this.store.look(said.scenario || name);
  }

  private drawLines(): void {
    const { store } = this;
    const { say } = store;
    const others = store.scenarios.filter((s) => s.name !== store.scenario);
    const first = others[0]?.name ?? "@opened";
    this.lines.replaceChildren(
      section(say.text("scenarios"), "lines",
        el("div", { class: "ge-row" },
          button(say.text("branch"), () => this.branch(), { id: "ge-branch", class: "ge-main" }),
          button(say.text("compare"), () => this.onCompare(store.scenario, first), { id: "ge-compare" })),
        el("ul", { class: "ge-lines" }, ...store.scenarios.map((s) => this.line(s)))));
  }

  private line(s: Scenario): HTMLElement {
    const { store } = this;
    const { say } = store;
    const here = s.name === store.scenario;
    const open = button(s.name, () => void store.look(s.name), { class: "ge-label ge-name", "aria-current": String(here) });
    const who = s.pen ? store.windows.find((w) => w.id === s.pen) : undefined;
    const pen = who && who.id !== store.server.window ? ` · ${say.text("pen_of", { name: who.name })}` : "";
    const facts = el("span", { class: "gk-faint" }, `${say.text("n_steps", { n: s.n_steps })} · ${s.by}, ${when(store, s.created)}${pen}`);
    const more = here
      ? [el("div", { class: "ge-row" },
          button(say.text("do_rename"), () => ask(store, "name-scenario", say.text("branch_name"), s.name, (name) => void store.renameScenario(name)), { id: "ge-name-scenario" }),
          ...(store.scenarios.length > 1 ? [button(say.text("delete"), () => void this.remove(s), { id: "ge-delete-scenario" })] : []))]
      : [el("div", { class: "ge-row" }, button(say.text("compare"), () => this.onCompare(store.scenario, s.name)))];
    const row = el("li", { class: here ? "ge-here" : "" }, open, facts, ...more);
    row.dataset["scenario"] = s.name;
    return row;
  }

  private async remove(s: Scenario): Promise<void> {
    const { store } = this;
    const next = store.scenarios.find((o) => o.name !== s.name);
    if (!next) return;
    await store.look(next.name);
    await store.tellServer({ kind: "delete_scenario" }, s.name);
    store.note(store.say.text("deleted", { name: s.name }));
  }

  // ------------------------------------------------------------- history
  private fetchSoon(): void {
    window.clearTimeout(this.timer);
    if (this.root.hidden) return;
    this.timer = window.setTimeout(() => void this.fetch(), 150);
  }

  private async fetch(): Promise<void> {
    const { store } = this;
    try {
      this.steps = (await store.read((scenario) => store.server.get<{ steps: Step[] }>(`/api/history?scenario=${scenario}`))).steps;
      this.drawPast();
    } catch (error) {
      store.complain(error);
    }
  }

  private drawPast(): void {
    const { store } = this;
    const { say } = store;
    const rows = [...this.steps].reverse().slice(0, MOST_STEPS).map((s) => {
      const go = button("", () => void store.do({ kind: "goto", step: s.step }), { class: "ge-step", "aria-current": String(s.at_head), title: say.text("return_to") });
      go.append(el("span", { class: "gk-n" }, String(s.step)), el("span", { class: "ge-label", dir: "auto" }, store.of(s.text)), el("span", { class: "gk-faint" }, `${s.by}, ${when(store, s.at)}`));
      return el("li", { class: s.at_head ? "ge-here" : s.on_line ? "" : "ge-aside" }, go);
    });
    const more = this.steps.length > MOST_STEPS ? [el("p", { class: "gk-faint" }, say.text("and_more", { n: this.steps.length - MOST_STEPS }))] : [];
    this.past.replaceChildren(section(say.text("history"), "past", el("p", { class: "gk-faint" }, say.text("about_history")), el("ul", { class: "ge-steps" }, ...rows), ...more));
  }
}
