// What does the page know of the plan? The server's answer, with the strokes on their way painted over it.
import { Speech } from "../say";
import { Refusal, type Server, Silence } from "./server";
import type { Change, Comment, Distance, Finding, Grid, Job, Measure, Op, PlanState, Said, Scenario, Seat, Session, Text, Values, Way } from "./types";
import { WORDS } from "./words";

interface Stroke {
  units: number[];
  to: number;
}

export interface Notice {
  kind: "info" | "bad";
  text: string;
}

/** What changed, for those who draw. */
export type Event = "units" | "plan" | "change" | "choice" | "windows" | "scenarios" | "comments" | "job" | "language" | "notice" | "line" | "find";

export const NONE = -1;

export class Store {
  readonly say: Speech;
  base = new Int32Array(0);
  /** As the server said last. */
  private sure = new Int32Array(0);
  private readonly pending: Stroke[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private readonly reads = new Set<Promise<unknown>>();
  current: Int32Array | null = null;
  readonly grids = new Map<number, Grid>();
  findings: Finding[] = [];
  town: Values = {};
  distance: Distance = { units: 0, of: {} };
  scenario: string;
  scenarios: Scenario[];
  windows: Seat[];
  jobs = new Map<string, Job>();
  comments: Comment[] = [];
  revision = 0;
  step = 0;
  way: Way = { can_undo: false, can_redo: false, undo: null, redo: null };
  /** The last step, for the panel. */
  last: Change | null = null;
  /** The grid that tools paint into; NONE takes units out. */
  target = NONE;
  /** Take units only from these grids; null from any. */
  source: number[] | null = null;
  /** The finding looked at, by key. */
  finding: string | null = null;
  online = true;
  notice: Notice | null = null;
  private readonly watchers = new Set<(event: Event, units: readonly number[]) => void>();

  constructor(
    readonly server: Server,
    readonly session: Session,
  ) {
    this.say = new Speech({ texts: WORDS, lang: session.lang });
    this.scenario = session.scenario;
    this.scenarios = session.scenarios;
    this.windows = session.windows;
    for (const job of session.jobs) this.jobs.set(job.job, job);
  }

  // ---------------------------------------------------------------- told
  /** Hear of what changes; the answer ends it. */
  watch(run: (event: Event, units: readonly number[]) => void): () => void {
    this.watchers.add(run);
    return () => this.watchers.delete(run);
  }

  tell(event: Event, units: readonly number[] = []): void {
    for (const run of this.watchers) run(event, units);
  }

  note(text: string, kind: Notice["kind"] = "info"): void {
    this.notice = text ? { kind, text } : null;
    this.tell("notice");
  }

  of(text: Text | null | undefined): string {
    return text ? text[this.say.lang] : "";
  }

  // --------------------------------------------------------------- asked
  grid(slot: number): Grid | undefined {
    return this.grids.get(slot);
  }

  get alive(): Grid[] {
    return [...this.grids.values()].filter((g) => g.alive).sort((a, b) => a.community - b.community || (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  gridName(slot: number): string {
    const grid = this.grids.get(slot);
    return grid ? nameOf(grid) : this.say.text("unassigned");
  }

  measure(name: string): Measure | undefined {
    return this.session.measures.find((m) => m.name === name);
  }

  /** A value as a planner writes it: with its unit, shares in percent. */
  figure(value: number | null | undefined, measure: Measure, bare = false): string {
    if (value === null || value === undefined) return "–";
    const shown = this.say.number(measure.share ? value * 100 : value, measure.decimals);
    const unit = measure.share ? "%" : this.of(measure.unit);
    return bare || !unit ? shown : `${shown} ${unit}`;
  }

  /** Who holds the pen of this scenario, if it is somebody else. */
  get penElsewhere(): Seat | null {
    const pen = this.scenarios.find((s) => s.name === this.scenario)?.pen;
    return (pen && pen !== this.server.window && this.windows.find((w) => w.id === pen)) || null;
  }

  // ---------------------------------------------------------------- read
  async refresh(): Promise<void> {
    this.take(await this.server.get<PlanState>(`/api/plan?scenario=${encodeURIComponent(this.scenario)}`));
  }

  take(plan: PlanState): void {
    this.sure = Int32Array.from(plan.base);
    this.base = this.sure.slice();
    for (const stroke of this.pending) for (const u of stroke.units) this.base[u] = stroke.to;
    this.current = plan.current ? Int32Array.from(plan.current) : null;
    this.grids.clear();
    for (const grid of plan.grids) this.grids.set(grid.grid, grid);
    this.findings = plan.findings;
    [this.town, this.distance] = [plan.town, plan.distance];
    [this.revision, this.step, this.way] = [plan.revision, plan.step, plan];
    this.last = null;
    if (!this.grids.get(this.target)?.alive) this.target = this.alive[0]?.grid ?? NONE;
    this.tell("plan");
  }

  // ---------------------------------------------------------------- done
  /** Units of a stroke that may move: from the source, not locked, not there already. */
  free(units: readonly number[], to: number): number[] {
    if (this.grids.get(to)?.locked) return [];
    return units.filter((u) => {
      const g = this.base[u];
      return g !== to && !this.grids.get(g)?.locked && (this.source === null || this.source.includes(g));
    });
  }

  /** Paint at once, before anybody is asked. */
  paint(units: readonly number[], to: number): void {
    if (!units.length) return;
    for (const u of units) this.base[u] = to;
    this.tell("units", units);
  }

  /** Give back what a stroke painted that is not sent. */
  unpaint(units: readonly number[]): void {
    for (const u of units) this.base[u] = this.sure[u];
    for (const stroke of this.pending) for (const u of stroke.units) if (units.includes(u)) this.base[u] = stroke.to;
    this.tell("units", units);
  }

  /** Send a painted stroke; strokes go one after another, each upon the answer to the one before. */
  async stroke(units: number[], to: number): Promise<void> {
    if (!units.length) return;
    const stroke = { units, to };
    this.pending.push(stroke);
    await this.do({ kind: "assign", units, to, source: this.source }, () => this.drop(stroke));
    const off = units.filter((u) => this.base[u] !== this.sure[u]);
    if (off.length) this.unpaint(off);
  }

  private drop(stroke: Stroke): void {
    const at = this.pending.indexOf(stroke);
    if (at >= 0) this.pending.splice(at, 1);
  }

  /** Do one step. Refusals are shown in words; null when there is no change. */
  async do(op: Op, settled: () => void = () => undefined): Promise<Change | null> {
    const sent = this.queue.then(() => this.send(op, settled));
    this.queue = sent.catch(() => undefined);
    try {
      return await sent;
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  private async send(op: Op, settled: () => void): Promise<Change | null> {
    try {
      for (let turn = 0; ; turn++) {
        try {
          const change = await this.server.post<Change>("/api/do", { scenario: this.scenario, revision: this.revision, op });
          settled();
          this.apply(change);
          return change;
        } catch (error) {
          // The engine or another window was faster: look at the plan as it is, then do it once more.
          if (!(error instanceof Refusal && error.code === "stale") || turn > 0) throw error;
          await this.refresh();
        }
      }
    } finally {
      settled();
    }
  }

  /** All strokes so far are answered. */
  async settled(): Promise<void> {
    await this.queue;
  }

  /** What makes no step: scenarios, comments, names, the pen. */
  async tellServer(op: Op, scenario = this.scenario): Promise<Said | null> {
    try {
      const said = await this.server.post<Said>("/api/do", { scenario, op });
      if (said.scenarios) this.heardScenarios(said.scenarios);
      if (said.comments) this.heardComments(said.comments);
      return said;
    } catch (error) {
      this.complain(error);
      return null;
    }
  }

  /** Ask for something of the scenario by its name: never while that changes. */
  async read<T>(ask: (scenario: string) => Promise<T>): Promise<T> {
    let turn: Promise<unknown>;
    do await (turn = this.queue);
    while (turn !== this.queue);
    const asked = ask(encodeURIComponent(this.scenario));
    this.reads.add(asked);
    try {
      return await asked;
    } finally {
      this.reads.delete(asked);
    }
  }

  async renameScenario(name: string): Promise<void> {
    const named = Promise.allSettled([this.queue, ...this.reads]).then(() => this.tellServer({ kind: "name_scenario", name })).then((said) => {
      if (said) this.scenario = name;
    });
    this.queue = named;
    await named;
    this.tell("scenarios");
  }

  /** Look at another scenario. */
  async look(name: string): Promise<void> {
    await this.queue;
    const from = this.scenario;
    this.scenario = name;
    if (!(await this.tellServer({ kind: "switch" }))) this.scenario = from;
    await this.refresh();
    this.tell("scenarios");
  }

  complain(error: unknown): void {
    if (error instanceof Silence) {
      this.online = false;
      this.tell("line");
      return;
    }
    const text = error instanceof Refusal ? error.told.map((t) => this.of(t.text)).join(" ") : "";
    this.note(text || this.say.text("fault", { what: String(error) }), "bad");
  }

  // --------------------------------------------------------------- heard
  /** Take in a change, of this window or another. */
  apply(change: Change): void {
    if (change.scenarios) this.heardScenarios(change.scenarios);
    if (change.scenario !== this.scenario || change.revision <= this.revision) return;
    if (change.revision > this.revision + 1) {
      void this.refresh().catch((error: unknown) => this.complain(error));
      return;
    }
    const moved: number[] = [];
    change.units.forEach((u, k) => {
      this.sure[u] = change.base[k];
      if (this.base[u] !== change.base[k] && !this.pending.some((s) => s.units.includes(u))) {
        this.base[u] = change.base[k];
        moved.push(u);
      }
    });
    for (const grid of change.grids) this.grids.set(grid.grid, grid);
    const gone = new Set(change.gone);
    const come = new Set(change.come.map((f) => f.key));
    this.findings = [...this.findings.filter((f) => !gone.has(f.key) && !come.has(f.key)), ...change.come].sort(byWeight);
    [this.town, this.distance] = [change.town, change.distance];
    [this.revision, this.step, this.way] = [change.revision, change.step, change];
    this.last = change;
    if (change.new !== null && change.new !== undefined) this.target = change.new;
    if (!this.grids.get(this.target)?.alive && this.target !== NONE) this.target = this.alive[0]?.grid ?? NONE;
    if (moved.length) this.tell("units", moved);
    this.tell("change", change.units);
  }

  heardScenarios(scenarios: Scenario[]): void {
    this.scenarios = scenarios;
    this.tell("scenarios");
  }

  heardComments(comments: Comment[]): void {
    this.comments = comments;
    this.tell("comments");
  }

  heardJob(job: Job): void {
    this.jobs.set(job.job, job);
    if (job.change) this.apply(job.change);
    this.tell("job");
  }
}

const WEIGHT = { broken: 0, warning: 1, note: 2 };

function byWeight(a: Finding, b: Finding): number {
  return WEIGHT[a.severity] - WEIGHT[b.severity] || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) || (a.grids[0] ?? -1) - (b.grids[0] ?? -1);
}

export function nameOf(grid: Grid): string {
  return grid.name || grid.code || grid.id;
}
