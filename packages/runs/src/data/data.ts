// The data set of a configuration.

import { ImagefnError } from "@imagefn/base";
import { type Dataset, split } from "@imagefn/datasets";
import type { Config } from "../config/schema.js";
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
