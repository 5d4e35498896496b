// From noise to samples: image functions in one step, or images of the training size in one step or several.

import { ImagefnError } from "@imagefn/base";
import {
  asParams,
  denoiser,
  functionScale,
  initialNoise,
  karrasGrid,
  oneStepInputs,
  sample,
} from "@imagefn/consistency";
import { type ImageFunction, type InrLayer, splitBatch } from "@imagefn/inr";
import { type Engine, type HostArray, program, random, type Shape } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import { unusable } from "../options.js";
import { show } from "../show.js";
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
  /** Noise levels of further steps, as `multistepLevels` gives them. */
  readonly levels?: readonly number[];
  /** Samples per network evaluation. */
  readonly batch?: number;
  /** Make images even if functions are possible: f at the training size with its skip term, as metrics need it. */
  readonly images?: boolean;
}

/**
 * Compiles the sampler of a generator with the given weights. One step of CM-Func makes image functions; any other
 * generator, or several steps, make images.
 */
export async function sampler(
  engine: Engine,
  generator: Network,
  weights: ReadonlyMap<string, HostArray>,
  { levels = [], batch = BATCH, images = false }: SamplerOptions = {},
): Promise<Sampler> {
  const functions = drawsFunctions(generator) && levels.length === 0 && !images;
  const p = functions
    ? functionProgram(generator, batch)
    : denoiser(generator, batch, generator.init(random(0)));
  const runnable = await engine.compile(p, asParams(weights));

  const next: Batch = functions
    ? async (seed, first, labels) => {
        const z = initialNoise(seed, first, batch, generator.shape);
        return toFunctions(generator, await runnable.run({ z, ...labels }));
      }
    : async (seed, first, inputs) => {
        const images = await sample(runnable, generator, batch, { levels, seed, first, inputs });
        const n = images.length / batch;
        return Array.from({ length: batch }, (_, i) => images.slice(i * n, (i + 1) * n));
      };

  return {
    write: (values) => runnable.write(asParams(values)),
    dispose: () => runnable.dispose(),
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

/** z [batch, 3, h, w] and labels to the weights of one image function each. */
export function functionProgram(generator: CmFunc, batch: number) {
  const labels: Record<string, Shape> = generator.classes > 0 ? { labels: [batch] } : {};
  return program(
    { state: { params: generator.init(random(0)) }, inputs: { z: [batch, ...generator.shape], ...labels } },
    (state, inputs) => {
      const { x, t } = oneStepInputs(inputs.z);
      const layers = generator.generate(state.params, x, t, (inputs as Record<string, typeof x>).labels);
      return {
        outputs: Object.fromEntries(
          layers.flatMap(({ weight, bias }, l) => [
            [`weight${l}`, weight],
            [`bias${l}`, bias],
          ]),
        ),
      };
    },
  );
}

function toFunctions({ config }: CmFunc, result: Record<string, HostArray>): ImageFunction[] {
  const layers = Array.from(
    { length: config.inr.depth },
    (_, l): InrLayer<HostArray> => ({ weight: result[`weight${l}`], bias: result[`bias${l}`] }),
  );
  return splitBatch(config.inr, layers, { scale: functionScale("skip") });
}

/**
 * Noise levels after the first of a sampler of `steps` steps: every 1/steps of the way down the Karras grid of
 * `intervals` sub-intervals, the one that training ends with. The grid's end, where no noise is left, is excluded.
 */
export function multistepLevels(steps: number, intervals: number): number[] {
  const grid = karrasGrid(intervals + 1);
  return Array.from({ length: steps - 1 }, (_, i) => grid[Math.round((1 - (i + 1) / steps) * intervals)]);
}
