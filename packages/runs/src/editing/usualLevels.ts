// The noise levels of an edit as formulas. Works in pages too.
import { type Parameterisation, sigmaMax, sigmaMin } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";
import { multistepLevels } from "../sampling/levels.js";

/** Steps from pure noise. More fit what is known better, up to about here. */
export const EDIT_STEPS = 8;

/** Where the steps of image functions with a skip term lead to: below it, what is known of F without that term is little. */
const LAST_OF_SKIP = 0.5;

/** Song et al. 2023, appendix D: strokes are redrawn from 5.38, then from 2.24, at 256 pixels. */
const STROKES = { size: 256, first: 5.38, second: 2.24 };

/** What of a run decides its levels. */
export interface Edited {
  /** Whether it makes image functions, which are edited without their skip term. */
  readonly functions: boolean;
  readonly parameterisation: Parameterisation;
}

const leavesOutSkip = ({ functions, parameterisation }: Edited): boolean =>
  functions && parameterisation === "skip";

/** The level that those of an edit stay above. */
export const leastLevel = (edited: Edited): number => (leavesOutSkip(edited) ? LAST_OF_SKIP : sigmaMin);

/**
 * Levels t_1 > .. > t_N of an edit that starts from pure noise: those of `multistepLevels`; for image functions with a skip term,
 * which is left out, in equal ratios from 80 to 0.5, which is excluded.
 */
export function usualEditLevels(edited: Edited, train: Config["train"], steps: number): number[] {
  if (!leavesOutSkip(edited)) return [sigmaMax, ...multistepLevels(steps, train)];
  return Array.from({ length: steps }, (_, i) => sigmaMax * (LAST_OF_SKIP / sigmaMax) ** (i / steps));
}

/**
 * The level from which strokes are redrawn: the paper's in proportion to the training size, since a smaller picture has fewer
 * pixels over which noise averages out, so that the same areas stay visible.
 */
export const usualStrokesNoise = (edited: Edited, size: number): number =>
  Math.max((STROKES.first * size) / STROKES.size, leastLevel(edited) * 1.01);

/** Levels of a stroke-guided edit, which fall in the paper's ratio. */
export const usualStrokesLevels = (first: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => first * (STROKES.second / STROKES.first) ** i);

/** Steps from strokes: two, as in the paper, of which only the first lies above the least level with a skip term. */
export const strokesSteps = (edited: Edited): number => (leavesOutSkip(edited) ? 1 : 2);
