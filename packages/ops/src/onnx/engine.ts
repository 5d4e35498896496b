// Engines on ONNX Runtime: a program becomes one ONNX model, and each run is one call.
import type { Engine } from "../engine.js";
import { childSessions } from "./childSessions.js";
import { complaints } from "./complaints.js";
import { cpuEngine } from "./cpu.js";
import { deviceEngine } from "./device.js";

/** How ONNX Runtime runs programs. */
export interface OnnxEngineOptions {
  /**
   * What computes: "cpu" if left out; "webgpu", a GPU in Node; "wasm", a CPU by WebAssembly, for systems that ONNX Runtime
   * has no native build for. Pages take `onnxWebEngine` of `@imagefn/ops/onnx-web`.
   */
  readonly provider?: "cpu" | "webgpu" | "wasm";
  /** Threads for one operator; 0 uses every core. For "cpu" and "wasm". */
  readonly threads?: number;
  /**
   * Whether threads that wait for work keep their cores busy, true as if left out: the fastest where the cores are idle
   * otherwise. False gives the cores to others, which on a busy machine takes half the time. Only for "cpu", as all below.
   */
  readonly spinning?: boolean;
  /** False keeps a second buffer for every state, where by default a run overwrites what nothing reads later. */
  readonly inPlace?: boolean;
  /** False keeps convolutions in the standard layout, where by default they use a faster one if this ONNX Runtime has it. */
  readonly blocked?: boolean;
  /** File-name prefix for ONNX Runtime's profile, written when a runnable is disposed of. */
  readonly profile?: string;
}

/**
 * An engine on ONNX Runtime. Loads the optional package `onnxruntime-node`, or `onnxruntime-web` for "wasm".
 * @throws if it is not installed or does not load, with the command that installs it; for "webgpu" if there is no GPU that
 * it reaches, with what to install.
 */
export async function onnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const { provider = "cpu" } = options;
  if (provider === "cpu") return cpuEngine(options);
  const name = `onnx:${provider}`;
  const start = {
    runtime: import.meta.resolve("onnxruntime-node"),
    options: {
      executionProviders: [provider],
      executionMode: "sequential",
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    },
    place: "device",
  } as const;
  return deviceEngine({ name, webgpu: true, open: () => complaints(name, childSessions(start)) });
}
