// Results of a run: a grid of its data, reconstruction error, denoising distance, previews and final samples.
import { join } from "node:path";
import { imageRows } from "@imagefn/base";
import { asParams, denoiser, denoisingDistance, reconstructionError, scalingOf } from "@imagefn/consistency";
import { readBatch, readLabels } from "@imagefn/datasets";
import { planesToBytes } from "@imagefn/inr";
import { type HostArray, random, unflatten } from "@imagefn/ops";
import { sampleMetadata, writeFunctions } from "../folder/functionFiles.js";
import type { RunFolder } from "../folder/runFolder.js";
import { drawsFunctions } from "../sampling/network.js";
import {
  bytesOf,
  drawn,
  enlargement,
  writeGrid,
  writePreview,
  writeSampleGrid,
} from "../sampling/pictures.js";
import { BATCH, isFunction, sampler } from "../sampling/sampler.js";
import { finalSizes } from "../sampling/sizes.js";
import { samplingOf } from "../sampling/steps.js";
import { labelsOf } from "../sampling/trained.js";
import { weightsOf } from "../sampling/weights.js";
import type { Sitting } from "./sitting.js";
import { spreadOf } from "./spread.js";
import { readTiles, type Tile, tilesOf } from "./tiles.js";

/**
 * Mean squared error of reconstructed held-out images, in whole batches; undefined if there are too few. `larger` is that of
 * the images that have `data.detail` pixels, at these.
 */
export async function heldOutError(
  { run, engine, data, generator }: Sitting,
  params: ReadonlyMap<string, HostArray>,
): Promise<{ mse: number; larger?: number } | undefined> {
  const { test } = data;
  const { batch, targetScale } = run.config.pretrain;
  if (!test || !drawsFunctions(generator)) return undefined;
  const tree = unflatten(generator.init(random(0)), params);
  /** The mean over tiles of images, `size` pixels each, of which there are whole batches. */
  const over = async (tiles: readonly Tile[], crops: boolean) => {
    const whole = Math.floor(tiles.length / batch);
    if (whole === 0) return undefined;
    const program = reconstructionError({ generator, batch, targetScale, crops }, tree);
    const runnable = await engine.compile(program, { params: tree });
    let total = 0;
    for (let b = 0; b < whole; b++) {
      const some = tiles.slice(b * batch, (b + 1) * batch);
      const images = readBatch(
        test,
        some.map(({ image }) => image),
      );
      const places = Float32Array.from(some.flatMap(({ place }) => place));
      const coordinates = generator.coordinates(batch, undefined, places);
      const { mse } = await runnable.run({
        images,
        coordinates,
        ...(crops ? { crops: readTiles(test, some) } : {}),
      });
      total += mse.data[0];
    }
    await runnable.dispose();
    return total / whole;
  };
  const mse = await over(tilesOf(test, test.size), false);
  if (mse === undefined) return undefined;
  return { mse, larger: test.larger && (await over(tilesOf(test, test.larger.side), true)) };
}

/**
 * The total denoising distance on held-out images (the paper, 4.1), in whole batches; undefined if there are too few.
 * It measures the progress of training, not the quality of samples.
 */
export async function denoising(
  { run: { config }, engine, data, generator }: Sitting,
  state: ReadonlyMap<string, HostArray>,
): Promise<{ denoisingDistance: number; denoisingRmse: number } | undefined> {
  const count = Math.floor(Math.min(config.evaluate.count, data.test?.count ?? 0) / BATCH) * BATCH;
  if (!data.test || count === 0) return undefined;
  const indices = Array.from({ length: count }, (_, i) => i);
  const weights = weightsOf(state, config, config.sample.ema);
  const runnable = await engine.compile(
    denoiser(generator, BATCH, generator.init(random(0)), scalingOf(config.train)),
    asParams(weights),
  );
  const { mean, rmse } = await denoisingDistance(runnable, {
    generator,
    batch: BATCH,
    images: readBatch(data.test, indices),
    labels: data.classes.length > 0 ? Float32Array.from(readLabels(data.test, indices)) : undefined,
    seed: config.seed,
  });
  await runnable.dispose();
  return { denoisingDistance: mean, denoisingRmse: rmse };
}

/** Writes a preview grid, and returns the spread of its samples as a part of the data's, where that has any. */
export async function preview(
  sitting: Sitting,
  state: ReadonlyMap<string, HostArray>,
  step: number,
): Promise<number | undefined> {
  const { engine, run, data } = sitting;
  const { size } = run.config.data;
  const { samples } = await ownSamples(sitting, state);
  const pictures: Uint8Array[] = [];
  for (const one of samples) pictures.push(await bytesOf(drawn(engine, one, [size, size])));
  await writePreview(run, pictures, step);
  const ofData = spreadOf(imagesOf(await data.first(samples.length), size));
  return ofData > 0 ? spreadOf(pictures) / ofData : undefined;
}

/** The samples of a run's own configuration. `onProgress` is called after each batch of them. */
async function ownSamples(
  { run: { config }, engine, generator, data }: Sitting,
  state: ReadonlyMap<string, HostArray>,
  onProgress?: () => void,
) {
  const { count, ema } = config.sample;
  const own = await sampler(engine, generator, weightsOf(state, config, ema), samplingOf(config.train));
  const labels = labelsOf(data.classes, count);
  try {
    return { samples: await own.samples({ count, seed: config.seed, labels, onProgress }), labels };
  } finally {
    await own.dispose();
  }
}

/** The final samples of a run: a grid at every size, and every image function as a file. */
export async function finalSamples(sitting: Sitting, state: ReadonlyMap<string, HostArray>): Promise<void> {
  const { run, engine, listener } = sitting;
  const { config } = run;
  const { count } = config.sample;
  const sizes = finalSizes(config);
  const total = sizes.reduce((rows, [, height]) => rows + height * count, 0);
  let step = 0;
  const onRows = (rows: number) => {
    step += rows;
    listener.progress({ phase: "sample", step, total, unit: "rows" });
  };
  // The caller hears that the steps are over before the first row: from here on it can stop at once.
  onRows(0);
  const { samples, labels } = await ownSamples(sitting, state, () => onRows(0));
  const about = sampleMetadata(config.seed, sitting.data.classes, labels);
  await writeFunctions(run.functions, "sample", samples.filter(isFunction), about);
  for (const [width, height] of sizes) {
    const path = join(run.samples, `${width}x${height}.png`);
    await writeSampleGrid(engine, samples, path, [width, height], { onRows });
    // Images are not drawn row by row: all of them are there at once.
    if (!samples.some(isFunction)) onRows(height * count);
  }
}

/** The images of a batch [n, 3, size, size] as bytes [size, size, 3] each. */
function imagesOf(all: Float32Array, size: number): Uint8Array[] {
  const one = 3 * size * size;
  return Array.from({ length: all.length / one }, (_, i) =>
    planesToBytes(all.subarray(i * one, (i + 1) * one)),
  );
}

/** Real images [n, 3, size, size], to compare samples with. */
export async function writeDataGrid(run: RunFolder, all: Float32Array): Promise<void> {
  const { size } = run.config.data;
  const images = imagesOf(all, size).map((image) => imageRows(image, { width: size, height: size }));
  await writeGrid(join(run.samples, "data.png"), images, {
    width: size,
    height: size,
    scale: enlargement(size),
  });
}
