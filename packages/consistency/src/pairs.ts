// The images and the noise of step k, paired.
import type { Random } from "@imagefn/ops";
import { optimalCoupling } from "./coupling.js";
import { type Batch, batchOf, type Data } from "./data.js";
import type { Generator } from "./generator.js";
import { cut, type Share } from "./ranks.js";
import type { TrainSettings } from "./settings.js";

interface PairsOptions {
  readonly data: Data;
  readonly noise: Random;
  readonly batch: number;
  readonly generator: Generator;
  readonly coupling: TrainSettings["coupling"];
  readonly couplingPool: number;
}

/** N(0,1) numbers for samples first .. first + batch - 1, each from its own index. */
export function perSample(noise: Random, batch: number, first: number, n: number): Float32Array {
  const out = new Float32Array(batch * n);
  for (let b = 0; b < batch; b++) noise.normal(n, first + b, out.subarray(b * n, (b + 1) * n));
  return out;
}

/**
 * A function of the step and the share of its batch alone, so that a resumed run draws the same pairs, and several processes
 * draw together what one would.
 */
export function pairs({
  data,
  noise,
  batch,
  generator,
  coupling,
  couplingPool,
}: PairsOptions): (k: number, share: Share) => Promise<Batch & { noise: Float32Array }> {
  const n = generator.shape.reduce((a, b) => a * b, 1);
  const all: Share = { first: 0, count: batch };
  const draw = async (k: number, share: Share) => ({
    ...(await batchOf(data, generator, { batch, k, share })),
    noise: perSample(noise, share.count, k * batch + share.first, n),
  });
  if (coupling !== "optimal-transport") return draw;

  const poolSteps = Math.ceil(couplingPool / batch);
  let pool: { number: number; steps: (Batch & { noise: Float32Array })[] } | undefined;
  return async (k, share) => {
    const number = Math.floor(k / poolSteps);
    if (pool?.number !== number) {
      const steps = await Promise.all(
        Array.from({ length: poolSteps }, (_, i) => draw(number * poolSteps + i, all)),
      );
      const joined = (part: (step: (typeof steps)[number]) => Float32Array) => concatenate(steps.map(part));
      const noises = joined((s) => s.noise);
      const labels = steps[0].labels ? joined((s) => s.labels!) : undefined;
      const partner = optimalCoupling(
        joined((s) => s.images),
        noises,
        generator.shape,
        labels,
      );
      for (const [i, step] of steps.entries())
        for (let b = 0; b < batch; b++) {
          const from = partner[i * batch + b] * n;
          step.noise.set(noises.subarray(from, from + n), b * n);
        }
      pool = { number, steps };
    }
    const { images, labels, noise: paired } = pool.steps[k % poolSteps];
    return {
      images: cut(images, share, n),
      noise: cut(paired, share, n),
      ...(labels ? { labels: cut(labels, share) } : {}),
    };
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}
