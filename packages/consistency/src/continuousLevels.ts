// Noise levels between the grid's: log-normal ones with their weights for diffusion, and the pairs of ECT.
import { normalQuantile, normalShare } from "./normal.js";
import { type Parameterisation, sigmaData } from "./scalings.js";

/** A log-normal distribution of noise levels: ln sigma ~ N(mean, std^2). */
export interface Lognormal {
  readonly mean: number;
  readonly std: number;
}

/** P_mean and P_std of EDM's training (Karras et al. 2022, table 1). */
export const edmLevels: Lognormal = { mean: -1.2, std: 1.2 };

/** Those of iCT and of ECT (Song & Dhariwal 2023, table 1; Geng et al. 2024). */
export const ictLevels: Lognormal = { mean: -1.1, std: 2 };

/**
 * The noise level that a number u in [0, 1) picks, between two others: exp(mean + std n), where n is the quantile of N(0, 1) at u,
 * and of the part of the distribution between the two at that part of it.
 */
export function lognormalLevel(
  u: number,
  { mean, std }: Lognormal,
  [low, high]: readonly [low: number, high: number] = [0, Number.POSITIVE_INFINITY],
): number {
  const share = (sigma: number) => normalShare((Math.log(sigma) - mean) / std);
  const [from, to] = [share(low), share(high)];
  const sigma = Math.exp(mean + std * normalQuantile(from + u * (to - from)));
  return Math.min(Math.max(sigma, low), high);
}

/** The largest ratio of signal to noise, (sigmaData / sigma)^2, that weights of image functions follow: that of sigma = 0.22. */
const MOST_SIGNAL = 5;

/**
 * The weight of the squared error of D(x, sigma) in the training of a diffusion model. With "skip" EDM's,
 * 1 / c_out^2 = (sigma^2 + sd^2) / (sigma sd)^2 = (1 + SNR) / sd^2 with SNR = (sd / sigma)^2, which gives the network's own
 * error the weight 1 at every level (Karras et al. 2022, section 5). With "function" the same up to an SNR of 5, where it stays:
 * (1 + min(SNR, 5)) / sd^2, as min-SNR weights do (Hang et al. 2023, Eq. 8, gamma = 5). No image function draws details as fine as
 * pixels, so that its error does not fall with the noise, and 1 / sigma^2 would leave nothing to the other levels.
 */
export function diffusionWeight(sigma: number, parameterisation: Parameterisation): number {
  const signal = (sigmaData / sigma) ** 2;
  return (1 + (parameterisation === "function" ? Math.min(signal, MOST_SIGNAL) : signal)) / sigmaData ** 2;
}

/** k and b of ECT: pairs are up to 1 + k / 2 times as far apart at low noise as at high noise. */
const ECT_K = 8;
const ECT_B = 1;

/**
 * r, the target's level for the student's level t: t (1 - n(t) / (N - 1)), n(t) = 1 + 8 sigmoid(-t), at least 0 (Geng et al. 2024;
 * in their notation N - 1 is q^(a + 1), which grows along training).
 */
export function ectLow(t: number, N: number): number {
  const n = 1 + ECT_K / (1 + Math.exp(ECT_B * t));
  return Math.max(t * (1 - n / (N - 1)), 0);
}
