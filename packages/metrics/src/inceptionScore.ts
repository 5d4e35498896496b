// The Inception Score: how sure a classifier is of each image, and how evenly the classes come.
import { ImagefnError } from "@imagefn/base";
import { checkFeatures, type Features } from "./features.js";

/** How the images are split. */
export interface InceptionScoreOptions {
  /** Images per split; the last split may be smaller. Default 5,000. */
  readonly splitSize?: number;
  /** Number of splits of (almost) equal size, instead of `splitSize`. */
  readonly splits?: number;
}

/** The Inception Score of a set of images. */
export interface InceptionScore {
  /** Mean over the splits: in [1, classes]. */
  readonly mean: number;
  /** Standard deviation over the splits (divisor n). */
  readonly std: number;
  /** The score of each split. */
  readonly scores: readonly number[];
}

/**
 * exp of the mean of KL(p(y|x) | p(y)), by splits of images in the order given.
 *
 * As guided-diffusion's evaluator: splits of 5,000; its class probabilities are of 1,008 classes, from the features of the
 * Inception network of 2015 times the weights of its last layer without bias. The original of improved-gan has
 * `splits: 10`; torch-fidelity shuffles the images first. Where p(y|x) is 0 the term is 0, its limit.
 *
 * @param probabilities [count, classes], each row summing to 1: `classProbabilities` of logits
 * @throws if a row is no distribution, to 1e-3
 */
export function inceptionScore(
  probabilities: Features,
  { splitSize = 5000, splits }: InceptionScoreOptions = {},
): InceptionScore {
  const [count, classes] = checkFeatures("inceptionScore", probabilities);
  const { data } = probabilities;
  const bounds = splitBounds(count, splitSize, splits);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = i * classes; c < (i + 1) * classes; c++) sum += data[c] < 0 ? Number.NaN : data[c];
    if (!(Math.abs(sum - 1) < 1e-3))
      throw new Error(
        `metrics: inceptionScore takes probabilities that sum to 1 (row ${i} does not); for logits, classProbabilities first`,
      );
  }
  const scores: number[] = [];
  for (let s = 0; s + 1 < bounds.length; s++) {
    const n = bounds[s + 1] - bounds[s];
    const marginal = new Float64Array(classes);
    let kl = 0;
    for (let i = bounds[s]; i < bounds[s + 1]; i++)
      for (let c = 0; c < classes; c++) {
        const p = data[i * classes + c];
        marginal[c] += p / n;
        if (p > 0) kl += p * Math.log(p);
      }
    // mean of sum p (ln p - ln q) with q = mean p
    kl /= n;
    for (const q of marginal) if (q > 0) kl -= q * Math.log(q);
    scores.push(Math.exp(kl));
  }
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((sum, s) => sum + (s - mean) ** 2, 0) / scores.length;
  return { mean, std: Math.sqrt(variance), scores };
}

function splitBounds(count: number, splitSize: number, splits?: number): number[] {
  const n = splits ?? Math.ceil(count / splitSize);
  if (!Number.isInteger(n) || n < 1 || n > count || !(splitSize >= 1))
    throw new ImagefnError(
      "invalid-data",
      `metrics: inceptionScore: ${count} images cannot be split (got splits ${splits}, splitSize ${splitSize})`,
    );
  return Array.from({ length: n + 1 }, (_, s) =>
    splits === undefined ? Math.min(s * splitSize, count) : Math.floor((s * count) / n),
  );
}

/** softmax over each row, in float64: logits [count, classes] to probabilities [count, classes]. */
export function classProbabilities(logits: Features): Features {
  const [count, classes] = checkFeatures("classProbabilities", logits);
  const data = Float64Array.from(logits.data);
  for (let i = 0; i < count; i++) {
    const row = data.subarray(i * classes, (i + 1) * classes);
    let largest = -Infinity;
    for (const v of row) largest = Math.max(largest, v);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      row[c] = Math.exp(row[c] - largest);
      sum += row[c];
    }
    for (let c = 0; c < classes; c++) row[c] /= sum;
  }
  return { shape: [count, classes], data };
}
