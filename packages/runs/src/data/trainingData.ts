// A loaded data set as training uses it: its batches by step. Works in pages too.
import type { Batch, Share } from "@imagefn/consistency";
import { batchFlips, batchIndices, type Dataset, readBatch, readLabels } from "@imagefn/datasets";
import { random } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import type { Phase } from "../folder/position.js";
import { cropsWith } from "./crops.js";
import type { Data } from "./data.js";

/** The images of a run as training uses them. */
export interface TrainingData {
  /** Such as "3872 images". */
  readonly title: string;
  /** Number of training images, which defines an epoch; undefined if a program makes each batch. */
  readonly count?: number;
  /** A digest of the training images by which a change is seen; undefined if there is none. */
  readonly digest?: string;
  /** Images kept out of training. */
  readonly test?: Dataset;
  /** Class names; empty for an unconditional run. */
  readonly classes: readonly string[];
  /** Warnings for the user. */
  readonly warnings: readonly string[];
  /** The batch of step k of a phase, or a share of it. */
  batches(batch: number, phase: Phase): (k: number, share?: Share) => Batch | Promise<Batch>;
  /** The first n images, or fewer: [n, 3, size, size] in [-1, 1]. */
  first(n: number): Promise<Float32Array>;
}

/** A loaded data set as training uses it. The two phases use different orders. */
export function trainingData({ data, seed }: Config, { train, test, classes, warnings }: Data): TrainingData {
  const cropsOf = cropsWith(data);
  const crops = random(seed).stream("crops");
  return {
    title: `${train.count} images${test.count > 0 ? ` to train on, ${test.count} held out` : ""}`,
    count: train.count,
    digest: train.digest,
    test,
    classes,
    warnings,
    batches(batch, phase) {
      const order = phase === "train" ? seed : (seed ^ 0x5bd1e995) >>> 0;
      return (k, { first, count } = { first: 0, count: batch }) => {
        const part = <T>(all: { slice(from: number, to: number): T }) => all.slice(first, first + count);
        const indices = part(batchIndices({ seed: order, step: k, batch, count: train.count }));
        const flips = data.flip ? part(batchFlips({ seed: order, step: k, batch })) : undefined;
        const images = readBatch(train, indices, { flips });
        return {
          images,
          ...(train.larger
            ? cropsOf(train, images, { indices, flips, drawn: crops.stream(phase), first: k * batch + first })
            : {}),
          ...(classes.length > 0 ? { labels: Float32Array.from(readLabels(train, indices)) } : {}),
        };
      };
    },
    first: async (n) =>
      readBatch(
        train,
        Array.from({ length: Math.min(n, train.count) }, (_, i) => i),
      ),
  };
}
