// Bare training steps with inputs of one's choice, for the tests of this package.
import { type Generator, type TrainState, type TrainStepOptions, trainStep } from "@imagefn/consistency";
import { type HostArray, mapTree, type Optimizer, type Runnable, radam, random } from "@imagefn/ops";
import { engine } from "./generators.js";

/** Options of a step on three images. */
interface StepOptions extends TrainStepOptions {
  readonly batch: number;
  readonly optimizer: Optimizer;
  readonly emaRates: readonly number[];
}

export const stepOptions = (generator: Generator, changes: Partial<StepOptions> = {}): StepOptions => ({
  generator,
  batch: 3,
  optimizer: radam(),
  distance: "l2",
  emaRates: [],
  ...changes,
});

export const compile = (options: TrainStepOptions, state: TrainState): Promise<Runnable> =>
  engine.compile(trainStep(options, state), state);

/** Inputs of a step that leaves the parameters where they are, unless told otherwise. */
export function inputsOf(
  { generator, batch }: StepOptions,
  changes: Record<string, Float32Array | number> = {},
) {
  const n = generator.shape.reduce((a, b) => a * b, batch);
  const jitter: Record<string, Float32Array> = generator.coordinates
    ? {
        coordinates: generator.coordinates(
          batch,
          random(4).normal(batch * generator.shape[1] * generator.shape[2] * 2),
        ),
      }
    : {};
  return {
    images: random(1)
      .normal(n, 1)
      .map((v) => v * 0.5),
    noise: random(1).normal(n, 2),
    sigmaLow: Float32Array.of(0.3, 0.8, 1.5),
    sigmaHigh: Float32Array.of(0.5, 1.2, 2),
    weight: Float32Array.of(1, 2, 0.5),
    coefficients: Float32Array.of(0, 1),
    mu: 1,
    ...jitter,
    ...changes,
  };
}

export const lossOf = async (runnable: Runnable, inputs: ReturnType<typeof inputsOf>) =>
  (await runnable.run(inputs)).loss.data[0];

/** A tree of other numbers, so that averages can be told from parameters. */
export const others = (tree: unknown, seed: number) =>
  mapTree(tree, ({ shape, data }: HostArray, path) => ({
    shape,
    data: random(seed)
      .stream(path)
      .normal(data.length)
      .map((z, i) => data[i] + 0.3 * z),
  }));

/** Gradients by path: the first moments after a step from zero moments. */
export async function gradientsOf(runnable: Runnable) {
  const m = await runnable.read("moments.m");
  return new Map([...m].map(([path, x]) => [path.slice("moments.m.".length), x]));
}
