// Which trainings end before it pays to look for the fastest engine.
import { type Config, stepCount } from "../config/schema.js";

/** Training shorter than this many minutes, or steps, is not worth half a minute of measuring. */
const SHORT = { minutes: 5, steps: 1000 };

/** Whether a training is too short to measure engines first. @param images in the training set */
export function isShort({ budget, train }: Config, images: number | undefined): boolean {
  if (budget.minutes !== null) return budget.minutes < SHORT.minutes;
  return stepCount(train.steps, { images, batch: train.batch }) < SHORT.steps;
}
