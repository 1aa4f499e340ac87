// In which words and figures? One table of texts, two languages, one way to write numbers.
import type { Cell, Head, Lang, Measure, Pair } from "./types";

export class Speech {
  lang: Lang;
  private readonly texts: Record<string, Pair>;

  constructor(head: Pick<Head, "texts" | "lang">) {
    this.texts = head.texts;
    this.lang = head.lang;
  }

  pick(pair: Pair): string {
    return pair[this.lang === "zh" ? 1 : 0];
  }

  text(key: string, facts: Record<string, string | number> = {}): string {
    const pair = Object.hasOwn(this.texts, key) ? this.texts[key] : undefined;
    let out = pair ? this.pick(pair) : key.replaceAll("_", " ");
    for (const [name, value] of Object.entries(facts)) out = out.replaceAll(`{${name}}`, String(value));
    return out;
  }

  number(value: number, decimals: number): string {
    const locale = this.lang === "zh" ? "zh-CN" : "en-US";
    return value.toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

  /** A value with its unit, or a dash. */
  value(value: Cell | undefined, measure: Measure): string {
    if (value === null || value === undefined || value === "") return "–";
    if (typeof value === "string") return value;
    const unit = this.pick(measure.unit);
    return this.number(value, measure.decimals) + (unit ? ` ${unit}` : "");
  }

  /** Class limits with as many decimals as they need, and no more. */
  limits(breaks: number[]): string[] {
    let decimals = 0;
    while (decimals < 6 && breaks.some((b) => Math.abs(b * 10 ** decimals - Math.round(b * 10 ** decimals)) > 1e-6)) decimals += 1;
    return breaks.map((b) => this.number(b, decimals));
  }

  /** Whole numbers from one to another, both counted. */
  span(low: number, high: number): string {
    const a = this.number(low, 0);
    return low >= high ? a : `${a} – ${this.number(high, 0)}`;
  }

  probability(p: Cell | undefined): string {
    if (typeof p !== "number") return "–";
    return p < 0.001 ? "p < 0.001" : `p = ${this.number(p, p < 0.1 ? 3 : 2)}`;
  }
}
