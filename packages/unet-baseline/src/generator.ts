// The U-Net as training and sampling see it: fits `Generator` of @imagefn/consistency without importing it.
import type { HostArray, Random, Tensor } from "@imagefn/ops";
import { levelsOf, type UnetConfig } from "./config.js";
import { applyUnet, initUnet, type UnetParams } from "./network.js";

export interface Unet {
  readonly config: UnetConfig;
  /** [3, height, width] */
  readonly shape: readonly number[];
  readonly classes: number;
  init(random: Random): UnetParams<HostArray>;
  apply(params: unknown, x: Tensor, t: Tensor, inputs: { readonly labels?: Tensor }): Tensor;
}

/**
 * The U-Net for images of height x width pixels.
 * @throws if the settings make no network for that size.
 */
export function unet(config: UnetConfig, [height, width]: readonly [number, number]): Unet {
  levelsOf(config, [height, width]);
  return {
    config,
    shape: [3, height, width],
    classes: config.classes,
    init: (random) => initUnet(config, [height, width], random),
    apply(params, x, t, { labels }) {
      const [, c, h, w] = x.shape;
      if (c !== 3 || h !== height || w !== width)
        throw new Error(
          `unet-baseline: images of another size (got [${x.shape.join(", ")}], expected [batch, 3, ${height}, ${width}])`,
        );
      return applyUnet(config, params as UnetParams, x, t, labels);
    },
  };
}
