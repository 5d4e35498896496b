// What an edit is asked to do, and the checks that need no picture.
import { ImagefnError } from "@imagefn/base";
import { sigmaMax, sigmaMin } from "@imagefn/consistency";
import { invalidOption } from "../invalidOption.js";
import { checkOptions, unusable } from "../options.js";
import type { DrawOptions } from "../sampling/draw.js";

/** The kinds of edit, of which each call has one. */
export const editModes = ["inpaint", "colorize", "superres", "strokes", "interpolate"] as const;

/** A kind of edit. */
export type EditMode = (typeof editModes)[number];

/** What to edit, and how. One of `inpaint`, `colorize`, `superres`, `strokes` and `interpolate` is required. */
export interface EditOptions
  extends Pick<
    DrawOptions,
    | "seed"
    | "sizes"
    | "class"
    | "ema"
    | "guidance"
    | "separate"
    | "out"
    | "engine"
    | "threads"
    | "onProgress"
    | "onMessage"
    | "onMachine"
    | "onPicture"
    | "signal"
  > {
  /** A square picture, of which the part under `mask` is made anew: a PNG, JPEG or WebP file. */
  readonly inpaint?: string;
  /** Picture of the size of `inpaint`: white (128 or more) where it is made anew, black where it stays. */
  readonly mask?: string;
  /** A square picture whose luminance stays; its colours are made anew. */
  readonly colorize?: string;
  /** A square picture smaller than the run's, of a side that divides theirs: details are made for it. */
  readonly superres?: string;
  /** A square picture of strokes or plain areas, of which a picture is made that looks like it. */
  readonly strokes?: string;
  /** Numbers of two samples of `seed`: pictures from one to the other. */
  readonly interpolate?: readonly [number, number];
  /**
   * With `strokes`: noise level from which they are redrawn, above 0.002 and at most 80. More changes more. 5.38 at 256 pixels
   * (Song et al. 2023, appendix D) and in proportion to the training size if left out.
   */
  readonly noise?: number;
  /** Number of different results, or of pictures from one sample to the other; 4, or 8, if left out. */
  readonly count?: number;
  /**
   * Network evaluations for each; if left out 8, or as many as the run has levels. 1 with `interpolate`; 2 with `strokes`, or 1
   * for image functions with a skip term.
   */
  readonly steps?: number;
  /** Begin the grid with the picture and with what is known of it. */
  readonly showInput?: boolean;
}

const isFile = (value: unknown) => typeof value === "string" && value !== "";

/**
 * The kind of an edit, after checks of what can be checked without the run.
 * @throws ImagefnError `invalid-option`
 */
export function checkEdit(options: EditOptions): EditMode {
  checkOptions(options);
  const given = editModes.filter((mode) => options[mode] !== undefined);
  const [mode, second] = given;
  if (mode === undefined)
    throw new ImagefnError("invalid-option", `nothing to edit: expected one of ${editModes.join(", ")}`);
  if (second !== undefined)
    throw invalidOption(
      second,
      options[second],
      `${mode} was given too, and one run of edits is of one kind.`,
    );
  for (const option of [...editModes.slice(0, 4), "mask"] as const)
    if (option !== "interpolate" && options[option] !== undefined && !isFile(options[option]))
      throw unusable(option, options[option], "the path of a picture");
  if (mode === "inpaint" && options.mask === undefined)
    throw invalidOption(
      "inpaint",
      options.inpaint,
      "it requires mask, which says what to make anew.",
      "Add it.",
    );
  if (mode !== "inpaint" && options.mask !== undefined)
    throw invalidOption("mask", options.mask, "it requires inpaint.");
  if (mode !== "strokes" && options.noise !== undefined)
    throw invalidOption("noise", options.noise, "it requires strokes.");
  const { noise, interpolate, count = 8 } = options;
  if (noise !== undefined && !(noise > sigmaMin && noise <= sigmaMax))
    throw unusable("noise", noise, `a number above ${sigmaMin} and at most ${sigmaMax}`);
  if (interpolate !== undefined) checkInterpolation(interpolate, count);
  if (options.showInput && interpolate !== undefined)
    throw invalidOption("showInput", true, "interpolate takes no picture.");
  if (options.showInput && options.separate)
    throw invalidOption("showInput", true, "separate writes no grid.");
  return mode;
}

function checkInterpolation(pair: unknown, count: number): void {
  const fits =
    Array.isArray(pair) &&
    pair.length === 2 &&
    pair.every((one) => Number.isSafeInteger(one) && one >= 0 && one <= 2 ** 52) &&
    pair[0] !== pair[1];
  if (!fits) throw unusable("interpolate", pair, "the numbers of two samples, such as [0, 1]");
  if (count < 2) throw unusable("count", count, "2 or more from one sample to another");
}
