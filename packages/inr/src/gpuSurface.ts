// Frames through GPU.js: one kernel computes a whole pixel, on WebGPU, WebGL 2 or WebAssembly.
import type { GPU as Gpu, IGPUKernelSettings, IKernelRunShortcut } from "@imagefn/ops/gpu.js";
import type { Tables } from "./evaluator.js";
import { eventLoopTurn } from "./eventLoop.js";
import { packPixelWeights, pixelSource } from "./pixelKernel.js";
import type { Prepared, Surface } from "./surface.js";

export type GpuMode = "webgpu" | "webgl2" | "webasm";

/** A kernel has a variable for each neuron of two layers, and shader compilers give up on many more. */
const WIDEST = 512;

/** Pixels of a thread: more share each weight that is read, and fill the registers of a GPU sooner. */
const PIXELS: Record<GpuMode, number> = { webgpu: 2, webgl2: 2, webasm: 4 };

/** Pixels of WebAssembly between two turns of the event loop. */
const BLOCK = 32_768;

interface Kernel extends IKernelRunShortcut {
  (...args: unknown[]): unknown;
}

/** A compiled kernel, with the size that it is set to. */
interface Sized {
  readonly run: Kernel;
  size: string;
}

/** gpu.js says less of itself in its types than it has. */
interface GpuClass {
  new (settings: object): Gpu;
  readonly isWebGL2Supported: boolean;
  readonly isWebAssemblySupported: boolean;
}

/** What a CPU does in the name of a GPU is slower than WebAssembly. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

/**
 * Loads gpu.js.
 * @param software whether a GPU may be one that a CPU stands in for
 * @throws with the reason where the mode does not work.
 */
export async function gpuSurface(mode: GpuMode, { software = true } = {}): Promise<Surface> {
  const { GPU } = (await import("@imagefn/ops/gpu.js")) as unknown as { GPU: GpuClass };
  const missing = await reasonAgainst(mode, GPU, software);
  if (missing) throw new Error(missing);
  const count = PIXELS[mode];

  /** Where gpu.js draws. It is copied from there, for one of WebGL only grows. */
  const own = mode === "webasm" ? undefined : new OffscreenCanvas(1, 1);
  const gpu = new GPU({ mode, canvas: own });
  const kernels = new Map<string, Sized>();
  const weights = new WeakMap<Prepared, Float32Array>();

  /** Each text is compiled once. */
  function compiled(source: string, settings: object): Sized {
    const kernel = kernels.get(source) ?? {
      run: gpu.createKernel(source, {
        output: [1, 1],
        dynamicOutput: true,
        dynamicArguments: true,
        // Left to itself, WebGL compiles anew when a size needs other precision.
        tactic: "precision",
        ...settings,
      } as IGPUKernelSettings) as unknown as Kernel,
      size: "1,1",
    };
    kernels.set(source, kernel);
    return kernel;
  }

  function pixelKernel({ outputs, rows, rest }: Prepared): Sized {
    if (outputs > WIDEST)
      throw new Error(`layers of ${outputs} are too wide for one kernel (expected at most ${WIDEST})`);
    const sizes = rest.map(({ weight: { shape } }) => ({ inputs: shape[0], outputs: shape[1] }));
    const first = { outputs, stride: rows.stride };
    return compiled(pixelSource({ first, rest: sizes, pixels: count }), {
      argumentTypes: ["Array", "Array", "Array"],
      precision: "single",
      pipeline: mode !== "webasm",
    });
  }

  async function launch(kernel: Sized, width: number, height: number, args: unknown[]): Promise<unknown> {
    const { run } = kernel;
    // Setting a size makes textures anew.
    if (kernel.size !== `${width},${height}`) run.setOutput([width, height]);
    kernel.size = `${width},${height}`;
    const result = await run(...args);
    const { fallbackReason } = run.kernel as { fallbackReason?: string };
    if (fallbackReason) throw new Error(`the kernel does not run: ${fallbackReason}`);
    return result;
  }

  function weightsOf(fn: Prepared): Float32Array {
    const packed = weights.get(fn) ?? packPixelWeights(fn.rest);
    weights.set(fn, packed);
    return packed;
  }

  return {
    bottomUp: mode !== "webasm",
    columns: count,
    async draw(fn, tables, { width, height }, context) {
      const kernel = pixelKernel(fn);
      const packed = weightsOf(fn);
      const threads = Math.ceil(width / count);
      if (!own) {
        const image = await byteImage(tables, width, height, count, (rows, n) =>
          launch(kernel, threads, n, [rows, tables.columns, packed]),
        );
        return () => context.putImageData(image, 0, 0);
      }
      const pixels = await launch(kernel, threads, height, [tables.rows, tables.columns, packed]);
      // A buffer of vectors is one of numbers as well; gpu.js only takes those.
      if (mode === "webgpu")
        Object.assign(pixels as object, { componentCount: 1, output: [threads * count, height] });
      const show = compiled(mode === "webgpu" ? SHOW : SHOW_VECTORS, { graphical: true });
      await launch(show, width, height, [pixels]);
      return () => context.drawImage(own, 0, own.height - height, width, height, 0, 0, width, height);
    },
    async done() {
      const { context } = [...kernels.values()][0]?.run ?? {};
      if (mode === "webgpu")
        await (context as unknown as { device: GPUDevice }).device.queue.onSubmittedWorkDone();
      if (mode === "webgl2") await drawn(context as WebGL2RenderingContext);
    },
    async dispose() {
      kernels.clear();
      await gpu.destroy();
    },
  };
}

/** Why a mode does not work here; undefined where it does. */
async function reasonAgainst(mode: GpuMode, GPU: GpuClass, software: boolean): Promise<string | undefined> {
  switch (mode) {
    case "webgpu": {
      const adapter = await globalThis.navigator?.gpu?.requestAdapter();
      if (!adapter) return "there is no WebGPU adapter";
      const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
      const [name] = SOFTWARE.exec(`${vendor} ${architecture} ${description}`) ?? [];
      return (name || isFallbackAdapter) && !software ? `${name ?? "a CPU"} stands in for a GPU` : undefined;
    }
    case "webgl2": {
      if (!GPU.isWebGL2Supported) return "there is no WebGL 2";
      const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
      const info = gl?.getExtension("WEBGL_debug_renderer_info");
      const renderer = gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
      gl?.getExtension("WEBGL_lose_context")?.loseContext();
      const [name] = SOFTWARE.exec(renderer) ?? [];
      return name && !software ? `${name} stands in for a GPU` : undefined;
    }
    case "webasm":
      return GPU.isWebAssemblySupported ? undefined : "there is no WebAssembly";
  }
}

/** Puts pixels on gpu.js's canvas. Products with 1/256 are exact, which quotients on a GPU need not be. */
const show = (pixel: string) => `function show(pixels) {
${pixel}
const gb = Math.floor(pixel * ${1 / 256});
const b = Math.floor(gb * ${1 / 256});
this.color((pixel - 256 * gb) / 255, (gb - 256 * b) / 255, b / 255, 1);
}`;
const SHOW = show("const pixel = pixels[this.thread.y][this.thread.x];");
const SHOW_VECTORS = show(`const thread = Math.floor(this.thread.x * ${1 / PIXELS.webgl2});
const own = pixels[this.thread.y][thread];
const pixel = own[this.thread.x - ${PIXELS.webgl2} * thread];`);

/** Bytes of a frame of WebAssembly, some rows at a time. */
async function byteImage(
  { rows, stride }: Tables,
  width: number,
  height: number,
  pixels: number,
  compute: (rows: Float32Array, count: number) => Promise<unknown>,
): Promise<ImageData> {
  const image = new ImageData(width, height);
  const block = Math.max(1, Math.floor(BLOCK / width));
  for (let top = 0, to = 0; top < height; top += block) {
    const count = Math.min(block, height - top);
    const lines = (await compute(
      rows.subarray(top * stride, (top + count) * stride),
      count,
    )) as Float32Array[][];
    for (const line of lines)
      for (let x = 0; x < width; x++) {
        const bytes = line[Math.floor(x / pixels)][x % pixels];
        image.data[to++] = bytes & 255;
        image.data[to++] = (bytes >> 8) & 255;
        image.data[to++] = bytes >> 16;
        image.data[to++] = 255;
      }
    await eventLoopTurn();
  }
  return image;
}

/** Waits until WebGL has drawn everything. */
async function drawn(gl: WebGL2RenderingContext): Promise<void> {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  while (fence && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED)
    await new Promise((resolve) => setTimeout(resolve));
  gl.deleteSync(fence);
}
