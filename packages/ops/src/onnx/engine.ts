// Engines on ONNX Runtime in Node: a program becomes one ONNX model, and each run is one call.
import type { Engine } from "../engine.js";
import { childSessions } from "./childSessions.js";
import { complaints } from "./complaints.js";
import { cpuEngine } from "./cpu.js";
import { deviceEngine, type ManyEngine } from "./device.js";
import { checkOptions, type OnnxEngineOptions } from "./options.js";
import { probeAndClose } from "./probe.js";
import { onnxRuntime } from "./runtime.js";
import { localSessions } from "./sessions.js";

/**
 * An engine on ONNX Runtime. Loads the optional package `onnxruntime-node`, or `onnxruntime-web` for "wasm". A program on
 * a GPU runs in a process of its own: if the driver crashes, its calls fail with an error.
 * @throws if the package is not installed or does not load, with the command that installs it; if there is no GPU that it
 * reaches, with what is missing; if an option is not for this provider
 */
export async function onnxEngine(
  options: OnnxEngineOptions & { readonly provider: "cuda" },
): Promise<ManyEngine>;
export async function onnxEngine(options?: OnnxEngineOptions): Promise<Engine>;
export async function onnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  checkOptions(options);
  const { provider = "cpu", threads = 0 } = options;
  if (provider === "cpu") return cpuEngine(options);
  return provider === "wasm" ? wasmEngine(threads) : gpuEngine(provider);
}

const common = { executionMode: "sequential", enableMemPattern: false, logSeverityLevel: 3 } as const;

async function gpuEngine(provider: "webgpu" | "cuda"): Promise<ManyEngine> {
  const name = `onnx:${provider}`;
  const ort = await onnxRuntime("onnxruntime-node", name);
  const { platform, arch } = globalThis.process;
  if (!ort.listSupportedBackends().some((backend) => backend.name === provider))
    throw new Error(
      `ops: ${name}: onnxruntime-node has no such provider on ${platform} ${arch}; use the engine "onnx"`,
    );
  const start = {
    runtime: import.meta.resolve("onnxruntime-node"),
    options: {
      ...common,
      executionProviders: [provider],
      // A node that the GPU does not compute would wait for copies at every run: rather an error.
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    },
    place: provider === "webgpu" ? "device" : "host",
  } as const;
  const open = () => complaints(name, childSessions(start));
  await probeAndClose(open());
  return deviceEngine({ name, webgpu: provider === "webgpu", open });
}

async function wasmEngine(threads: number): Promise<Engine> {
  const name = "onnx:wasm";
  const ort = await onnxRuntime("onnxruntime-web", name);
  ort.env.wasm.numThreads = threads || globalThis.process.getBuiltinModule("node:os").availableParallelism();
  const open = () =>
    complaints(name, localSessions(ort, { ...common, executionProviders: ["wasm"] }, "host"));
  await probeAndClose(open());
  return deviceEngine({ name, webgpu: false, open });
}
