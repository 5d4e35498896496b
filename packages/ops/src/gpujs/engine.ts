// The engine for GPUs and browsers: a program becomes a list of GPU.js kernels, run one after another.
import { copyingReader, placed } from "../copyingReader.js";
import type { Engine, Runnable } from "../engine.js";
import type { Program } from "../program.js";
import { show, size } from "../shape.js";
import { checkInputs, checkInto, checkState, inside, isRunnable, stateMap, toNdarray } from "../state.js";
import type { HostArray, Tensor } from "../tensor.js";
import { provideWebgpu } from "./adapter.js";
import { compiler, type GpujsMode } from "./compiler.js";
import type { Statistics, Task } from "./executor.js";
import { hostExecutor } from "./host.js";
import { plan } from "./plan.js";
import { isTiled } from "./tiled.js";
import { MOST_NUMBERS, type Products, TILES } from "./tiling.js";
import { webgpuExecutor } from "./webgpu.js";

/** Where the kernels of an engine run. */
export interface GpujsEngineOptions {
  /** "webgpu" on a GPU, "webasm" and "cpu" on the CPU. */
  readonly mode: GpujsMode;
  /** How "webgpu" computes products, "auto" if left out; the other modes have no choice. */
  readonly products?: Products;
}

/** A program on GPU.js, which also tells what it cost. */
export interface GpujsRunnable extends Runnable {
  /** Totals since the program was compiled. */
  statistics(): Statistics;
}

/** An engine on GPU.js, whose programs also count their launches and transfers. */
export interface GpujsEngine extends Engine {
  compile(program: Program, state?: unknown): Promise<GpujsRunnable>;
}

/**
 * An engine on GPU.js. Loads `gpu.js` on first use, and in Node `webgpu` for that mode.
 * @throws if there is no WebGPU adapter, or no WebAssembly, for a mode that needs it, or an option does not fit.
 */
export async function gpujsEngine({ mode, products: given }: GpujsEngineOptions): Promise<GpujsEngine> {
  const name = `gpujs:${mode}`;
  checkProducts(mode, given);
  const products = mode === "webgpu" ? (given ?? "auto") : "plain";
  // Fails now rather than at the first program if the mode does not work here.
  if (mode === "webgpu") await provideWebgpu();
  await (await compiler(mode)).dispose();

  async function compile(program: Program, initial?: unknown): Promise<GpujsRunnable> {
    const before = isRunnable(initial) ? initial : undefined;
    const given = before ? await before.read() : stateMap(initial);
    checkState(program, given, true);
    await before?.dispose();
    const next = [...program.next].filter(([path, x]) => x !== program.state.get(path));
    const outputs = [...program.outputs];
    const planned = plan(
      [...next, ...outputs].map(([, x]) => x),
      products,
    );
    if (mode !== "cpu")
      for (const { y, inputs, unstored, kernel } of planned.steps)
        if (!isTiled(kernel)) for (const x of [y, ...inputs, ...unstored]) checkSize(name, y, x);
    const task: Task = {
      plan: planned,
      state: program.state,
      next: next.map(([path], i) => [path, planned.results[i]]),
      outputs: planned.results.slice(next.length),
      initial: given,
    };
    const executor = await (mode === "webgpu" ? webgpuExecutor(task) : hostExecutor(mode, task));
    let disposed = false;
    const alive = () => {
      if (disposed) throw new Error("ops: this program was disposed of; compile it again");
    };

    /** How often the state was changed: readers have copies of it. */
    let version = 0;
    const copy = async (paths: readonly string[]) => {
      const out = new Map<string, HostArray>();
      for (const path of paths)
        out.set(path, { shape: program.state.get(path)!.shape, data: await executor.read(path) });
      return out;
    };

    return {
      async run(values = {}, into = {}) {
        alive();
        const data = checkInputs(program, values);
        checkInto(program, into);
        const found = await executor.run(data);
        if (next.length > 0) version++;
        return Object.fromEntries(
          outputs.map(([key, x], i) => [key, toNdarray(placed(found[i], into[key]), x)]),
        );
      },
      async reader(other) {
        alive();
        return copyingReader(other, { program, compile, copy, version: () => version });
      },
      async read(prefix = "") {
        alive();
        return copy([...program.state.keys()].filter((path) => inside(path, prefix)));
      },
      async write(values) {
        alive();
        checkState(program, values, false);
        for (const [path, { data }] of values) executor.write(path, data);
        version++;
      },
      statistics: executor.statistics,
      async dispose() {
        if (disposed) return;
        disposed = true;
        await executor.dispose();
      },
    };
  }

  return { name, compile };
}

function checkProducts(mode: GpujsMode, products: Products | undefined): void {
  if (products === undefined) return;
  if (mode !== "webgpu")
    throw new Error(
      `ops: gpujs:${mode}: products can be chosen for "webgpu" alone (got ${JSON.stringify(products)})`,
    );
  if (products === "auto" || products === "plain") return;
  const { tile, parts } = products;
  if (!TILES.includes(tile) || !Number.isInteger(parts) || parts < 1)
    throw new Error(
      `ops: gpujs:webgpu: products must be "auto", "plain" or { tile: 32 or 64, parts: 1, 2, .. } ` +
        `(got ${JSON.stringify(products)})`,
    );
}

/** Refuses a kernel that could not tell the numbers of x apart. */
function checkSize(name: string, { op }: Tensor, { shape }: Tensor): void {
  if (size(shape) > MOST_NUMBERS)
    throw new Error(
      `ops: ${name}: ${op.name}: an array of ${show(shape)} is too large (got ${size(shape)} numbers, expected at most 2^24 = ` +
        `${MOST_NUMBERS}, the last that float32 can index); use a smaller batch, "onnx" or "gpujs:cpu"`,
    );
}
