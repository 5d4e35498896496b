// The samples of a run as a set of pictures to evaluate.

import { quoted } from "@imagefn/base";
import { valuesToBytes } from "@imagefn/inr";
import type { ImageSource } from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import { BATCH, sampler } from "./sampler.js";
import { labelsOf, type Trained } from "./trained.js";

/** One-step samples of a run at the training size, with the whole of f including any skip term. */
export function runSource(engine: Engine, trained: Trained, seed: number): ImageSource {
  const { run, generator, weights, classes, step, ema } = trained;
  const { size } = run.config.data;
  return {
    name: `samples of ${quoted(run.path)}`,
    count: Number.POSITIVE_INFINITY,
    about: { run: run.path, generator: run.config.generator.kind, step, ema, seed, size },
    async *batches(count) {
      const own = await sampler(engine, generator, weights, {
        parameterisation: run.config.train.parameterisation,
        images: true,
      });
      const labels = labelsOf(classes, count);
      try {
        for (let first = 0; first < count; first += BATCH) {
          const n = Math.min(BATCH, count - first);
          const samples = await own.samples({
            count: n,
            first,
            seed,
            labels: labels?.slice(first, first + n),
          });
          const data = new Uint8Array(n * 3 * size * size);
          samples.forEach((image, i) => {
            data.set(valuesToBytes(image as Float32Array), i * 3 * size * size);
          });
          yield { shape: [n, 3, size, size], data };
        }
      } finally {
        await own.dispose();
      }
    },
  };
}
