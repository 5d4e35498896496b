// The distance between student and target, with the weights it needs.

import { ImagefnError } from "@imagefn/base";
import type { Distance } from "@imagefn/consistency";
import {
  findWeights,
  frozen,
  lpipsDistance,
  lpipsWeights,
  missingWeights,
  readWeights,
  type WeightName,
} from "@imagefn/metrics";
import type { Config } from "../config/schema.js";

const trunks = { vgg: "vgg16", alex: "alexnet", squeeze: "squeezenet" } as const;

/** The distance as configured. @throws ImagefnError where LPIPS is asked for and its weights are not there */
export async function distanceOf({
  train: { distance, lpips },
  weights: folders,
}: Config): Promise<Distance | "l1" | "l2" | "pseudo-huber"> {
  if (distance !== "lpips") return distance;
  const { network, pooling, size } = lpips;
  const files = [];
  for (const name of [trunks[network], `lpips-${network}`] satisfies WeightName[]) {
    const found = await findWeights(name, { folders });
    if (found.path === undefined)
      throw new ImagefnError(
        "missing-weights",
        `train.distance is lpips, which is ${missingWeights(found)} The distances l1, l2 and pseudo-huber need no weights.`,
        { field: "train.distance", weights: name },
      );
    files.push(await readWeights(found.path));
  }
  const params = frozen(lpipsWeights(network, ...files));
  return (a, b) => lpipsDistance(params, a, b, { network, pooling, size: size ?? undefined });
}
