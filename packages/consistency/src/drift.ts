// Drifting (Deng et al., Generative Modeling via Drifting, 2026): generated samples move towards real ones and away from each other.
import {
  add,
  concat,
  constant,
  div,
  matmul,
  maximum,
  mean,
  mul,
  softmax,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  transpose,
} from "@imagefn/ops";

/** Features of images [batch, 3, h, w] in [-1, 1], one or more: [batch, width] each. Nothing in them learns. */
export type DriftFeatures = (images: Tensor) => readonly Tensor[];

/** How samples drift. */
export interface DriftOptions {
  /** Temperatures of the kernel, in mean distances of real samples; the drifts of all of them are added. */
  readonly temperatures?: readonly number[];
}

/** The paper's, for all features and networks (A.6). */
const usual = [0.02, 0.05, 0.2];

/** Added to the distance of a sample from itself: the kernel of that pair is 0 (algorithm 2). */
const FAR = 1e4;

/**
 * The loss of drifting, a scalar: the mean over the features of mean((phi - sg(phi + V))^2) (Eq. 26), whose gradient moves the
 * generated samples along the drift V. Its value is nearly constant, since V has unit length (Eq. 25); what it says is where to go.
 * Features are scaled so that two real samples are sqrt(width) apart on average (Eq. 18 to 21, there of all pairs of the batch).
 * @param generated one tensor [n, width] for each feature, n at least 2; the gradient flows into these
 * @param real the same features of m real images, [m, width] each, m at least 2
 * @throws if the numbers of features differ, there are none, or one set has fewer than 2 samples
 */
export function driftLoss(
  generated: readonly Tensor[],
  real: readonly Tensor[],
  { temperatures = usual }: DriftOptions = {},
): Tensor {
  if (generated.length === 0 || generated.length !== real.length)
    throw new Error(
      `consistency: drifting takes the same features of generated and real images (got ${generated.length} and ${real.length})`,
    );
  const losses = generated.map((phi, j) => {
    const to = stopGradient(real[j]);
    const scale = stopGradient(div(Math.sqrt(phi.shape[1]), pairDistance(to)));
    // Differences count alone: without the mean of what is large, rounding hides less of them.
    const centre = mean(to, [0], { keepDims: true });
    const scaled = (x: Tensor) => mul(sub(x, centre), scale);
    const own = scaled(phi);
    const drift = driftField(stopGradient(own), scaled(to), { temperatures });
    return mean(square(sub(own, stopGradient(add(own, drift)))));
  });
  return mul(
    losses.reduce((total, loss) => add(total, loss)),
    1 / losses.length,
  );
}

/**
 * The drift V of samples [n, width] among real ones [m, width], whose distances are about sqrt(width): V of each temperature tau as in
 * algorithm 2, divided by the root of its mean square (Eq. 25), added up -> [n, width].
 *
 * V(x) = E[k(x, y+) k(x, y-) (y+ - y-)] (Eq. 11) over real y+ and generated y-, with k = exp(-|x - y| / (tau sqrt(width))) (Eq. 22)
 * normalised over both the x and the y axis, by the root of the product of the two softmaxes. Exchanging y+ and y- turns V round, so
 * that it is 0 where both are distributed alike.
 * @param generated y-, [q, width]; left out, the other samples, and for each not itself
 */
export function driftField(
  samples: Tensor,
  real: Tensor,
  { temperatures = usual, generated }: DriftOptions & { readonly generated?: Tensor } = {},
): Tensor {
  const [n, width] = samples.shape;
  const away = generated ? distances(samples, generated) : add(distances(samples, samples), diagonal(n, FAR));
  const distance = concat([distances(samples, real), away], 1);
  const all = concat([real, generated ?? samples], 0);
  const [m, q] = [real.shape[0], away.shape[1]];
  const [isReal, isGenerated] = [row(m, 1, q, 0), row(m, 0, q, 1)];
  const total = (x: Tensor) => sum(x, [1], { keepDims: true });
  const drifts = temperatures.map((tau) => {
    const logits = mul(distance, -1 / (tau * Math.sqrt(width)));
    const overSamples = transpose(softmax(transpose(logits, [1, 0])), [1, 0]);
    const kernel = sqrt(mul(softmax(logits), overSamples));
    const [near, off] = [mul(kernel, isReal), mul(kernel, isGenerated)];
    const drift = matmul(sub(mul(near, total(off)), mul(off, total(near))), all);
    return div(drift, sqrt(add(mean(square(drift)), 1e-16)));
  });
  return drifts.reduce((sum, drift) => add(sum, drift));
}

/** Distances of the rows of x [n, width] from those of y [m, width] -> [n, m]. */
function distances(x: Tensor, y: Tensor): Tensor {
  const squares = (z: Tensor) => sum(square(z), [1], { keepDims: true });
  const crossed = matmul(x, transpose(y, [1, 0]));
  const squared = sub(add(squares(x), transpose(squares(y), [1, 0])), mul(crossed, 2));
  // Rounding makes differences of equal rows negative.
  return sqrt(maximum(squared, 0));
}

/** The mean distance of two different rows of x [m, width]. */
function pairDistance(x: Tensor): Tensor {
  const [m] = x.shape;
  if (m < 2) throw new Error(`consistency: drifting takes 2 or more samples of each kind (got ${m})`);
  const apart = sub(1, diagonal(m, 1));
  // Images that are all alike have no distance to scale by.
  return maximum(div(sum(mul(distances(x, x), apart)), m * (m - 1)), 1e-6);
}

/** A square matrix of zeros with one value on its diagonal. */
function diagonal(n: number, value: number): Tensor {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = value;
  return constant({ shape: [n, n], data });
}

/** One row: m times a value, q times another. */
const row = (m: number, first: number, q: number, second: number): Tensor =>
  constant({ shape: [1, m + q], data: new Float32Array(m + q).fill(first, 0, m).fill(second, m) });
