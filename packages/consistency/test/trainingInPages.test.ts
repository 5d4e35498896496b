// Training in headless Chromium, by ONNX Runtime on WebAssembly with threads and on WebGPU: Node's losses, and checkpoints
// that Node goes on from.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { onnxEngine, readSafetensors } from "@imagefn/ops";
import type { OnnxWebEngineOptions } from "@imagefn/ops/onnx-web";
import { addresses, bundle, isolation, launchChromium, noChromium, serve } from "@imagefn/testing";
import t, { type Test } from "tap";
import { half, trainOn } from "./pageTraining.js";

t.setTimeout(240_000);

interface Answer {
  readonly error?: string;
  readonly name: string;
  readonly threads: number;
  readonly losses: readonly number[];
  readonly checkpoint: readonly number[];
  /** What a run says on a GPU that was lost. */
  readonly lost?: string;
}

if (noChromium) t.pass("skipped", { skip: noChromium });
else {
  const built = await bundle({
    entryPoints: [fileURLToPath(new URL("pageWorker.js", import.meta.url))],
    // The runtime's own files are served beside, as they are.
    conditions: ["onnxruntime-web-use-extern-wasm"],
  });
  const files = new Map<string, string | Uint8Array>(addresses(built));
  files.set("/index.html", "<!doctype html><title>training</title>");
  const ops = createRequire(import.meta.resolve("@imagefn/ops"));
  for (const build of ["threaded", "threaded.jspi"])
    for (const kind of ["mjs", "wasm"]) {
      const name = `ort-wasm-simd-${build}.${kind}`;
      files.set(`/ort/${name}`, readFileSync(ops.resolve(`onnxruntime-web/${name}`)));
    }
  const browser = await launchChromium();
  t.teardown(() => browser.close());

  /** What the worker of a page answers, isolated or not. */
  async function inPage(
    t: Test,
    headers: Record<string, string>,
    options: OnnxWebEngineOptions,
  ): Promise<Answer> {
    const server = await serve(files, headers);
    t.teardown(() => server.close());
    const page = await browser.newPage();
    await page.goto(server.url);
    const answer = await page.evaluate(
      (options) =>
        new Promise<Answer>((resolve) => {
          const worker = new Worker("/built/pageWorker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve({ error: message } as Answer);
          worker.postMessage(options);
        }),
      { ...options, files: new URL("ort/", server.url).href },
    );
    await page.close();
    return answer;
  }

  // Of a loss, which is a difference between pictures that are nearly the same, less is right than of the pictures.
  const tolerance = 1e-4;
  const node = await onnxEngine({ threads: 1 });
  const expected = (await trainOn(node)).losses;
  for (const [provider, threads] of [
    ["wasm", 2],
    ["webgpu", 1],
  ] as const)
    t.test(provider, async (t) => {
      const options = provider === "wasm" ? { provider, threads } : { provider };
      const found = await inPage(t, isolation, options);
      t.equal(found.error, undefined);
      t.match(found, { name: `onnx:${provider}`, threads });
      const offs = (losses: readonly number[], right: readonly number[]) =>
        Math.max(...right.map((loss, i) => Math.abs(losses[i] / loss - 1)));
      if (provider === "webgpu")
        t.match(found.lost, /^ops: onnx:webgpu: the GPU was lost \(.*\); go on from the last checkpoint/);
      t.equal(found.losses.length, expected.length);
      t.ok(
        offs(found.losses, expected) < tolerance,
        `losses off by ${offs(found.losses, expected)} of themselves`,
      );
      const { tensors } = readSafetensors(Uint8Array.from(found.checkpoint));
      const rest = await trainOn(node, tensors);
      t.ok(offs(rest.losses, found.losses.slice(half)) < tolerance, "Node goes on from its checkpoint");
    });

  t.test("a page that is not isolated", async (t) => {
    const { error } = await inPage(t, {}, { provider: "wasm", threads: 2 });
    t.match(
      error,
      /^ops: onnx:wasm: a page that is not isolated has one thread \(got threads 2\); serve it with/,
    );
  });

  t.test("files that are not there", async (t) => {
    files.delete("/ort/ort-wasm-simd-threaded.wasm");
    const { error } = await inPage(t, isolation, { provider: "wasm", threads: 1 });
    t.match(error, /^ops: onnx:wasm: the files of onnxruntime-web do not load \(.*\); serve those/);
  });
}
