// What a bundler makes of the package: how many bytes the renderer is, and what comes along.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "@imagefn/testing";
import t from "tap";

const resolveDir = dirname(fileURLToPath(import.meta.url));

/** Bundles a module given as text: bytes of what a page loads at first, and of all sources the names. */
async function bundled(contents: string) {
  const { metafile } = await bundle({ stdin: { contents, resolveDir, sourcefile: "entry.js" } });
  const { outputs } = metafile;
  const first = new Set(
    Object.keys(outputs).filter((name) => outputs[name].entryPoint?.endsWith("entry.js")),
  );
  for (const name of first)
    for (const { path, kind } of outputs[name].imports) if (kind === "import-statement") first.add(path);
  const sources = [...first].flatMap((name) =>
    Object.entries(outputs[name].inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([source]) => source),
  );
  const external = Object.values(outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  return { bytes: [...first].reduce((n, name) => n + outputs[name].bytes, 0), sources, external, outputs };
}

for (const [names, from, limit] of [
  ["renderBytes, renderRows", "@imagefn/inr", 10_000],
  ["canvasRenderer", "@imagefn/inr/canvas", 10_000],
  // Reading adds the checks of a file from elsewhere, with messages that no file can forge, and every number type: 6,700
  // bytes.
  ["canvasRenderer, loadImageFunction", "@imagefn/inr/canvas", 14_800],
] as const)
  t.test(`${names} of ${from}: at most ${limit} bytes, and GPU.js on demand`, async (t) => {
    const { bytes, sources, external, outputs } = await bundled(`export { ${names} } from "${from}";`);
    t.comment(`${bytes} bytes`);
    t.ok(bytes <= limit, `${bytes} bytes`);
    t.ok(bytes > 4000, "something is there");
    t.same(external, []);
    for (const name of sources)
      t.notMatch(name, /gpu\.js|onnx|ndarray|ops\/(?!dist\/(safetensors\w*|inOneLine|shape)\.js)/);
    const later = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
    t.ok(later.some((name) => /gpu\.js/.test(name)));
  });

t.test("no module names a global of Node, for which Parcel installs a package", async (t) => {
  const { outputs } = await bundled('export * from "@imagefn/inr"; export * from "@imagefn/ops";');
  const sources = new Set(Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)));
  const ours = [...sources].filter((name) => /(?:inr|ops)\/dist\//.test(name));
  t.ok(ours.length > 50, `${ours.length} modules`);
  const bare = /(?<![.\w"'`-])(?:process|Buffer|global|__dirname|__filename|setImmediate)\b(?!["':])/;
  for (const name of ours) {
    const text = readFileSync(name, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    t.notMatch(text, bare, name);
  }
});

t.test("nothing of Node comes along with the whole package", async (t) => {
  const { external, outputs } = await bundled('export * from "@imagefn/inr";');
  t.same(external, []);
  for (const { inputs } of Object.values(outputs))
    for (const [name, { bytesInOutput }] of Object.entries(inputs))
      t.notOk(bytesInOutput > 0 && /onnxruntime|ops\/dist\/onnx\//.test(name), name);
});
