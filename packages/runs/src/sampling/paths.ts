// Pairs of samples of a run whose noise lies close together, for the perceptual path length.
import { asParams, denoiser, initialNoise, sample, slerp, stepNoise } from "@imagefn/consistency";
import type { PairBatch } from "@imagefn/metrics";
import { type Engine, random } from "@imagefn/ops";
import { BATCH } from "./sampler.js";
import { labelsOf, type Trained } from "./trained.js";

/**
 * `count` pairs of samples [n, 3, size, size] in [-1, 1], each made in one step: of noise of the seed, and of the noise that is the
 * share `epsilon` of the great circle nearer to other noise. Both have the same class, each class in turn.
 */
export async function* pathPairs(
  engine: Engine,
  { run, generator, weights, classes }: Trained,
  seed: number,
  count: number,
  epsilon: number,
): AsyncGenerator<PairBatch> {
  const program = denoiser(generator, BATCH, generator.init(random(0)), run.config.train.parameterisation);
  const runnable = await engine.compile(program, asParams(weights));
  const { shape } = generator;
  const each = shape.reduce((a, b) => a * b, 1);
  try {
    for (let first = 0; first < count; first += BATCH) {
      const n = Math.min(BATCH, count - first);
      const from = initialNoise(seed, first, BATCH, shape);
      const to = stepNoise(1, { seed, first, count: BATCH, shape });
      const near = new Float32Array(from.length);
      for (let at = 0; at < near.length; at += each)
        near.set(slerp(from.subarray(at, at + each), to.subarray(at, at + each), epsilon), at);
      const labels = labelsOf(classes, BATCH, undefined, first);
      const inputs: Record<string, Float32Array> = labels ? { labels: Float32Array.from(labels) } : {};
      const picturesOf = async (z: Float32Array) => {
        const made = await sample(runnable, generator, BATCH, {
          levels: [],
          seed,
          first,
          noise: [z],
          inputs,
        });
        return { shape: [n, ...shape], data: made.subarray(0, n * each) };
      };
      yield { batch: await picturesOf(from), other: await picturesOf(near) };
    }
  } finally {
    await runnable.dispose();
  }
}
