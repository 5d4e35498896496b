// The sizes that a run is drawn at.
import type { Config } from "../config/schema.js";
import type { Size } from "../size.js";

/** As configured for image functions; the training size for generators that know no other. */
export const finalSizes = ({ generator, data, sample }: Config): readonly Size[] =>
  generator.kind === "func" ? sample.sizes : [[data.size, data.size]];
