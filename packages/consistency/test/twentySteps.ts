// Twenty steps of training a tiny network on any engine, in Node and in browsers: losses, and the state after them.
import { type Generator, initTrainState, pseudoHuber, trainStep } from "@imagefn/consistency";
import { type Engine, type GpujsRunnable, radam, random } from "@imagefn/ops";
import { size, tinyCmFunc } from "./tinyCmFunc.js";

export interface Trained {
  readonly losses: readonly number[];
  readonly state: Record<string, readonly number[]>;
  /** What GPU.js counted after the first step and after the last. */
  readonly statistics?: readonly [first: Counts, last: Counts];
}
type Counts = ReturnType<GpujsRunnable["statistics"]>;

const batch = 3;
/** Steps of RAdam with clipped gradients, an average as the target and one for sampling; other inputs at each. */
export async function train(
  engine: Engine,
  steps: number,
  generator: Generator = tinyCmFunc,
): Promise<Trained> {
  const optimizer = radam();
  const options = {
    generator,
    batch,
    optimizer,
    distance: pseudoHuber,
    targetEma: true,
    emaRates: [0.9],
    clipNorm: 1,
  };
  const state = initTrainState(generator.init(random(0)), options);
  const runnable = await engine.compile(trainStep(options, state), state);
  const counted = () => (runnable as Partial<GpujsRunnable>).statistics?.();
  const losses: number[] = [];
  let first = counted();
  for (let k = 1; k <= steps; k++) {
    const numbers = batch * 3 * size * size;
    const { loss } = await runnable.run({
      images: random(1)
        .uniform(numbers, k % 4)
        .map((u) => 2 * u - 1),
      noise: random(2).normal(numbers, k),
      sigmaLow: Float32Array.of(0.3, 0.8, 1.5),
      sigmaHigh: Float32Array.of(0.5, 1.2, 2),
      weight: Float32Array.of(1, 2, 0.5),
      coefficients: optimizer.coefficients(k, 1e-3),
      mu: 0.9,
      ...(generator.coordinates
        ? { coordinates: generator.coordinates(batch, random(3).normal(batch * size * size * 2, k)) }
        : {}),
    });
    losses.push(loss.data[0]);
    if (k === 1) first = counted();
  }
  const last = counted();
  const after = [...(await runnable.read())].map(([path, { data }]) => [path, [...data]]);
  await runnable.dispose();
  return { losses, state: Object.fromEntries(after), ...(first && last && { statistics: [first, last] }) };
}
