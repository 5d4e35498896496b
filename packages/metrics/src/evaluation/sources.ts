// Where the images of an evaluation come from: a run, a folder, a .npz file, or the data of a configuration.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError } from "@imagefn/base";
import { type Dataset, listImages, readBytes, readImage } from "@imagefn/datasets";
import type { ImageBatch } from "../networks/images.js";
import { openNpz } from "../weights/npz.js";

/** Pictures that are measured together. */
const BATCH = 16;

/** Images in an order of their own, as bytes. */
export interface ImageSource {
  readonly name: string;
  /** How many there are; infinite where they are made. */
  readonly count: number;
  /** What the report says of it. */
  readonly about: Readonly<Record<string, unknown>>;
  /** The first `count` images, in batches [n, 3, height, width] of one size each. */
  batches(count: number): AsyncIterable<ImageBatch>;
}

/** The PNG, JPEG and WebP files below a folder, by name, each at its own size. */
export async function folderSource(path: string): Promise<ImageSource> {
  const files = await listImages(path);
  if (files.length === 0)
    throw new ImagefnError(
      "invalid-data",
      `${path} holds no PNG, JPEG or WebP file, there or below. Give a folder of images.`,
    );
  return {
    name: `images of ${path}`,
    count: files.length,
    about: { folder: path },
    async *batches(count) {
      let waiting: { size: string; shape: [number, number]; images: Uint8Array[] } | undefined;
      const flush = ({ shape: [height, width], images }: NonNullable<typeof waiting>): ImageBatch => {
        const data = new Uint8Array(images.length * 3 * height * width);
        images.forEach((image, i) => {
          data.set(image, i * image.length);
        });
        return { shape: [images.length, 3, height, width], data };
      };
      for (const { relative } of files.slice(0, count)) {
        const { width, height, data } = await readImage(join(path, relative));
        const size = `${width}x${height}`;
        if (waiting && (waiting.size !== size || waiting.images.length === BATCH)) {
          yield flush(waiting);
          waiting = undefined;
        }
        waiting ??= { size, shape: [height, width], images: [] };
        waiting.images.push(Uint8Array.from(data));
      }
      if (waiting) yield flush(waiting);
    },
  };
}

/** arr_0 of a .npz file, uint8 [count, height, width, 3], as guided-diffusion writes samples. */
export function npzSource(path: string): ImageSource {
  const file = openNpz(path);
  const { shape, type } = file.header("arr_0");
  const [count, height, width, channels] = shape;
  if (shape.length !== 4 || channels !== 3 || type !== "uint8") {
    file.close();
    throw new ImagefnError(
      "invalid-data",
      `${path}: arr_0 is ${type} [${shape.join(", ")}]; expected images as uint8 [count, height, width, 3].`,
    );
  }
  file.close();
  return {
    name: `images of ${path}`,
    count,
    about: { npz: path, size: [width, height] },
    async *batches(wanted) {
      const open = openNpz(path);
      try {
        let left = wanted;
        for (const { data } of open.blocks("arr_0", BATCH)) {
          const n = Math.min(left, data.length / (height * width * 3));
          if (n === 0) return;
          left -= n;
          yield { shape: [n, 3, height, width], data: planar(data as Uint8Array, n, height * width) };
        }
      } finally {
        open.close();
      }
    },
  };
}

/** [n, area, 3] to [n, 3, area]. */
function planar(pixels: Uint8Array, n: number, area: number): Uint8Array {
  const out = new Uint8Array(n * 3 * area);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < 3; c++)
      for (let p = 0; p < area; p++) out[(i * 3 + c) * area + p] = pixels[(i * area + p) * 3 + c];
  return out;
}

/** Training images, prepared as for training, in their own order and not mirrored. */
export const dataSource = (
  data: Dataset,
  about: Readonly<Record<string, unknown>> = {},
  part: "training" | "held-out" = "training",
): ImageSource => ({
  name: `${data.count} ${part} images of ${data.name}`,
  count: data.count,
  about: { ...about, part, size: data.size },
  async *batches(count) {
    for (let first = 0; first < count; first += BATCH) {
      const n = Math.min(BATCH, count - first);
      const indices = Array.from({ length: n }, (_, i) => first + i);
      yield { shape: [n, 3, data.size, data.size], data: readBytes(data, indices) };
    }
  },
});

/** What a path on the command line is. */
export function kindOf(path: string): "run" | "folder" | "npz" | "configuration" {
  if (existsSync(join(path, "config.yaml"))) return "run";
  if (!existsSync(path)) return "configuration";
  if (statSync(path).isDirectory()) return "folder";
  return path.toLowerCase().endsWith(".npz") ? "npz" : "configuration";
}
