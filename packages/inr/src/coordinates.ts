// Where all pixels of an image lie, and the jitter that keeps functions smooth between them.
import { ndarrayOf } from "@imagefn/ops";
import type { NdArray } from "ndarray";
import { type Area, coordinate } from "./coordinate.js";

/** An image, or a part of one, as a grid of pixels. */
export interface GridOptions {
  /** Height of the whole image in pixels; any. */
  readonly height: number;
  /** Width of the whole image in pixels; any. */
  readonly width: number;
  /** Where pixels lie: at cell centres of [-1, 1], as if left out, or at i/H in [0, 1) as in the paper's text. */
  readonly kind?: "center" | "paper";
  /** A part of the image, in its pixels. */
  readonly crop?: Area;
  /** The crop's rows and columns are this many pixels apart: 1 as if left out, neighbours. */
  readonly step?: number;
}

/**
 * Coordinates (row, column) of every pixel, row by row: [height * width, 2].
 * The whole range is mapped to the whole image, so other aspect ratios stretch the content.
 * @throws if a size is not a positive whole number or the crop leaves the image.
 */
export function coordinateGrid({
  height,
  width,
  kind = "center",
  crop,
  step = 1,
}: GridOptions): NdArray<Float32Array> {
  const { top, left, height: h, width: w } = crop ?? { top: 0, left: 0, height, width };
  const whole = [height, width, h, w, step].every((n) => Number.isInteger(n) && n >= 1);
  if (!whole)
    throw new Error(
      `inr: image sizes are positive whole numbers (got ${height} x ${width}, crop ${h} x ${w}, step ${step})`,
    );
  const end = (first: number, n: number) => first + (n - 1) * step + 1;
  if (!(top >= 0 && left >= 0 && end(top, h) <= height && end(left, w) <= width))
    throw new Error(
      `inr: the crop ${h} x ${w} at (${top}, ${left})${step > 1 ? `, step ${step},` : ""} leaves the image ${height} x ${width}`,
    );
  const data = new Float32Array(h * w * 2);
  for (let i = 0, at = 0; i < h; i++) {
    const row = coordinate(top + i * step, height, kind);
    for (let j = 0; j < w; j++, at += 2) {
      data[at] = row;
      data[at + 1] = coordinate(left + j * step, width, kind);
    }
  }
  return ndarrayOf(data, [h * w, 2]);
}

/** Half a cell on the longer side, in coordinates. */
const halfCell = ({ height, width, kind = "center" }: GridOptions): number =>
  (kind === "center" ? 1 : 0.5) / Math.max(height, width);

/** No coordinate is ever jittered further than this: a quarter of a cell. */
export const jitterAmplitude = (grid: GridOptions): number => 0.5 * halfCell(grid);

/** How far a number z from N(0, 1) moves a coordinate: clip(0.3 h z, +-0.5 h), h half a cell (Zhang et al., ANR). */
export function jitter(grid: GridOptions): (z: number) => number {
  const h = halfCell(grid);
  const limit = jitterAmplitude(grid);
  return (z) => Math.min(Math.max(0.3 * h * z, -limit), limit);
}

/**
 * Variational coordinates (Zhang et al., ANR): the grid, each coordinate moved by its own jitter.
 * For training only. They blur what the pixels cannot determine, so that renders at other sizes stay smooth.
 * @param normals N(0,1) numbers, [images, height * width, 2]; the result has as many
 */
export function variationalCoordinates(options: GridOptions, normals: Float32Array): Float32Array {
  const grid = coordinateGrid(options).data;
  if (normals.length === 0 || normals.length % grid.length !== 0)
    throw new Error(`inr: jitter needs a multiple of ${grid.length} normals (got ${normals.length})`);
  const moved = jitter(options);
  return normals.map((z, i) => grid[i % grid.length] + moved(z));
}
