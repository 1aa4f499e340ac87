// What can the engine be asked, and how far is it? Jobs run behind the page; their answer is one step.
import { button, el } from "../dom";
import { gridOptions, section } from "./parts";
import type { Store } from "./store";
import type { Change, Job } from "./types";

/** What stands for the town as a whole: the largest load, the largest deviation, the mean compactness. */
const TOLD = new Set(["load", "deviation", "compactness"]);

export class Engine {
  private other = -1;
  private shown = "";
  private readonly asked = el("div", {});
  private readonly running = el("div", { id: "ge-jobs" });
  readonly root = el("div", { class: "ge-tab", id: "ge-tab-engine" }, this.running, this.asked);
  /** The same progress, small, for the head of the page. */
  readonly small = el("div", { id: "ge-progress", hidden: true });
  onFiles: (job: Job) => void = () => undefined;

  constructor(private readonly store: Store) {
    store.watch((event) => {
      if (event === "job") this.hear();
      else if (event === "plan" || event === "language" || event === "choice" || event === "change") this.draw();
    });
  }

  get current(): Job | null {
    return [...this.store.jobs.values()].find((j) => j.state === "running" && j.scenario === this.store.scenario) ?? null;
  }

  get busy(): boolean {
    return this.current !== null;
  }

  start(job: { kind: string } & Record<string, unknown>): void {
    const { store } = this;
    void store.settled().then(async () => {
      try {
        const answer = await store.server.post<{ job: Job }>("/api/jobs", { scenario: store.scenario, revision: store.revision, job });
        if (!store.jobs.has(answer.job.job) || answer.job.state !== "running") store.heardJob(answer.job);
      } catch (error) {
        store.complain(error);
      }
    });
  }

  cancel(): void {
    const job = this.current;
    if (job) void this.store.server.post(`/api/jobs/${job.job}/cancel`, {}).catch((error: unknown) => this.store.complain(error));
  }

  draw(): void {
    const { store } = this;
    const { say, target } = store;
    const ask = (key: string, run: () => void, on = true): HTMLElement => {
      const node = button(say.text(`job_${key}`), run, { id: `ge-job-${key}`, class: "ge-wide" });
      node.disabled = !on || this.busy || store.session.read_only;
      return el("div", {}, node, el("p", { class: "gk-faint" }, say.text(`about_${key}`)));
    };
    const touched = (store.last?.panel ?? []).map((r) => r.grid).filter((g) => g !== target);
    if (!store.grid(this.other)?.alive || this.other === target) this.other = touched[0] ?? -1;
    const own = store.grid(target);
    const pair = gridOptions(store, "ge-other", say.text("balance_with"), this.other, (slot) => {
      this.other = slot;
      this.draw();
    }, "–");
    const free = Object.keys(store.town).length > 0;
    const kept = document.activeElement?.id;
    this.asked.replaceChildren(
      section(say.text("ask_engine"), "ask",
        ask("repair", () => this.start({ kind: "repair" })),
        el("div", { class: "ge-pair" }, el("label", { class: "ge-field" }, el("span", {}, say.text("balance_with", { grid: own ? store.gridName(target) : "–" })), pair), ask("balance", () => this.start({ kind: "balance", grids: [target, this.other] }), target >= 0 && this.other >= 0 && this.other !== target)),
        ask("balance_all", () => this.start({ kind: "balance_all" }), free),
        ask("finish", () => this.start({ kind: "finish" }), store.base.includes(-1)),
        ask("split", () => this.start({ kind: "split", grid: target, into: 2 }), target >= 0 && !own?.locked),
        ask("alternatives", () => this.start({ kind: "alternatives", n: 3 }))),
    );
    if (kept) document.getElementById(kept)?.focus();
    this.drawJobs();
  }

  private get jobs(): Job[] {
    return [...this.store.jobs.values()].filter((j) => j.scenario === this.store.scenario).slice(-3).reverse();
  }

  private get states(): string {
    return this.jobs.map((j) => `${j.job} ${j.state}`).join();
  }

  /** A step of progress moves the bar where it stands: a button drawn anew would lose a click on it. */
  private hear(): void {
    if (this.states !== this.shown) {
      this.draw();
      return;
    }
    const { current } = this;
    if (!current) return;
    for (const place of [this.running, this.small]) {
      for (const bar of place.querySelectorAll("progress")) this.fill(bar, current);
      for (const text of place.querySelectorAll(".ge-progress-text")) text.textContent = this.told(current);
    }
  }

  private drawJobs(): void {
    const { store, jobs } = this;
    const { say } = store;
    this.shown = this.states;
    this.running.replaceChildren(...(jobs.length ? [section(say.text("jobs"), "jobs", ...jobs.map((j) => this.job(j)))] : []));
    const current = this.current;
    this.small.hidden = current === null;
    this.small.replaceChildren(...(current ? this.progress(current) : []));
    for (const node of this.asked.querySelectorAll<HTMLButtonElement>("button.ge-wide")) if (current) node.disabled = true;
  }

  private progress(job: Job): HTMLElement[] {
    const bar = el("progress", { max: "1" });
    this.fill(bar, job);
    return [el("span", { class: "ge-progress-text" }, this.told(job)), bar, button(this.store.say.text("cancel"), () => this.cancel(), { class: "ge-cancel" })];
  }

  private fill(bar: HTMLProgressElement, job: Job): void {
    bar.setAttribute("aria-label", this.store.of(job.text));
    if (job.share === null) bar.removeAttribute("value");
    else bar.value = job.share;
  }

  private told(job: Job): string {
    const { say } = this.store;
    return `${say.text(`job_${job.kind}`)}: ${this.store.of(job.text)}, ${say.number(job.seconds, 1)} s`;
  }

  private job(job: Job): HTMLElement {
    const { store } = this;
    const { say } = store;
    const box = el("div", { class: `ge-job ge-job-${job.state}` });
    box.dataset["state"] = job.state;
    box.dataset["kind"] = job.kind;
    if (job.state === "running") {
      box.append(...this.progress(job));
      return box;
    }
    box.append(el("p", {}, el("b", {}, say.text(`state_${job.state}`)), ` ${say.text(`job_${job.kind}`)} (${say.number(job.seconds, 1)} s)`));
    if (job.error) box.append(el("p", { class: "ge-break" }, store.of(job.error)));
    if (job.kept_as) box.append(el("p", {}, say.text("kept_as", { name: job.kept_as })), button(say.text("open_scenario"), () => void store.look(String(job.kept_as))));
    if (job.change) box.append(...this.answer(job.change));
    if (job.scenarios.length) box.append(el("p", { class: "ge-row" }, ...job.scenarios.map((name) => button(name, () => void store.look(name)))));
    if (job.files.length) box.append(button(say.text("files_written", { n: job.files.length }), () => this.onFiles(job)));
    return box;
  }

  /** What an answer changed in the town, before and after, and how to take it back. */
  private answer(change: Change): HTMLElement[] {
    const { store } = this;
    const { say } = store;
    const body = el("tbody", {});
    const row = (label: string, before: string, after: string): void => body.append(el("tr", {}, el("th", { scope: "row" }, label), el("td", {}, before === after ? "" : before), el("td", { class: "ge-arrow" }, before === after ? "" : "→"), el("td", { class: "ge-now" }, after)));
    if (change.was) {
      row(say.text("n_broken"), say.number(change.was.n_broken, 0), say.number(change.n_broken, 0));
      for (const m of store.session.measures) if (TOLD.has(m.name)) row(store.of(m.label), store.figure(change.was.town[m.name], m, true), store.figure(change.town[m.name], m));
    }
    const back = button(say.text("undo"), () => void store.do({ kind: "undo" }), { class: "ge-job-undo" });
    back.disabled = change.step !== store.step || !store.way.can_undo;
    return [el("p", {}, store.of(change.text)), el("table", {}, body), el("p", { class: "ge-row" }, back, el("span", { class: "gk-faint" }, say.text("one_step")))];
  }

  /** A job ended: fold its answer in and say so. */
  heard(job: Job): void {
    const { store } = this;
    const before = store.jobs.get(job.job)?.state;
    store.heardJob(job);
    if (job.state === "running" || (before !== undefined && before !== "running")) return;
    if (job.state === "failed") store.note(store.of(job.error) || store.of(job.text), "bad");
    else if (job.state === "cancelled") store.note(store.say.text("state_cancelled"));
    else if (job.kept_as) store.note(store.say.text("kept_as", { name: job.kept_as }));
    else if (job.scenarios.length) store.note(store.say.text("made_scenarios", { names: job.scenarios.join(", ") }));
    if (job.state === "done" && job.files.length) this.onFiles(job);
  }
}
