// How far the student's image is from the target's: one number per image.
import { abs, add, mean, sqrt, square, sub, sum, type Tensor } from "@imagefn/ops";

/** a, b [batch, 3, h, w] -> [batch]. */
export type Distance = (a: Tensor, b: Tensor) => Tensor;

const perImage = [1, 2, 3] as const;

/** mean |a - b| */
export const l1: Distance = (a, b) => mean(abs(sub(a, b)), perImage);

/** mean (a - b)^2 */
export const l2: Distance = (a, b) => mean(square(sub(a, b)), perImage);

/** sqrt(||a - b||^2 + c^2) - c over the whole image, c = 0.00054 sqrt(3 h w) (Song & Dhariwal 2023, Eq. 8). */
export const pseudoHuber: Distance = (a, b) => {
  const [, channels, h, w] = a.shape;
  const c = 0.00054 * Math.sqrt(channels * h * w);
  return sub(sqrt(add(sum(square(sub(a, b)), perImage), c * c)), c);
};

export const distances = { l1, l2, "pseudo-huber": pseudoHuber } as const;
