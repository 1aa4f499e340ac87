// How are long codes written on a small map? By what tells them apart.

const KEPT = 6;

/** The last six letters of long codes, where all that is before them is the same for every grid. */
export function shortCodes(codes: string[]): string[] {
  const first = codes[0] ?? "";
  const cut = first.length - KEPT;
  const same = cut > 3 && codes.every((c) => c.length === first.length && c.startsWith(first.slice(0, cut)));
  return same ? codes.map((c) => c.slice(cut)) : codes;
}
