// The order of training data, as pure functions of the step: a resumed run needs no stored state.
import { integerIn, numberIn, seedOf } from "./_check.js";
import { hash32, permute, words } from "./_hash.js";

/** The position of a batch in the endless stream of samples. */
export interface BatchPosition {
  /** Whole number from 0 to 2^53 - 1. */
  seed: number;
  /** Training step, from 0. */
  step: number;
  /** Samples per step. */
  batch: number;
}

// Separate streams keep the shuffle, the flips and the split of one seed independent.
const SHUFFLE = 1;
const FLIP = 2;

/**
 * Indices of the images of one training step, [batch], each in [0, count).
 * Sample number step * batch + b of the stream belongs to epoch floor(number / count); every epoch is a fresh
 * permutation of all images, so each image is seen exactly once an epoch, and a batch may span two epochs.
 * Throws if there are fewer images than a batch needs.
 */
export function batchIndices({ seed, step, batch, count }: BatchPosition & { count: number }): Uint32Array {
  const first = firstSample("batchIndices", { seed, step, batch });
  integerIn("batchIndices", "count", count, 1, 2 ** 32);
  if (count < batch) {
    throw new Error(
      `datasets: too few images for a batch (got ${count}, expected at least ${batch}); ` +
        "train on smaller batches, or on more images",
    );
  }
  const indices = new Uint32Array(batch);
  for (let b = 0; b < batch; b++) {
    const epoch = Math.floor((first + b) / count);
    indices[b] = permute((first + b) % count, count, hash32(SHUFFLE, ...words(seed), ...words(epoch)));
  }
  return indices;
}

/**
 * Which images of one training step to mirror, [batch] of 0 or 1, each 1 with the given probability
 * (0.5 as in the reference code of consistency models).
 */
export function batchFlips({
  seed,
  step,
  batch,
  probability = 0.5,
}: BatchPosition & { probability?: number }): Uint8Array {
  const first = firstSample("batchFlips", { seed, step, batch });
  numberIn("batchFlips", "probability", probability, 0, 1);
  const flips = new Uint8Array(batch);
  for (let b = 0; b < batch; b++) {
    flips[b] = hash32(FLIP, ...words(seed), ...words(first + b)) < probability * 2 ** 32 ? 1 : 0;
  }
  return flips;
}

function firstSample(where: string, { seed, step, batch }: BatchPosition): number {
  seedOf(where, seed);
  integerIn(where, "batch", batch, 1, 2 ** 24);
  integerIn(where, "step", step, 0, Math.floor(Number.MAX_SAFE_INTEGER / batch) - 1);
  return step * batch;
}
