// The pictures of a run: functions drawn row by row, and grids of them.
import { join } from "node:path";
import { type GridOptions, type ImageRows, imageRows, sheet, writePng } from "@imagefn/base";
import { planesToBytes, renderRows, valuesToBytes } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import { fourDigits } from "../folder/functionFiles.js";
import type { RunFolder } from "../folder/runFolder.js";
import { isFunction, type Sample } from "./sampler.js";

/** Pixels that a renderer computes together. The same for every picture, so that its bytes do not depend on others. */
export const TILE = 8192;

/** Small pictures are enlarged to about this many pixels a side, so that they are visible. */
const VISIBLE = 96;

/** How many times to enlarge each pixel of a picture with sides of `size` pixels, at least once. */
export const enlargement = (size: number): number => Math.max(1, Math.floor(VISIBLE / size));

/**
 * A sample as rows of one picture, drawn on demand. `onRows` is called for each part.
 * An image function can have any size; an image has its own.
 */
export const drawn = (
  engine: Engine,
  sample: Sample,
  [width, height]: readonly [number, number],
  onRows: (rows: number) => void = () => {},
): ImageRows =>
  isFunction(sample)
    ? async function* () {
        const options = { width, height, engine, tile: TILE };
        for await (const { data, height: rows } of renderRows(sample, options)) {
          // Before the rows are yielded: after the last ones the generator is not resumed.
          onRows(rows);
          yield valuesToBytes(data);
        }
      }
    : imageRows(planesToBytes(sample), { width, height });

/** Writes images of one size as one sheet; a single image is the picture itself, without a border. */
export async function writeGrid(
  path: string,
  images: readonly ImageRows[],
  options: GridOptions,
): Promise<void> {
  const whole = sheet(images, images.length === 1 ? { padding: 0, ...options } : options);
  await writePng(path, whole, whole.rows);
}

/** Largest side of a sheet in pixels; a larger one becomes a picture for each image. */
const LARGEST_SHEET = 8192;

/** Images of one size that belong together, and where they go. */
export interface Sheets {
  readonly images: readonly ImageRows[];
  readonly width: number;
  readonly height: number;
  /** Images per row; about as many as rows if left out. */
  readonly columns?: number;
  /** A file for each, in place of one grid. */
  readonly separate: boolean;
  /** The path without its ending; a file for one image ends in its number. */
  readonly prefix: string;
  /** Of the images, for their files. */
  readonly numbers: readonly number[];
}

/** One grid; or a picture for each image, on request or if the grid would be too large. Calls `onPicture` with each path. */
export async function writeSheets(
  { images, width, height, separate, prefix, numbers, ...options }: Sheets,
  onPicture: (path: string) => void,
): Promise<void> {
  const columns = options.columns ?? Math.ceil(Math.sqrt(images.length));
  const sheets =
    !separate && (images.length === 1 || Math.max(width, height) * columns <= LARGEST_SHEET)
      ? [{ images, path: `${prefix}.png` }]
      : images.map((image, i) => ({ images: [image], path: `${prefix}-${fourDigits(numbers[i])}.png` }));
  for (const one of sheets) {
    await writeGrid(one.path, one.images, { width, height, columns: Math.min(columns, one.images.length) });
    onPicture(one.path);
  }
}

/** Draws samples at one size and writes them as a grid. */
export const writeSampleGrid = (
  engine: Engine,
  samples: readonly Sample[],
  path: string,
  [width, height]: readonly [number, number],
  { onRows, ...options }: { scale?: number; columns?: number; onRows?: (rows: number) => void } = {},
): Promise<void> =>
  writeGrid(
    path,
    samples.map((one) => drawn(engine, one, [width, height], onRows)),
    { width, height, ...options },
  );

/** All rows of a picture, [height, width, 3]. */
export async function bytesOf(rows: ImageRows): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of rows()) parts.push(part.slice());
  return Buffer.concat(parts);
}

/** Pictures of the training size as a preview. */
export const writePreview = (run: RunFolder, pictures: readonly Uint8Array[], step: number) => {
  const { size } = run.config.data;
  const path = join(run.samples, `preview-${String(step).padStart(8, "0")}.png`);
  const images = pictures.map((picture) => imageRows(picture, { width: size, height: size }));
  return writeGrid(path, images, { width: size, height: size, scale: enlargement(size) });
};
