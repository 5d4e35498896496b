// The Pseudo-Huber distance of iCT.
import { add, sqrt, square, sub, sum } from "@imagefn/ops";
import { type Distance, type PlainDistanceRecord, perImage } from "./distance.js";

/**
 * sqrt(||a - b||^2 + c^2) - c over the whole image, c = 0.00054 sqrt(3 h w) (Song & Dhariwal 2023, Eq. 8):
 * a, b [batch, 3, h, w] -> [batch].
 */
export const pseudoHuber: Distance = (a, b) => {
  const [, channels, h, w] = a.shape;
  const c = 0.00054 * Math.sqrt(channels * h * w);
  return sub(sqrt(add(sum(square(sub(a, b)), perImage), c * c)), c);
};

export const pseudoHuberRecord: PlainDistanceRecord<"pseudo-huber"> = {
  name: "pseudo-huber",
  title: "Pseudo-Huber",
  description: "sqrt(||a - b||^2 + c^2) - c, between l1 and l2",
  make: () => pseudoHuber,
};
