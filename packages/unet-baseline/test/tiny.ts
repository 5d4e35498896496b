// U-Nets of some 13,000 parameters, for the tests of this package.
import { type HostArray, random } from "@imagefn/ops";
import { awake as awakeParams } from "@imagefn/testing";
import { initUnet, type UnetConfig, type UnetParams } from "@imagefn/unet-baseline";

/** [height, width] of the images: not square, so that rows are not columns. */
export const size = [8, 4] as const;
export const batch = 2;

/** Of each choice one, then the other. */
export const tiny: Record<"residual" | "conv", UnetConfig> = {
  residual: {
    channels: 4,
    multipliers: [1, 2],
    blocks: 1,
    attention: [4],
    headChannels: 8,
    groups: 2,
    resample: "residual",
    scaleShift: false,
    classes: 3,
  },
  conv: {
    channels: 4,
    multipliers: [1, 2],
    blocks: 1,
    attention: [8, 4],
    headChannels: 4,
    groups: 1,
    resample: "conv",
    scaleShift: true,
    classes: 0,
  },
};

export const normal = (name: string, shape: readonly number[], spread = 1): HostArray => ({
  shape,
  data: random(7)
    .stream(name)
    .normal(shape.reduce((n, d) => n * d, 1))
    .map((z) => z * spread),
});

/** Initial parameters with numbers in place of zeros. */
export const awake = (config: UnetConfig): UnetParams<HostArray> =>
  awakeParams(initUnet(config, size, random(3)));

/** One batch of inputs, with labels where the network takes some. */
export const inputsFor = ({ classes }: UnetConfig): Record<string, HostArray> => ({
  x: normal("x", [batch, 3, ...size]),
  time: { shape: [batch], data: Float32Array.of(-120, 310) },
  ...(classes > 0 ? { labels: { shape: [batch], data: Float32Array.of(2, 0) } } : {}),
});
