// The data set of a configuration, and its batches by step.

import { ImagefnError } from "@imagefn/base";
import type { Batch } from "@imagefn/consistency";
import {
  type AvatarStyle,
  avatars,
  batchFlips,
  batchIndices,
  celeba,
  cifar10,
  type Dataset,
  emoji,
  imageFolder,
  lsun,
  mnist,
  readBatch,
  readLabels,
  split,
} from "@imagefn/datasets";
import type { Config } from "../config/schema.js";

export interface Data {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Class names; empty for an unconditional run. */
  readonly classes: readonly string[];
  /** Sentences that the user should read. */
  readonly warnings: readonly string[];
}

/** Loads (and the first time prepares) the data of a run. */
export async function loadData(
  { data, seed }: Config,
  onProgress: (done: number, total: number) => void,
): Promise<Data> {
  const whole = await load(data, seed, onProgress);
  if (data.heldOut >= whole.count)
    throw new ImagefnError(
      "invalid-data",
      `data.heldOut is ${data.heldOut}, and ${whole.name} has ${whole.count} images: nothing would be left to train on.`,
    );
  if (data.classes && whole.classes.length < 2)
    throw new ImagefnError(
      "invalid-data",
      `data.classes is on, and ${whole.name} has ${whole.classes.length || "no"} classes (expected at least 2). ` +
        "For avatars, name several data.styles; for folders, put each class into a sub-folder.",
    );
  return {
    ...split(whole, data.heldOut, seed),
    classes: data.classes ? whole.classes : [],
    warnings: whole.warnings,
  };
}

function load(
  { kind, path, size, styles, count, crop, limit, classes }: Config["data"],
  seed: number,
  onProgress: (done: number, total: number) => void,
): Promise<Dataset> {
  switch (kind) {
    case "avatars":
      return avatars({ styles: styles as AvatarStyle[], count, size, seed, onProgress });
    case "folder":
      return imageFolder({ path: path!, size, classes, onProgress });
    case "cifar10":
      if (size !== 32)
        throw new ImagefnError(
          "invalid-data",
          `data.size is ${size}, and CIFAR-10's images are 32 x 32: set data.size to 32.`,
        );
      return cifar10({ path: path! });
    case "celeba":
      return celeba({ path: path!, size, crop, onProgress });
    case "lsun":
      return lsun({ path: path!, size, limit: limit ?? undefined, onProgress });
    case "mnist":
      return mnist({ size, path: path ?? undefined, onProgress });
    case "emoji":
      return emoji({ size, seed, path: path ?? undefined, onProgress });
  }
}

/** The batch of step k. Phases draw in different orders. */
export function batches(
  { data, seed }: Config,
  { train, classes }: Data,
  batch: number,
  phase: "pretrain" | "train",
) {
  // Another order for each phase of one seed.
  const order = phase === "train" ? seed : (seed ^ 0x5bd1e995) >>> 0;
  return (k: number): Batch => {
    const indices = batchIndices({ seed: order, step: k, batch, count: train.count });
    const flips = data.flip ? batchFlips({ seed: order, step: k, batch }) : undefined;
    const images = readBatch(train, indices, { flips });
    return classes.length > 0
      ? { images, labels: Float32Array.from(readLabels(train, indices)) }
      : { images };
  };
}
