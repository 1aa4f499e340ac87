// How do plans come in and go out? Import with its report, export with its files, the review page.
import { button, el } from "../dom";
import type { Engine } from "./engine";
import { dialog } from "./parts";
import { Refusal } from "./server";
import type { Store } from "./store";
import type { ImportReport, Job } from "./types";

const MOST_LINES = 10;

export class Files {
  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
  ) {
    engine.onFiles = (job) => this.written(job);
  }

  // ------------------------------------------------------------------ in
  open(): void {
    const input = el("input", { type: "file", accept: ".csv,.geojson,.json,.gpkg", id: "ge-file" });
    const out = el("div", { id: "ge-report" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.send(file, out);
    });
    dialog(this.store, "import", this.store.say.text("import"), el("p", {}, this.store.say.text("about_import")), input, out);
    input.focus();
  }

  private async send(file: File, out: HTMLElement): Promise<void> {
    const { store } = this;
    out.replaceChildren(el("p", {}, store.say.text("reading")));
    try {
      const path = `/api/import?name=${encodeURIComponent(file.name)}&scenario=${encodeURIComponent(store.scenario)}`;
      const answer = await store.server.upload<{ import: string; report: ImportReport }>(path, file);
      out.replaceChildren(...this.report(answer.report), this.accept(answer.import, file.name));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      out.replaceChildren(...error.told.map((t) => el("p", { class: "ge-break" }, store.of(t.text))), ...(error.report ? this.report(error.report) : []));
    }
  }

  private accept(id: string, file: string): HTMLElement {
    const { store } = this;
    const name = el("input", { type: "text", id: "ge-import-name", value: file.replace(/\.[^.]*$/, ""), "aria-label": store.say.text("branch_name") });
    const go = button(store.say.text("make_scenario"), () => void this.take(id, name.value.trim()), { class: "ge-main", id: "ge-import-go" });
    return el("p", { class: "ge-row" }, name, go);
  }

  private async take(id: string, name: string): Promise<void> {
    const { store } = this;
    try {
      const said = await store.server.post<{ scenario?: string }>(`/api/import/${id}`, { as: name });
      (document.getElementById("ge-dialog-import") as HTMLDialogElement | null)?.close();
      await store.look(said.scenario ?? name);
    } catch (error) {
      store.complain(error);
    }
  }

  private report(r: ImportReport): HTMLElement[] {
    const { say } = this.store;
    const table = el("dl", {});
    const row = (key: string, n: number): void => table.append(el("dt", {}, say.text(key)), el("dd", {}, say.number(n, 0)));
    row("rows", r.n_rows);
    row("matched", r.matched);
    row("missing", r.n_missing);
    row("extra", r.n_extra);
    row("duplicates", r.n_duplicates);
    row("grids", r.n_grids);
    const lines = (key: string, all: string[], n: number): HTMLElement[] =>
      all.length ? [el("details", {}, el("summary", {}, say.text(key)), el("ul", { class: "ge-ids" }, ...all.slice(0, MOST_LINES).map((t) => el("li", {}, t))), ...(n > MOST_LINES ? [el("p", { class: "gk-faint" }, say.text("and_more", { n: n - MOST_LINES }))] : []))] : [];
    const at = (id: string, rows: number[]): string => say.text("id_in_rows", { id, rows: rows.join(", ") });
    return [
      el("p", {}, this.store.of(r.text)),
      table,
      ...lines("missing", r.missing, r.n_missing),
      ...lines("extra", r.extra.map((e) => at(e.id, [e.row])), r.n_extra),
      ...lines("duplicates", r.duplicates.map((d) => at(d.id, d.rows)), r.n_duplicates),
      ...(r.examples ? [...lines("examples_file", r.examples.file, 0), ...lines("examples_town", r.examples.town, 0)] : []),
    ];
  }

  // ----------------------------------------------------------------- out
  out(): void {
    const { store } = this;
    const { say } = store;
    const scenario = encodeURIComponent(store.scenario);
    const get = (path: string, name: string): void => void store.server.download(path, name).catch((error: unknown) => store.complain(error));
    const all = button(say.text("export_all"), () => {
      node.close();
      this.engine.start({ kind: "export", name: store.scenario });
    }, { class: "ge-wide ge-main", id: "ge-export-all" });
    all.disabled = !store.session.has_batch || this.engine.busy;
    const node = dialog(store, "export", say.text("export"), el("p", {}, say.text("about_export")),
      all, el("p", { class: "gk-faint" }, say.text(store.session.has_batch ? "about_export_all" : "no_batch")),
      button(say.text("plan_csv"), () => get(`/api/plan.csv?scenario=${scenario}`, "plan.csv"), { class: "ge-wide", id: "ge-plan-csv" }),
      button(say.text("review_page"), () => get(`/api/review.html?scenario=${scenario}&lang=${say.lang}`, "review.html"), { class: "ge-wide", id: "ge-review" }),
      el("p", { class: "gk-faint" }, say.text("about_review")));
  }

  private written(job: Job): void {
    const { store } = this;
    const list = el("ul", { class: "ge-files" });
    for (const file of job.files) {
      const get = button(file, () => void store.server.download(`/api/exports/${job.job}/${encodeURIComponent(file)}`, file).catch((error: unknown) => store.complain(error)), { class: "ge-link" });
      list.append(el("li", {}, get));
    }
    dialog(store, "files", store.say.text("files_written", { n: job.files.length }), el("p", {}, store.of(job.text)), list);
  }
}
