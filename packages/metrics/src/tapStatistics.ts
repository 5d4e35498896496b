// Features of images as a network sees them: what each channel of its taps is on average, and how much it varies.
import {
  add,
  avgPool2d,
  type HostArray,
  mean,
  reshape,
  type Shape,
  sqrt,
  square,
  sub,
  type Tensor,
} from "@imagefn/ops";
import { type LpipsNetwork, tapsOf } from "./lpips.js";
import { blank, type Params, parameterShapes, pickWeights, type Weights } from "./networks/params.js";

/** Smaller images are enlarged to this side, below which the last taps would be a pixel or less. */
const SIDE = 64;

/** Cells along each side of an image whose mean colours are a feature. */
const CELLS = 8;

/**
 * Features of images [batch, 3, height, width] in [-1, 1], each [batch, numbers]: the mean and the standard deviation of every channel of
 * each tap of LPIPS's network but the first (Deng et al. 2026, A.5, b), and the mean colours of 8 x 8 cells. Images below 64 x 64 are
 * enlarged first. Differentiable. `params` are `frozen(tapWeights(..))`.
 */
export function tapStatistics(params: Params, images: Tensor, network: LpipsNetwork): Tensor[] {
  const [batch, , height, width] = images.shape;
  const size = [Math.max(height, SIDE), Math.max(width, SIDE)] as const;
  const [, ...taps] = tapsOf(network, params, images, { size });
  const cell = [height, width].map((side) => Math.max(1, Math.floor(side / CELLS)));
  const colours = avgPool2d(images, Math.min(...cell));
  return [...taps.flatMap(meanAndDeviation), reshape(colours, [batch, -1])];
}

function meanAndDeviation(x: Tensor): [Tensor, Tensor] {
  const centre = mean(x, [2, 3], { keepDims: true });
  const variance = mean(square(sub(x, centre)), [2, 3]);
  // The bound keeps the gradient of the root finite where a channel does not vary.
  return [reshape(centre, [x.shape[0], -1]), sqrt(add(variance, 1e-6))];
}

/** Names and shapes of the weights, those of the convolutions. @throws if there is no such network */
export const tapShapes = (network: LpipsNetwork): Map<string, Shape> =>
  parameterShapes((params) => tapsOf(network, params, blank(SIDE, SIDE), {}));

/** The weights of `tapStatistics` out of a file of torchvision's network. @throws if an array is missing or has another shape */
export const tapWeights = (network: LpipsNetwork, file: Weights): Map<string, HostArray> =>
  pickWeights(network, tapShapes(network), file);
