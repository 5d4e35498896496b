// One step of consistency training as one program (the paper, Eq. 5; Song et al. 2023, algorithm 3).
import {
  add,
  COEFFICIENTS,
  clipByGlobalNorm,
  ema,
  globalNorm,
  grad,
  type HostArray,
  type Mapped,
  mean,
  mul,
  type Optimizer,
  type Program,
  program,
  reshape,
  type Shape,
  stopGradient,
  type Tensor,
} from "@imagefn/ops";
import type { Distance } from "./distances.js";
import { conditionShapes, type Generator } from "./generator.js";
import { consistencyFunction } from "./scalings.js";

export interface TrainStepOptions {
  readonly generator: Generator;
  readonly batch: number;
  readonly optimizer: Optimizer;
  readonly distance: Distance;
  /** The target is a moving average of the student; without, it is the student itself, through which no gradient flows. */
  readonly targetEma: boolean;
  /** Rates of the averages kept for sampling. */
  readonly emaRates: readonly number[];
  /** Largest global norm of the gradient; 0 does not clip. */
  readonly clipNorm: number;
}

/** The state of training: everything that a checkpoint holds, besides the step. */
export interface TrainState {
  params: unknown;
  target?: unknown;
  /** One tree per sampling rate. */
  emas: unknown[];
  moments: { m: unknown; v: unknown };
}

/** Target and averages start as exact copies of the parameters, moments at zero. */
export function initTrainState(
  params: unknown,
  { optimizer, targetEma, emaRates }: Pick<TrainStepOptions, "optimizer" | "targetEma" | "emaRates">,
): TrainState {
  return {
    params,
    ...(targetEma ? { target: params } : {}),
    emas: emaRates.map(() => params),
    moments: optimizer.init(params),
  };
}

/** Shapes of what each step is given. */
export function trainInputs(generator: Generator, batch: number): Record<string, Shape> {
  const image = [batch, ...generator.shape];
  return {
    images: image,
    noise: image,
    sigmaLow: [batch],
    sigmaHigh: [batch],
    weight: [batch],
    coefficients: [COEFFICIENTS],
    mu: [],
    ...conditionShapes(generator, batch),
  };
}

/**
 * The step as a program. Inputs: `trainInputs`; outputs: loss, gradientNorm.
 * The gradient step comes first, then the sampling averages and the target, all from the new parameters.
 */
export function trainStep(options: TrainStepOptions, state: TrainState): Program {
  const { generator, batch, optimizer, distance, targetEma, emaRates, clipNorm } = options;
  return program(
    { state: state as unknown as Record<string, HostArray>, inputs: trainInputs(generator, batch) },
    (traced, inputs) => {
      const { params, target, emas, moments } = traced as unknown as TrainState;
      const { images, noise, sigmaLow, sigmaHigh, weight, coefficients, mu } = inputs;
      const at = (weights: unknown, sigma: Tensor) => {
        const noisy = add(images, mul(noise, reshape(sigma, [-1, 1, 1, 1])));
        return consistencyFunction((x, t) => generator.apply(weights, x, t, inputs), noisy, sigma);
      };
      const student = at(params, sigmaHigh);
      const teacher = stopGradient(at(targetEma ? target : params, sigmaLow));
      const loss = mean(mul(distance(student, teacher), weight));

      const raw = grad(loss, params as Record<string, Tensor>);
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
        },
        outputs: { loss, ...(clipNorm > 0 ? { gradientNorm: globalNorm(raw) } : {}) },
      };
    },
  );
}
