// Minified as bundlers for pages and servers do it, the kernels are still those that gpu.js can compile.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gpujsEngine } from "@imagefn/ops";
import { bundle, difference } from "@imagefn/testing";
import t from "tap";
import { allOps, type allOpsOnWebasm } from "./allOps.js";

const here = dirname(fileURLToPath(import.meta.url));
// A step of the build; a plain script, without types.
const kernels: { noted(script: string): string } = await import(
  new URL("../tools/kernels.mjs", import.meta.url).href
);

t.test("every op of a minified bundle gives what it gives otherwise", async (t) => {
  const { outputFiles } = await bundle({
    entryPoints: [join(here, "allOps.js")],
    plugins: [
      {
        name: "as published",
        setup: (build) =>
          build.onLoad({ filter: /packages.ops.dist.*\.js$/ }, ({ path }) => ({
            contents: kernels.noted(readFileSync(path, "utf8")),
          })),
      },
    ],
  });
  const folder = t.testdir({ "package.json": '{ "type": "module" }' });
  for (const { path, contents } of outputFiles)
    writeFileSync(join(folder, path.split(/[/\\]/).pop()!), contents);
  const bundled: { allOpsOnWebasm: typeof allOpsOnWebasm } = await import(
    pathToFileURL(join(folder, "allOps.js")).href
  );
  const [got, expected] = [
    await bundled.allOpsOnWebasm(),
    await allOps(await gpujsEngine({ mode: "webasm" })),
  ];
  t.ok(Object.keys(expected).length > 100, `${Object.keys(expected).length} results`);
  for (const [name, data] of Object.entries(expected))
    t.equal(difference(got[name], data, { rtol: 0, atol: 0 }), undefined, name);
});

t.test("texts are noted once, on the line of their function", async (t) => {
  const script = [
    'const op = { numbers: function relu(x) {\n  // never below 0\n  return Math.max(x, 0);\n}, name: "relu" };',
    "export function one(x) {\n  return x[this.thread.x];\n}",
    "function other() {}",
  ].join("\n");
  const noted = kernels.noted(script);
  t.equal(kernels.noted(noted), noted);
  t.equal(noted.split("\n").length, script.split("\n").length);
  t.match(noted, '}, { text: "function relu(x) {\\nreturn Math.max(x, 0);\\n}" }), name: "relu" };');
  t.match(
    noted,
    '} Object.assign(one, { text: "function one(x) {\\nreturn x[this.thread.x];\\n}" });\nfunction other',
  );
  t.equal(kernels.noted("const a = 1;"), "const a = 1;");
});
