// The worker of a page that trains: an engine's options in, losses and a checkpoint out.
import { add, type Engine, program } from "@imagefn/ops";
import { type OnnxWebEngineOptions, onnxWebEngine } from "@imagefn/ops/onnx-web";
import { trainOn } from "./pageTraining.js";

/** The devices that were asked for. */
const devices: GPUDevice[] = [];
if ("GPUAdapter" in self) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    devices.push(device);
    return device;
  };
}

/** What a run says after its device was lost. */
async function afterLoss(engine: Engine): Promise<string> {
  const p = program({ inputs: { x: [2] } }, (_, { x }) => ({ outputs: { y: add(x, 1) } }));
  const runnable = await engine.compile(p);
  await runnable.run({ x: new Float32Array(2) });
  for (const device of devices) device.destroy();
  return runnable.run({ x: new Float32Array(2) }).then(
    () => "it ran",
    (error) => error.message,
  );
}

self.addEventListener("message", async ({ data }: MessageEvent<OnnxWebEngineOptions>) => {
  try {
    const engine = await onnxWebEngine(data);
    const { losses, checkpoint } = await trainOn(engine);
    const lost = engine.name === "onnx:webgpu" ? await afterLoss(engine) : undefined;
    const { name, threads } = engine;
    self.postMessage({ name, threads, losses, checkpoint: [...checkpoint!], lost });
  } catch (error) {
    self.postMessage({ error: (error as Error).message });
  }
});
