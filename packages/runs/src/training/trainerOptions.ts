// What both phases of training, and a plan that measures their steps, give their trainers.
import type { CommonSettings, TrainerNeeds, TrainSettings } from "@imagefn/consistency";
import type { Engine } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import type { Network } from "../sampling/network.js";
import type { Agreement } from "./agreement.js";
import type { Ranks } from "./ranks.js";

/** `train.denoise` of steps that do not denoise, in a run that has some: so small a part is none of them. */
export const noDenoising = Number.MIN_VALUE;

/** Everything but the images and the settings of the phase. */
export const trainerOptions = (
  config: Config,
  {
    engine,
    generator,
    ranks,
    agreement,
  }: {
    readonly engine: Engine;
    readonly generator: Network;
    readonly ranks?: Ranks;
    readonly agreement?: Agreement;
  },
): Omit<TrainerNeeds, "data"> &
  Pick<CommonSettings, "seed" | "variationalCoordinates" | "crops"> &
  Partial<Pick<TrainSettings, "labelDropout" | "guidance">> => ({
  engine,
  generator,
  seed: config.seed,
  variationalCoordinates: config.generator.func.variationalCoordinates,
  crops: config.data.detail !== null,
  // A network without classes has no labels to drop, whatever the configuration says of them.
  ...(generator.nullLabel === undefined ? { labelDropout: 0, guidance: 1 } : {}),
  ...(ranks && ranks.size > 1 ? { ranks, notes: agreement?.notes } : {}),
});
