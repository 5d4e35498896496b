// The settings of pre-training and of training, with their defaults.
import { adam, type Optimizer, radam } from "@imagefn/ops";
import type { Distance } from "./distances/distance.js";
import { type DistanceName, distanceNamed } from "./distances/list.js";
import type { DriftFeatures } from "./drift.js";
import type { Parameterisation } from "./scalings.js";
import { paperGrid } from "./schedules.js";

/** Update rules by name. */
export const optimizers: Record<OptimizerName, () => Optimizer> = { radam, adam };

/** The name of an update rule. */
export type OptimizerName = "radam" | "adam";

/** The rule itself: one of @imagefn/ops with its usual constants, or the caller's own. */
export const optimizerOf = (rule: OptimizerName | Optimizer): Optimizer =>
  typeof rule === "string" ? optimizers[rule]() : rule;

/** The distance itself: one of `distances`, or the caller's own. */
export const distanceOf = (distance: DistanceName | Distance): Distance =>
  typeof distance === "string" ? distanceNamed(distance) : distance;

/**
 * What is trained: a consistency model by itself, a diffusion model, or a consistency model by distillation of a diffusion model's
 * weights; see `TrainSettings`.
 */
export type Objective = "consistency" | "diffusion" | "distill";

/** All of them, for checks and help. */
export const objectives = ["consistency", "diffusion", "distill"] as const satisfies readonly Objective[];

/** How the target's noisy image is made; see `TrainSettings`. */
export type Trajectory = "data" | "teacher";

/** Both, for checks and help. */
export const trajectories = ["data", "teacher"] as const satisfies readonly Trajectory[];

/** Settings of both kinds of training. */
export interface CommonSettings {
  /** Seed of all draws, a whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** Images per step. */
  readonly batch: number;
  /** The update rule, by name or as `adam({ beta1 })` of @imagefn/ops. */
  readonly optimizer: OptimizerName | Optimizer;
  /** The learning rate before any decay. */
  readonly learningRate: number;
  /** Jitter the coordinates of a generator of functions, which keeps functions smooth between the pixels. */
  readonly variationalCoordinates: boolean;
  /**
   * Batches hold `crops` of larger versions of their images, which image functions are compared with at the crops' own
   * coordinates (Chen et al., Image Neural Field Diffusion Models, 2024).
   */
  readonly crops: boolean;
}

/** Settings of pre-training. */
export interface PretrainSettings extends CommonSettings {
  /**
   * The function regresses targetScale * x. 1 is Eq. 10; 2 = 1/sigmaData is what F must output at high noise,
   * where c_out is about sigmaData.
   */
  readonly targetScale: number;
  /** Fraction of the steps after which the learning rate is multiplied by decayFactor. */
  readonly decayAt: number;
  /** What the learning rate is multiplied by then. */
  readonly decayFactor: number;
  /** Whether to leave a parameter as it is, by path: (path) => path.startsWith("patch."). */
  readonly frozen: (path: string) => boolean;
}

/**
 * Pre-training as in the paper (3.3, Eq. 10) and in the code that it builds on (trans-inr): Adam at 1e-4, a tenth of it
 * after 80 % of the steps, batches of 32. The target is 2 x and not the paper's x: see `targetScale`.
 */
export const pretrainDefaults: PretrainSettings = {
  seed: 0,
  batch: 32,
  optimizer: "adam",
  learningRate: 1e-4,
  variationalCoordinates: true,
  crops: false,
  targetScale: 2,
  decayAt: 0.8,
  decayFactor: 0.1,
  frozen: () => false,
};

/** Settings of consistency training. */
export interface TrainSettings extends CommonSettings {
  /**
   * "consistency": f, as the settings below say. "diffusion": D, which denoises log-normal levels with EDM's weights and the distance
   * "l2", whose least value is the mean that the ODE takes (Karras et al. 2022, Eq. 2); grid, `trajectory`, `denoise`, `levels`,
   * `weighting` and the target's average are not read. "distill": f, by the ODE of a diffusion model whose weights training starts
   * from (Song et al. 2023, algorithm 2): `trajectory` is "teacher", and no step denoises.
   */
  readonly objective: Objective;
  /** How f is made of the network: "skip" as in the paper, or "function", the image function alone. */
  readonly parameterisation: Parameterisation;
  /** Fraction of the run from which the learning rate falls; 1: never. */
  readonly decayFrom: number;
  /** What it falls to at the end of the run, as a factor. */
  readonly decayTo: number;
  /** How it falls: along a line, or along half a cosine. */
  readonly decayShape: "linear" | "cosine";
  /** Largest global norm of the gradient; 0 does not clip. */
  readonly clipNorm: number;
  /** N(k): the square-root rise of consistency models, or iCT's doubling. */
  readonly grid: "progressive" | "doubling";
  /** Sub-intervals of the noise grid at the start, at least 1. */
  readonly s0: number;
  /** Sub-intervals of the noise grid at the end, at least s0. */
  readonly s1: number;
  /**
   * Levels of the grid below this one, except sigmaMin, are left out once the steps that denoise are over; null: none are. An
   * image function cannot draw noise as fine as pixels, so that f there adds an error to each further step.
   */
  readonly lowest: number | null;
  /**
   * Where the target's noisy image comes from. "data": x + sigmaLow z of the same image and noise (consistency training, Song et al.
   * 2023, algorithm 3). "teacher": the student's one, moved along the ODE by a Heun step of the denoiser that the first steps
   * trained (consistency distillation, algorithm 2); needs `denoise`.
   */
  readonly trajectory: Trajectory;
  /**
   * Part of the steps, at the start, whose target is the clean image whatever the noise: denoising, from which consistency
   * training goes on as from a diffusion model (ECT, Geng et al. 2024). 0: none.
   */
  readonly denoise: number;
  /**
   * Which pair of neighbouring levels a sample is trained on: all alike, or lognormal as in iCT (Eq. 12). "ect": no levels of a grid,
   * but log-normal ones, each with its own lower level, nearer the more sub-intervals the grid would have (`ectLow`); with the
   * weighting "ict", without `targetEma` and with the doubling grid from 2 to 256 this is ECT's (Geng et al. 2024).
   */
  readonly levels: "uniform" | "lognormal" | "ect";
  /** Mean of ln sigma of log-normal levels; null: -1.2 as in EDM for a diffusion model, otherwise -1.1 as in iCT and ECT. */
  readonly logMean: number | null;
  /** Its standard deviation; null: 1.2 as in EDM, or 2 as in iCT and ECT. */
  readonly logStd: number | null;
  /** The weight of a sample's loss: 1, or 1 / (sigmaHigh - sigmaLow) as in iCT. */
  readonly weighting: "uniform" | "ict";
  /** The distance between student and target, by name or as a function. */
  readonly distance: DistanceName | Distance;
  /**
   * Part of the labels that a conditional generator is trained without, 0 to 1: each is replaced by the label for no class, so that
   * the network learns the images of all classes too, as guidance needs it (Ho & Salimans 2022). 0: none; more needs a generator
   * with a `nullLabel`.
   */
  readonly labelDropout: number;
  /**
   * With trajectory "teacher": the scale w of classifier-free guidance of the denoiser that is distilled, D_null + w (D_c - D_null);
   * needs `labelDropout`. 1: without.
   */
  readonly guidance: number;
  /**
   * Features in which samples of one step drift towards images of the data set at the end of training, beside the distance from
   * the target (`driftLoss`; Deng et al. 2026); null: samples do not drift. For a generator without classes, on one process.
   */
  readonly drift: DriftFeatures | null;
  /** Fraction of the run from which samples drift, not below `denoise`. */
  readonly driftFrom: number;
  /** The weight of that loss. */
  readonly driftWeight: number;
  /** Samples that drift in each step, at least 2. */
  readonly driftImages: number;
  /** Images that they drift towards, drawn for each step, at least 2. */
  readonly driftReal: number;
  /** The target is a moving average of the student; without, it is the student itself, through which no gradient flows. */
  readonly targetEma: boolean;
  /** The average's rate at the start, from which mu(k) rises. */
  readonly mu0: number;
  /** How images and noise are paired: at random, or by optimal transport within pools of images. */
  readonly coupling: "independent" | "optimal-transport";
  /** Images paired together, at least, and fewer than twice as many: a larger pool has better pairs and a longer search. */
  readonly couplingPool: number;
  /** Rates of the averages of the weights kept for sampling. */
  readonly emaRates: readonly number[];
  /**
   * Parts in which each process computes its share of a batch, one after another: less memory, and the same step up to
   * rounding. `batch` must be divisible by them.
   */
  readonly accumulate: number;
  /**
   * Where several processes train together: steps that each takes alone before their states are averaged. 1: their
   * gradients are averaged at every step, as if one process had the whole batch.
   */
  readonly averageEvery: number;
}

/**
 * Consistency training as in the paper: RAdam at a constant 5e-4, batches of 32, N(k) from s0 = 2 to s1 = 150, uniform
 * levels and weights, the target a moving average. What the paper leaves open: mu0 0.95 (Song et al. 2023, for LSUN and
 * ImageNet-64; 0.9 for CIFAR-10) and the averages 0.9999 and 0.999. Its distance, LPIPS, needs weights of a network;
 * Pseudo-Huber stands in (Song & Dhariwal 2023).
 */
export const trainDefaults: TrainSettings = {
  objective: "consistency",
  parameterisation: "skip",
  seed: 0,
  batch: 32,
  optimizer: "radam",
  learningRate: 5e-4,
  variationalCoordinates: true,
  crops: false,
  decayFrom: 1,
  decayTo: 0.1,
  decayShape: "linear",
  clipNorm: 0,
  grid: "progressive",
  ...paperGrid,
  lowest: null,
  trajectory: "data",
  denoise: 0,
  levels: "uniform",
  logMean: null,
  logStd: null,
  weighting: "uniform",
  distance: "pseudo-huber",
  labelDropout: 0,
  guidance: 1,
  drift: null,
  driftFrom: 0.9,
  driftWeight: 0.02,
  driftImages: 16,
  driftReal: 64,
  targetEma: true,
  mu0: 0.95,
  coupling: "independent",
  couplingPool: 128,
  emaRates: [0.9999, 0.999],
  accumulate: 1,
  averageEvery: 1,
};

/** What an objective decides about settings that it does not read. */
const implied: Record<Objective, Partial<TrainSettings>> = {
  consistency: {},
  diffusion: { trajectory: "data", denoise: 1, targetEma: false },
  distill: { trajectory: "teacher", denoise: 0 },
};

/** Settings as they take effect: those that the objective decides about have its values. */
export const inEffect = <S extends { readonly objective: Objective }>(settings: S): S => ({
  ...settings,
  ...implied[settings.objective],
});
