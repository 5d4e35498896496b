// The mean squared difference.
import { mean, square, sub } from "@imagefn/ops";
import { type Distance, type PlainDistanceRecord, perImage } from "./distance.js";

/** mean (a - b)^2 over the numbers of an image: a, b [batch, 3, h, w] -> [batch]. */
export const l2: Distance = (a, b) => mean(square(sub(a, b)), perImage);

export const l2Record: PlainDistanceRecord<"l2"> = {
  name: "l2",
  title: "L2",
  description: "mean (a - b)^2",
  make: () => l2,
};
