// The noise levels of an edit: from pure noise, or from the level at which strokes are redrawn.
import { sigmaMax, sigmaMin } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";
import { invalidOption } from "../invalidOption.js";
import { checkSteps, multistepLevels } from "../sampling/steps.js";
import type { EditMode } from "./options.js";

/** Steps from pure noise. More fit what is known better, up to about here. */
const STEPS = 8;

/** Where the steps of image functions with a skip term lead to: below it, what is known of F without that term is little. */
const LAST_OF_SKIP = 0.5;

/** Song et al. 2023, appendix D: strokes are redrawn from 5.38, then from 2.24, at 256 pixels. */
const STROKES = { size: 256, first: 5.38, second: 2.24 };

/** Whether a run makes image functions, which are edited without their skip term. */
const leavesOutSkip = ({ generator, train }: Config): boolean =>
  generator.kind === "func" && train.parameterisation === "skip";

/**
 * Levels t_1 > .. > t_N of an edit that starts from pure noise: those of `multistepLevels`; for image functions with a skip term,
 * which is left out, in equal ratios from 80 to 0.5, which is excluded.
 * @throws ImagefnError `invalid-option` for more steps than the run has levels
 */
export function editLevels(config: Config, mode: EditMode, asked: number | undefined): number[] {
  // Between samples in one step lie pictures in one step, as samples are drawn.
  const usual = mode === "interpolate" ? 1 : STEPS;
  if (leavesOutSkip(config)) {
    const steps = asked ?? usual;
    return Array.from({ length: steps }, (_, i) => sigmaMax * (LAST_OF_SKIP / sigmaMax) ** (i / steps));
  }
  const steps = asked ?? Math.min(usual, config.train.s1);
  checkSteps(config, steps);
  return [sigmaMax, ...multistepLevels(steps, config.train)];
}

/**
 * Levels of a stroke-guided edit, which fall in the paper's ratio. If no noise is given, its first level, in proportion to the
 * training size: a smaller picture has fewer pixels over which noise averages out, so that the same areas stay visible.
 * @throws ImagefnError `invalid-option` for a level that the run cannot start from, or for more steps than there are levels
 */
export function strokesLevels(
  config: Config,
  asked: number | undefined,
  noise: number | undefined,
): number[] {
  const functions = leavesOutSkip(config);
  const least = functions ? LAST_OF_SKIP : sigmaMin;
  const first = noise ?? Math.max((STROKES.first * config.data.size) / STROKES.size, least * 1.01);
  if (first <= least)
    throw invalidOption(
      "noise",
      noise,
      `image functions with a skip term (train.parameterisation skip) are edited at levels above ${least}.`,
      `Use more than ${least}.`,
    );
  const steps = asked ?? (functions ? 1 : 2);
  const levels = Array.from({ length: steps }, (_, i) => first * (STROKES.second / STROKES.first) ** i);
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
