// The noise levels of an edit, checked against the run: from pure noise, or from the level at which strokes are redrawn.
import type { Config } from "../config/schema.js";
import { invalidOption } from "../invalidOption.js";
import { checkSteps } from "../sampling/steps.js";
import type { EditMode } from "./options.js";
import {
  EDIT_STEPS,
  type Edited,
  leastLevel,
  strokesSteps,
  usualEditLevels,
  usualStrokesLevels,
  usualStrokesNoise,
} from "./usualLevels.js";

const editedOf = ({ generator, train }: Config): Edited => ({
  functions: generator.kind === "func",
  parameterisation: train.parameterisation,
});

/**
 * Levels t_1 > .. > t_N of an edit that starts from pure noise.
 * @throws ImagefnError `invalid-option` for more steps than the run has levels
 */
export function editLevels(config: Config, mode: EditMode, asked: number | undefined): number[] {
  const edited = editedOf(config);
  // Between samples in one step lie pictures in one step, as samples are drawn.
  const usual = mode === "interpolate" ? 1 : EDIT_STEPS;
  // Image functions with a skip term have levels of their own.
  if (edited.functions && edited.parameterisation === "skip")
    return usualEditLevels(edited, config.train, asked ?? usual);
  const steps = asked ?? Math.min(usual, config.train.s1);
  checkSteps(config, steps);
  return usualEditLevels(edited, config.train, steps);
}

/**
 * Levels of a stroke-guided edit. If no noise is given, the first is the paper's in proportion to the training size.
 * @throws ImagefnError `invalid-option` for a level that the run cannot start from, or for more steps than there are levels
 */
export function strokesLevels(
  config: Config,
  asked: number | undefined,
  noise: number | undefined,
): number[] {
  const edited = editedOf(config);
  const least = leastLevel(edited);
  const first = noise ?? usualStrokesNoise(edited, config.data.size);
  if (first <= least)
    throw invalidOption(
      "noise",
      noise,
      `image functions with a skip term (train.parameterisation skip) are edited at levels above ${least}.`,
      `Use more than ${least}.`,
    );
  const steps = asked ?? strokesSteps(edited);
  const levels = usualStrokesLevels(first, steps);
  const most = levels.filter((level) => level > least).length;
  if (most < steps)
    throw invalidOption(
      "steps",
      steps,
      `from noise ${Number(first.toPrecision(3))} on, ${most} ${most === 1 ? "level is" : "levels are"} above ${least}.`,
      `Use ${most}${most === 1 ? "" : " or fewer"}, or more noise.`,
    );
  return levels;
}
