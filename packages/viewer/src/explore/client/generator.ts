// The worker of an explorer's page: runs the generator with ONNX Runtime, off the page's thread.
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { Answered, Asked, Begin } from "../about.js";

/** More threads require headers that few static hosts send. */
env.wasm.numThreads = 1;
const file = (name: string) => new URL(name, location.href).href;
env.wasm.wasmPaths = { mjs: file("ort.js"), wasm: file("ort.wasm") };

let session: Promise<InferenceSession>;

function begin(model: string | Uint8Array): void {
  const options: InferenceSession.SessionOptions = { executionProviders: ["wasm"] };
  session =
    typeof model === "string"
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options);
  // Reported when it is asked for an image.
  session.catch(() => {});
}

async function answer({ x, sigma, label }: Asked): Promise<Answered> {
  try {
    const model = await session;
    const noisy = model.inputMetadata.find(({ name }) => name === "x");
    const shape = noisy?.isTensor ? (noisy.shape as number[]) : [];
    const inputs: Record<string, Tensor> = {
      x: new Tensor("float32", x, shape),
      sigma: new Tensor("float32", Float32Array.of(sigma), [1]),
    };
    if (label !== undefined) inputs.labels = new Tensor("float32", Float32Array.of(label), [1]);
    const began = performance.now();
    const results = await model.run(inputs);
    const outputs = Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]);
    return { outputs: Object.fromEntries(outputs), milliseconds: performance.now() - began };
  } catch (error) {
    return { error: `The generator failed: ${(error as Error).message}` };
  }
}

addEventListener("message", async ({ data }: MessageEvent<Asked | Begin>) => {
  if ("model" in data) begin(data.model);
  else postMessage(await answer(data));
});
