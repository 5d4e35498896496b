// From noise to image functions in one step, or to images of the training size in several.
import {
  denoiser,
  functionScale,
  initialNoise,
  karrasGrid,
  oneStepInputs,
  sample,
} from "@imagefn/consistency";
import { type ImageFunction, type InrLayer, splitBatch } from "@imagefn/inr";
import { type Engine, type HostArray, program, type Runnable, random, type Shape } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";

/** Functions that are generated together. */
const BATCH = 16;

export interface SampleRequest {
  readonly count: number;
  readonly seed: number;
  /** Class number of each sample, for a conditional generator. */
  readonly labels?: readonly number[];
  /** Told after each batch how many samples are done. */
  readonly onProgress?: (done: number) => void;
}

export interface Sampler {
  /** Replaces the weights, by the generator's own paths. */
  write(weights: ReadonlyMap<string, HostArray>): Promise<void>;
  /** `count` image functions in one step each; sample i depends on the seed and i alone. */
  functions(request: SampleRequest): Promise<ImageFunction[]>;
  dispose(): Promise<void>;
}

/** Compiles the one-step sampler of a generator with the given weights. */
export async function sampler(
  engine: Engine,
  generator: CmFunc,
  weights: ReadonlyMap<string, HostArray>,
): Promise<Sampler> {
  const params = generator.init(random(0));
  const labels: Record<string, Shape> = generator.classes > 0 ? { labels: [BATCH] } : {};
  const p = program(
    { state: { params }, inputs: { z: [BATCH, ...generator.shape], ...labels } },
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
  const prefixed = (values: ReadonlyMap<string, HostArray>) =>
    new Map([...values].map(([path, v]) => [`params.${path}`, v]));
  const runnable = await engine.compile(p, prefixed(weights));
  const { inr } = generator.config;

  return {
    write: (values) => runnable.write(prefixed(values)),
    dispose: () => runnable.dispose(),
    async functions({ count, seed, labels, onProgress }) {
      const out: ImageFunction[] = [];
      for (let first = 0; first < count; first += BATCH) {
        const z = initialNoise(seed, first, BATCH, generator.shape);
        const own = Float32Array.from(
          { length: BATCH },
          (_, i) => labels?.[Math.min(first + i, count - 1)] ?? 0,
        );
        const result = await runnable.run({ z, ...(generator.classes > 0 ? { labels: own } : {}) });
        const layers = Array.from(
          { length: inr.depth },
          (_, l): InrLayer<HostArray> => ({
            weight: result[`weight${l}`],
            bias: result[`bias${l}`],
          }),
        );
        out.push(...splitBatch(inr, layers, { scale: functionScale }).slice(0, count - first));
        onProgress?.(out.length);
      }
      return out;
    },
  };
}

/**
 * Noise levels after the first of a sampler of `steps` steps (SPEC 10.3): every 1/steps of the way down the Karras
 * grid of `intervals` sub-intervals, the one that training ends with. The grid's end, where no noise is left, is out.
 */
export function multistepLevels(steps: number, intervals: number): number[] {
  const grid = karrasGrid(intervals + 1);
  return Array.from({ length: steps - 1 }, (_, i) => grid[Math.round((1 - (i + 1) / steps) * intervals)]);
}

/** Images [3, size, size] by several steps, at the training size only. */
export async function multistepImages(
  engine: Engine,
  generator: CmFunc,
  weights: ReadonlyMap<string, HostArray>,
  { count, seed, labels, levels, onProgress }: SampleRequest & { levels: readonly number[] },
): Promise<Float32Array[]> {
  const params = generator.init(random(0));
  const prefixed = new Map([...weights].map(([path, v]) => [`params.${path}`, v]));
  const runnable: Runnable = await engine.compile(denoiser(generator, BATCH, params), prefixed);
  const out: Float32Array[] = [];
  const n = generator.shape.reduce((a, b) => a * b, 1);
  for (let first = 0; first < count; first += BATCH) {
    const own = Float32Array.from({ length: BATCH }, (_, i) => labels?.[Math.min(first + i, count - 1)] ?? 0);
    const inputs: Record<string, Float32Array> = generator.classes > 0 ? { labels: own } : {};
    const images = await sample(runnable, generator, BATCH, { levels, seed, first, inputs });
    for (let i = 0; i < Math.min(BATCH, count - first); i++) out.push(images.slice(i * n, (i + 1) * n));
    onProgress?.(out.length);
  }
  await runnable.dispose();
  return out;
}
