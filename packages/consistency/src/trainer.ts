// Runs training steps: draws what step k needs as a pure function of (seed, k), so that resume is exact.
import {
  adam,
  type Engine,
  type HostArray,
  type Optimizer,
  type Random,
  type Runnable,
  radam,
  random,
} from "@imagefn/ops";
import { type Distance, distances } from "./distances.js";
import { type Generator, pointsOf } from "./generator.js";
import { pairs, perSample } from "./pairs.js";
import { type PretrainState, pretrainStep } from "./pretrain.js";
import {
  decay,
  doubling,
  type GridSchedule,
  karrasGrid,
  lognormalProbabilities,
  pick,
  progressive,
  targetRate,
} from "./schedules.js";
import { type TrainState, trainStep } from "./trainStep.js";

/** Images in [-1, 1] and, for a conditional generator, their classes. */
export interface Batch {
  /** [batch, 3, h, w] */
  readonly images: Float32Array;
  readonly labels?: Float32Array;
}

/** The batch of step k; the same k must always give the same batch. */
export type Data = (k: number) => Batch | Promise<Batch>;

export interface Trainer {
  /** Runs step k = 0, 1, .. of K, on which the schedules depend, and returns what it measured. */
  step(k: number, K: number): Promise<StepResult>;
  /** Everything but k that is needed to go on, by path. */
  read(prefix?: string): Promise<Map<string, HostArray>>;
  write(state: ReadonlyMap<string, HostArray>): Promise<void>;
  dispose(): Promise<void>;
}

export interface StepResult {
  readonly loss: number;
  readonly learningRate: number;
  /** Levels of the noise grid, in consistency training. */
  readonly N?: number;
  readonly gradientNorm?: number;
}

interface Common {
  readonly engine: Engine;
  readonly generator: Generator;
  readonly data: Data;
  readonly seed: number;
  readonly batch: number;
  /** Jitter the coordinates of a generator of functions. */
  readonly variationalCoordinates: boolean;
  readonly learningRate: number;
}

const optimizers = { adam, radam } as const;

/** Coordinates of a batch: sample s of all samples ever drawn has its own jitter. */
function batchCoordinates(
  { generator, batch, variationalCoordinates }: Common,
  noise: Random,
  first: number,
): Record<string, Float32Array> {
  if (!generator.coordinates) return {};
  if (!variationalCoordinates) return { coordinates: generator.coordinates(batch) };
  return {
    coordinates: generator.coordinates(batch, perSample(noise, batch, first, pointsOf(generator) * 2)),
  };
}

function checkLoss(loss: number, what: string, k: number): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `consistency: the loss of ${what} step ${k} is ${loss} (expected a finite number). ` +
      "Lower the learning rate, or limit the gradient with clipNorm, and go on from the last checkpoint.",
  );
}

export interface PretrainerOptions extends Common {
  readonly targetScale: number;
  /** Fraction of the steps after which the learning rate is multiplied by decayFactor. */
  readonly decayAt: number;
  readonly decayFactor: number;
  /** Parameters to leave as they are, by path, as the patch embedding: (path) => path.startsWith("patch."). */
  readonly frozen?: (path: string) => boolean;
}

/**
 * Pre-training with Adam (the paper, section 3.3, Eq. 10).
 * @param state from `initPretrainState`; to go on from what `read` gave, `write` it afterwards
 */
export async function pretrainer(options: PretrainerOptions, state: PretrainState): Promise<Trainer> {
  const { engine, batch, seed, learningRate, decayAt, decayFactor } = options;
  const optimizer = adam();
  const runnable = await engine.compile(pretrainStep({ ...options, optimizer }, state), state);
  const jitter = random(seed).stream("pretrain").stream("jitter");
  return {
    ...stateOf(runnable),
    async step(k, K) {
      const rate = learningRate * (k < Math.round(decayAt * K) ? 1 : decayFactor);
      const { images } = await options.data(k);
      const { loss } = await runnable.run({
        images,
        coefficients: optimizer.coefficients(k + 1, rate),
        ...batchCoordinates(options, jitter, k * batch),
      });
      checkLoss(loss.data[0], "pre-training", k);
      return { loss: loss.data[0], learningRate: rate };
    },
  };
}

export interface ConsistencyTrainerOptions extends Common {
  readonly optimizer: "radam" | "adam";
  readonly decayFrom: number;
  readonly decayTo: number;
  readonly decayShape: "linear" | "cosine";
  readonly clipNorm: number;
  readonly grid: "progressive" | "doubling";
  readonly s0: number;
  readonly s1: number;
  /**
   * Part of the steps, at the start, whose target is the clean image whatever the noise: denoising, from which consistency
   * training goes on as from a diffusion model (ECT, Geng et al. 2024). 0, as if left out: none.
   */
  readonly denoise?: number;
  readonly levels: "uniform" | "lognormal";
  readonly weighting: "uniform" | "ict";
  readonly distance: keyof typeof distances | Distance;
  readonly targetEma: boolean;
  readonly mu0: number;
  /** How images and noise are paired: at random, as in the paper, or by optimal transport within pools of 128 images. */
  readonly coupling?: "independent" | "optimal-transport";
  /** Images paired together; 128 by default. */
  readonly couplingPool?: number;
  readonly emaRates: readonly number[];
}

/** The noise levels of a batch at step k. The schedule of N runs over the steps after those that denoise. */
export function noiseLevels(
  options: Pick<ConsistencyTrainerOptions, "grid" | "s0" | "s1" | "denoise" | "levels" | "weighting">,
  { k, K }: { k: number; K: number },
  uniform: (sample: number) => number,
  batch: number,
) {
  const schedule: GridSchedule = options;
  const first = Math.round((options.denoise ?? 0) * K);
  const denoising = k < first;
  const N = denoising
    ? options.s1 + 1
    : (options.grid === "progressive" ? progressive : doubling)(k - first, K - first, schedule);
  const sigmas = karrasGrid(N);
  const probabilities = options.levels === "lognormal" ? lognormalProbabilities(sigmas) : undefined;
  const sigmaLow = new Float32Array(batch);
  const sigmaHigh = new Float32Array(batch);
  const weight = new Float32Array(batch);
  for (let b = 0; b < batch; b++) {
    const i = pick(uniform(k * batch + b), N - 1, probabilities);
    // f is the identity at the lowest level, so that there the target is the image.
    sigmaLow[b] = sigmas[denoising ? 0 : i];
    sigmaHigh[b] = sigmas[i + 1];
    weight[b] = options.weighting === "ict" ? 1 / (sigmaHigh[b] - sigmaLow[b]) : 1;
  }
  return { N, sigmaLow, sigmaHigh, weight };
}

/**
 * Consistency training (Song et al. 2023, algorithm 3; by the options iCT, Song & Dhariwal 2023).
 * @param state from `initTrainState`; to go on from what `read` gave, `write` it afterwards
 */
export async function consistencyTrainer(
  options: ConsistencyTrainerOptions,
  state: TrainState,
): Promise<Trainer> {
  const { engine, generator, batch, seed, s0, mu0, targetEma } = options;
  const optimizer: Optimizer = optimizers[options.optimizer]();
  const distance = typeof options.distance === "function" ? options.distance : distances[options.distance];
  const runnable = await engine.compile(trainStep({ ...options, optimizer, distance }, state), state);
  const streams = random(seed).stream("train");
  const draw = pairs({ ...options, noise: streams.stream("noise"), shape: generator.shape });
  const jitter = streams.stream("jitter");
  const level = streams.stream("level");
  return {
    ...stateOf(runnable),
    async step(k, K) {
      const { N, ...levels } = noiseLevels(options, { k, K }, (sample) => level.uniform(1, sample)[0], batch);
      const { images, labels, noise } = await draw(k);
      const learningRate =
        options.learningRate *
        decay(k, K, { from: options.decayFrom, to: options.decayTo, shape: options.decayShape });
      const result = await runnable.run({
        images,
        noise,
        ...levels,
        coefficients: optimizer.coefficients(k + 1, learningRate),
        ...(targetEma ? { mu: targetRate(N - 1, { s0, mu0 }) } : { mu: 0 }),
        ...batchCoordinates(options, jitter, k * batch),
        ...(generator.classes > 0 && labels ? { labels } : {}),
      });
      const loss = result.loss.data[0];
      checkLoss(loss, "training", k);
      return { loss, learningRate, N, gradientNorm: result.gradientNorm?.data[0] };
    },
  };
}

const stateOf = (runnable: Runnable) => ({
  read: (prefix?: string) => runnable.read(prefix),
  write: (state: ReadonlyMap<string, HostArray>) => runnable.write(state),
  dispose: () => runnable.dispose(),
});
