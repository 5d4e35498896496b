// Every op on every engine, value and gradient: on WebGPU too, GPU.js in Node and in Chromium. The worst errors are in
// docs/parity.md, which UPDATE=1 writes anew.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gpujsEngine, onnxEngine, type Products } from "@imagefn/ops";
import { noChromium, noSwiftShader, openChromium, swiftShader } from "@imagefn/testing";
import t from "tap";
import { goldenCases } from "./cases.js";
import { goldenExpected, goldenVectors } from "./goldenVectors.js";
import { opCases } from "./opCases.js";
import { caseResults, type Errors, errorsOf, goldenResults, type Results } from "./parityErrors.js";

t.setTimeout(480_000);

interface Found {
  golden?: Results;
  cases?: Results;
}

const inNode = (products: Products) => async (): Promise<Found> => {
  const file = fileURLToPath(new URL("parityNode.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(products)], {
    env: swiftShader,
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout);
};

async function inChromium(): Promise<Found> {
  const module = `
    import { gpujsEngine } from "@imagefn/ops";
    import * as parity from "./parityErrors.js";
    const engine = gpujsEngine({ mode: "webgpu" });
    export const golden = async (vectors) => parity.goldenResults(await engine, vectors);`;
  const page = await openChromium(module, fileURLToPath(new URL(".", import.meta.url)));
  try {
    return { golden: await page.call("golden", goldenVectors) };
  } finally {
    await page.close();
  }
}

/** Every case, in the engine's own process, which finds the driver. */
async function onGpu(): Promise<Found> {
  Object.assign(process.env, swiftShader);
  return { cases: await caseResults(await onnxEngine({ provider: "webgpu" })) };
}

async function byWebAssembly(): Promise<Found> {
  return { cases: await caseResults(await onnxEngine({ provider: "wasm", threads: 1 })) };
}

const onHost = (mode: "cpu" | "webasm") => async (): Promise<Found> => {
  const engine = await gpujsEngine({ mode });
  return { golden: await goldenResults(engine, goldenVectors), cases: await caseResults(engine) };
};

const onnx = await onnxEngine({ threads: 1 });
const reference = { golden: await goldenResults(onnx, goldenVectors), cases: await caseResults(onnx) };
const engines: { name: string; skip: string | false; run: () => Promise<Found> }[] = [
  { name: "onnx", skip: false, run: async () => reference },
  { name: "onnx:wasm", skip: false, run: byWebAssembly },
  { name: "onnx:webgpu", skip: noSwiftShader, run: onGpu },
  { name: "gpujs:cpu", skip: false, run: onHost("cpu") },
  { name: "gpujs:webasm", skip: false, run: onHost("webasm") },
  { name: "gpujs:webgpu, plain", skip: noSwiftShader, run: inNode("plain") },
  // So short is k in these cases that it is cut into parts in some and not in others.
  { name: "gpujs:webgpu, tiled", skip: noSwiftShader, run: inNode({ tile: 32, parts: 3 }) },
  { name: "gpujs:webgpu, Chromium", skip: noChromium, run: inChromium },
];
t.test("the manifest names the same cases", async (t) => {
  t.same(goldenVectors.map(({ name }) => name).sort(), Object.keys(goldenCases).sort());
});

/** Of every case beside ONNX Runtime; WebGPU's exp and log may be off in the sixth digit. */
const toleranceOn = (name: string) =>
  name.includes("webgpu") ? { rtol: 5e-5, atol: 5e-6 } : { rtol: 1e-5, atol: 2e-6 };

const golden = new Map<string, Errors[]>();
const cases = new Map<string, Errors[]>();
for (const { name, skip, run } of engines)
  t.test(name, { skip }, async (t) => {
    const found = await run();
    const manifest = new Map(goldenVectors.map((c) => [c.name, c]));
    if (found.golden)
      golden.set(
        name,
        errorsOf([...manifest.keys()], found.golden, goldenExpected, (c) => manifest.get(c)!),
      );
    const names = Object.keys(opCases);
    if (found.cases)
      cases.set(
        name,
        errorsOf(names, found.cases, reference.cases, () => toleranceOn(name)),
      );
    for (const errors of [golden.get(name), cases.get(name)]) {
      if (!errors) continue;
      const wrong = errors.filter(({ wrong }) => wrong > 0);
      t.same(wrong, [], `${errors.length} cases within their tolerances`);
    }
  });

/** The worst of the cases of each op: "matmul A B', batches" is one of matmul. */
function byOp(errors: readonly Errors[]): Errors[] {
  const ops = new Map<string, Errors>();
  for (const { name, value, gradient, wrong } of errors) {
    const op = name.split(/[, ]/)[0];
    const worst = ops.get(op) ?? { name: op, value: 0, gradient: 0, wrong: 0 };
    ops.set(op, {
      name: op,
      value: Math.max(worst.value, value),
      gradient: Math.max(worst.gradient, gradient),
      wrong: worst.wrong + wrong,
    });
  }
  return [...ops.values()];
}

const digits = (error: number) => (error === 0 ? "0" : error.toExponential(0));

function tableOf(title: string, columns: ReadonlyMap<string, Errors[]>): string {
  const names = [...columns.keys()];
  const rows = columns.get(names[0])!.map(({ name }, i) => {
    const cells = names.map((engine) => {
      const { value, gradient } = columns.get(engine)![i];
      return `${digits(value)} / ${digits(gradient)}`;
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [`| ${[title, ...names].join(" | ")} |`, `| --- ${"| --- ".repeat(names.length)}|`, ...rows].join(
    "\n",
  );
}

/** A table's engines and ops, without its numbers. */
const outline = (page: string) =>
  page
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.replace(/ \d\S* \/ \d\S*/g, " "));

t.test("docs/parity.md has every engine and every op", async (t) => {
  const file = new URL("../../../docs/parity.md", import.meta.url);
  const missing = engines.filter(({ skip }) => skip);
  if (missing.length > 0) return t.pass("skipped", { skip: `${missing[0].skip}` });
  const others = new Map([...cases].filter(([name]) => name !== "onnx").map(([name, e]) => [name, byOp(e)]));
  const page = `# Engines compared, op by op

Written by \`packages/ops/test/parity.test.ts\` (\`UPDATE=1 node packages/ops/dist-test/parity.test.js\`), which fails if a number is
outside its tolerance. A cell is the largest error of the value / of the gradients, relative to the array's largest number;
neighbouring float32 numbers differ by 6e-8. WebGPU is SwiftShader here, a software driver, in Node and in headless Chromium.
In Node it runs twice: with kernels of GPU.js alone, and with every matrix product and convolution tiled.
Its results verify the kernels, but a GPU's own exp and log may differ in the sixth digit. Node and Chromium use the same
implementation of WebGPU (Dawn); the browser runs only the golden vectors. ONNX Runtime runs only the cases on WebGPU, where
its kernels take long to compile, and on WebAssembly, where its tanh is less precise: the gradient of gelu_tanh is off by 2e-6
from PyTorch's, and by more than the vectors' tolerance in one number.

## Against PyTorch, on the golden vectors

${tableOf("case", golden)}

## Against ONNX Runtime, on every case of every op

${tableOf("op", others)}
`;
  if (process.env.UPDATE) writeFileSync(file, page);
  t.same(outline(readFileSync(file, "utf8")), outline(page), "the page has these engines and ops");
});
