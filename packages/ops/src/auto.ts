// The engine for this machine, or the one asked for by name.
import type { Engine } from "./engine.js";
import { findAdapter } from "./gpujs/adapter.js";
import type { GpujsMode } from "./gpujs/compiler.js";
import { gpujsEngine } from "./gpujs/engine.js";
import { type EngineName, engineNames } from "./names.js";
import { onnxEngine } from "./onnx/engine.js";
import { findOnnxRuntime } from "./onnx/runtime.js";

/** Which engine, and on how many threads. */
export interface EngineOptions {
  /** "auto" if left out. */
  readonly name?: EngineName;
  /** Threads of "onnx"; 0 uses every core. The other engines ignore it. */
  readonly threads?: number;
  /** Whether waiting threads of "onnx" keep their cores busy: see `OnnxEngineOptions`. The other engines ignore it. */
  readonly spinning?: boolean;
}

/** An engine, and the reason for it. */
export interface ChosenEngine {
  readonly engine: Engine;
  /** One clause: why this one. */
  readonly why: string;
}

/**
 * An engine by name. "auto" takes a GPU that WebGPU can reach; else ONNX Runtime on the CPU; else GPU.js on WebAssembly,
 * which needs no other package. A software adapter does not count as a GPU: it is many times slower than the other two.
 * @throws if the name is unknown, or names an engine that does not work here.
 */
export async function engine({
  name = "auto",
  threads,
  spinning,
}: EngineOptions = {}): Promise<ChosenEngine> {
  if (!engineNames.includes(name))
    throw new Error(`ops: there is no engine "${name}" (expected ${engineNames.join(", ")})`);
  if (name === "onnx") return { engine: await onnxEngine({ threads, spinning }), why: "asked for" };
  if (name !== "auto")
    return {
      engine: await gpujsEngine({ mode: name.slice("gpujs:".length) as GpujsMode }),
      why: "asked for",
    };

  const found = await findAdapter();
  if ("name" in found && !found.software)
    return { engine: await gpujsEngine({ mode: "webgpu" }), why: `there is a GPU: ${found.name}` };
  const noGpu =
    "name" in found ? `WebGPU's adapter ${found.name} is software` : `no GPU was found: ${found.missing}`;
  const ort = await findOnnxRuntime();
  if (!("problem" in ort)) return { engine: await onnxEngine({ threads, spinning }), why: noGpu };
  const why = `${noGpu}, and the package onnxruntime-node ${ort.problem} (${ort.remedy})`;
  return { engine: await gpujsEngine({ mode: "webasm" }), why };
}
