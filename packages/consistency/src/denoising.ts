// The total denoising distance: how far f is from the clean image at every noise level (the paper, 4.1 and appendix B).
import { type Runnable, random } from "@imagefn/ops";
import { checkLabels } from "./data.js";
import type { Generator } from "./generator.js";
import { karrasGrid } from "./schedules.js";

/** Levels of the grid: the sum runs over i = 2 .. N, since f is the identity at i = 1. */
const N = 18;

/** How far a consistency model is from the clean image, level by level. */
export interface DenoisingDistance {
  /** sigma_2 .. sigma_N */
  readonly sigmas: Float64Array;
  /** d_i = ||f(x_0 + sigma_i z, sigma_i) - x_0||, averaged over the images. */
  readonly distances: Float64Array;
  /** The mean of d_i over the levels. */
  readonly mean: number;
  /** The same per number: mean d_i / sqrt(3 h w). */
  readonly rmse: number;
}

/**
 * Measures a compiled `denoiser` on images [count, 3, h, w] in [-1, 1], whole batches of them, at the 17 levels of an
 * 18-level grid above sigmaMin (the paper, 4.1 and appendix B). Each image has one noise for all levels, drawn from the
 * seed and the image's number. It describes training, not the quality of samples.
 * @param labels class numbers [count], for a conditional generator
 * @throws if the images are not a whole number of batches, or the labels do not fit the generator
 */
export async function denoisingDistance(
  runnable: Runnable,
  {
    generator,
    batch,
    images,
    labels,
    seed,
  }: { generator: Generator; batch: number; images: Float32Array; labels?: Float32Array; seed: number },
): Promise<DenoisingDistance> {
  const n = generator.shape.reduce((a, b) => a * b, 1);
  const count = images.length / n;
  if (count === 0 || count % batch !== 0)
    throw new Error(
      `consistency: the denoising distance takes whole batches of ${batch} images (got ${count} images)`,
    );
  if (generator.classes > 0) checkLabels(generator, labels, count);
  const sigmas = karrasGrid(N).slice(1);
  const distances = new Float64Array(sigmas.length);
  const noise = random(seed).stream("denoising");
  const coordinates = generator.coordinates?.(batch);
  for (let first = 0; first < count; first += batch) {
    const clean = images.subarray(first * n, (first + batch) * n);
    const z = new Float32Array(batch * n);
    for (let b = 0; b < batch; b++) noise.normal(n, first + b, z.subarray(b * n, (b + 1) * n));
    for (const [i, sigma] of sigmas.entries()) {
      const { image } = await runnable.run({
        x: clean.map((v, k) => v + sigma * z[k]),
        sigma: new Float32Array(batch).fill(sigma),
        ...(coordinates ? { coordinates } : {}),
        ...(labels ? { labels: labels.subarray(first, first + batch) } : {}),
      });
      for (let b = 0; b < batch; b++) {
        let squares = 0;
        for (let k = b * n; k < (b + 1) * n; k++) squares += (image.data[k] - clean[k]) ** 2;
        distances[i] += Math.sqrt(squares) / count;
      }
    }
  }
  const mean = distances.reduce((a, b) => a + b, 0) / distances.length;
  return { sigmas, distances, mean, rmse: mean / Math.sqrt(n) };
}
