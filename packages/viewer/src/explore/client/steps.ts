// Image functions in one step or several: samples, and edits of pictures (Song et al. 2023, algorithms 1 and 4).
import { beforeLastEdit, type ConsistencyModel, type Known, nothingKnown } from "@imagefn/consistency";
import { type ImageFunction, render } from "@imagefn/inr";
import type { About } from "../about.js";
import type { Generated, Network } from "./network.js";

/** What is made. */
export interface Steps {
  /** Noise levels, from the first on. */
  readonly levels: readonly number[];
  /** N(0, 1) numbers [3, size, size] of step 0, 1, .. */
  readonly noise: (step: number) => Float32Array;
  /** The factor on a function's output that makes it an image, at a noise level. */
  readonly scale: (sigma: number) => number;
  /** What is known of a picture [3, size, size] at the training size; a sample has none. */
  readonly known?: Known;
  readonly picture?: Float32Array;
  /** What the noise is added to; what is known of the picture if left out. */
  readonly start?: Float32Array;
  readonly label?: number;
  /** Called after each step. */
  readonly onStep?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** The image function of the last step, and the time of all of them. A sample is an edit of which nothing is known. */
export async function inSteps(network: Network, { size, shape }: About, steps: Steps): Promise<Generated> {
  const { levels, noise, scale, start, label, onStep, signal } = steps;
  const { known = nothingKnown(shape), picture = new Float32Array(3 * size * size) } = steps;
  let done = 0;
  let milliseconds = 0;
  async function step(x: Float32Array, sigma: number): Promise<ImageFunction> {
    signal?.throwIfAborted();
    const made = await network({ x, sigma, label });
    milliseconds += made.milliseconds;
    onStep?.(++done);
    return { ...made.imageFunction, scale: scale(sigma) };
  }
  const f: ConsistencyModel = async (x, sigma) => {
    const { data } = await render(await step(x, sigma), { width: size, height: size });
    return data;
  };
  const last = await beforeLastEdit(f, known, picture, { levels, noise, start });
  return { imageFunction: await step(last.x, last.sigma), milliseconds };
}
