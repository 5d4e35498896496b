// The U-Net as training and sampling see it: fits `Generator` of @imagefn/consistency without importing it.
import type { HostArray, Random, Tensor } from "@imagefn/ops";
import {
  classRows,
  type FieldName,
  levelsOf,
  paperUnet,
  type UnetConfig,
  type UnetProblem,
  type UnetSettings,
  unetProblems,
} from "./config.js";
import { applyUnet, initUnet, type UnetParams } from "./network.js";

/** A U-Net for images of one size. */
export interface Unet {
  /** The settings it was made from. */
  readonly config: UnetConfig;
  /** [3, height, width] */
  readonly shape: readonly number[];
  /** Number of classes; 0 for an unconditional network. */
  readonly classes: number;
  /** The label that stands for no class, where the network was made with one: `classes`. */
  readonly nullLabel?: number;
  /** Initial parameters. */
  init(random: Random): UnetParams<HostArray>;
  /** The free-form network F: c_in x [batch, 3, h, w] and t = 250 ln sigma [batch] -> [batch, 3, h, w]. */
  apply(params: unknown, x: Tensor, t: Tensor, inputs: { readonly labels?: Tensor }): Tensor;
}

/**
 * The U-Net for images of height x width pixels.
 * @throws with all `unetProblems` of the settings
 */
export function unet(config: UnetConfig, [height, width]: readonly [number, number]): Unet {
  levelsOf(config, [height, width]);
  return {
    config,
    shape: [3, height, width],
    classes: config.classes,
    ...(classRows(config) > config.classes ? { nullLabel: config.classes } : {}),
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

const { classes: _, ...defaults } = paperUnet;

/** What configurations and tables know of the U-Net. Fits `GeneratorRecord` of @imagefn/consistency. */
export const unetRecord = {
  name: "unet",
  title: "CM-UNet",
  description: "the convolutional baseline",
  /** The paper's, for 64 x 64 images. */
  defaults: defaults as UnetSettings,
  /** @throws if the settings make no network for that size */
  make: (
    settings: UnetSettings,
    {
      size,
      ...classes
    }: { size: readonly [height: number, width: number]; classes: number; nullClass?: boolean },
  ): Unet => unet({ ...settings, ...classes }, size),
  /** Every rule that the settings break for images of a size. */
  problems: (
    settings: UnetSettings,
    size: readonly [height: number, width: number],
    name?: FieldName,
  ): UnetProblem[] => unetProblems(settings, size, name),
} as const;
