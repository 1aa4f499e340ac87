// In which class of the legend does a value stand?
import type { Cell } from "./types";

/** Class of a value: how many limits it reaches; -1 for no data. */
export function classOf(value: Cell | undefined, breaks: number[]): number {
  if (typeof value !== "number") return -1;
  let c = 0;
  while (c < breaks.length && value >= breaks[c]) c += 1;
  return c;
}
