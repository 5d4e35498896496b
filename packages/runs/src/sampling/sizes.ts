// The sizes at which a run is drawn.
import type { Config } from "../config/schema.js";
import type { Size } from "../size.js";

/** Whether a run's own samples are image functions: those of a diffusion model with the skip term are images. */
export const makesFunctions = ({ generator, train }: Pick<Config, "generator" | "train">): boolean =>
  generator.kind === "func" && (train.objective !== "diffusion" || train.parameterisation === "function");

/** As configured for image functions; the training size for images. */
export const finalSizes = (config: Config): readonly Size[] =>
  makesFunctions(config) ? config.sample.sizes : [[config.data.size, config.data.size]];
