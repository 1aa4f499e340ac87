// Which colour does each grid have, so that neighbours differ and an edit changes few?

/** Told apart by every kind of colour vision, on a light ground and in print (after Okabe and Ito, lightened). */
export const GRID_COLORS = ["#8cc5e8", "#f3c766", "#86cdb4", "#e4a8c8", "#f0a27c", "#b9b3e0", "#cfd07a"];

/** Colours for grids 0..n-1: those that have one keep it while no neighbour has the same.
 *
 * The grid whose neighbours leave it the fewest choices is coloured first; four or five colours are enough
 * for almost every map, the rest of the palette is for plans in pieces.
 */
export function colorGrids(slots: readonly number[], neighbors: ReadonlyMap<number, ReadonlySet<number>>, kept: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  const out = new Map<number, number>();
  const around = (g: number): ReadonlySet<number> => neighbors.get(g) ?? new Set();
  for (const g of slots) {
    const c = kept.get(g);
    if (c !== undefined && ![...around(g)].some((h) => out.get(h) === c)) out.set(g, c);
  }
  const left = new Set(slots.filter((g) => !out.has(g)));
  while (left.size) {
    let best = -1;
    let [most, wide] = [-1, -1];
    for (const g of left) {
      const taken = new Set([...around(g)].map((h) => out.get(h)).filter((c) => c !== undefined)).size;
      if (taken > most || (taken === most && around(g).size > wide)) [best, most, wide] = [g, taken, around(g).size];
    }
    left.delete(best);
    out.set(best, freeColor(best, around(best), out));
  }
  return out;
}

function freeColor(g: number, around: ReadonlySet<number>, out: ReadonlyMap<number, number>): number {
  const uses = GRID_COLORS.map(() => 0);
  for (const h of around) {
    const c = out.get(h);
    if (c !== undefined && h !== g) uses[c] += 1;
  }
  return uses.indexOf(Math.min(...uses));
}
