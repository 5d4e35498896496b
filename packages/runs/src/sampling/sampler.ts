// From noise to samples: image functions in one step, or images of the training size in one step or several.

import { ImagefnError } from "@imagefn/base";
import {
  asParams,
  beforeLastStep,
  denoiser,
  functionScale,
  initialNoise,
  type Parameterisation,
  sample,
} from "@imagefn/consistency";
import type { ImageFunction } from "@imagefn/inr";
import { type Engine, type HostArray, type Program, type Runnable, random } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import { unusable } from "../options.js";
import { show } from "../show.js";
import { functionProgram, lastStepProgram, toFunctions } from "./functionPrograms.js";
import { drawsFunctions, type Network } from "./network.js";

/** Samples per network evaluation. */
export const BATCH = 16;

/** Which samples to make. */
export interface SampleRequest {
  readonly count: number;
  /** Number of the first sample; 0 if left out. */
  readonly first?: number;
  readonly seed: number;
  /** Class number of each of the `count` samples: required for a conditional generator, and only allowed there. */
  readonly labels?: ArrayLike<number>;
  /** Called after each batch with the number of finished samples. */
  readonly onProgress?: (done: number) => void;
}

/** An image function, or an image [3, size, size] of the training size in [-1, 1]. */
export type Sample = ImageFunction | Float32Array;

/** Whether a sample is an image function, which is drawn at any size, and not an image. */
export const isFunction = (sample: Sample): sample is ImageFunction => !(sample instanceof Float32Array);

/** A compiled generator with its weights. */
export interface Sampler {
  /** Replaces the weights, by the generator's own paths. */
  write(weights: ReadonlyMap<string, HostArray>): Promise<void>;
  /** `count` samples from number `first` on; sample i depends only on the seed, its class and i. */
  samples(request: SampleRequest): Promise<Sample[]>;
  /** Frees what the engine holds; the sampler cannot be used afterwards. */
  dispose(): Promise<void>;
}

type Batch = (seed: number, first: number, labels: Record<string, Float32Array>) => Promise<Sample[]>;

/** How samples are made. */
export interface SamplerOptions {
  /** The one that the weights were trained with, `train.parameterisation` of their run. */
  readonly parameterisation: Parameterisation;
  /** Noise levels of further steps, as `multistepLevels` gives them. */
  readonly levels?: readonly number[];
  /** Samples per network evaluation. */
  readonly batch?: number;
  /** Make images even if functions are possible: f at the training size with any skip term, as metrics need it. */
  readonly images?: boolean;
}

/**
 * Whether so many steps of a generator end in image functions. With the skip term only one step does, from noise alone:
 * later on its share of the noisy image is part of f.
 */
export const endsInFunctions = (
  generator: Network,
  { parameterisation, steps }: { parameterisation: Parameterisation; steps: number },
): generator is CmFunc => drawsFunctions(generator) && (steps === 1 || parameterisation === "function");

/**
 * Compiles the sampler of a generator with the given weights, of image functions where it `endsInFunctions`, else of images
 * of the training size.
 */
export async function sampler(
  engine: Engine,
  generator: Network,
  weights: ReadonlyMap<string, HostArray>,
  { parameterisation, levels = [], batch = BATCH, images = false }: SamplerOptions,
): Promise<Sampler> {
  const steps = levels.length + 1;
  const params = asParams(weights);
  const parts: Runnable[] = [];
  const compile = async (p: Program) => {
    const runnable = await engine.compile(p, params);
    parts.push(runnable);
    return runnable;
  };
  const denoising = () => compile(denoiser(generator, batch, generator.init(random(0)), parameterisation));

  async function ofFunctions(own: CmFunc): Promise<Batch> {
    const scale = functionScale(parameterisation);
    if (steps === 1) {
      const generate = await compile(functionProgram(own, batch));
      return async (seed, first, labels) => {
        const z = initialNoise(seed, first, batch, own.shape);
        return toFunctions(own, await generate.run({ z, ...labels }), scale);
      };
    }
    const [denoise, generate] = [await denoising(), await compile(lastStepProgram(own, batch))];
    return async (seed, first, inputs) => {
      const last = await beforeLastStep(denoise, own, batch, { levels, seed, first, inputs });
      return toFunctions(own, await generate.run({ ...last, ...inputs }), scale);
    };
  }

  async function ofImages(): Promise<Batch> {
    const denoise = await denoising();
    return async (seed, first, inputs) => {
      const made = await sample(denoise, generator, batch, { levels, seed, first, inputs });
      const n = made.length / batch;
      return Array.from({ length: batch }, (_, i) => made.slice(i * n, (i + 1) * n));
    };
  }

  const functions = !images && endsInFunctions(generator, { parameterisation, steps });
  const next = await (functions ? ofFunctions(generator) : ofImages());
  return {
    async write(values) {
      for (const part of parts) await part.write(asParams(values));
    },
    async dispose() {
      for (const part of parts) await part.dispose();
    },
    async samples({ count, first = 0, seed, labels, onProgress }) {
      checkLabels(labels, count, generator.classes);
      const out: Sample[] = [];
      for (let done = 0; done < count; done += batch) {
        const own = Float32Array.from(
          { length: batch },
          (_, i) => labels?.[Math.min(done + i, count - 1)] ?? 0,
        );
        const made = await next(seed, first + done, generator.classes > 0 ? { labels: own } : {});
        out.push(...made.slice(0, count - done));
        onProgress?.(out.length);
      }
      return out;
    },
  };
}

/** Class numbers that do not fit would become other classes, or none, without a word. */
function checkLabels(labels: unknown, count: number, classes: number): void {
  if (classes === 0) {
    if (labels !== undefined)
      throw unusable("labels", labels, "none, since the generator was trained without classes");
    return;
  }
  const list = Array.isArray(labels) || (ArrayBuffer.isView(labels) && "length" in labels);
  if (!list) throw unusable("labels", labels, `${count} class numbers from 0 to ${classes - 1}`);
  const numbers = labels as ArrayLike<unknown>;
  if (numbers.length !== count)
    throw new ImagefnError(
      "invalid-option",
      `labels holds ${numbers.length} class numbers (expected ${count}, one for each sample)`,
      { option: "labels" },
    );
  for (let i = 0; i < count; i++)
    if (!(Number.isInteger(numbers[i]) && Number(numbers[i]) >= 0 && Number(numbers[i]) < classes))
      throw new ImagefnError(
        "invalid-option",
        `labels: number ${i} is ${show(numbers[i])} (expected a whole number from 0 to ${classes - 1})`,
        { option: "labels" },
      );
}
