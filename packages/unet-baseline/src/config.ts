// What a U-Net is made of: its settings, the paper's choices, and which choices make no network.

export interface UnetConfig {
  /** Channels at full size, an even number; the noise embedding is 4 times as wide. */
  readonly channels: number;
  /** Width of each level in multiples of `channels`; every level has half the size of the one before. */
  readonly multipliers: readonly number[];
  /** Residual blocks of each level on the way down; on the way up there is one more. */
  readonly blocks: number;
  /** Sizes of feature maps (the longer side, in pixels) at which attention follows each residual block. */
  readonly attention: readonly number[];
  /** Channels of one attention head. */
  readonly headChannels: number;
  /** What changes the size: residual blocks with pooling or repeated pixels inside, or single convolutions. */
  readonly resample: "residual" | "conv";
  /** The embedding scales and shifts each block's second normalisation; otherwise it is added before it. */
  readonly scaleShift: boolean;
  /** Number of classes; 0 for an unconditional network. */
  readonly classes: number;
}

/** The paper's CM-UNet for 64 x 64 images: 387,236,611 parameters. */
export const paperUnet: UnetConfig = {
  channels: 256,
  multipliers: [1, 2, 3, 4],
  blocks: 2,
  attention: [32, 16, 8],
  headChannels: 64,
  resample: "residual",
  scaleShift: false,
  classes: 0,
};

/** For CIFAR-10, 32 x 32: 497,016,835 parameters. As for other class-conditional consistency models (Song et al. 2023). */
export const paperUnetCifar10: UnetConfig = { ...paperUnet, blocks: 3, scaleShift: true, classes: 10 };

/** The unconditional settings with classes added, for CIFAR-10: 367,563,011 parameters. */
export const paperUnetCifar10Plain: UnetConfig = { ...paperUnet, classes: 10 };

/** For 128 x 128 images, by the letter of the paper: 381,978,371 parameters, no level of 8 x 8. */
export const paperUnet128: UnetConfig = paperUnet;

/** For 128 x 128 images, with the levels usual at that size: 399,506,691 parameters. */
export const paperUnet128Deep: UnetConfig = { ...paperUnet, multipliers: [1, 1, 2, 3, 4] };

/** One level of a U-Net. */
export interface Level {
  readonly width: number;
  /** Whether attention follows its residual blocks. */
  readonly attends: boolean;
}

/**
 * The levels of a network for images of height x width, from full size down.
 * @throws if the settings make no network for that size.
 */
export function levelsOf(config: UnetConfig, [height, width]: readonly [number, number]): Level[] {
  const { channels, multipliers, blocks, attention, headChannels, resample, classes } = config;
  positive("channels", channels);
  positive("blocks", blocks);
  positive("headChannels", headChannels);
  for (const m of multipliers) positive("a multiplier", m);
  if (channels % 2 !== 0)
    fail("channels must be even, for as many cosines as sines", channels, "a multiple of 2");
  if (multipliers.length === 0) fail("multipliers names no level", "[]", "at least one");
  if (!(Number.isInteger(classes) && classes >= 0)) fail("classes is a count", classes, "0, 1, ...");
  if (resample !== "residual" && resample !== "conv")
    fail("resample is not known", resample, '"residual" or "conv"');
  const unit = 2 ** (multipliers.length - 1);
  if (height % unit !== 0 || width % unit !== 0)
    fail(
      `${multipliers.length} levels halve the image ${multipliers.length - 1} times`,
      `${height} x ${width} pixels`,
      `multiples of ${unit}, or fewer multipliers`,
    );

  const longer = Math.max(height, width);
  // A larger size never occurs, and may stand there for other images; any other must come about by halving.
  for (const size of attention)
    if (size <= longer && !Number.isInteger(Math.log2(longer / size)))
      fail(
        "no feature map has the size of an attention",
        size,
        `${longer}, ${longer / 2}, ${longer / 4}, ...`,
      );
  const levels = multipliers.map((m, l) => ({
    width: m * channels,
    attends: attention.includes(longer / 2 ** l),
  }));
  // The middle, at the width of the last level, always has attention.
  for (const [l, { width, attends }] of levels.entries())
    if ((attends || l === levels.length - 1) && width % headChannels !== 0)
      fail(
        "attention heads do not fit a level's width",
        `${headChannels} channels a head`,
        `a divisor of ${width}`,
      );
  return levels;
}

function positive(name: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 1)) fail(`${name} is a count`, value, "1, 2, ...");
}

function fail(what: string, got: unknown, expected: string): never {
  throw new Error(`unet-baseline: ${what} (got ${got}, expected ${expected})`);
}
