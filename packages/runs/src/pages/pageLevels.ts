// The noise levels that a page offers: of samples and of edits, by the number of steps.
import { sigmaMax } from "@imagefn/consistency";
import type { Config } from "../config/schema.js";
import {
  EDIT_STEPS,
  type Edited,
  leastLevel,
  strokesSteps,
  usualEditLevels,
  usualStrokesNoise,
} from "../editing/usualLevels.js";
import { multistepLevels } from "../sampling/levels.js";

/** Levels from the first on, as entry N - 1 of a list for N steps. */
export interface PageLevels {
  /** Of samples that are image functions, from 80 on. */
  readonly samples: readonly (readonly number[])[];
  /** Of edits that start from pure noise. */
  readonly edits: readonly (readonly number[])[];
  /** The level from which strokes are redrawn, the one that levels have to stay above, and the usual number of steps. */
  readonly strokes: { readonly noise: number; readonly least: number; readonly steps: number };
}

/** Steps of a page, at most: about a second of work in a page. */
const MOST = EDIT_STEPS;

const counts = (most: number) => Array.from({ length: most }, (_, i) => i + 1);

/**
 * The levels of a run of image functions.
 * @param levelsOf the levels after the first of so many steps, where a search found others than `multistepLevels`
 */
export function pageLevels(
  { data, train }: Pick<Config, "data" | "train">,
  levelsOf: (steps: number) => readonly number[] = (steps) => multistepLevels(steps, train),
): PageLevels {
  const { parameterisation, s1 } = train;
  const edited: Edited = { functions: true, parameterisation };
  const skips = parameterisation === "skip";
  // With the skip term only one step ends in a function, and edits leave it out.
  return {
    samples: counts(skips ? 1 : Math.min(MOST, s1)).map((steps) => [sigmaMax, ...levelsOf(steps)]),
    edits: counts(skips ? MOST : Math.min(MOST, s1)).map((steps) => usualEditLevels(edited, train, steps)),
    strokes: {
      noise: usualStrokesNoise(edited, data.size),
      least: leastLevel(edited),
      steps: strokesSteps(edited),
    },
  };
}
