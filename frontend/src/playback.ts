// Which days come next when the reports are played?

/** First and last day of the next window: as long as before, one step on; from the start again at the end. */
export function nextWindow(days: [number, number], low: number, high: number): [number, number] {
  const length = days[1] - days[0];
  const step = Math.max(1, Math.round((high - low) / STEPS));
  if (length >= high - low) return [low, Math.min(high, low + WINDOW * step)];
  if (days[1] >= high) return [low, low + length];
  const last = Math.min(high, days[1] + step);
  return [last - length, last];
}

/** How many steps a whole run takes, and how many steps are seen at once. */
const STEPS = 40;
const WINDOW = 4;
