// The mean absolute difference.
import { abs, mean, sub } from "@imagefn/ops";
import { type Distance, type PlainDistanceRecord, perImage } from "./distance.js";

/** mean |a - b| over the numbers of an image: a, b [batch, 3, h, w] -> [batch]. */
export const l1: Distance = (a, b) => mean(abs(sub(a, b)), perImage);

export const l1Record: PlainDistanceRecord<"l1"> = {
  name: "l1",
  title: "L1",
  description: "mean |a - b|",
  make: () => l1,
};
