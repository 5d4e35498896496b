// All experiments, in the order in which they are carried out and reported.
import type { Experiment } from "../experiment.js";
import { aspect } from "./aspect.js";
import { beyond } from "./beyond.js";
import { crossResolution } from "./cross-resolution.js";
import { efficiency } from "./efficiency.js";
import { interpolation } from "./interpolation.js";
import { iqa } from "./iqa.js";
import { multires } from "./multires.js";
import { noiseSize } from "./noise-size.js";
import { pretraining } from "./pretraining.js";
import { quality } from "./quality.js";
import { stability } from "./stability.js";
import { trainingCost } from "./training-cost.js";

/** All experiments, in the order in which they are carried out and reported. */
export const experiments: readonly Experiment[] = [
  efficiency,
  quality,
  multires,
  trainingCost,
  iqa,
  stability,
  pretraining,
  crossResolution,
  noiseSize,
  aspect,
  interpolation,
  beyond,
];
