// How long training takes, as estimated before it begins.
import { type Config, type GeneratorKind, stepCount } from "@imagefn/runs";
import type { Scale } from "./names.js";
import { trainingHours } from "./published.js";

/** Milliseconds of a training step at 32 pixels and a batch of 16 on 2 cores without AVX-512, with networks of 16 tokens. */
const tinyMs: Readonly<Partial<Record<GeneratorKind, number>>> = {
  func: 160,
  unet: 500,
  dit: 130,
  uvit: 125,
};

/** The same of a generator that was not measured. */
const OTHER_MS = 130;

/** The paper's GPU hours, and about the mean of its transformers for a generator that it does not have. */
const hours: Readonly<Partial<Record<GeneratorKind, number>>> = trainingHours;
const OTHER_HOURS = 215;

/** Channels of the U-Net that was measured, and width of the transformers. */
const TINY_CHANNELS = 16;
const TINY_DIM = 128;

/** Seconds that a run takes besides its steps: to start, to compile, to draw previews and to measure along the way. */
const OVERHEAD = 12;

/** Growth of a step's time with the image at the paper's scale: transformers keep their tokens, and only draw more. */
const growth = ({ data, generator }: Config, side: number): number =>
  generator.kind === "unet" ? (data.size / side) ** 2 : 1 + 0.75 * ((data.size / side) ** 2 - 1);

/** The same of the tiny scale, as measured from 8 to 64 pixels: a part of a small step does not depend on the image. */
const tinyGrowth = ({ data, generator }: Config): number =>
  generator.kind === "unet" ? (data.size / 32) ** 1.5 : 1 + 0.33 * ((data.size / 32) ** 2 - 1);

/** And with the width, of the U-Net from 8 to 16 channels. */
const tinyWidth = ({ generator: { kind, ...of } }: Config): number =>
  kind === "unet" ? of.unet.channels / TINY_CHANNELS : (of[kind].dim / TINY_DIM) ** 1.5;

/** About how long a training step of the tiny scale takes. */
export function stepSeconds(config: Config, batch = config.train.batch): number {
  const ms = tinyMs[config.generator.kind] ?? OTHER_MS;
  return (ms / 1000) * tinyGrowth(config) * tinyWidth(config) * (0.45 + (0.55 * batch) / 16);
}

/** About how long a run takes: at the tiny scale as measured, at the paper's from its hours for 64 pixels. */
export function trainingSeconds(config: Config, scale: Scale): number {
  const { train, pretrain } = config;
  const { kind } = config.generator;
  const count = ({ steps, batch }: Config["train"] | Config["pretrain"]) =>
    stepCount(steps, { images: 160_000, batch });
  if (scale === "paper")
    return ((hours[kind] ?? OTHER_HOURS) * 3600 * growth(config, 64) * count(train)) / 900_000;
  // Only functions are pre-trained.
  const before = kind === "func" ? 0.4 * count(pretrain) * stepSeconds(config, pretrain.batch) : 0;
  return OVERHEAD + before + count(train) * stepSeconds(config);
}
