import assert from "node:assert/strict";
import { test } from "node:test";
import { shortCodes } from "../src/codes";

test("what all long codes begin with is left out", () => {
  assert.deepEqual(shortCodes(["441900119006001", "441900119024002"]), ["006001", "024002"]);
});

test("short codes, codes of different towns and names stay whole", () => {
  for (const codes of [["001001", "002001"], ["441900119006001", "441900120006001"], ["Baldwin-01", "Riverside-03"], []]) assert.deepEqual(shortCodes(codes), codes);
});
