// What a U-Net is made of: its settings, the paper's choices, and which choices make no network.

/** What a U-Net is made of. */
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
  /** Groups of every group normalisation, which divide `channels` and so every width. */
  readonly groups: number;
  /** What changes the size: residual blocks with pooling or repeated pixels inside, or single convolutions. */
  readonly resample: "residual" | "conv";
  /** The embedding scales and shifts each block's second normalisation; otherwise it is added before it. */
  readonly scaleShift: boolean;
  /** Number of classes; 0 for an unconditional network. */
  readonly classes: number;
  /** One more row of the table of classes, whose number is `classes`: the label for no class. Needs classes. */
  readonly nullClass?: boolean;
}

/** The paper's CM-UNet for 64 x 64 images: 387,236,611 parameters. */
export const paperUnet: UnetConfig = {
  channels: 256,
  multipliers: [1, 2, 3, 4],
  blocks: 2,
  attention: [32, 16, 8],
  headChannels: 64,
  groups: 32,
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
  /** Channels of its feature maps. */
  readonly width: number;
  /** Whether attention follows its residual blocks. */
  readonly attends: boolean;
}

/** One broken rule. */
export interface UnetProblem {
  /** The setting to look at, as "headChannels". */
  readonly field: string;
  /** The rest of the sentence that the field begins, as "is 64, which does not divide the 32 channels of level 1". */
  readonly message: string;
}

/** Settings of a U-Net apart from its data. */
export type UnetSettings = Omit<UnetConfig, "classes" | "nullClass">;

/** Rows of the table of classes. */
export const classRows = ({
  classes,
  nullClass = false,
}: Pick<UnetConfig, "classes" | "nullClass">): number => (classes > 0 && nullClass ? classes + 1 : classes);

/** What messages call the images' size, as `name("size")`: "data.size" where settings are part of a configuration. */
export type FieldName = (field: string) => string;

/**
 * Every rule that settings break for images of height x width; empty where they make a network.
 * @param name what messages call "size"; "the image size" if left out
 */
export function unetProblems(
  config: UnetSettings,
  [height, width]: readonly [height: number, width: number],
  name: FieldName = () => "the image size",
): UnetProblem[] {
  const { channels, multipliers, blocks, attention, headChannels, groups, resample } = config;
  const problems: UnetProblem[] = [];
  const rule = (holds: boolean, field: string, message: string) => {
    if (!holds) problems.push({ field, message });
  };
  for (const [field, n] of Object.entries({ channels, blocks, headChannels, groups }))
    rule(isCount(n), field, `must be a positive whole number (got ${n})`);
  rule(multipliers.length > 0, "multipliers", "names no level: expected at least one number");
  rule(
    multipliers.every(isCount),
    "multipliers",
    `holds ${multipliers.find((m) => !isCount(m))}: expected positive whole numbers`,
  );
  rule(
    resample === "residual" || resample === "conv",
    "resample",
    `is "${resample}": expected "residual" or "conv"`,
  );
  if (problems.length > 0) return problems;

  rule(
    channels % 2 === 0,
    "channels",
    `is ${channels}, which is odd: the noise level is as many cosines as sines`,
  );
  // Every width is a multiple of `channels`, skips included.
  rule(
    channels % groups === 0,
    "groups",
    `is ${groups}, which does not divide the ${channels} channels of the first layer: choose a divisor, as ` +
      `${suggestedGroups(channels)}`,
  );
  const halvings = multipliers.length - 1;
  const unit = 2 ** halvings;
  rule(
    height % unit === 0 && width % unit === 0,
    "multipliers",
    `has ${multipliers.length} levels, and ${name("size")} ${height === width ? height : `${height} x ${width}`} ` +
      `cannot be halved ${halvings} times: use fewer levels, or multiples of ${unit}`,
  );
  const longer = Math.max(height, width);
  // A larger size never occurs, and may stand there for other images; any other must come about by halving.
  for (const size of attention)
    rule(
      size > longer || Number.isInteger(Math.log2(longer / size)),
      "attention",
      `holds ${size}, and no feature map has that size: expected ${longer}, ${longer / 2}, ${longer / 4}, ..`,
    );
  // The middle, at the width of the last level, always has attention.
  for (const [l, { width, attends }] of levels(config, longer).entries())
    rule(
      !(attends || l === halvings) || width % headChannels === 0,
      "headChannels",
      `is ${headChannels}, which does not divide the ${width} channels of level ${l + 1}`,
    );
  return problems;
}

/** The largest divisor that is at most 32 and leaves 4 channels in a group (as in Karras et al. 2022). */
function suggestedGroups(channels: number): number {
  let groups = Math.max(1, Math.min(32, Math.floor(channels / 4)));
  while (channels % groups !== 0) groups--;
  return groups;
}

const isCount = (n: number) => Number.isInteger(n) && n >= 1;

const levels = ({ channels, multipliers, attention }: UnetSettings, longer: number): Level[] =>
  multipliers.map((m, l) => ({ width: m * channels, attends: attention.includes(longer / 2 ** l) }));

/**
 * The levels of a network for images of height x width, from full size down.
 * @throws with all `unetProblems` of the settings, or if `classes` is not a count
 */
export function levelsOf(
  config: UnetConfig,
  [height, width]: readonly [height: number, width: number],
): Level[] {
  const problems = unetProblems(config, [height, width]);
  const { classes } = config;
  if (!(Number.isInteger(classes) && classes >= 0))
    problems.push({ field: "classes", message: `must be 0 or a positive whole number (got ${classes})` });
  if (problems.length > 0)
    throw new Error(
      `unet-baseline: ${problems.map(({ field, message }) => `${field} ${message}`).join("; ")}`,
    );
  return levels(config, Math.max(height, width));
}
