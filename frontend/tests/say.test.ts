import assert from "node:assert/strict";
import { test } from "node:test";
import { Speech } from "../src/say";
import type { Head, Lang, Measure } from "../src/types";

const texts: Head["texts"] = { no_data: ["no data", "无数据"], shown: ["{n} of {m}", "{m} 中的 {n}"] };
const speech = (lang: Lang): Speech => new Speech({ texts, lang });
const hours: Measure = { name: "workload_h", label: ["Workload", "工作量"], unit: ["h", "小时"], decimals: 1, breaks: [] };

test("a text is said in the language of the page", () => {
  assert.equal(speech("en").text("no_data"), "no data");
  assert.equal(speech("zh").text("no_data"), "无数据");
});

test("facts are put into the sentence, wherever the language wants them", () => {
  assert.equal(speech("en").text("shown", { n: 3, m: 9 }), "3 of 9");
  assert.equal(speech("zh").text("shown", { n: 3, m: 9 }), "9 中的 3");
});

test("a name that is no text of the page is shown as it is, even if every object has it", () => {
  assert.equal(speech("en").text("constructor"), "constructor");
  assert.equal(speech("en").text("own_column"), "own column");
});

test("a value has its unit; what is missing is a dash, not a zero", () => {
  assert.equal(speech("en").value(1234.56, hours), "1,234.6 h");
  assert.equal(speech("zh").value(1234.56, hours), "1,234.6 小时");
  for (const missing of [null, undefined, ""]) assert.equal(speech("en").value(missing, hours), "–");
  assert.equal(speech("en").value(0, hours), "0.0 h");
});

test("class limits have as many decimals as they need", () => {
  assert.deepEqual(speech("en").limits([10, 20, 1000]), ["10", "20", "1,000"]);
  assert.deepEqual(speech("en").limits([0.25, 0.5]), ["0.25", "0.50"]);
});

test("a small p-value is a bound, not a row of zeros", () => {
  assert.equal(speech("en").probability(0.0002), "p < 0.001");
  assert.equal(speech("en").probability(0.0123), "p = 0.012");
  assert.equal(speech("en").probability(0.5), "p = 0.50");
  assert.equal(speech("en").probability(null), "–");
});

test("whole numbers are written from the first to the last that counts", () => {
  assert.equal(speech("en").span(3, 5), "3 – 5");
  assert.equal(speech("zh").span(1200, 1200), "1,200");
});
