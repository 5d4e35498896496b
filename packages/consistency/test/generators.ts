// Small generators, and an engine that remembers what its programs were given, for the tests of this package.
import type { ConsistencyTrainerOptions, Generator, PretrainerOptions } from "@imagefn/consistency";
import {
  add,
  type Engine,
  type HostArray,
  type Linear,
  linear,
  mul,
  onnxEngine,
  random,
  reshape,
  type Tensor,
  tanh,
  transpose,
} from "@imagefn/ops";
import { awake, tiny } from "@imagefn/testing";
import { dit, uvit } from "@imagefn/transformer";
import { unet } from "@imagefn/unet-baseline";
import { size, tinyCmFunc } from "./tinyCmFunc.js";

export { awake, tinyCmFunc };

export const engine = await onnxEngine({ threads: 1 });

/** F(x) = w x, with one number to learn. */
export const scaling: Generator = {
  shape: [3, 2, 2],
  classes: 0,
  init: () => ({ w: { shape: [], data: Float32Array.of(0.3) } }),
  apply: (params, x) => mul(x, (params as { w: Tensor }).w),
};

/** Every pixel's colours through tanh(W x + b), and what it learned of the noise level added: 15 numbers. */
export const pixelwise: Generator = {
  shape: [3, 2, 2],
  classes: 0,
  init: (random) => ({
    colours: {
      weight: { shape: [3, 3], data: random.normal(9, 0) },
      bias: { shape: [3], data: random.normal(3, 1) },
    },
    time: { shape: [3, 1, 1], data: random.normal(3, 2) },
  }),
  apply(params, x, t) {
    const { colours, time } = params as { colours: Linear; time: Tensor };
    const [batch, channels, h, w] = x.shape;
    const pixels = transpose(reshape(x, [batch, channels, h * w]));
    const y = reshape(transpose(tanh(linear(colours, pixels))), x.shape);
    return add(y, mul(mul(reshape(t, [-1, 1, 1, 1]), 0.01), time));
  },
};

/** The paper's baselines for 4 x 4 pixels. */
export const tinyDit = dit(tiny.dit, [size, size]);
export const tinyUvit = uvit(tiny.uvit, [size, size]);
export const tinyUnet = unet(
  {
    channels: 8,
    multipliers: [1, 2],
    blocks: 1,
    attention: [2],
    headChannels: 8,
    groups: 2,
    resample: "residual",
    scaleShift: false,
    classes: 0,
  },
  [size, size],
);

/** The same images at every step, within [-1, 1]. */
export const fixedImages = (generator: Generator, batch: number) => {
  const n = generator.shape.reduce((a, b) => a * b, batch);
  const images = random(1)
    .uniform(n)
    .map((u) => 2 * u - 1);
  return () => ({ images });
};

export const trainerOptions = (
  generator: Generator,
  batch: number,
  changes: Partial<ConsistencyTrainerOptions> = {},
): ConsistencyTrainerOptions => ({
  engine,
  generator,
  data: fixedImages(generator, batch),
  batch,
  learningRate: 1e-3,
  emaRates: [0.9],
  ...changes,
});

export const pretrainerOptions = (
  batch: number,
  changes: Partial<PretrainerOptions> = {},
): PretrainerOptions => ({
  engine,
  generator: tinyCmFunc,
  data: fixedImages(tinyCmFunc, batch),
  batch,
  learningRate: 1e-2,
  targetScale: 1,
  ...changes,
});

/** An engine whose programs remember the inputs of every run. */
export function recording(inner: Engine) {
  const runs: Record<string, Float32Array>[] = [];
  const outer: Engine = {
    name: inner.name,
    async compile(program, state) {
      const runnable = await inner.compile(program, state);
      return {
        ...runnable,
        run(inputs = {}) {
          const copies = Object.entries(inputs).map(([name, x]) => {
            const data = typeof x === "number" ? Float32Array.of(x) : x instanceof Float32Array ? x : x.data;
            return [name, data.slice()];
          });
          runs.push(Object.fromEntries(copies));
          return runnable.run(inputs);
        },
      };
    },
  };
  return { engine: outer, runs };
}

/** The bits of a state, by path: equal texts for equal bits. */
export const bits = (state: ReadonlyMap<string, HostArray>): Record<string, string> =>
  Object.fromEntries(
    [...state].map(([path, { data }]) => [
      path,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex"),
    ]),
  );

/** Arrays end to end. */
export const joined = (arrays: readonly Float32Array[]): Float32Array =>
  Float32Array.from(arrays.flatMap((a) => [...a]));
