// The samples of a run as a set of pictures to evaluate.

import { type Block, blocksOf, quoted } from "@imagefn/base";
import { valuesToBytes } from "@imagefn/inr";
import type { ImageSource } from "@imagefn/metrics";
import type { Engine } from "@imagefn/ops";
import { pathPairs } from "./paths.js";
import { sampler } from "./sampler.js";
import { samplingOf } from "./steps.js";
import { labelsOf, type Trained } from "./trained.js";

/**
 * Samples of a run at the training size, with the whole of f including any skip term.
 * @param levels noise levels after the first; the usual ones if left out: none, for one step, except for a diffusion model
 * @param guidance scale of classifier-free guidance; 1, without it, if left out
 */
export function runSource(
  engine: Engine,
  trained: Trained,
  seed: number,
  levels: readonly number[] = samplingOf(trained.run.config.train).levels,
  guidance = 1,
): ImageSource {
  const { run, generator, weights, classes, step, ema } = trained;
  const { size } = run.config.data;
  const each = 3 * size * size;
  const blocks = async function* (wanted: readonly Block[]) {
    const own = await sampler(engine, generator, weights, {
      ...samplingOf(run.config.train),
      levels,
      guidance,
      images: true,
    });
    try {
      for (const { first, count } of wanted) {
        const labels = labelsOf(classes, count, undefined, first);
        const samples = await own.samples({ count, first, seed, labels });
        const data = new Uint8Array(count * each);
        for (const [i, image] of samples.entries()) data.set(valuesToBytes(image as Float32Array), i * each);
        yield { first, shape: [count, 3, size, size], data };
      }
    } finally {
      await own.dispose();
    }
  };
  return {
    name: `samples of ${quoted(run.path)}`,
    count: Number.POSITIVE_INFINITY,
    about: {
      run: run.path,
      generator: run.config.generator.kind,
      step,
      ema,
      seed,
      size,
      ...(levels.length > 0 ? { levels } : {}),
      ...(guidance === 1 ? {} : { guidance }),
    },
    batches: (count) => blocks(blocksOf(count)),
    ...(levels.length === 0 && {
      paths: (count: number, epsilon: number) => pathPairs(engine, trained, seed, count, epsilon),
    }),
    async *pick(indices) {
      // Whole blocks, whatever is picked: so that a sample has the same bits, whoever makes it.
      const wanted = new Set(indices);
      const touched = blocksOf((indices.at(-1) ?? -1) + 1).filter(({ first, count }) =>
        Array.from({ length: count }, (_, i) => first + i).some((i) => wanted.has(i)),
      );
      for await (const { first, data } of blocks(touched)) {
        const own = Array.from({ length: data.length / each }, (_, i) => i).filter((i) =>
          wanted.has(first + i),
        );
        const picked = new Uint8Array(own.length * each);
        for (const [k, i] of own.entries()) picked.set(data.subarray(i * each, (i + 1) * each), k * each);
        yield { shape: [own.length, 3, size, size], data: picked };
      }
    },
  };
}
