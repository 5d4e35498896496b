// The noise levels of a batch: which pair of neighbours each sample is trained on, and its weight.

import { trainSettings } from "./checkedSettings.js";
import {
  diffusionWeight,
  ectLow,
  edmLevels,
  ictLevels,
  type Lognormal,
  lognormalLevel,
} from "./continuousLevels.js";
import { sigmaMax, sigmaMin } from "./scalings.js";
import { doubling, karrasGrid, lognormalProbabilities, pick, progressive } from "./schedules.js";
import type { TrainSettings } from "./settings.js";

/** What a step draws for each sample of its batch. */
export interface NoiseLevels {
  /** Levels of the grid at this step; absent for a diffusion model. */
  readonly N?: number;
  /** Whether every target is the image itself, at sigmaMin; at 0 for a diffusion model. */
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
 * with N given no step denoises, except a diffusion model's.
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
  const { k } = step;
  const { N, denoising } = "N" in step ? { N: step.N, denoising: false } : scheduled(settings, step);
  const diffuses = settings.objective === "diffusion";
  const pairOf = diffuses ? diffusionLevels(settings) : pairsOf(settings, N, denoising);
  const sigmaLow = new Float32Array(batch);
  const sigmaHigh = new Float32Array(batch);
  const weight = new Float32Array(batch);
  for (let b = 0; b < batch; b++) {
    const [low, high, w] = pairOf(uniform(k * batch + b));
    sigmaLow[b] = low;
    sigmaHigh[b] = high;
    // Of the levels as they are rounded.
    weight[b] = w ?? (settings.weighting === "ict" ? 1 / (sigmaHigh[b] - sigmaLow[b]) : 1);
  }
  return { ...(diffuses ? {} : { N }), denoising: denoising || diffuses, sigmaLow, sigmaHigh, weight };
}

/** What a number in [0, 1) picks: the target's level, the student's, and the weight where the settings do not say it. */
type Picked = readonly [low: number, high: number, weight?: number];

/** A diffusion model's target is the image itself (Karras et al. 2022, Eq. 2 and table 1). */
function diffusionLevels({ parameterisation, ...settings }: TrainSettings): (u: number) => Picked {
  const distribution = lognormalOf(settings, edmLevels);
  return (u) => {
    const sigma = lognormalLevel(u, distribution, [sigmaMin, sigmaMax]);
    return [0, sigma, diffusionWeight(sigma, parameterisation)];
  };
}

/** Neighbours on the grid of N levels, or ECT's pairs. f is the identity at the lowest level, so that there the target is the image. */
function pairsOf(settings: TrainSettings, N: number, denoising: boolean): (u: number) => Picked {
  const lowest = denoising ? null : settings.lowest;
  const distribution = lognormalOf(settings, ictLevels);
  if (settings.levels === "ect")
    return (u) => {
      const least = lowest ?? sigmaMin;
      const high = lognormalLevel(u, distribution, [least, sigmaMax]);
      const low = denoising ? 0 : ectLow(high, N);
      // Below the lowest level is the image itself, whose level counts as 0.
      const r = low < least ? 0 : low;
      return [r || sigmaMin, high, settings.weighting === "ict" ? 1 / (high - r) : 1];
    };
  const sigmas = karrasGrid(N, lowest);
  const probabilities =
    settings.levels === "lognormal" ? lognormalProbabilities(sigmas, distribution) : undefined;
  return (u) => {
    const i = pick(u, sigmas.length - 1, probabilities);
    return [sigmas[denoising ? 0 : i], sigmas[i + 1]];
  };
}

const lognormalOf = (
  { logMean, logStd }: Pick<TrainSettings, "logMean" | "logStd">,
  usual: Lognormal,
): Lognormal => ({ mean: logMean ?? usual.mean, std: logStd ?? usual.std });

/** Whether step k of K denoises: its targets are the images, whatever the noise. */
export const denoises = ({ denoise }: Pick<TrainSettings, "denoise">, { k, K, at = k }: ScheduledStep) =>
  at < Math.round(denoise * K);

/** Whether samples drift in step k of K. */
export const drifts = (
  { drift, driftFrom }: Pick<TrainSettings, "drift" | "driftFrom">,
  { k, K, at = k }: ScheduledStep,
) => drift !== null && at >= Math.round(driftFrom * K);

/** What the settings make of step k of K. */
function scheduled(settings: TrainSettings, step: ScheduledStep) {
  const { grid, s0, s1, denoise } = settings;
  const { k, K, at = k } = step;
  if (denoises(settings, step)) return { N: s1 + 1, denoising: true };
  const first = Math.round(denoise * K);
  const schedule = grid === "progressive" ? progressive : doubling;
  return { N: schedule(at - first, K - first, { s0, s1 }), denoising: false };
}
