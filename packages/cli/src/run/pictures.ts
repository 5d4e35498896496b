// The pictures of a run: sample grids, and the real images beside them.
import { join } from "node:path";
import { type Dataset, readBatch } from "@imagefn/datasets";
import type { ImageFunction } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import { sampleGrid, writePng } from "../grid.js";
import type { RunFolder } from "../runFolder.js";
import { renderAll } from "./sampler.js";

/** Small pictures are enlarged to about this many pixels a side, so that people can see them. */
const VISIBLE = 96;
const enlargement = (width: number, height: number) =>
  Math.max(1, Math.floor(VISIBLE / Math.max(width, height)));

/** Renders functions at one size and writes them as a grid. */
export async function writeSampleGrid(
  engine: Engine,
  functions: readonly ImageFunction[],
  path: string,
  [width, height]: readonly [number, number],
  options: { scale?: number; columns?: number } = {},
): Promise<void> {
  const images = await renderAll(engine, functions, [width, height]);
  await writePng(path, sampleGrid(images, { width, height, ...options }));
}

/** A preview at the training size. */
export const writePreview = (
  engine: Engine,
  run: RunFolder,
  functions: readonly ImageFunction[],
  step: number,
) => {
  const { size } = run.config.data;
  const path = join(run.samples, `preview-${String(step).padStart(8, "0")}.png`);
  return writeSampleGrid(engine, functions, path, [size, size], { scale: enlargement(size, size) });
};

/** Real images, to compare samples with. */
export async function writeDataGrid(run: RunFolder, data: Dataset, count: number): Promise<void> {
  const { size } = data;
  const n = Math.min(count, data.count);
  const all = readBatch(
    data,
    Array.from({ length: n }, (_, i) => i),
  );
  const images = Array.from({ length: n }, (_, i) =>
    all.subarray(i * 3 * size * size, (i + 1) * 3 * size * size),
  );
  await writePng(
    join(run.samples, "data.png"),
    sampleGrid(images, { width: size, height: size, scale: enlargement(size, size) }),
  );
}
