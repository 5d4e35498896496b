// The engine for this machine, or the one asked for by name.
import type { Engine } from "./engine.js";
import { findAdapter } from "./gpujs/adapter.js";
import type { GpujsMode } from "./gpujs/compiler.js";
import { gpujsEngine } from "./gpujs/engine.js";
import { onnxEngine } from "./onnx/engine.js";

/** Names for `engine`, the best guess first. */
export const engineNames = ["auto", "onnx", "gpujs:webgpu", "gpujs:webasm", "gpujs:cpu"] as const;

export type EngineName = (typeof engineNames)[number];

export interface EngineOptions {
  readonly name?: EngineName;
  /** Threads of "onnx"; 0 uses every core. The others do not look at it. */
  readonly threads?: number;
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** One clause: why this one. */
  readonly why: string;
}

/**
 * An engine by name. "auto" takes a GPU that WebGPU can reach; else ONNX Runtime on the CPU; else GPU.js on WebAssembly.
 * A software adapter is no GPU: it is many times slower than either of the others.
 * @throws if the name is unknown, or names an engine that does not work here.
 */
export async function engine({ name = "auto", threads }: EngineOptions = {}): Promise<ChosenEngine> {
  if (!engineNames.includes(name))
    throw new Error(`ops: there is no engine "${name}" (expected ${engineNames.join(", ")})`);
  if (name === "onnx") return { engine: await onnxEngine({ threads }), why: "asked for" };
  if (name !== "auto")
    return {
      engine: await gpujsEngine({ mode: name.slice("gpujs:".length) as GpujsMode }),
      why: "asked for",
    };

  const found = await findAdapter();
  if ("name" in found && !found.software)
    return { engine: await gpujsEngine({ mode: "webgpu" }), why: `there is a GPU: ${found.name}` };
  const noGpu =
    "name" in found ? `WebGPU's adapter ${found.name} is software` : `there is no GPU: ${found.missing}`;
  try {
    return { engine: await onnxEngine({ threads }), why: noGpu };
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    const why = `${noGpu}, and no ONNX Runtime: ${reason}`;
    return { engine: await gpujsEngine({ mode: "webasm" }), why };
  }
}
