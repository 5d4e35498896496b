// Presets: configurations by name, as differences from the defaults of config.ts.
import type { ConfigInput } from "./config.js";

/** A configuration that ships with the command. */
export interface Preset {
  /** One or two sentences, shown by `imagefn presets`. */
  description: string;
  config: ConfigInput;
}

// SPEC section 9.3: 900,000 steps for CelebA and LSUN. All else is the defaults: CM-Func as in SPEC 5 and 6,
// batch 32, RAdam 5e-4 constant, N from s0 2 to s1 150, 30 epochs of pre-training with Adam 1e-4.
const paperSteps = 900_000;
// Eq. 10 literally: the INR's raw output against x.
const paperPretrain = { targetScale: 1 };

const noLpips = "The paper's distance, LPIPS, is not available yet: pseudo-Huber stands in for it.";

export const presets: Readonly<Record<string, Preset>> = {
  "avatars-tiny": {
    description:
      "Pixel-art avatars at 32 px, 1.4 M parameters: recognisable faces after 8 minutes on 2 CPU cores.",
    config: {
      name: "avatars-tiny",
      data: { kind: "avatars", size: 32, styles: ["pixel-art"], count: 4000, heldOut: 128, flip: false },
      generator: {
        dim: 128,
        heads: 4,
        encoderDepth: 3,
        decoderDepth: 2,
        patch: 8,
        decoderSelfAttention: false,
        // Up to the Nyquist limit, half the size: higher frequencies leave a lattice in larger renders.
        inr: { depth: 5, width: 32, groups: 8, peDim: 32, peSigma: 16 },
      },
      pretrain: { steps: 500, batch: 16, learningRate: 1e-3, targetScale: 2 },
      train: {
        steps: 6000,
        // In a given time twice the steps are worth more than twice the batch.
        batch: 16,
        learningRate: 1e-3,
        // Samples get clear only as the learning rate falls, so a run has to end at the end of its decay.
        decayFrom: 0.5,
        decayTo: 0.1,
        // In minutes of training the paper's slow target and short grid stay at grey blurs; these do not.
        grid: "doubling",
        s0: 10,
        s1: 80,
        distance: "l2",
        // Straighter paths from noise to image: a third off the Frechet distance at equal steps.
        coupling: "optimal-transport",
        targetEma: false,
        emaRates: [0.99, 0.999],
      },
      budget: { minutes: 8, pretrainShare: 0.1 },
      sample: { everySeconds: 60, ema: 0.99 },
      checkpoint: { everySeconds: 60 },
    },
  },
  "avatars-small": {
    description:
      "Pixel-art avatars at 64 px, 16.6 M parameters, in 60 minutes: for a machine with more cores.",
    config: {
      name: "avatars-small",
      data: { kind: "avatars", size: 64, styles: ["pixel-art"], count: 10_000, heldOut: 128, flip: false },
      generator: {
        dim: 384,
        heads: 6,
        encoderDepth: 4,
        decoderDepth: 3,
        patch: 4,
        decoderSelfAttention: false,
        inr: { depth: 5, width: 128, groups: 32, peDim: 64, peSigma: 32 },
      },
      pretrain: { steps: 250, batch: 8, learningRate: 5e-4, targetScale: 2 },
      train: {
        steps: 3000,
        batch: 8,
        learningRate: 5e-4,
        decayFrom: 0.5,
        decayTo: 0.1,
        grid: "doubling",
        s0: 10,
        s1: 80,
        distance: "l2",
        coupling: "optimal-transport",
        targetEma: false,
        emaRates: [0.99, 0.999],
      },
      budget: { minutes: 60 },
      sample: { everySeconds: 300, ema: 0.99 },
      checkpoint: { everySeconds: 300 },
    },
  },
  "cifar10-paper": {
    description: `The paper's class-conditional CIFAR-10 run, 400,000 steps; needs --data DIR. ${noLpips}`,
    config: {
      name: "cifar10-paper",
      data: { kind: "cifar10", size: 32, classes: true },
      pretrain: paperPretrain,
      train: { steps: 400_000, mu0: 0.9 },
    },
  },
  "celeba64-paper": {
    description: `The paper's CelebA run at 64 px, 900,000 steps; needs --data DIR, a folder of images. ${noLpips}`,
    config: {
      name: "celeba64-paper",
      data: { kind: "folder", size: 64 },
      pretrain: paperPretrain,
      train: { steps: paperSteps },
    },
  },
  "celeba128-paper": {
    description: `The paper's CelebA run at 128 px, 900,000 steps; needs --data DIR, a folder of images. ${noLpips}`,
    config: {
      name: "celeba128-paper",
      data: { kind: "folder", size: 128 },
      generator: { patch: 8 },
      pretrain: paperPretrain,
      train: { steps: paperSteps },
    },
  },
  "lsun128-paper": {
    description:
      "The paper's LSUN run (church or classroom) at 128 px, 900,000 steps; needs --data DIR, a folder of images. " +
      noLpips,
    config: {
      name: "lsun128-paper",
      data: { kind: "folder", size: 128 },
      generator: { patch: 8 },
      pretrain: paperPretrain,
      train: { steps: paperSteps },
    },
  },
};

/** `--quick`: any configuration in under a minute, to see that everything works. */
export const quick = {
  budget: { minutes: 0.5, pretrainShare: 0.2 },
  sample: { count: 16 },
};
