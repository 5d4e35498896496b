// The noise levels of a batch: which pair of neighbours each sample is trained on, and its weight.
import { doubling, karrasGrid, lognormalProbabilities, pick, progressive } from "./schedules.js";
import { type TrainSettings, trainSettings } from "./settings.js";

/** What a step draws for each sample of its batch. */
export interface NoiseLevels {
  /** Levels of the grid at this step. */
  readonly N: number;
  /** Whether every target is the image itself, at sigmaMin. */
  readonly denoising: boolean;
  /** The target's level of each sample, [batch]. */
  readonly sigmaLow: Float32Array;
  /** The student's level, the next one of the grid, [batch]. */
  readonly sigmaHigh: Float32Array;
  /** The weight of each sample's loss, [batch]. */
  readonly weight: Float32Array;
}

/** Step k = 0, 1, .. of K; what depends on a schedule is that of `at` / K, where `at` is k if left out. */
export interface ScheduledStep {
  readonly k: number;
  readonly K: number;
  readonly at?: number;
}

/** A step of a schedule, or step k on a grid of N levels, whatever the schedule. */
export type GridStep = ScheduledStep | { readonly k: number; readonly N: number };

/**
 * The noise levels of a batch at step k of K, or for any N. The schedule of N runs over the steps after those that denoise;
 * with N given no step denoises.
 * @param uniform a number in [0, 1) for each sample ever drawn, by its number
 * @throws if a setting is not valid, or N is not a whole number of at least 2
 */
export function noiseLevels(
  options: Partial<TrainSettings>,
  step: GridStep,
  uniform: (sample: number) => number,
  batch: number,
): NoiseLevels {
  const settings = trainSettings(options);
  const { levels, weighting } = settings;
  const { k } = step;
  const { N, denoising } = "N" in step ? { N: step.N, denoising: false } : scheduled(settings, step);
  const sigmas = karrasGrid(N, denoising ? null : settings.lowest);
  const probabilities = levels === "lognormal" ? lognormalProbabilities(sigmas) : undefined;
  const sigmaLow = new Float32Array(batch);
  const sigmaHigh = new Float32Array(batch);
  const weight = new Float32Array(batch);
  for (let b = 0; b < batch; b++) {
    const i = pick(uniform(k * batch + b), sigmas.length - 1, probabilities);
    // f is the identity at the lowest level, so that there the target is the image.
    sigmaLow[b] = sigmas[denoising ? 0 : i];
    sigmaHigh[b] = sigmas[i + 1];
    weight[b] = weighting === "ict" ? 1 / (sigmaHigh[b] - sigmaLow[b]) : 1;
  }
  return { N, denoising, sigmaLow, sigmaHigh, weight };
}

/** Whether step k of K denoises: its targets are the images, whatever the noise. */
export const denoises = ({ denoise }: Pick<TrainSettings, "denoise">, { k, K, at = k }: ScheduledStep) =>
  at < Math.round(denoise * K);

/** What the settings make of step k of K. */
function scheduled(settings: TrainSettings, step: ScheduledStep) {
  const { grid, s0, s1, denoise } = settings;
  const { k, K, at = k } = step;
  if (denoises(settings, step)) return { N: s1 + 1, denoising: true };
  const first = Math.round(denoise * K);
  const schedule = grid === "progressive" ? progressive : doubling;
  return { N: schedule(at - first, K - first, { s0, s1 }), denoising: false };
}
