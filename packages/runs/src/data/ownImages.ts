// Training images supplied by the program, instead of a data set by name.
import { ImagefnError } from "@imagefn/base";
import type { Batch } from "@imagefn/consistency";
import { type Dataset, imagesInMemory, resizeAndCrop, split } from "@imagefn/datasets";
import type { ImageBytes } from "@imagefn/inr";
import type { Config } from "../config/schema.js";
import { show } from "../show.js";
import { type TrainingData, trainingData } from "./trainingData.js";

/** A picture supplied by the program: RGB or RGBA bytes row by row (transparency becomes white), and its class. */
export interface OwnImage extends ImageBytes {
  /** Required if `data.classes` is true. */
  readonly label?: string;
}

/** The batch of step k of a phase: `batch` images [batch, 3, size, size] in [-1, 1]. Equal arguments have to give equal images. */
export type OwnBatches = (
  k: number,
  options: { readonly batch: number; readonly size: number; readonly phase: "pretrain" | "train" },
) => Batch | Promise<Batch>;

/** Pictures of any size, cropped and downscaled like those of a folder; or a function that makes the batch of each step. */
export type OwnImages = Iterable<OwnImage> | AsyncIterable<OwnImage> | OwnBatches;

/** The most bytes of pictures that are kept in memory: about what one array can hold. */
const MOST_BYTES = 2 ** 32 - 1;

/** Milliseconds after which other work of the thread has its turn, such as a timer that aborts. */
const TURN_MS = 20;

/** A program's images as training uses them. @throws ImagefnError `invalid-data` if they cannot be used */
export async function ownData(
  config: Config,
  images: OwnImages,
  onProgress: (done: number, total: number | null) => void,
  most = MOST_BYTES,
): Promise<TrainingData> {
  if (typeof images === "function") return ownBatches(config, images);
  const whole = await collect(config.data, images, onProgress, most);
  if (whole.count === 0) throw new ImagefnError("invalid-data", "images holds no picture.");
  if (config.data.heldOut >= whole.count)
    throw new ImagefnError(
      "invalid-data",
      `data.heldOut is ${config.data.heldOut}, but there are only ${whole.count} images: none would be left for training.`,
    );
  const parts = split(whole, config.data.heldOut, config.seed);
  return trainingData(config, { ...parts, classes: whole.classes, warnings: [] });
}

async function ownBatches(config: Config, make: OwnBatches): Promise<TrainingData> {
  const { size, classes } = config.data;
  if (classes)
    throw new ImagefnError(
      "invalid-data",
      "data.classes is true, but a function of the step supplies no class names: pass an iterable of images, each with a label.",
    );
  const expected = (batch: number) => batch * 3 * size * size;
  const batches = (batch: number, phase: "pretrain" | "train") => async (k: number) => {
    const made = await make(k, { batch, size, phase });
    if (!(made?.images instanceof Float32Array) || made.images.length !== expected(batch))
      throw new ImagefnError(
        "invalid-data",
        `images(${k}) gave ${made?.images?.length ?? "no"} numbers (expected a Float32Array of ${expected(batch)}: ` +
          `[${batch}, 3, ${size}, ${size}] in [-1, 1])`,
      );
    return made;
  };
  return {
    title: "images from a function",
    classes: [],
    warnings: [],
    batches,
    first: async (n) => (await batches(n, "train")(0)).images,
  };
}

/** All pictures as a data set in memory, bytes [count, 3, size, size]. */
async function collect(
  { size, classes }: Config["data"],
  images: Iterable<OwnImage> | AsyncIterable<OwnImage>,
  onProgress: (done: number, total: number | null) => void,
  most: number,
): Promise<Dataset> {
  const squares: Uint8Array[] = [];
  const labels: string[] = [];
  let turn = performance.now();
  for await (const image of images) {
    const bad = (what: string) =>
      new ImagefnError("invalid-data", `image ${squares.length} ${what}`, { image: squares.length });
    if ((squares.length + 1) * 3 * size * size > most)
      throw bad(
        `is one too many: the images before it take ${most} bytes of memory, the most there can be. ` +
          "Give a function of the step, or end the iterable earlier.",
      );
    if (typeof image !== "object" || image === null)
      throw bad(`is ${show(image)} (expected { width, height, data })`);
    const { width, height, data, label } = image;
    if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0))
      throw bad(`is ${show(width)} x ${show(height)} pixels (expected whole numbers from 1)`);
    if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray))
      throw bad(`has the data ${show(data)} (expected a Uint8Array or Uint8ClampedArray)`);
    if (label !== undefined && typeof label !== "string")
      throw bad(`has the label ${show(label)} (expected a string)`);
    if (Math.min(width, height) < size)
      throw bad(`is ${width} x ${height} pixels, smaller than data.size ${size}`);
    const channels = data.length / (width * height);
    if (channels !== 3 && channels !== 4)
      throw bad(`holds ${data.length} bytes (expected 3 or 4 for each of ${width} x ${height} pixels)`);
    if (classes && label === undefined) throw bad("has no label, but data.classes is true");
    squares.push(resizeAndCrop({ width, height, data: planar(data, width * height, channels) }, size));
    labels.push(label ?? "");
    onProgress(squares.length, null);
    if (performance.now() - turn > TURN_MS) {
      await new Promise(setImmediate);
      turn = performance.now();
    }
  }
  const bytes = new Uint8Array(squares.length * 3 * size * size);
  squares.forEach((square, i) => bytes.set(square, i * square.length));
  const names = classes ? [...new Set(labels)].sort() : [];
  if (classes && names.length < 2)
    throw new ImagefnError(
      "invalid-data",
      `data.classes is true, but the images have ${names.length} classes (expected at least 2)`,
    );
  return {
    name: "images of a program",
    size,
    count: squares.length,
    classes: names,
    images: imagesInMemory(bytes, size),
    ...(classes ? { labels: Int32Array.from(labels, (label) => names.indexOf(label)) } : {}),
    warnings: [],
  };
}

/** Interleaved bytes as planes [3, area], on white. */
function planar(data: Uint8Array | Uint8ClampedArray, area: number, channels: number): Uint8Array {
  const out = new Uint8Array(3 * area);
  for (let p = 0; p < area; p++) {
    const alpha = channels === 4 ? data[4 * p + 3] / 255 : 1;
    for (let c = 0; c < 3; c++)
      out[c * area + p] = Math.round(alpha * data[channels * p + c] + (1 - alpha) * 255);
  }
  return out;
}
