// The fields of `train` in a configuration.
import { objectives, parameterisations, sigmaMax, sigmaMin, trajectories } from "@imagefn/consistency";
import * as z from "zod";
import { distanceNames } from "../distances.js";
import { choice, field, flag, int, length, real } from "./fieldTypes.js";

const lpips = z
  .strictObject({
    network: choice(["vgg", "alex", "squeeze"], "vgg", "trunk of LPIPS v0.1"),
    pooling: choice(["average", "max"], "average", "how the trunk downsamples; max is LPIPS itself"),
    size: field(
      z.int().min(16).max(1024).nullable().default(224),
      "a whole number from 16 to 1024, or null",
      "images are enlarged to size x size first; null: not enlarged",
    ),
  })
  .prefault({})
  .meta({ description: "the distance lpips, as consistency models are trained with" });

/** Consistency training, diffusion and distillation. */
export const train = z
  .strictObject({
    objective: choice(
      objectives,
      "consistency",
      "what is trained: a consistency model alone, a diffusion model, or the distillation of one (train.teacher)",
    ),
    teacher: field(
      z.string().min(1).nullable().default(null),
      "a run folder, or null",
      "the diffusion run that is distilled, and that training starts from (objective distill); in a file, relative to that file",
    ),
    steps: length(400_000, "K, the optimiser steps of consistency training"),
    batch: int(1, 65_536, 32, "images per step"),
    optimizer: choice(["radam", "adam"], "radam", "update rule"),
    learningRate: real(1e-8, 1, 5e-4, "learning rate before any decay"),
    decayFrom: real(0, 1, 1, "fraction of the run where learning-rate decay starts; 1 keeps it constant"),
    decayShape: choice(["linear", "cosine"], "linear", "shape of that decay"),
    decayTo: real(0, 1, 0.1, "learning rate at the end, as a factor"),
    clipNorm: real(0, 1_000_000, 0, "largest global norm of the gradient; 0 does not clip"),
    parameterisation: choice(
      parameterisations,
      "skip",
      "f of the network F: the paper's c_skip x + c_out F, or F / 2, the image function alone",
    ),
    grid: choice(
      ["progressive", "doubling"],
      "progressive",
      "N(k): the paper's square-root rise, or iCT's doubling",
    ),
    s0: int(1, 100_000, 2, "sub-intervals of the noise grid at the start"),
    s1: int(1, 100_000, 150, "sub-intervals of the noise grid at the end"),
    lowest: field(
      z.number().gt(sigmaMin).lt(sigmaMax).nullable().default(null),
      `a noise level between ${sigmaMin} and ${sigmaMax}, or null`,
      "levels below this one are left out, except while denoising; null: none are. Sampling of a diffusion model ends there",
    ),
    trajectory: choice(
      trajectories,
      "data",
      "the target's noisy image: of the data, or by an ODE step of the denoiser that train.denoise trained",
    ),
    denoise: real(0, 1, 0, "fraction of the steps, at the start, whose target is the clean image"),
    levels: choice(
      ["uniform", "lognormal", "ect"],
      "uniform",
      "distribution of the noise level's index i; ect: no grid, but log-normal levels and ECT's lower ones",
    ),
    logMean: field(
      z.number().min(-20).max(20).nullable().default(null),
      "a number from -20 to 20, or null",
      "mean of ln sigma of log-normal levels; null: -1.2 (EDM) for a diffusion model, otherwise -1.1 (iCT, ECT)",
    ),
    logStd: field(
      z.number().min(0.01).max(20).nullable().default(null),
      "a number from 0.01 to 20, or null",
      "its standard deviation; null: 1.2 (EDM) or 2 (iCT, ECT)",
    ),
    weighting: choice(["uniform", "ict"], "uniform", "loss weight: 1, or 1/(sigma_hi - sigma_lo)"),
    distance: choice(
      distanceNames,
      "pseudo-huber",
      "distance between student and target; lpips needs weight files; a diffusion model takes l2",
    ),
    lpips,
    coupling: choice(
      ["independent", "optimal-transport"],
      "independent",
      "how images and noise are paired: at random, or by optimal transport in pools of 128",
    ),
    labelDropout: real(
      0,
      1,
      0,
      "fraction of the labels left out in training, for guidance; above 0 the network learns a label for no class",
    ),
    guidance: real(
      0,
      100,
      1,
      "scale of classifier-free guidance of the denoiser that trajectory teacher distils; 1: none",
    ),
    drift: field(
      z.enum(["squeeze", "alex", "vgg"]).nullable().default(null),
      "squeeze, alex, vgg or null",
      "at the end of training, samples of one step drift towards the images in features of this network, which needs its weight file; null: they do not",
    ),
    driftFrom: real(0, 1, 0.9, "fraction of the run from which samples drift"),
    driftWeight: real(0, 1_000_000, 0.02, "weight of the drift beside the distance"),
    driftImages: int(2, 65_536, 16, "samples that drift in each step"),
    driftReal: int(2, 65_536, 64, "images that they drift towards, drawn for each step"),
    targetEma: flag(true, "the target is a moving average of the student; false: the student itself"),
    mu0: real(0, 0.999999, 0.95, "mu(k)'s start, the target's decay rate (with targetEma)"),
    emaRates: field(
      z.array(z.number().gt(0).lt(1)).max(8).default([0.9999, 0.999]),
      "a list of numbers between 0 and 1",
      "moving averages of the weights kept for sampling",
    ),
    accumulate: int(1, 65_536, 1, "parts in which a batch is computed, one after another, to save memory"),
    averageEvery: int(
      1,
      1_000_000,
      1,
      "on several machines: steps that each takes alone before their states are averaged; 1 sums gradients at every step",
    ),
  })
  .prefault({})
  .meta({ description: "consistency training" });
