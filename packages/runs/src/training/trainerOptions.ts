// What both phases of training, and a plan that measures their steps, give their trainers.
import type { CommonSettings, TrainerNeeds } from "@imagefn/consistency";
import type { Engine } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import type { Network } from "../sampling/network.js";

/** Everything but the images and the settings of the phase. */
export const trainerOptions = (
  config: Config,
  { engine, generator }: { readonly engine: Engine; readonly generator: Network },
): Omit<TrainerNeeds, "data"> & Pick<CommonSettings, "seed" | "variationalCoordinates"> => ({
  engine,
  generator,
  seed: config.seed,
  variationalCoordinates: config.generator.func.variationalCoordinates,
});
