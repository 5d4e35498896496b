// Generators of some thousand parameters for images of 4 x 6 pixels, and what the tests of this package do with them.
import {
  adam,
  COEFFICIENTS,
  type Engine,
  grad,
  type HostArray,
  leaves,
  mean,
  program,
  random,
  type Shape,
  square,
  sub,
  type Tensor,
  unflatten,
} from "@imagefn/ops";
import { awake as awakeParams, tiny as configs } from "@imagefn/testing";
import {
  type CmFunc,
  type CmFuncConfig,
  cmFunc,
  type DitConfig,
  dit,
  type ImageGenerator,
  type UvitConfig,
  uvit,
} from "@imagefn/transformer";

export const tiny: CmFuncConfig = configs.cmFunc;
export const tinyDit: DitConfig = configs.dit;
export const tinyUvit: UvitConfig = configs.uvit;

export const size = [4, 6] as const;
export const batch = 2;

type Generator = ImageGenerator<object, unknown> & Partial<Pick<CmFunc, "coordinates">>;

/** Every architecture, and CM-Func with each of its options. */
export const generators: readonly (readonly [name: string, generator: Generator])[] = [
  ["DiT", dit({ ...tinyDit, depth: 1, classes: 3 }, size)],
  ["U-ViT", uvit({ ...tinyUvit, classes: 3, timeMlp: true }, size)],
  ["CM-Func", cmFunc({ ...tiny, classes: 3 }, size)],
  [
    "CM-Func with learned positions and generated biases",
    cmFunc({ ...tiny, positions: "learned", inr: { ...tiny.inr, generatedBiases: true } }, size),
  ],
  [
    "CM-Func with mixed columns and generated biases",
    cmFunc({ ...tiny, inr: { ...tiny.inr, weights: "mlp-mod", generatedBiases: true } }, size),
  ],
];

/** Initial parameters with numbers in place of zeros. */
export const awake = <P>(generator: ImageGenerator<object, P>): P => awakeParams(generator.init(random(3)));

/** What a generator is given, for two images of classes 1 and 0: jittered coordinates for a CM-Func. */
export function inputsOf({ shape, classes, coordinates }: Generator): Record<string, HostArray> {
  const points = batch * shape[1] * shape[2];
  return {
    x: { shape: [batch, ...shape], data: random(1).normal(3 * points) },
    time: { shape: [batch], data: Float32Array.of(-100, 300) },
    ...(classes > 0 && { labels: { shape: [batch], data: Float32Array.of(1, 0) } }),
    ...(coordinates && {
      coordinates: {
        shape: [batch, points / batch, 2],
        data: coordinates(batch, random(2).normal(2 * points)),
      },
    }),
  };
}

/** F of the inputs, [batch, 3, height, width]. */
export const applied = (generator: Generator, params: unknown, inputs: Record<string, Tensor>): Tensor => {
  const { x, time, labels, coordinates } = inputs;
  return generator.apply(params, x, time, { labels, coordinates });
};

const shapesOf = (inputs: Record<string, HostArray>): Record<string, Shape> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));

/** The images that a generator makes of its inputs. */
export async function images(
  engine: Engine,
  generator: Generator,
  params: unknown,
  changes: Record<string, HostArray> = {},
): Promise<Float32Array> {
  const inputs = { ...inputsOf(generator), ...changes };
  const state = { params } as Record<string, HostArray>;
  const p = program({ state, inputs: shapesOf(inputs) }, (state, given) => ({
    outputs: { y: applied(generator, state.params, given) },
  }));
  const runnable = await engine.compile(p, state);
  const { y } = await runnable.run(inputs);
  await runnable.dispose();
  return y.data;
}

/** Parameters after some steps of Adam from the initial ones, towards random images. */
export async function trained<P>(
  engine: Engine,
  generator: ImageGenerator<object, P> & Generator,
  steps: number,
): Promise<P> {
  const optimizer = adam();
  const inputs = inputsOf(generator);
  const target = { shape: inputs.x.shape, data: random(4).normal(inputs.x.data.length) };
  const params = generator.init(random(3));
  const state = { params, moments: optimizer.init(params) } as unknown as Record<string, HostArray>;
  const shapes: Record<string, Shape> = { ...shapesOf({ ...inputs, target }), coefficients: [COEFFICIENTS] };
  const step = program({ state, inputs: shapes }, (now, { target, coefficients, ...given }) => {
    const loss = mean(square(sub(applied(generator, now.params, given), target)));
    const slopes = grad(loss, now.params);
    const next = optimizer.update(now.params, slopes, now.moments as never, coefficients);
    return { state: next };
  });
  const runnable = await engine.compile(step, state);
  for (let i = 1; i <= steps; i++)
    await runnable.run({ ...inputs, target, coefficients: optimizer.coefficients(i, 1e-2) });
  const values = await runnable.read("params");
  await runnable.dispose();
  return unflatten({ params }, values).params as P;
}

/** How many numbers a tree of parameters has. */
export const count = (params: unknown): number =>
  leaves<HostArray>(params).reduce((n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1), 0);
