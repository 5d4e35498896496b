// The data set of a configuration, and its batches by step.

import { ImagefnError } from "@imagefn/base";
import type { Batch, Share } from "@imagefn/consistency";
import { batchFlips, batchIndices, type Dataset, readBatch, readLabels, split } from "@imagefn/datasets";
import type { Config } from "../config/schema.js";
import type { Phase } from "../folder/position.js";
import { dataKind } from "./kinds.js";

/** The data set of a run, apart into training and held-out images. */
export interface Data {
  readonly train: Dataset;
  /** `data.heldOut` images that are not trained on. */
  readonly test: Dataset;
  /** Class names; empty for an unconditional run. */
  readonly classes: readonly string[];
  /** Warnings for the user. */
  readonly warnings: readonly string[];
}

/** Loads the data of a run; the first time, prepares it. `listOnly` finds the images, which cannot be read then. */
export async function loadData(
  { data, seed }: Config,
  onProgress: (done: number, total: number) => void,
  { listOnly = false } = {},
): Promise<Data> {
  const whole = await dataKind(data.kind).load?.(data, { seed, onProgress, listOnly });
  if (!whole)
    throw new ImagefnError(
      "invalid-data",
      `data.kind is ${data.kind}, but no images were given. Pass them as the option images.`,
    );
  if (data.heldOut >= whole.count)
    throw new ImagefnError(
      "invalid-data",
      `data.heldOut is ${data.heldOut}, but ${whole.name} has ${whole.count} images: none would be left for training.`,
    );
  if (data.classes && whole.classes.length < 2)
    throw new ImagefnError(
      "invalid-data",
      `data.classes is true, but ${whole.name} has ${whole.classes.length || "no"} classes (expected at least 2). ` +
        "For avatars, name several data.styles; for folders, put each class into a sub-folder.",
    );
  return {
    ...split(whole, data.heldOut, seed),
    classes: data.classes ? whole.classes : [],
    warnings: whole.warnings,
  };
}

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
        return classes.length > 0
          ? { images, labels: Float32Array.from(readLabels(train, indices)) }
          : { images };
      };
    },
    first: async (n) =>
      readBatch(
        train,
        Array.from({ length: Math.min(n, train.count) }, (_, i) => i),
      ),
  };
}
