// What the tiny scale trains in place of the paper's networks and data: their sizes, lengths and schedules.
import { type GeneratorKind, resolveConfig } from "@imagefn/runs";
import type { DataName, Fields } from "./names.js";

/** What the tiny scale puts in place of the paper's data. */
export const mapping =
  "At the tiny scale avatars of 16 pixels, the grid on which they are drawn, replace CelebA at 64, avatars of 32 pixels replace " +
  "CelebA at 128, and avatars of four styles, class-conditional, replace CIFAR-10; nothing replaces LSUN. Networks are about a " +
  "hundredth of the paper's, those of CM-DiT and CM-UViT with four patches, and all are trained for the same number of steps. Stability is tried with avatars of 8 pixels and still smaller networks, which take many thousand steps.";

/**
 * Steps at the tiny scale: of pre-training, and of training by data set or with the paper's schedule. Only their ratios
 * matter: `fitLengths` multiplies them, so that all experiments take a given time.
 */
export const tinyLength = { pretrain: 100, train: 480, celeba128: 480, cifar10: 480, literal: 7000 } as const;

/** The most steps with the paper's schedule: beyond it the time serves the other runs better. */
export const LITERAL_STEPS = 10_000;

/** Sides in pixels at the tiny scale, by data set. */
export const tinySide = { cifar10: 16, celeba64: 16, celeba128: 32 } as const;

/** A preset's networks for another size: as in the paper, patches grow with the image and their number stays. */
export function sized(preset: string, side: number): Fields {
  const { data, generator } = resolveConfig(preset, []);
  const factor = side / data.size;
  return {
    "data.size": side,
    "sample.sizes": [[side, side]],
    "generator.func.patch": generator.func.patch * factor,
    // Half the size, the Nyquist limit, as in the preset.
    "generator.func.inr.peSigma": generator.func.inr.peSigma * factor,
    // Four tokens: with 16 of them, let alone 64, samples are mosaics in these minutes, each patch of another face.
    "generator.dit.patch": side / 2,
    "generator.uvit.patch": side / 2,
    // Down to 4 x 4 pixels, so that the noise of the whole image meets; a larger image has one more, thin level.
    "generator.unet.attention": [8, 4],
    ...(side > 16
      ? {
          "generator.unet.channels": 8,
          "generator.unet.multipliers": [1, 2, 4, 8],
          "generator.unet.headChannels": 8,
        }
      : { "generator.unet.multipliers": [1, 2, 4] }),
  };
}

/** Consistency training as in the paper, from a start that learns much in minutes; the presets distil from there instead. */
export const isolated: Fields = {
  "train.parameterisation": "skip",
  "train.trajectory": "data",
  "train.lowest": null,
  "train.denoise": 0.5,
  "train.s0": 5,
  "train.s1": 20,
  "train.decayTo": 0.1,
};

/** What differs from the preset's recipe for a generator that nothing pre-trains: with it the U-Net makes faces in 800 steps. */
export const ownStart: Readonly<Partial<Record<GeneratorKind, Fields>>> = {
  unet: { "train.learningRate": 1e-3 },
};

/** Networks that take thousands of steps in a minute. */
export const smallest: Fields = {
  "data.size": 8,
  "sample.sizes": [[8, 8]],
  "generator.func.dim": 32,
  "generator.func.heads": 4,
  "generator.func.encoderDepth": 2,
  "generator.func.decoderDepth": 1,
  "generator.func.patch": 2,
  "generator.func.inr.depth": 3,
  "generator.func.inr.width": 16,
  "generator.func.inr.groups": 4,
  "generator.func.inr.peDim": 16,
  "generator.func.inr.peSigma": 4,
  "generator.unet.channels": 8,
  "generator.unet.multipliers": [1, 2],
  "generator.unet.attention": [4],
  "generator.unet.headChannels": 8,
};

/** The paper's optimiser and schedule, in place of the preset's; the distance is the one that needs no weights. */
export const literal: Fields = {
  ...smallest,
  "pretrain.targetScale": 1,
  "pretrain.learningRate": 1e-4,
  "train.batch": 32,
  "train.optimizer": "radam",
  "train.learningRate": 5e-4,
  "train.decayFrom": 1,
  "train.clipNorm": 0,
  "train.grid": "progressive",
  "train.s0": 2,
  "train.s1": 150,
  "train.denoise": 0,
  "train.parameterisation": "skip",
  "train.trajectory": "data",
  "train.lowest": null,
  "train.levels": "uniform",
  "train.weighting": "uniform",
  "train.distance": "pseudo-huber",
  "train.coupling": "independent",
  "train.targetEma": true,
  "train.mu0": 0.95,
  "sample.ema": "online",
};

/** The presets that they are made from, by data set. */
export const tinyPreset = {
  cifar10: "avatars-styles-tiny",
  celeba64: "avatars-tiny",
  celeba128: "avatars-tiny",
} as const;

/** Data sets as labels name them. */
export const tinyShort = { cifar10: "styles", celeba64: "16 px", celeba128: "32 px" } as const;

/** Whether the tiny scale has something in place of a data set. */
export const isTiny = (data: DataName): data is keyof typeof tinyShort => data in tinyShort;
