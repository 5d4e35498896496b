// The engine for GPUs and browsers: a program becomes a list of GPU.js kernels, run one after another.
import type { Engine, Runnable } from "../engine.js";
import { constantOf, type PlaceholderAttrs } from "../ops/source.js";
import type { Program } from "../program.js";
import { show, size } from "../shape.js";
import { checkInputs, checkState, stateMap, toNdarray } from "../state.js";
import type { HostArray, Tensor } from "../tensor.js";
import { provideWebgpu } from "./adapter.js";
import { type GpujsMode, launcher, type Resident } from "./launcher.js";
import { plan } from "./plan.js";

export interface GpujsEngineOptions {
  /** "webgpu" on a GPU, "webasm" and "cpu" on the CPU. */
  readonly mode: GpujsMode;
}

/** Kernels compute indices in float32, which holds every whole number up to this one. */
const MAX_CELLS = 2 ** 24;

/**
 * An engine on GPU.js. Loads `gpu.js` on first use, and in Node `webgpu` for that mode.
 * @throws if there is no WebGPU adapter, or no WebAssembly, for a mode that needs it.
 */
export async function gpujsEngine({ mode }: GpujsEngineOptions): Promise<Engine> {
  const name = `gpujs:${mode}`;
  // Fails now rather than at the first program if the mode does not work here.
  if (mode === "webgpu") await provideWebgpu();
  await (await launcher(mode)).dispose();

  async function compile(program: Program, initial?: unknown): Promise<Runnable> {
    const given = stateMap(initial);
    checkState(program, given, true);
    const next = [...program.next];
    const outputs = [...program.outputs];
    const { results, sources, steps } = plan([...next, ...outputs].map(([, x]) => x));
    if (mode !== "cpu") for (const x of [...sources, ...steps.map(({ y }) => y)]) checkSize(name, x);

    const device = await launcher(mode);
    const constants = new Map<Tensor, Resident>();
    for (const x of sources) {
      const value = constantOf(x);
      if (value) constants.set(x, await device.upload(value.data));
    }
    let state = new Map<string, Resident>();
    for (const path of program.state.keys()) state.set(path, await device.upload(given.get(path)!.data));
    let disposed = false;
    const alive = () => {
      if (disposed) throw new Error("ops: this program was disposed of; compile it again");
    };

    /** Frees the arrays that neither state nor a constant holds now. */
    function releaseUnused(arrays: Iterable<Resident>) {
      const used = new Set([...state.values(), ...constants.values()]);
      device.release([...new Set(arrays)].filter((x) => !used.has(x)));
    }

    async function run(values: Parameters<Runnable["run"]>[0] = {}) {
      alive();
      const data = checkInputs(program, values);
      const before = [...state.values()];
      const arrays = new Map(constants);
      for (const x of sources) {
        if (constants.has(x)) continue;
        const { kind, name } = x.attrs as PlaceholderAttrs;
        arrays.set(x, kind === "state" ? state.get(name)! : await device.upload(data.get(name)!));
      }
      for (const { y, kernel, inputs, done } of steps) {
        const read = inputs.map((x) => arrays.get(x)!);
        arrays.set(y, await device.launch(kernel, read, size(y.shape)));
        device.release(done.map((x) => arrays.get(x)!));
        for (const x of done) arrays.delete(x);
      }
      const found = results.map((x) => arrays.get(x)!);
      const out = await Promise.all(found.slice(next.length).map(device.download));
      state = new Map(next.map(([path], i) => [path, found[i]]));
      releaseUnused([...before, ...arrays.values()]);
      return Object.fromEntries(outputs.map(([key, x], i) => [key, toNdarray(out[i], x)]));
    }

    return {
      run,
      async read(prefix = "") {
        alive();
        const out = new Map<string, HostArray>();
        for (const [path, { shape }] of program.state) {
          const inside = prefix === "" || path === prefix || path.startsWith(`${prefix}.`);
          if (inside) out.set(path, { shape, data: await device.download(state.get(path)!) });
        }
        return out;
      },
      async write(values) {
        alive();
        checkState(program, values, false);
        const before = [...state.values()];
        for (const [path, { data }] of values) state.set(path, await device.upload(data));
        releaseUnused(before);
      },
      async dispose() {
        if (disposed) return;
        disposed = true;
        device.release(new Set([...state.values(), ...constants.values()]));
        await device.dispose();
      },
    };
  }

  return { name, compile };
}

function checkSize(name: string, { shape }: Tensor): void {
  if (size(shape) > MAX_CELLS)
    throw new Error(
      `ops: ${name}: an array of ${show(shape)} is too large (got ${size(shape)} numbers, expected at most 2^24 = ` +
        `${MAX_CELLS}, the last that float32 can index); use a smaller batch, "onnx" or "gpujs:cpu"`,
    );
}
