// The samples of a subject, for measurements and figures: images of any size if it makes functions.

import type { ImageBatch, ImageSource } from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import {
  BATCH,
  drawn,
  labelsOf,
  runSource,
  type Sample,
  type Size,
  sampler,
  samplingOf,
  usualSteps,
} from "@imagefn/runs";
import type { Subject } from "./lab.js";

/** The first samples of a subject; the same noise for all subjects of one training size. */
export async function firstSamples(engine: Engine, subject: Subject, count: number): Promise<Sample[]> {
  const trained = await subject.trained();
  const { seed, train } = subject.config;
  const sampling = samplingOf(train, subject.contender.steps);
  const own = await sampler(engine, trained.generator, trained.weights, sampling);
  try {
    return await own.samples({ count, seed, labels: labelsOf(trained.classes, count) });
  } finally {
    await own.dispose();
  }
}

/** A sample drawn at a size, bytes [height, width, 3]. */
export async function drawnBytes(engine: Engine, sample: Sample, [width, height]: Size): Promise<Uint8Array> {
  const bytes = new Uint8Array(height * width * 3);
  let at = 0;
  for await (const rows of drawn(engine, sample, [width, height])()) {
    bytes.set(rows, at);
    at += rows.length;
  }
  return bytes;
}

/** Samples as an evaluation takes them: at the contender's size, in its number of steps. */
export async function sampleSource(engine: Engine, subject: Subject): Promise<ImageSource> {
  const { contender, config } = subject;
  const trained = await subject.trained();
  const { size: side = config.data.size, steps = usualSteps(config.train) } = contender;
  if (side === config.data.size && steps === 1) return runSource(engine, trained, config.seed);
  const sampling = samplingOf(config.train, steps);
  return {
    name: `samples of ${subject.folder}`,
    count: Number.POSITIVE_INFINITY,
    about: { run: subject.folder, size: side, steps, seed: config.seed },
    async *batches(count) {
      const own = await sampler(engine, trained.generator, trained.weights, sampling);
      const labels = labelsOf(trained.classes, count);
      try {
        for (let first = 0; first < count; first += BATCH) {
          const n = Math.min(BATCH, count - first);
          const part = labels?.slice(first, first + n);
          const samples = await own.samples({ count: n, first, seed: config.seed, labels: part });
          const data = new Uint8Array(n * 3 * side * side);
          for (const [i, sample] of samples.entries())
            data.set(planar(await drawnBytes(engine, sample, [side, side])), i * 3 * side * side);
          yield { shape: [n, 3, side, side], data } satisfies ImageBatch;
        }
      } finally {
        await own.dispose();
      }
    },
  };
}

/** Bytes [pixels, 3] to [3, pixels]. */
function planar(bytes: Uint8Array): Uint8Array {
  const pixels = bytes.length / 3;
  const planes = new Uint8Array(bytes.length);
  for (let p = 0; p < pixels; p++) for (let c = 0; c < 3; c++) planes[c * pixels + p] = bytes[3 * p + c];
  return planes;
}
