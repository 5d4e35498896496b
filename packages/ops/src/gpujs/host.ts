// Runs a plan on the CPU, one kernel after another ("cpu" and "webasm" of gpu.js).
import { constantOf, type PlaceholderAttrs } from "../ops/source.js";
import { size } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { compiler, type GpujsMode, keyOf, type Shortcut } from "./compiler.js";
import type { Executor, Task } from "./executor.js";
import { type Kernel, nameOf } from "./kernel.js";
import type { Step } from "./plan.js";

export async function hostExecutor(mode: GpujsMode, task: Task): Promise<Executor> {
  const { plan, next, outputs } = task;
  const gpu = await compiler(mode);
  const kernels = new Map<string, Shortcut>();
  const state = new Map<string, Float32Array>(
    [...task.state.keys()].map((path) => [path, task.initial.get(path)!.data.slice()]),
  );
  const constants = new Map<Tensor, Float32Array>();
  for (const x of plan.sources) {
    const value = constantOf(x);
    if (value) constants.set(x, value.data);
  }
  let runs = 0;

  function launch(step: Step, arrays: Map<Tensor, Float32Array>): Float32Array {
    const { y, inputs, threads } = step;
    // Its plan was made without tiled kernels.
    const kernel = step.kernel as Kernel;
    const read = inputs.map((x) => arrays.get(x)!);
    const lengths = read.map(({ length }) => length);
    const key = keyOf(kernel, lengths, threads);
    let run = kernels.get(key);
    if (!run) {
      run = gpu.compile(kernel, inputs.length, threads);
      kernels.set(key, run);
    }
    const result = run(...read);
    const { fallbackReason } = run.kernel;
    if (fallbackReason)
      throw new Error(`ops: gpujs:${mode}: kernel ${nameOf(kernel)} does not run here: ${fallbackReason}`);
    if (kernel.lanes === 1) return result as Float32Array;
    const flat = new Float32Array(size(y.shape));
    (result as ArrayLike<number>[]).forEach((lanes, i) => {
      flat.set(lanes, i * kernel.lanes);
    });
    return flat;
  }

  return {
    async run(given) {
      const arrays = new Map(constants);
      for (const x of plan.sources) {
        if (constants.has(x)) continue;
        const { kind, name } = x.attrs as PlaceholderAttrs;
        arrays.set(x, kind === "state" ? state.get(name)! : given.get(name)!);
      }
      for (const step of plan.steps) {
        arrays.set(step.y, launch(step, arrays));
        for (const x of step.done) arrays.delete(x);
      }
      runs++;
      // Copies: the caller may write to what it gave and to what it gets.
      const out = outputs.map((x) => arrays.get(x)!.slice());
      const after = next.map(([, x]) => (x.inputs.length ? arrays.get(x)! : arrays.get(x)!.slice()));
      next.forEach(([path], i) => {
        state.set(path, after[i]);
      });
      return out;
    },
    read: async (path) => state.get(path)!.slice(),
    write(path, data) {
      state.set(path, data.slice());
    },
    statistics: () => ({
      runs,
      launches: runs * plan.steps.length,
      uploadedBytes: 0,
      downloadedBytes: 0,
      buffers: 0,
      bufferBytes: 0,
    }),
    async dispose() {
      kernels.clear();
      await gpu.dispose();
    },
  };
}
