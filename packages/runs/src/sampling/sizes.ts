// The sizes at which a run is drawn.
import type { Config } from "../config/schema.js";
import type { Size } from "../size.js";

/** As configured for image functions; the training size for other generators. */
export const finalSizes = ({ generator, data, sample }: Config): readonly Size[] =>
  generator.kind === "func" ? sample.sizes : [[data.size, data.size]];
