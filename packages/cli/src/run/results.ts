// What a run shows of itself: its data, how well it reconstructs, previews, and the samples that it ends with.
import { join } from "node:path";
import { reconstructionError } from "@imagefn/consistency";
import { type Dataset, readBatch } from "@imagefn/datasets";
import { type HostArray, random, unflatten } from "@imagefn/ops";
import { imageRows } from "../grid.js";
import type { RunFolder } from "../runFolder.js";
import { sampleMetadata, writeFunctions } from "./functionFiles.js";
import { enlargement, writeGrid, writePreview, writeSampleGrid } from "./pictures.js";
import { sampler } from "./sampler.js";
import { labelsOf } from "./trained.js";
import type { Sitting } from "./training.js";
import { weightsOf } from "./weights.js";

/** Mean squared error of the reconstruction of held-out images, in whole batches; undefined where there are too few. */
export async function heldOutError(
  { run, engine, data, generator }: Sitting,
  params: ReadonlyMap<string, HostArray>,
) {
  const { batch, targetScale } = run.config.pretrain;
  const whole = Math.floor(data.test.count / batch);
  if (whole === 0) return undefined;
  const tree = unflatten(generator.init(random(0)), params);
  const runnable = await engine.compile(reconstructionError({ generator, batch, targetScale }, tree), {
    params: tree,
  });
  let total = 0;
  for (let b = 0; b < whole; b++) {
    const images = readBatch(
      data.test,
      Array.from({ length: batch }, (_, i) => b * batch + i),
    );
    const { mse } = await runnable.run({ images, coordinates: generator.coordinates(batch) });
    total += mse.data[0];
  }
  await runnable.dispose();
  return total / whole;
}

export async function preview(
  sitting: Sitting,
  state: ReadonlyMap<string, HostArray>,
  step: number,
): Promise<void> {
  const { run, engine, generator } = sitting;
  const { count, ema } = run.config.sample;
  const own = await sampler(engine, generator, weightsOf(state, run.config, ema));
  const functions = await own.functions({
    count,
    seed: run.config.seed,
    labels: labelsOf(sitting.data.classes, count),
  });
  await own.dispose();
  await writePreview(engine, run, functions, step);
}

/** The samples that a run ends with: every function as a file, and a grid of them at every size. */
export async function finalSamples(sitting: Sitting, state: ReadonlyMap<string, HostArray>): Promise<void> {
  const { run, engine, generator, listener } = sitting;
  const { config } = run;
  const { count, sizes, ema } = config.sample;
  const own = await sampler(engine, generator, weightsOf(state, config, ema));
  const labels = labelsOf(sitting.data.classes, count);
  const functions = await own.functions({ count, seed: config.seed, labels });
  await own.dispose();
  const about = sampleMetadata(config.seed, sitting.data.classes, labels);
  await writeFunctions(run.functions, "sample", functions, about);
  const total = sizes.reduce((rows, [, height]) => rows + height * count, 0);
  let step = 0;
  const onRows = (rows: number) => {
    step += rows;
    listener.progress({ phase: "sample", step, total, unit: "rows" });
  };
  for (const [width, height] of sizes)
    await writeSampleGrid(engine, functions, join(run.samples, `${width}x${height}.png`), [width, height], {
      onRows,
    });
}

/** Real images, to compare samples with. */
export async function writeDataGrid(run: RunFolder, data: Dataset, count: number): Promise<void> {
  const { size } = data;
  const n = Math.min(count, data.count);
  const all = readBatch(
    data,
    Array.from({ length: n }, (_, i) => i),
  );
  const images = Array.from({ length: n }, (_, i) =>
    imageRows(all.subarray(i * 3 * size * size, (i + 1) * 3 * size * size), { width: size, height: size }),
  );
  await writeGrid(join(run.samples, "data.png"), images, {
    width: size,
    height: size,
    scale: enlargement(size),
  });
}
