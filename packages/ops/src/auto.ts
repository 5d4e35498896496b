// The engine for this machine, or the one asked for by name.
import { compareEngines, type EngineTime, fastest, type Patience, type Trial } from "./compareEngines.js";
import type { Engine } from "./engine.js";
import { type Adapter, findAdapter, type Missing } from "./gpujs/adapter.js";
import type { GpujsMode } from "./gpujs/compiler.js";
import { gpujsEngine } from "./gpujs/engine.js";
import { type EngineName, engineNames } from "./names.js";
import { onnxEngine } from "./onnx/engine.js";
import { findOnnxRuntime } from "./onnx/runtime.js";

/** Which engine, and on how many threads. */
export interface EngineOptions {
  /** "auto" if left out. */
  readonly name?: EngineName;
  /** Threads of "onnx" and "onnx:wasm"; 0 uses every core. The other engines ignore it. */
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
 * An engine by name. "auto" takes ONNX Runtime on the CPU; where its package is missing a GPU that WebGPU can reach; else
 * GPU.js on WebAssembly, which needs no other package. A software adapter does not count as a GPU: it is many times slower
 * than the other two. Whether a GPU is faster than the CPU shows only when it runs: `engineFor` measures a job on both.
 * @throws if the name is unknown, or names an engine that does not work here.
 */
export async function engine({
  name = "auto",
  threads,
  spinning,
}: EngineOptions = {}): Promise<ChosenEngine> {
  if (!engineNames.includes(name))
    throw new Error(`ops: there is no engine "${name}" (expected ${engineNames.join(", ")})`);
  if (name !== "auto") return { engine: await named(name, { threads, spinning }), why: "asked for" };

  const found = await findAdapter();
  const gpu = "name" in found && !found.software ? found.name : undefined;
  const ort = await findOnnxRuntime();
  if (!("problem" in ort)) {
    const why = gpu === undefined ? noGpu(found) : `there is a GPU, ${gpu}, but no job to compare it on`;
    return { engine: await onnxEngine({ threads, spinning }), why };
  }
  if (gpu !== undefined)
    return { engine: await gpujsEngine({ mode: "webgpu" }), why: `there is a GPU: ${gpu}` };
  const why = `${noGpu(found)}, and the package onnxruntime-node ${ort.problem} (${ort.remedy})`;
  return { engine: await gpujsEngine({ mode: "webasm" }), why };
}

const noGpu = (found: Adapter | Missing): string =>
  "name" in found ? `WebGPU's adapter ${found.name} is software` : `no GPU was found: ${found.missing}`;

/** An engine that is not "auto". Options that are not for it are left out. */
function named(
  name: Exclude<EngineName, "auto">,
  { threads, spinning }: Pick<EngineOptions, "threads" | "spinning">,
): Promise<Engine> {
  switch (name) {
    case "onnx":
      return onnxEngine({ threads, spinning });
    case "onnx:wasm":
      return onnxEngine({ provider: "wasm", threads });
    case "onnx:webgpu":
      return onnxEngine({ provider: "webgpu" });
    case "onnx:cuda":
      return onnxEngine({ provider: "cuda" });
    default:
      return gpujsEngine({ mode: name.slice("gpujs:".length) as GpujsMode });
  }
}

/** The engine for a job, and the times that it was chosen by, if there was anything to choose from. */
export interface ChosenByTime extends ChosenEngine {
  readonly times: readonly EngineTime[];
}

/**
 * The fastest engine for a job: where there is a GPU, the job is begun on the CPU and on each engine for GPUs, and
 * dropped. "onnx:cuda" is left out until it has been tried on hardware. Without a GPU, or without ONNX Runtime for the CPU, the same as `engine`.
 * @param start begins the job on an engine, with its own copy of all state
 * @param options among them `onEngine`, called with the name of each engine before its trial
 */
export async function engineFor(
  start: (engine: Engine) => Promise<Trial>,
  options: Pick<EngineOptions, "threads" | "spinning"> &
    Patience & { readonly onEngine?: (name: string) => void } = {},
): Promise<ChosenByTime> {
  const found = await findAdapter();
  const ort = await findOnnxRuntime();
  if (!("name" in found) || found.software || "problem" in ort)
    return { ...(await engine(options)), times: [] };
  const names = ["onnx", "onnx:webgpu", "gpujs:webgpu"] as const;
  const candidates = names.map((name) => ({
    name,
    open() {
      options.onEngine?.(name);
      return named(name, options);
    },
  }));
  const times = await compareEngines(candidates, start, options);
  const { name } = fastest(times);
  return { engine: await named(name as (typeof names)[number], options), why: reasonOf(times), times };
}

/** "23.1 ms a run, onnx 96.4 ms, gpujs:webgpu computes other numbers than the CPU (..)" of the fastest engine. */
export function reasonOf(times: readonly EngineTime[]): string {
  const best = fastest(times);
  const ms = (seconds: number) => `${(1000 * seconds).toPrecision(3)} ms`;
  const rest = times
    .filter((time) => time !== best)
    .map(({ name, seconds, problem }) => {
      if (problem === undefined) return `${name} ${ms(seconds!)}`;
      return `${name} ${problem.startsWith("ops: ") ? "does not work" : problem}`;
    });
  return [`${ms(best.seconds!)} a run`, ...rest].join(", ");
}
