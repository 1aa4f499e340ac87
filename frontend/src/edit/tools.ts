// What does the hand on the map do? Pointer paths become strokes: painted at once, sent when the pointer is lifted.
import { el } from "../dom";
import type { Board } from "./board";
import { NONE, type Store } from "./store";

export const TOOLS = ["hand", "brush", "rectangle", "lasso", "click", "eraser", "border", "pick"] as const;
export type Tool = (typeof TOOLS)[number];

type Place = [u: number, v: number];

/** Radius of the brush sizes 1-5, in points of the screen; size 1 is the unit under the pointer. */
export const BRUSH = [0, 12, 24, 42, 66] as const;
const SVG = "http://www.w3.org/2000/svg";

interface Stroke {
  pointer: number;
  tool: Tool;
  to: number;
  units: Set<number>;
  /** The way of the pointer on the screen. */
  path: Place[];
  /** Dragging a border: the grids on both sides, and the unit it began in; which grid gives way shows with the next unit. */
  sides: [home: number, across: number, unit: number] | null;
  kept: number[] | null;
}

export class Tools {
  tool: Tool = "brush";
  size = 2;
  private stroke: Stroke | null = null;
  private readonly pointers = new Set<number>();
  private readonly ring = el("div", { class: "ge-ring", hidden: true });
  private readonly sketch = document.createElementNS(SVG, "svg");
  onChoice: () => void = () => undefined;

  constructor(
    private readonly board: Board,
    private readonly store: Store,
  ) {
    const { place } = board;
    this.sketch.setAttribute("class", "ge-sketch");
    place.append(this.sketch, this.ring);
    place.addEventListener("pointerdown", (e) => this.down(e));
    place.addEventListener("pointermove", (e) => this.move(e));
    place.addEventListener("pointerup", (e) => this.up(e));
    place.addEventListener("pointercancel", (e) => this.up(e, true));
    place.addEventListener("pointerleave", () => (this.ring.hidden = true));
    place.addEventListener("contextmenu", (e) => {
      e.preventDefault();
      this.pickAt(...this.point(e));
    });
    this.choose("brush");
  }

  choose(tool: Tool): void {
    this.cancel();
    this.tool = tool;
    const { map, place } = this.board;
    if (tool === "hand") map.dragging.enable();
    else map.dragging.disable();
    place.dataset["tool"] = tool;
    this.ring.hidden = true;
    this.onChoice();
  }

  resize(size: number): void {
    this.size = Math.min(BRUSH.length, Math.max(1, size));
    this.onChoice();
  }

  private point(e: PointerEvent | MouseEvent): Place {
    const box = this.board.place.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  }

  // -------------------------------------------------------------- pointer
  private down(e: PointerEvent): void {
    if ((e.target as Element).closest(".leaflet-control, .ge-over")) return;
    this.pointers.add(e.pointerId);
    if (this.pointers.size > 1) return void this.cancel(); // two fingers move the map
    if (e.button !== 0) return;
    const at = this.point(e);
    if (this.tool === "pick" || e.altKey || (this.tool === "hand" && e.isPrimary)) {
      if (this.tool !== "hand" || e.altKey) this.pickAt(...at);
      return;
    }
    this.board.place.setPointerCapture(e.pointerId);
    const to = this.tool === "eraser" ? NONE : this.store.target;
    const no = this.refusal(to);
    if (no) this.store.note(no, "bad");
    else this.begin(e.pointerId, to, at);
  }

  /** Why a stroke cannot begin, in words; "" when it can. */
  private refusal(to: number): string {
    const { say, session, penElsewhere } = this.store;
    if (session.read_only) return say.text("read_only");
    if (penElsewhere) return say.text("no_pen");
    if (this.tool === "eraser" || this.tool === "border") return "";
    if (to === NONE) return say.text("choose_target");
    return this.store.grid(to)?.locked ? say.text("target_locked", { grid: this.store.gridName(to) }) : "";
  }

  private begin(pointer: number, to: number, at: Place): void {
    const { board } = this;
    this.stroke = { pointer, tool: this.tool, to, units: new Set(), path: [at], sides: null, kept: this.store.source };
    const [u, v] = board.world(...at);
    const c = board.communityAt(u, v);
    if (c >= 0 && !board.sheets.open.has(c)) {
      // Not loaded yet: go on drawing, the way is followed again when its units are there.
      const own = this.stroke;
      void board.ensure([c]).then(() => {
        if (this.stroke === own) this.follow(own.path);
      });
    }
    if (this.tool === "border") this.takeSides(at);
    this.follow([at]);
  }

  private move(e: PointerEvent): void {
    this.showRing(e);
    const own = this.stroke;
    if (!own || own.pointer !== e.pointerId) return;
    const steps = e.getCoalescedEvents?.() ?? [];
    const way = (steps.length ? steps : [e]).map((s) => this.point(s));
    const last = own.path.at(-1) as Place;
    own.path.push(...way);
    if (own.tool === "rectangle" || own.tool === "lasso") { this.drawSketch(own); return; }
    if (own.tool !== "click") this.follow([last, ...way]);
  }

  private up(e: PointerEvent, lost = false): void {
    this.pointers.delete(e.pointerId);
    const own = this.stroke;
    if (!own || own.pointer !== e.pointerId) return;
    if (lost) return void this.cancel();
    if (own.tool === "rectangle" || own.tool === "lasso") this.add(this.enclosed(own));
    this.finish();
  }

  private finish(): void {
    const own = this.stroke;
    this.stroke = null;
    this.sketch.replaceChildren();
    if (own?.units.size) void this.store.stroke([...own.units], own.to);
    if (own) this.store.source = own.kept;
  }

  /** Give the stroke up: what it painted goes back. */
  cancel(): boolean {
    const own = this.stroke;
    this.stroke = null;
    this.sketch.replaceChildren();
    if (!own) return false;
    this.store.source = own.kept;
    this.store.unpaint([...own.units]);
    return true;
  }

  // ---------------------------------------------------------------- units
  /** Paint what lies along a way, closely enough that no unit is jumped. */
  private follow(way: readonly Place[]): void {
    const own = this.stroke;
    if (!own || own.tool === "rectangle" || own.tool === "lasso") return;
    const radius = own.tool === "brush" || own.tool === "eraser" ? BRUSH[this.size - 1] : 0;
    const gap = Math.max(3, radius / 2);
    const found = new Set<number>();
    way.forEach((to, k) => {
      const from = way[Math.max(0, k - 1)];
      const n = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / gap));
      for (let j = k ? 1 : n; j <= n; j++) {
        const [u, v] = this.board.world(from[0] + ((to[0] - from[0]) * j) / n, from[1] + ((to[1] - from[1]) * j) / n);
        for (const i of this.board.sheets.find((f) => f.inDisk(u, v, radius * this.board.point))) found.add(i);
      }
    });
    if (own.tool === "border") this.push(own, found);
    else this.add(found);
  }

  private add(units: Iterable<number>): void {
    const own = this.stroke;
    if (!own) return;
    const free = this.store.free([...units], own.to);
    for (const u of free) own.units.add(u);
    this.store.paint(free, own.to);
  }

  private enclosed(own: Stroke): number[] {
    const { board } = this;
    const way = own.path.map(([x, y]) => board.world(x, y));
    const [a, b] = [way[0], way.at(-1) as Place];
    return board.sheets.find((f) => (own.tool === "lasso" ? f.inLoop(way) : f.inBox(a, b)));
  }

  /** The two grids beside the border that is nearest to where the pointer went down. */
  private takeSides(at: Place): void {
    const own = this.stroke as Stroke;
    const { board, store } = this;
    const [u, v] = board.world(...at);
    const here = board.sheets.at(u, v);
    if (here < 0) return;
    const reach = [8, 16, 28, 44].map((r) => board.sheets.find((f) => f.inDisk(u, v, r * board.point)));
    const across = reach.flat().find((i) => store.base[i] !== store.base[here] && store.base[i] >= 0);
    if (across === undefined) { store.note(store.say.text("no_border_here"), "bad"); return; }
    own.sides = [store.base[here], store.base[across], here];
  }

  /** Dragging a border: units of one side go over to the other; the first one crossed says which. */
  private push(own: Stroke, found: Iterable<number>): void {
    const { store } = this;
    if (!own.sides) return;
    const [home, across, start] = own.sides;
    for (const u of found) {
      const g = store.base[u];
      if (own.units.has(u) || (g !== home && g !== across)) continue;
      if (!own.units.size) {
        if (u === start) continue;
        own.to = g === home ? across : home;
        store.source = [g];
        const locked = [own.to, g].find((slot) => store.grid(slot)?.locked);
        if (locked !== undefined) {
          store.note(store.say.text("target_locked", { grid: store.gridName(locked) }), "bad");
          this.cancel();
          return;
        }
        if (g === home) this.add([start]);
      }
      this.add([u]);
    }
  }

  pickAt(x: number, y: number): void {
    const { board, store } = this;
    const unit = board.sheets.at(...board.world(x, y));
    const slot = unit >= 0 ? store.base[unit] : board.gridAt(...board.world(x, y));
    if (slot >= 0) this.aim(slot);
    if (this.tool === "pick") this.choose("brush");
  }

  /** Paint into this grid from now on. */
  aim(slot: number): void {
    this.store.target = slot;
    const c = this.store.grid(slot)?.community ?? NONE;
    if (c >= 0) void this.board.ensure([c]);
    this.store.tell("choice");
  }

  // ------------------------------------------------------------- keyboard
  /** Move the cursor of the keyboard to the next unit in a direction. */
  step(dx: number, dy: number): void {
    const { board } = this;
    if (board.cursor < 0 || !board.sheets.has(board.cursor)) {
      const size = board.map.getSize();
      board.cursor = board.sheets.at(...board.world(size.x / 2, size.y / 2));
      if (board.cursor < 0) board.cursor = board.sheets.find((f) => f.inDisk(...board.world(size.x / 2, size.y / 2), size.x * board.point))[0] ?? NONE;
    } else {
      const [u, v] = board.sheets.middle(board.cursor) as Place;
      let [best, next] = [0.35, NONE]; // not more than about 70 degrees off the direction
      for (const i of board.sheets.neighbors(board.cursor)) {
        const middle = board.sheets.middle(i);
        if (!middle) continue;
        const [du, dv] = [middle[0] - u, middle[1] - v];
        const along = (du * dx + dv * dy) / Math.hypot(du, dv);
        if (along > best) [best, next] = [along, i];
      }
      if (next >= 0) board.cursor = next;
    }
    board.showCursor();
  }

  /** Do with the tool what a click at the cursor would do. */
  press(): void {
    const { board, store } = this;
    const middle = board.cursor >= 0 ? board.sheets.middle(board.cursor) : null;
    if (!middle) return;
    if (this.tool === "pick" || this.tool === "hand") { this.aim(store.base[board.cursor]); return; }
    const to = this.tool === "eraser" ? NONE : store.target;
    const radius = this.tool === "brush" || this.tool === "eraser" ? BRUSH[this.size - 1] * board.point : 0;
    const units = new Set([board.cursor, ...(radius ? board.sheets.find((f) => f.inDisk(...middle, radius)) : [])]);
    const free = store.free([...units], to);
    store.paint(free, to);
    void store.stroke(free, to);
  }

  // ---------------------------------------------------------------- shown
  private showRing(e: PointerEvent): void {
    const radius = this.tool === "brush" || this.tool === "eraser" ? BRUSH[this.size - 1] : 0;
    this.ring.hidden = !radius || e.pointerType === "touch";
    if (this.ring.hidden) return;
    const [x, y] = this.point(e);
    this.ring.style.width = this.ring.style.height = `${2 * radius}px`;
    this.ring.style.transform = `translate(${x - radius}px, ${y - radius}px)`;
  }

  private drawSketch(own: Stroke): void {
    const [a, b] = [own.path[0], own.path.at(-1) as Place];
    const lasso = own.tool === "lasso";
    const shape = document.createElementNS(SVG, "polygon");
    const points = lasso ? own.path : [a, [b[0], a[1]], b, [a[0], b[1]]];
    shape.setAttribute("points", points.map((p) => p.join()).join(" "));
    this.sketch.replaceChildren(shape);
  }
}
