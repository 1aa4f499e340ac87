// Which colours has the editor's map by day and by night?
import type { Theme } from "../theme";
import type { Worst } from "./types";

export interface Tones {
  /** Of neighbouring grids: told apart by every kind of colour vision, and fit to write on. */
  grids: string[];
  /** From little to much, one hue after another in brightness, so that order is seen without colour. */
  ramp: string[];
  /** Of a grid against its limits. */
  status: Record<Worst, string>;
  ink: Record<"border" | "community" | "unit" | "target" | "mark" | "finding" | "current" | "halo" | "ground" | "none" | "locked", string>;
  names: Record<"text" | "upper" | "halo" | "cluster" | "clusterText", string>;
  context: Record<"streets" | "rail" | "barriers" | "water" | "hotspot" | "hotspotFill" | "homes", string>;
}

export const DAY: Tones = {
  grids: ["#9ecae9", "#f7d48a", "#a3d8c3", "#e9b7d3", "#f5b795", "#c9c5ea"],
  ramp: ["#fff4cc", "#fdd49e", "#f9a76c", "#e76f51", "#b53a52", "#6d1f52"],
  status: { ok: "#cfe8d5", near: "#fbe6a2", under: "#8fb8de", over: "#f0a27c", broken: "#d66a8b" },
  ink: { border: "#4a4640", community: "#26221d", unit: "rgba(70,64,56,.38)", target: "#0b5fa5", mark: "#111111", finding: "#b1003a", current: "#7a1fa0", halo: "#ffffff", ground: "#f4f2ee", none: "#8a857c", locked: "rgba(30,30,30,.5)" },
  names: { text: "#1c1c1c", upper: "#5a2400", halo: "rgba(255,255,255,.9)", cluster: "#d55e00", clusterText: "#ffffff" },
  context: { streets: "rgba(105,98,90,.38)", rail: "#77716a", barriers: "#5b3a8c", water: "#b7d3e6", hotspot: "#b1003a", hotspotFill: "rgba(177,0,58,.14)", homes: "#0072b2" },
};

/** On a dark ground the ramp goes up in brightness, so that much stays what stands out. */
export const NIGHT: Tones = {
  grids: ["#1845a9", "#8a5f00", "#207548", "#702373", "#822716", "#6a5a6d"],
  ramp: ["#2f2250", "#4f1f66", "#771f63", "#982a4c", "#a8431f", "#9a6100"],
  status: { ok: "#1f4a33", near: "#5c5208", under: "#3869b2", over: "#aa5018", broken: "#8f1d4e" },
  ink: { border: "#c9c4ba", community: "#ffffff", unit: "rgba(230,225,215,.3)", target: "#7db8ef", mark: "#ffffff", finding: "#ff7d9f", current: "#d9a0f5", halo: "#15181c", ground: "#15181c", none: "#8a9099", locked: "rgba(235,230,220,.4)" },
  names: { text: "#f2f0ec", upper: "#ffd88a", halo: "rgba(15,18,22,.85)", cluster: "#ffa04d", clusterText: "#15181c" },
  context: { streets: "rgba(220,215,205,.3)", rail: "#b5b0a8", barriers: "#b79be6", water: "#24415a", hotspot: "#ff5c8a", hotspotFill: "rgba(255,92,138,.18)", homes: "#56b4e9" },
};

/** As the screen wishes it now. */
export let tones = DAY;

export function turnTo(theme: Theme): void {
  tones = theme === "dark" ? NIGHT : DAY;
}
