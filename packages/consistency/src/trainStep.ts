// One step of consistency training as one program (the paper, Eq. 5; Song et al. 2023, algorithm 3).
import {
  add,
  COEFFICIENTS,
  clipByGlobalNorm,
  constant,
  ema,
  globalNorm,
  greater,
  type Mapped,
  type Moments,
  mean,
  mul,
  type Program,
  type Shape,
  stopGradient,
  sub,
  type Tensor,
  where,
} from "@imagefn/ops";
import { trainSettings } from "./checkedSettings.js";
import { driftLoss } from "./drift.js";
import { conditionShapes, type Generator, type GeneratorInputs } from "./generator.js";
import { guidedDenoiser, nullLabelTensor } from "./guidance.js";
import { heunStep } from "./heunStep.js";
import { consistencyFunction, perImage, type Scaling, scalingOf, sigmaMax, sigmaMin } from "./scalings.js";
import { distanceOf, optimizerOf, type TrainSettings, trainDefaults } from "./settings.js";
import { type StepParts, wholeStep } from "./stepParts.js";

/** What one step is made from; settings left out are those of `trainDefaults`. */
export interface TrainStepOptions extends Partial<TrainSettings> {
  /** The network that is trained. */
  readonly generator: Generator;
  /**
   * The step for batches whose `sigmaLow` is sigmaMin throughout, false as if left out: f is the identity there, so that
   * the target needs no network. Its numbers are those of the whole step, bit for bit. A diffusion model's steps all are of this
   * kind, with a `sigmaLow` of 0.
   */
  readonly denoising?: boolean;
  /** The step in which samples drift too, where there is a `drift`; false as if left out. */
  readonly drifting?: boolean;
}

/** The state of training: everything that a checkpoint holds, besides the step. Trees of arrays. */
export interface TrainState {
  /** The student's parameters, as the generator's `init` gives them. */
  params: unknown;
  /** The target's parameters, where it is a moving average. */
  target?: unknown;
  /**
   * The denoiser that is distilled: an average of the parameters while the steps denoise, frozen afterwards. With the objective
   * "distill" it is what training starts from.
   */
  teacher?: unknown;
  /** One tree of averages for each of `emaRates`. */
  emas: unknown[];
  /** Decayed sums of gradients and of their squares, for the optimiser. */
  moments: Moments<unknown>;
}

/**
 * The state before the first step: target, teacher and averages are exact copies of the parameters, moments zero.
 * @param params a tree of arrays, as from the generator's `init` or from pre-training
 * @throws if a setting is not valid
 */
export function initTrainState(params: unknown, options: Partial<TrainSettings> = {}): TrainState {
  const { optimizer, targetEma, trajectory, emaRates } = trainSettings(options);
  return {
    params,
    ...(targetEma ? { target: params } : {}),
    ...(trajectory === "teacher" ? { teacher: params } : {}),
    emas: emaRates.map(() => params),
    moments: optimizerOf(optimizer).init(params),
  };
}

/**
 * Shapes of what each step is given: `images` and `noise` [batch, 3, h, w], `sigmaLow`, `sigmaHigh` and `weight` [batch],
 * the optimiser's `coefficients`, the target's rate `mu`, and what the generator takes. With crops, of the same shape as
 * `images`, the `coordinates` are theirs; a teacher takes those of the whole images, `wholeCoordinates`, too. Where samples drift:
 * their `driftNoise` [driftImages, 3, h, w], `driftCoordinates`, and `driftReal` [driftReal, 3, h, w], images that they drift towards.
 */
export function trainInputs(
  generator: Generator,
  batch: number,
  {
    denoising = false,
    drifting = false,
    driftImages = trainDefaults.driftImages,
    driftReal = trainDefaults.driftReal,
    ...settings
  }: Partial<
    Pick<TrainStepOptions, "crops" | "trajectory" | "denoising" | "drifting" | "driftImages" | "driftReal">
  > = {},
): Record<string, Shape> {
  const image = [batch, ...generator.shape];
  const conditions = conditionShapes(generator, batch);
  return {
    images: image,
    ...(settings.crops ? { crops: image } : {}),
    ...(needsWhole(settings, denoising) ? { wholeCoordinates: conditions.coordinates } : {}),
    noise: image,
    sigmaLow: [batch],
    sigmaHigh: [batch],
    weight: [batch],
    coefficients: [COEFFICIENTS],
    mu: [],
    ...conditions,
    ...(drifting ? driftInputs(generator, driftImages, driftReal) : {}),
  };
}

function driftInputs(generator: Generator, samples: number, real: number): Record<string, Shape> {
  const { coordinates } = conditionShapes(generator, samples);
  return {
    driftNoise: [samples, ...generator.shape],
    ...(coordinates ? { driftCoordinates: coordinates } : {}),
    driftReal: [real, ...generator.shape],
  };
}

/** sigmaMax for each of n samples. */
const highest = (n: number): Tensor => constant({ shape: [n], data: new Float32Array(n).fill(sigmaMax) });

/** Whether a step draws images at their own size beside crops: its teacher does, along the trajectory. */
export const needsWhole = (
  { crops, trajectory }: Partial<Pick<TrainSettings, "crops" | "trajectory">>,
  denoising: boolean,
): boolean => crops === true && trajectory === "teacher" && !denoising;

/**
 * The step as a program. Inputs: `trainInputs`; outputs: loss, the mean distance, and gradientNorm before clipping where clipNorm > 0.
 * The gradient step comes first, then the averages, the target and the teacher, all from the new parameters.
 * @param state from `initTrainState` with the same options
 * @throws if a setting is not valid
 */
export const trainStep = (options: TrainStepOptions, state: TrainState): Program =>
  wholeStep(trainParts(options, state));

/** What the step is made of, before it is one program or two. */
export function trainParts(options: TrainStepOptions, state: TrainState): StepParts<TrainState> {
  const { generator, denoising = false, drifting = false } = options;
  const settings = trainSettings(options);
  const { trajectory, guidance, batch, targetEma, emaRates, clipNorm, drift, driftWeight } = settings;
  const [optimizer, distance] = [optimizerOf(settings.optimizer), distanceOf(settings.distance)];
  const { coefficients, mu, ...given } = trainInputs(generator, batch, { ...settings, denoising, drifting });
  const taught = trajectory === "teacher";
  const scaling = scalingOf(settings);
  // What is distilled was trained as a diffusion model.
  const teacherScaling =
    settings.objective === "distill" ? scalingOf({ ...settings, objective: "diffusion" }) : scaling;
  return {
    state,
    network: {
      params: state.params,
      ...(targetEma ? { target: state.target } : {}),
      ...(taught ? { teacher: state.teacher } : {}),
    },
    given,
    rates: { coefficients, mu, ...(taught ? { teacherRate: [] } : {}) },
    loss({ params, target, teacher }, inputs) {
      const { images, crops, noise, sigmaLow, sigmaHigh, weight } = inputs;
      const noisy = (sigma: Tensor) => add(images, mul(noise, perImage(sigma)));
      const fOf =
        (
          weights: unknown,
          { as = scaling, given = inputs }: { as?: Scaling; given?: GeneratorInputs } = {},
        ) =>
        (x: Tensor, sigma: Tensor) =>
          consistencyFunction((y, t) => generator.apply(weights, y, t, given), x, sigma, as);
      const [f, fTarget] = [fOf(params), fOf(targetEma ? target : params)];
      const [high, low] = [noisy(sigmaHigh), noisy(sigmaLow)];
      const above = perImage(greater(sigmaLow, sigmaMin));
      /** D of the teacher at the noisy images' own size, guided where it is asked for. */
      const denoise = () => {
        const whole = { ...inputs, coordinates: inputs.wholeCoordinates ?? inputs.coordinates };
        const ofClass = fOf(teacher, { as: teacherScaling, given: whole });
        if (guidance === 1) return ofClass;
        const none = { ...whole, labels: nullLabelTensor(generator, batch) };
        return guidedDenoiser(ofClass, fOf(teacher, { as: teacherScaling, given: none }), guidance);
      };
      /** The target's noisy image; at sigmaMin f is the identity, and the target the image itself. */
      const along = () => {
        if (!taught) return low;
        const moved = heunStep(denoise(), high, { sigmaHigh, sigmaLow });
        return where(above, moved, low);
      };
      const student = f(high, sigmaHigh);
      const goal = () => {
        // Where the target is the image itself, it is so at the crop's size.
        if (denoising) return crops ?? low;
        const target = fTarget(along(), sigmaLow);
        return crops ? where(above, target, crops) : target;
      };
      const loss = mean(mul(distance(student, stopGradient(goal())), weight));
      if (!drifting || drift === null) return loss;
      const { driftNoise, driftCoordinates, driftReal } = inputs;
      const places = driftCoordinates ? { coordinates: driftCoordinates } : {};
      const samples = fOf(params, { given: places })(mul(driftNoise, sigmaMax), highest(driftNoise.shape[0]));
      const drifted = mul(driftLoss(drift(samples), drift(driftReal)), driftWeight);
      // The drift has unit length, so that its loss says nothing: the loss stays the mean distance.
      return add(loss, sub(drifted, stopGradient(drifted)));
    },
    update({ target, teacher, emas, moments }, params, raw, { coefficients, mu, teacherRate }) {
      const gradients = clipNorm > 0 ? clipByGlobalNorm(raw, clipNorm) : raw;
      const next = optimizer.update(
        params as Record<string, Tensor>,
        gradients as Mapped<Record<string, Tensor>, Tensor>,
        moments,
        coefficients,
      );
      return {
        state: {
          params: next.params,
          moments: next.moments,
          emas: emaRates.map((rate, i) => ema(emas[i], next.params, rate)),
          ...(targetEma ? { target: ema(target, next.params, mu) } : {}),
          ...(taught ? { teacher: ema(teacher, next.params, teacherRate) } : {}),
        },
        ...(clipNorm > 0 ? { outputs: { gradientNorm: globalNorm(raw) } } : {}),
      };
    },
  };
}
