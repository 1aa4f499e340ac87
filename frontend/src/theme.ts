// Which colours does the map have by day and by night?

export type Theme = "light" | "dark";

export interface Colors {
  ground: string;
  border: string;
  community: string;
  unit: string;
  noData: string;
  hotspot: string;
  hotspotFill: string;
  hazard: string;
  hazardLine: string;
  member: string;
  context: Record<string, string>;
  mark: string;
  chosen: string;
  text: string;
  /** Names of community grids: another colour and size than codes of base grids. */
  upper: string;
  halo: string;
}

const LIGHT: Colors = {
  ground: "#f4f2ee",
  border: "#ffffff",
  community: "#3a3a3a",
  unit: "rgba(60,60,60,.35)",
  noData: "#b9b5ad",
  hotspot: "#b1003a",
  hotspotFill: "rgba(177,0,58,.14)",
  hazard: "#d55e00",
  hazardLine: "#ffffff",
  member: "#000000",
  context: { streets: "rgba(110,104,96,.45)", rail: "#6b6b6b", water: "#b7d3e6", barriers: "#5b3a8c" },
  mark: "#111111",
  chosen: "#e69f00",
  text: "#1c1c1c",
  upper: "#7a2e00",
  halo: "rgba(255,255,255,.85)",
};

const DARK: Colors = {
  ground: "#15181c",
  border: "#15181c",
  community: "#e4e0d8",
  unit: "rgba(230,230,230,.3)",
  noData: "#5a5f66",
  hotspot: "#ff5c8a",
  hotspotFill: "rgba(255,92,138,.18)",
  hazard: "#ffa04d",
  hazardLine: "#15181c",
  member: "#ffffff",
  context: { streets: "rgba(200,200,200,.28)", rail: "#9a9a9a", water: "#24415a", barriers: "#b79be6" },
  mark: "#ffffff",
  chosen: "#ffc44d",
  text: "#f2f0ec",
  upper: "#ffd88a",
  halo: "rgba(15,18,22,.8)",
};

/** For layers the page has no word for: told apart by every kind of colour vision (Okabe and Ito). */
export const EXTRA = ["#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#d55e00", "#0072b2"];

export function colorsOf(theme: Theme): Colors {
  return theme === "dark" ? DARK : LIGHT;
}

export function preferred(): Theme {
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** On a dark ground the ramp runs the other way, so that much stays what stands out. */
export function rampOf(ramp: string[], n: number, theme: Theme): string[] {
  const out: string[] = [];
  for (let i = 0; i < n; i++) out.push(ramp[n === 1 ? ramp.length - 1 : Math.round((i * (ramp.length - 1)) / (n - 1))]);
  return theme === "dark" ? out.reverse() : out;
}
