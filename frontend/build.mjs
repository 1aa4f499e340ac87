// Bundles the pages (the saved map: page.js, page.css; the editor: edit.js, edit.css), Leaflet for notebook maps, and the
// licences of what is inside.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "gridkit", "maps", "assets");
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { page: "src/main.ts", edit: "src/edit/edit.ts", leaflet: "src/leaflet.ts" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  charset: "ascii", // the hash in the page's security policy must not depend on an encoding
  legalComments: "none", // the licence texts are written whole, below
  loader: { ".png": "empty" }, // Leaflet's marker pictures are not used
  logLevel: "warning",
});
const parts = [];
for (const name of ["leaflet"]) {
  const root = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const text = await readFile(join(root, "LICENSE"), "utf8");
  parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
}
await writeFile(join(out, "licenses.txt"), parts.join("\n"));
