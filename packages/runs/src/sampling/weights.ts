// The weights of a checkpoint to sample with.

import { weightsIn } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { notInRun } from "../invalidOption.js";

/** The weights of a state by the generator's own paths: an average, or the online weights. */
export function weightsOf(
  state: ReadonlyMap<string, HostArray>,
  { train }: Config,
  ema: "online" | number,
): Map<string, HostArray> {
  const i = ema === "online" ? -1 : train.emaRates.indexOf(ema);
  if (ema !== "online" && i < 0)
    throw notInRun(
      "ema",
      ema,
      `this run has no average of rate ${ema}: expected online or one of ${train.emaRates.join(", ") || "none"} (train.emaRates).`,
    );
  const averaged = i >= 0 && [...state.keys()].some((path) => path.startsWith(`emas.${i}.`));
  // Pre-training has no averages.
  const weights = weightsIn(state, averaged ? `emas.${i}` : "params");
  if (weights.size === 0)
    throw notInRun(
      "ema",
      ema,
      `the checkpoint holds averages only: expected one of ${train.emaRates.join(", ")} (train.emaRates).`,
    );
  return weights;
}
