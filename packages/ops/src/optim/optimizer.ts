// Adam and RAdam as values: how to begin, what a step needs from outside, and the symbolic update.
import { add, div, mul, sub } from "../ops/arithmetic.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { sqrt, square } from "../ops/unary.js";
import type { HostArray, Tensor } from "../tensor.js";
import { leaves, type Mapped, mapTree, unflatten } from "../tree.js";

/** Moments of the gradients, kept as plain decayed sums: m = sum b1^i g, v = sum b2^i g^2, without the factors 1 - b. */
export interface Moments<T> {
  m: T;
  v: T;
}

/** An update rule as a value: it keeps nothing, and its moments are part of a program's state. */
export interface Optimizer {
  /** Zero moments for a tree of parameters. */
  init<P>(params: P): Moments<Mapped<P, HostArray>>;
  /** The numbers that an update of step t = 1, 2, ... needs, to be given to the graph as one small input. */
  coefficients(t: number, learningRate: number): Float32Array;
  /** The next parameters and moments. `coefficients` is a tensor of shape [COEFFICIENTS]. */
  update<P>(
    params: P,
    gradients: Mapped<P, Tensor>,
    moments: Moments<unknown>,
    coefficients: Tensor,
  ): {
    params: Mapped<P, Tensor>;
    moments: Moments<Mapped<P, Tensor>>;
  };
}

/** Length of the coefficients: step size, denominator's addend. */
export const COEFFICIENTS = 2;

/** Constants of Adam and RAdam. */
export interface AdamOptions {
  /** Decay of the first moment per step; 0.9 if left out. */
  readonly beta1?: number;
  /** Decay of the second moment per step; 0.999 if left out. */
  readonly beta2?: number;
  /** Added to the denominator; 1e-8 if left out. */
  readonly eps?: number;
  /** L2 decay, added to the gradient (not decoupled). */
  readonly weightDecay?: number;
}

/** Both optimisers are theta -= step * m / (sqrt(v) + addend), with the two numbers computed from t on the host. */
function momentOptimizer(options: AdamOptions, coefficients: Optimizer["coefficients"]): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, weightDecay = 0 } = options;
  return {
    coefficients,
    init: (params) => ({ m: zeros(params), v: zeros(params) }),
    update(params, gradients, moments, given) {
      const scalar = (i: number) => reshape(slice(given, 0, i, 1), []);
      const [step, addend] = [scalar(0), scalar(1)];
      const g0 = new Map(leaves<Tensor>(gradients));
      const m0 = new Map(leaves<Tensor>(moments.m));
      const v0 = new Map(leaves<Tensor>(moments.v));
      const next = {
        params: new Map<string, Tensor>(),
        m: new Map<string, Tensor>(),
        v: new Map<string, Tensor>(),
      };
      for (const [path, theta] of leaves<Tensor>(params)) {
        const g = weightDecay === 0 ? g0.get(path)! : add(g0.get(path)!, mul(theta, weightDecay));
        const m = add(mul(m0.get(path)!, beta1), g);
        const v = add(mul(v0.get(path)!, beta2), square(g));
        next.m.set(path, m);
        next.v.set(path, v);
        next.params.set(path, sub(theta, mul(div(m, add(sqrt(v), addend)), step)));
      }
      return {
        params: unflatten(params, next.params),
        moments: { m: unflatten(params, next.m), v: unflatten(params, next.v) },
      };
    },
  };
}

/** A tree of zeros with the shapes of another. */
export const zeros = <P>(params: P): Mapped<P, HostArray> =>
  mapTree(params, ({ shape }: HostArray) => ({
    shape,
    data: new Float32Array(shape.reduce((n, d) => n * d, 1)),
  }));

/** Adam (Kingma & Ba 2015): theta -= lr mh / (sqrt(vh) + eps), mh and vh corrected for their zero start. */
export function adam(options: AdamOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
  return momentOptimizer(options, (t, learningRate) => {
    // sqrt(vh) = k sqrt(sum), so both sides of the fraction are divided by k.
    const k = Math.sqrt((1 - beta2) / (1 - beta2 ** t));
    return Float32Array.of((learningRate * (1 - beta1)) / (1 - beta1 ** t) / k, eps / k);
  });
}

/** rho_t of RAdam: the length of the simple average that v stands for at step t. */
export function radamRho(t: number, beta2 = 0.999): number {
  return 2 / (1 - beta2) - 1 - (2 * t * beta2 ** t) / (1 - beta2 ** t);
}

/** RAdam's rectification r_t, or undefined while the variance is not yet tractable (rho_t <= 5). */
export function radamRectification(t: number, beta2 = 0.999): number | undefined {
  const end = 2 / (1 - beta2) - 1;
  const rho = radamRho(t, beta2);
  if (rho <= 5) return undefined;
  return Math.sqrt(((rho - 4) * (rho - 2) * end) / ((end - 4) * (end - 2) * rho));
}

/** A denominator beside which sqrt(v) vanishes: the update is then plain momentum. */
const NO_VARIANCE = 1e12;

/** RAdam (Liu et al. 2020), in PyTorch's form: eps is added to sqrt(v) before the correction of its zero start. */
export function radam(options: AdamOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
  return momentOptimizer(options, (t, learningRate) => {
    const step = (learningRate * (1 - beta1)) / (1 - beta1 ** t);
    const r = radamRectification(t, beta2);
    if (r === undefined) return Float32Array.of(step * NO_VARIANCE, NO_VARIANCE);
    const k = Math.sqrt(1 - beta2);
    return Float32Array.of((step * r * Math.sqrt(1 - beta2 ** t)) / k, eps / k);
  });
}
