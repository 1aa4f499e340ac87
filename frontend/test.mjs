// Runs the unit tests: each tests/*.test.ts is bundled, then given to Node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const names = (await readdir(join(here, "tests"), { recursive: true })).filter((n) => n.endsWith(".test.ts")).sort();
const out = await mkdtemp(join(tmpdir(), "gridkit-frontend-"));
try {
  await build({
    absWorkingDir: here,
    entryPoints: names.map((n) => join("tests", n)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: ["node20"],
    sourcemap: "inline",
    loader: { ".css": "empty", ".png": "empty" },
    logLevel: "warning",
  });
  const built = (await readdir(out, { recursive: true })).filter((n) => n.endsWith(".test.mjs")).map((n) => join(out, n));
  const done = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], { stdio: "inherit" });
  process.exitCode = done.status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
