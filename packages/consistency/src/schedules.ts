// Schedules over noise levels and over a run: the grid, N(k), mu(k), which pair to train on, how it is weighted.
import { ictLevels, type Lognormal } from "./continuousLevels.js";
import { erf } from "./normal.js";
import { sigmaMax, sigmaMin } from "./scalings.js";

const RHO = 7;

/**
 * sigma_1 .. sigma_N, ascending from sigmaMin to sigmaMax (Karras et al. 2022, Eq. 5, rho = 7).
 * @param lowest levels below it are left out, except sigmaMin; null, as if left out: none are
 * @throws if N is not a whole number of at least 2
 */
export function karrasGrid(N: number, lowest: number | null = null): Float64Array {
  if (!Number.isInteger(N) || N < 2)
    throw new Error(`consistency: a noise grid has at least 2 levels (got ${N})`);
  const [low, high] = [sigmaMin ** (1 / RHO), sigmaMax ** (1 / RHO)];
  const grid = Float64Array.from({ length: N }, (_, i) => (low + (i / (N - 1)) * (high - low)) ** RHO);
  // The ends are exact, so that f(x, sigma_1) = x is.
  grid[0] = sigmaMin;
  grid[N - 1] = sigmaMax;
  return lowest === null ? grid : grid.filter((sigma, i) => i === 0 || sigma >= lowest);
}

/** How fine the noise grid is along a run. */
export interface GridSchedule {
  /** Sub-intervals at the start, at least 1. */
  readonly s0: number;
  /** Sub-intervals at the end, at least s0. */
  readonly s1: number;
}

/** The paper's schedule: s0 = 2, s1 = 150. */
export const paperGrid: GridSchedule = { s0: 2, s1: 150 };

/** q(k), the sub-intervals at step k = 0 .. K - 1: the square-root rise from s0 to s1 (Song et al. 2023, appendix C). */
export function subIntervals(k: number, K: number, { s0, s1 }: GridSchedule = paperGrid): number {
  return Math.max(Math.ceil(Math.sqrt((k / K) * ((s1 + 1) ** 2 - s0 ** 2) + s0 ** 2) - 1), 1);
}

/** N(k) = q(k) + 1, the levels at step k of K (Song et al. 2023, appendix C). */
export const progressive = (k: number, K: number, grid: GridSchedule = paperGrid): number =>
  subIntervals(k, K, grid) + 1;

/** iCT's N(k): s0 + 1 levels, doubling at equal intervals until s1 + 1 (Song & Dhariwal 2023, Eq. 13). */
export function doubling(k: number, K: number, { s0, s1 }: GridSchedule = { s0: 10, s1: 1280 }): number {
  const interval = Math.max(Math.floor(K / (Math.log2(Math.floor(s1 / s0)) + 1)), 1);
  return Math.min(s0 * 2 ** Math.floor(k / interval), s1) + 1;
}

/**
 * mu(k) = exp(s0 ln mu0 / q(k)), the rate of the target's moving average, in [0, 1) (Song et al. 2023, as their code has it).
 * @param q sub-intervals at step k, N(k) - 1
 */
export const targetRate = (q: number, { s0, mu0 }: { s0: number; mu0: number }): number =>
  Math.exp((s0 * Math.log(mu0)) / q);

/** gamma of the averages of the teacher: they reach over the last tenth of the steps (Karras et al. 2024, sigma_rel = 0.1). */
const GAMMA = 6.94;

/**
 * The rate of a moving average at step k = 0, 1, .. that forgets in proportion to the steps so far: (1 - 1 / (k + 1))^(gamma + 1)
 * (Karras et al. 2024, Eq. 2). 0 at the first step.
 */
export const powerRate = (k: number): number => (1 - 1 / (k + 1)) ** (GAMMA + 1);

/** p(i), i = 1 .. N - 1: iCT's probability of training on the pair (sigma_i, sigma_i+1) (Song & Dhariwal 2023, Eq. 12). */
export function lognormalProbabilities(
  grid: Float64Array,
  { mean, std }: Lognormal = ictLevels,
): Float64Array {
  const at = (sigma: number) => erf((Math.log(sigma) - mean) / (Math.SQRT2 * std));
  const p = Float64Array.from({ length: grid.length - 1 }, (_, i) => at(grid[i + 1]) - at(grid[i]));
  const total = p.reduce((a, b) => a + b, 0);
  return p.map((v) => v / total);
}

/** The index i = 0 .. n - 1 that a number u in [0, 1) picks: uniformly, or by probabilities. */
export function pick(u: number, n: number, probabilities?: Float64Array): number {
  if (!probabilities) return Math.min(Math.floor(u * n), n - 1);
  let i = 0;
  for (let sum = probabilities[0]; u >= sum && i < n - 1; sum += probabilities[i]) i++;
  return i;
}

/** Factor on the learning rate at step k = 0 .. K - 1: 1 up to step `from` K, then falling to `to` at the last step. */
export function decay(
  k: number,
  K: number,
  { from, to, shape }: { from: number; to: number; shape: "linear" | "cosine" },
): number {
  if (from >= 1 || K <= 1) return 1;
  const progress = Math.min(Math.max((k / (K - 1) - from) / (1 - from), 0), 1);
  const share = shape === "linear" ? progress : (1 - Math.cos(Math.PI * progress)) / 2;
  return 1 + share * (to - 1);
}
