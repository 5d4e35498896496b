// From noise to image functions, and from functions to pictures of any size.
import { denoiser, functionScale, initialNoise, oneStepInputs, sample } from "@imagefn/consistency";
import { coordinateGrid, type ImageFunction, type InrLayer, renderFunction, splitBatch } from "@imagefn/inr";
import {
  type Engine,
  type HostArray,
  mul,
  program,
  type Runnable,
  random,
  type Shape,
  transpose,
} from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";

/** Functions that are generated or rendered together. */
const BATCH = 16;
/** Points of one function that are rendered together: memory stays bounded at any size. */
const POINTS = 16_384;

export interface SampleRequest {
  readonly count: number;
  readonly seed: number;
  /** Class number of each sample, for a conditional generator. */
  readonly labels?: readonly number[];
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
      // Biases are state: passed through a product with 1, they come out as outputs beside the weights.
      return {
        outputs: Object.fromEntries(
          layers.flatMap(({ weight, bias }, l) => [
            [`weight${l}`, weight],
            [`bias${l}`, mul(bias, 1)],
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
    async functions({ count, seed, labels }) {
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
      }
      return out;
    },
  };
}

/**
 * Images [3, height, width] of functions of one architecture, at any size, in tiles.
 * Values are c_out M(coordinates), not clamped.
 */
export async function renderAll(
  engine: Engine,
  functions: readonly ImageFunction[],
  [width, height]: readonly [number, number],
): Promise<Float32Array[]> {
  if (functions.length === 0) return [];
  const { architecture, layers: first } = functions[0];
  const total = width * height;
  const points = Math.min(total, POINTS);
  const batch = Math.max(1, Math.min(BATCH, functions.length, Math.floor((BATCH * 4096) / points)));
  const shapes: Record<string, Shape> = { coordinates: [points, 2] };
  for (const [l, layer] of first.entries()) {
    shapes[`weight${l}`] = [batch, ...layer.weight.shape];
    shapes[`bias${l}`] = layer.bias.shape;
  }
  const p = program({ inputs: shapes }, (_, given) => {
    const layers = first.map((_, l) => ({ weight: given[`weight${l}`], bias: given[`bias${l}`] }));
    return { outputs: { image: transpose(renderFunction(architecture, layers, given.coordinates)) } };
  });
  const runnable = await engine.compile(p);
  const grid = coordinateGrid({ height, width, kind: architecture.coordinates }).data;
  const images = functions.map(() => new Float32Array(3 * total));
  for (let from = 0; from < functions.length; from += batch) {
    const own = Array.from({ length: batch }, (_, i) => functions[Math.min(from + i, functions.length - 1)]);
    const weights = stack(own);
    for (let start = 0; start < total; start += points) {
      // The last tile ends at the last point, and draws a few points twice.
      const at = Math.min(start, total - points);
      const result = await runnable.run({
        coordinates: grid.subarray(at * 2, (at + points) * 2),
        ...weights,
      });
      own.slice(0, functions.length - from).forEach((fn, b) => {
        for (let c = 0; c < 3; c++) {
          const source = result.image.data.subarray((b * 3 + c) * points, (b * 3 + c + 1) * points);
          images[from + b].set(
            source.map((v) => fn.scale * v),
            c * total + at,
          );
        }
      });
    }
  }
  await runnable.dispose();
  return images;
}

/** The weights of several functions as batches; the bias is the first one's, which all functions of a generator share. */
function stack(functions: readonly ImageFunction[]): Record<string, Float32Array> {
  const out: Record<string, Float32Array> = {};
  functions[0].layers.forEach(({ weight, bias }, l) => {
    const n = weight.data.length;
    const all = new Float32Array(functions.length * n);
    functions.forEach((fn, b) => all.set(fn.layers[l].weight.data, b * n));
    out[`weight${l}`] = all;
    out[`bias${l}`] = bias.data;
  });
  return out;
}

/** Images [3, size, size] by several steps, at the training size only. */
export async function multistepImages(
  engine: Engine,
  generator: CmFunc,
  weights: ReadonlyMap<string, HostArray>,
  { count, seed, labels, levels }: SampleRequest & { levels: readonly number[] },
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
  }
  await runnable.dispose();
  return out;
}
