// Draws an image function on a canvas, frame after frame: whole or through a window, at the size of the screen.
import { checkImageFunction, type ImageFunction } from "./imageFunction.js";
import { type Context, frameTables, prepare, type Surface } from "./surface.js";
import type { Frame } from "./view.js";

/** What computes frames, the best first: GPU.js on a GPU, WebAssembly with SIMD, GPU.js on WebAssembly, and plain code. */
export const canvasBackends = ["webgpu", "webgl2", "simd", "webasm", "plain"] as const;

/** The name of one of `canvasBackends`. */
export type CanvasBackend = (typeof canvasBackends)[number];

/** Where to draw, and with what. */
export interface CanvasRendererOptions {
  /** One that has no context yet, or a 2D context. */
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
  /**
   * One of `canvasBackends`, or several in order of preference: all of them if left out. Of several, the first that works is
   * used, and a GPU that a CPU stands in for is passed over.
   */
  readonly backend?: CanvasBackend | readonly CanvasBackend[];
}

/** A canvas opened for image functions. */
export interface CanvasRenderer {
  /** What draws on it. */
  readonly backend: CanvasBackend;
  /** Why those before it do not work, each in one clause. */
  readonly missing: readonly string[];
  /** Draws this function from now on; any other architecture will do. */
  use(fn: ImageFunction): void;
  /**
   * Gives the canvas a size and draws on all of it. Ready when the GPU is, so that frames do not pile up; calls that
   * come earlier wait for their turn.
   */
  draw(frame: Frame): Promise<void>;
  /** Frees what the GPU holds. The renderer cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Opens a canvas for an image function. Loads gpu.js on first use.
 * @throws if the function is not valid, or the canvas or the backend asked for does not work, with the reason.
 */
export async function canvasRenderer(
  fn: ImageFunction,
  { canvas, backend }: CanvasRendererOptions,
): Promise<CanvasRenderer> {
  let prepared = prepare(checkImageFunction(fn));
  const context = canvas.getContext("2d") as Context | null;
  if (!context) throw new Error("inr: the canvas has a context of another kind already; give a new canvas");
  const asked = typeof backend === "string" ? [backend] : (backend ?? canvasBackends);
  const found = await firstThatWorks(asked, async (surface) => {
    const tables = frameTables(surface)(prepared, { width: 1, height: 1 });
    await surface.draw(prepared, tables, { width: 1, height: 1 }, context);
  });
  const { surface } = found;
  const tablesOf = frameTables(surface);
  let before: Promise<unknown> = Promise.resolve();

  async function draw(frame: Frame): Promise<void> {
    const { width, height } = frame;
    const put = await surface.draw(prepared, tablesOf(prepared, frame), frame, context!);
    // What is on the canvas stays until this moment: setting a size clears it.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    put();
    await surface.done?.();
  }

  return {
    backend: found.backend,
    missing: found.missing,
    use(next) {
      prepared = prepare(checkImageFunction(next));
    },
    draw(frame) {
      const mine = before.then(() => draw(frame));
      before = mine.catch(() => {});
      return mine;
    },
    dispose: () => before.then(() => surface.dispose()),
  };
}

/** The first backend that gets through a trial. */
async function firstThatWorks(
  backends: readonly CanvasBackend[],
  attempt: (surface: Surface) => Promise<void>,
): Promise<{ surface: Surface; backend: CanvasBackend; missing: string[] }> {
  const missing: string[] = [];
  for (const backend of backends) {
    let surface: Surface | undefined;
    try {
      surface = await open(backend, backends.length === 1);
      await attempt(surface);
      return { surface, backend, missing };
    } catch (error) {
      missing.push(`${backend}: ${(error as Error).message.split("\n")[0]}`);
      await surface?.dispose();
    }
  }
  throw new Error(`inr: this canvas cannot be drawn on by ${missing.join("; ")}`);
}

async function open(backend: CanvasBackend, software: boolean): Promise<Surface> {
  switch (backend) {
    case "plain":
    case "simd":
      return (await import("./blockSurface.js")).blockSurface(backend);
    case "webgpu":
    case "webgl2":
    case "webasm":
      // Loaded on demand: half a megabyte that plain code does without.
      return (await import("./gpuSurface.js")).gpuSurface(backend, { software });
  }
  throw new Error(`unknown backend (got "${backend}", expected ${canvasBackends.join(", ")})`);
}
