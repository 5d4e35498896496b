// Samples in the page: the same noise that sampling a run uses, mixed or not, in as many steps.
import { functionScale, slerp, stepNoise } from "@imagefn/consistency";
import type { About } from "../about.js";
import type { Generated, Network } from "./network.js";
import { inSteps, type Steps } from "./steps.js";

/** Which sample is shown. */
export interface Choice {
  readonly seed: number;
  /** Its number, from 0, among the samples that the run gives for this seed. */
  readonly sample: number;
  /** Undefined: classes in turn, as sampling a run takes them. */
  readonly label?: number;
  /** Another sample, and how far the noise is towards it: 0 to 1. */
  readonly other: number;
  readonly mix: number;
  /** Network evaluations. */
  readonly steps: number;
}

/** What the generator is given for a choice. */
export function stepsOf({ shape, classes, parameterisation, levels }: About, choice: Choice): Steps {
  const { seed, sample, label, other, mix, steps } = choice;
  const one = (step: number, first: number) => stepNoise(step, { seed, first, count: 1, shape });
  return {
    levels: levels.samples[Math.min(steps, levels.samples.length) - 1],
    noise: (step) => slerp(one(step, sample), one(step, other), mix),
    scale: (sigma) => functionScale(parameterisation, sigma),
    ...(classes.length > 0 ? { label: label ?? sample % classes.length } : {}),
  };
}

/** Makes one choice after another; of those made while the generator runs, only the last. */
export function generator(
  network: Network,
  about: About,
  show: (made: Generated) => void,
  fail: (error: unknown) => void,
) {
  let busy = false;
  let waiting: Choice | undefined;
  return async (choice: Choice) => {
    waiting = choice;
    if (busy) return;
    busy = true;
    while (waiting) {
      const next: Choice = waiting;
      waiting = undefined;
      await inSteps(network, about, stepsOf(about, next)).then(show, fail);
    }
    busy = false;
  };
}
