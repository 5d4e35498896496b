// What others install: GPU.js inside the package, its engines without any optional package, and errors that name those.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { version } from "@imagefn/ops/gpu.js";
import { bareInstall } from "@imagefn/testing";
import t from "tap";

const { folder, remove } = bareInstall("ops");
t.teardown(remove);

/** What a script prints there as JSON; `found` is undefined or the message of what failed. */
function run(script: string): Record<string, string> {
  const file = join(folder, "script.mjs");
  writeFileSync(
    file,
    `import { engine, gpujsEngine, onnxEngine, mul, program } from "@imagefn/ops";
     const messageOf = (promise) => promise.then(() => "it works", (error) => error.message);
     ${script}`,
  );
  // A Linux without drivers is not asked for an adapter; this one has some.
  const env = { PATH: process.env.PATH, VK_ICD_FILENAMES: "/none" };
  return JSON.parse(execFileSync(process.execPath, [file], { encoding: "utf8", env }));
}

const onnx = "ops: the onnx engine needs the package onnxruntime-node, which";

t.test("gpu.js is the released one, unchanged", async (t) => {
  const require = createRequire(import.meta.url);
  const read = (file: string) =>
    readFileSync(new URL(file, pathToFileURL(require.resolve("gpu.js"))), "utf8");
  const vendored = readFileSync(new URL(import.meta.resolve("@imagefn/ops/gpu.js")), "utf8");
  t.ok(vendored.includes(read("../dist/gpu-browser.js")));
  // Parcel puts modules into functions with parameters of these names.
  t.doesNotThrow(() => new Function("module", "exports", vendored.replace(/^export /gm, "")));
  t.equal(version, JSON.parse(read("../package.json")).version);
  const license = readFileSync(new URL("LICENSE", import.meta.resolve("@imagefn/ops/gpu.js")), "utf8");
  for (const name of ["gpu.js", "acorn", "gpu-mock.js"]) t.match(license, new RegExp(`^${name} \\d`, "m"));
});

t.test("without the optional packages, auto takes GPU.js and the others say what to install", async (t) => {
  const found = run(`
    const { engine: chosen, why } = await engine();
    const p = program({ inputs: { x: [2] } }, (_, { x }) => ({ outputs: { y: mul(x, 2) } }));
    const { y } = await (await chosen.compile(p)).run({ x: Float32Array.of(1, 2) });
    console.log(JSON.stringify({
      name: chosen.name, why, y: [...y.data].join(),
      onnx: await messageOf(onnxEngine()),
      byName: await messageOf(engine({ name: "onnx" })),
      webgpu: await messageOf(gpujsEngine({ mode: "webgpu" })),
    }));`);
  t.same(found, {
    name: "gpujs:webasm",
    why:
      "no GPU was found: the package webgpu is not installed, and the package onnxruntime-node is not installed " +
      "(npm install onnxruntime-node@1.30.0)",
    y: "2,4",
    onnx: `${onnx} is not installed: npm install onnxruntime-node@1.30.0`,
    byName: `${onnx} is not installed: npm install onnxruntime-node@1.30.0`,
    webgpu:
      'ops: gpujs:webgpu: the package webgpu is not installed; run "npm install webgpu@0.6.2", ' +
      'or use the engine "onnx" or "gpujs:webasm"',
  });
});

t.test("a package that is there and does not load is told apart", async (t) => {
  for (const [name, contents] of [
    ["onnxruntime-node", 'require("./bin/missing.node");'],
    ["webgpu", 'exports.create = () => { throw new Error("needs a newer libc"); };'],
  ]) {
    const to = join(folder, "node_modules", name);
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, "index.js"), contents);
  }
  const { engine, webgpu } = run(`
    console.log(JSON.stringify({
      engine: await messageOf(onnxEngine()),
      webgpu: await messageOf(gpujsEngine({ mode: "webgpu" })),
    }));`);
  t.match(engine, /which does not load \(Cannot find module '\.\/bin\/missing\.node'\): npm install onnx/);
  t.match(
    webgpu,
    /the package webgpu does not load \(needs a newer libc\); run "npm install webgpu@0\.6\.2"/,
  );
});
