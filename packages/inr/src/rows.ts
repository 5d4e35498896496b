// Renders an image function at any size, whole or in part, block by block.
import type { Engine, GpujsMode } from "@imagefn/ops";
import { CHANNELS } from "./architecture.js";
import { type RgbaImage, toByte } from "./bytes.js";
import type { Area } from "./coordinate.js";
import { type Evaluator, type EvaluatorInput, firstLayerTables } from "./evaluator.js";
import { eventLoopTurn } from "./eventLoop.js";
import { checkImageFunction, type ImageFunction, outputLayers } from "./imageFunction.js";
import { plainEvaluator } from "./plain.js";

/**
 * "plain" needs nothing; "simd" is WebAssembly; the other names are modes of GPU.js; any engine of @imagefn/ops does as
 * well.
 */
export type RenderEngine = "plain" | "simd" | GpujsMode | Engine;

/** What to render of a function, and how. */
export interface RenderOptions {
  /** Width of the whole picture in pixels; any. The function's whole range is stretched over it. */
  readonly width: number;
  /** Height of the whole picture in pixels; any. */
  readonly height: number;
  /** Render this part of the picture only, in its pixels. */
  readonly crop?: Area;
  /** What computes the pixels; "plain" if left out. */
  readonly engine?: RenderEngine;
  /** How many pixels are computed at a time: memory beside the result grows with tile * width of the layers. */
  readonly tile?: number;
  /** Cut values off at -1 and 1. */
  readonly clamp?: boolean;
  /** Told after each block how many rows are done, of how many. */
  readonly onProgress?: (done: { readonly rows: number; readonly height: number }) => void;
}

/** Some rows of a picture. */
export interface RenderedRows {
  /** Number of the first row, counted from the top of what is rendered. */
  readonly top: number;
  /** How many rows these are. */
  readonly height: number;
  /** Pixels in each of them. */
  readonly width: number;
  /** [height, width, 3], about [-1, 1] */
  readonly data: Float32Array;
}

const DEFAULT_TILE = 16_384;

/**
 * The picture from top to bottom, some rows at a time, for sizes that should never be in memory whole.
 * Lets timers and events have their turn in between.
 * @throws if the function or a size is not valid, or the engine is not there.
 */
export async function* renderRows(fn: ImageFunction, options: RenderOptions): AsyncGenerator<RenderedRows> {
  const { engine = "plain", tile = DEFAULT_TILE, clamp = false, onProgress } = options;
  const area = checkOptions(options);
  const [first, ...rest] = outputLayers(checkImageFunction(fn));
  const tables = firstLayerTables(fn.architecture, first, options, area);
  const width = Math.min(area.width, tile);
  const height = Math.min(area.height, Math.max(1, Math.floor(tile / area.width)));
  const evaluator = await openEvaluator({ tables, rest, block: { height, width } }, engine);
  try {
    for (let top = 0; top < area.height; top += height) {
      const rows = Math.min(height, area.height - top);
      const data = new Float32Array(rows * area.width * CHANNELS);
      for (let left = 0; left < area.width; left += width) {
        const columns = Math.min(width, area.width - left);
        const block = await evaluator.evaluate({ top, left, height: rows, width: columns });
        data.set(block.subarray(0, rows * columns * CHANNELS), left * CHANNELS);
        await eventLoopTurn();
      }
      if (clamp) for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i], -1), 1);
      yield { top, height: rows, width: area.width, data };
      onProgress?.({ rows: top + rows, height: area.height });
    }
  } finally {
    await evaluator.dispose?.();
  }
}

/**
 * The picture as RGBA bytes by `toByte`, opaque: ready for `new ImageData(data, width, height)`.
 * @throws as `renderRows` does
 */
export async function renderBytes(fn: ImageFunction, options: RenderOptions): Promise<RgbaImage> {
  const { height, width } = checkOptions(options);
  const out = allocate(Uint8ClampedArray, 4 * height * width);
  for await (const { top, data } of renderRows(fn, options))
    for (let i = 0, to = 4 * top * width; i < data.length; i += CHANNELS, to += 4) {
      for (let channel = 0; channel < CHANNELS; channel++) out[to + channel] = toByte(data[i + channel]);
      out[to + 3] = 255;
    }
  return { width, height, data: out };
}

/** The part of the picture that is asked for. @throws if it is none. */
export function checkOptions({ width, height, crop, tile = DEFAULT_TILE }: RenderOptions): Area {
  const positive = (name: string, n: number) => {
    if (!Number.isInteger(n) || n < 1)
      throw new Error(`inr: the ${name} must be a positive whole number (got ${n})`);
  };
  positive("width", width);
  positive("height", height);
  positive("tile", tile);
  if (!crop) return { top: 0, left: 0, height, width };
  positive("crop's width", crop.width);
  positive("crop's height", crop.height);
  const { top, left } = crop;
  const whole = Number.isInteger(top) && Number.isInteger(left) && top >= 0 && left >= 0;
  if (!whole || top + crop.height > height || left + crop.width > width)
    throw new Error(`inr: the crop leaves the picture (got ${crop.width} x ${crop.height} at column ${left}, \
row ${top}, expected a part of ${width} x ${height})`);
  return crop;
}

async function openEvaluator(input: EvaluatorInput, engine: RenderEngine): Promise<Evaluator> {
  if (engine === "plain") return plainEvaluator(input);
  if (engine === "simd") return (await import("./simd.js")).simdEvaluator(input);
  if (typeof engine !== "object" && !["webgpu", "webasm", "cpu"].includes(engine))
    throw new Error(
      `inr: unknown engine (got "${engine}", expected "plain", "simd", "webgpu", "webasm", "cpu" or an engine of @imagefn/ops)`,
    );
  // Loaded on demand: plain code, which most pages use, needs no engine.
  const { engineEvaluator, engineOfMode } = await import("./engineEvaluator.js");
  return engineEvaluator(input, typeof engine === "object" ? engine : await engineOfMode(engine));
}

/** A new array. @throws with what to do where memory does not suffice. */
export function allocate<T>(type: new (n: number) => T, n: number): T {
  try {
    return new type(n);
  } catch {
    throw new Error(`inr: there is no room for a picture of ${n} numbers in one piece; use renderRows`);
  }
}
