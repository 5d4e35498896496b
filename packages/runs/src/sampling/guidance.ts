// Samples by classifier-free guidance: what a run needs for it, and guided image functions.
import { quoted } from "@imagefn/base";
import type { Generator } from "@imagefn/consistency";
import { type ImageFunction, weightedSum } from "@imagefn/inr";
import { invalidOption } from "../invalidOption.js";
import type { Trained } from "./trained.js";

/** Some options of a call, with a scale of guidance. */
export interface Guided {
  /**
   * Scale S of classifier-free guidance, f_null + S (f_class - f_null): above 1 samples go further towards
   * their class, at 0 they are of no class. 1, without guidance, if left out; any other requires a run with `train.labelDropout`.
   */
  readonly guidance?: number;
}

/** @throws ImagefnError `invalid-option` for a scale that the run cannot be sampled with */
export function checkGuidance({ run, generator, classes }: Trained, { guidance = 1 }: Guided): void {
  if (guidance === 1 || generator.nullLabel !== undefined) return;
  if (classes.length === 0)
    throw invalidOption(
      "guidance",
      guidance,
      `the run ${quoted(run.path)} was trained without classes (data.classes is false).`,
    );
  throw invalidOption(
    "guidance",
    guidance,
    `the run ${quoted(run.path)} was trained with all labels (train.labelDropout is 0), so it makes no pictures without a class.`,
    "Train a run with train.labelDropout, such as 0.1.",
  );
}

/** A scale in the parts of a file's name. */
export const guidancePart = ({ guidance = 1 }: Guided): string[] =>
  guidance === 1 ? [] : [`guidance${guidance}`];

type Inputs = Record<string, Float32Array>;

/**
 * What makes a batch of image functions, with guidance: two functions for each, which one of twice the width adds up.
 * @param make the functions of a batch without guidance, from what the network is given
 */
export function guidedFunctions(
  make: (inputs: Inputs) => Promise<ImageFunction[]>,
  { nullLabel }: Generator,
  scale = 1,
): (inputs: Inputs) => Promise<ImageFunction[]> {
  if (scale === 1) return make;
  return async ({ labels, ...inputs }) => {
    const none = await make({ ...inputs, labels: labels.map(() => nullLabel!) });
    if (scale === 0) return none;
    const own = await make({ ...inputs, labels });
    return own.map((fn, i) =>
      weightedSum([
        { fn, factor: scale },
        { fn: none[i], factor: 1 - scale },
      ]),
    );
  };
}
