// What an evaluation finds: a number with all that it depends on, or the reason why there is none.
import type { WeightName } from "../weights/weightFiles.js";

/** Fields of the other kind of finding, which are never there. */
type Without<Name extends string> = { readonly [name in Name]?: undefined };

/** One number with everything that it depends on. `const { value, reason } = finding` gives one of the two. */
export interface Measure extends Without<keyof Unavailable> {
  /** What it is called; never the name of another metric. */
  readonly metric: string;
  /** The number; its range depends on the metric. */
  readonly value: number;
  /** Standard deviation over splits, subsets or pictures (divisor n). */
  readonly std?: number;
  /** Images, or pairs of them, that `value` is made of. */
  readonly n: number;
  /** Of a metric of pairs: how many are equal, byte for byte. */
  readonly equal?: number;
  /** What else has to be known of the number, in words: what it leaves out, and why. */
  readonly note?: string;
  /** Images of the reference, for a metric that compares two sets as a whole. */
  readonly reference?: number;
  /** Network, resize rule, weights, constants; `pairs` tells whether pairs were made by name or by number. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Why a metric has no value, for programs.
 *
 * - `no-reference`: it compares with a reference, and none was given.
 * - `unfit-reference`: the reference lacks something it needs: images, statistics of this network, names that pair.
 * - `unfit-samples`: it needs a generator, and the samples are images alone.
 * - `missing-weights`, `missing-package`: something to download or install is not there.
 * - `missing-network`: its network is a file that an option names, and none was given.
 * - `unmatched`: some pictures have no partner; they can be left out.
 * - `equal`: all pairs are equal, and the metric is infinite for those. It was measured.
 * - `no-value`: it is infinite or undefined for every picture.
 * - `failed`: an error ended it, which the reason says; too few or too small pictures, damaged weights.
 */
export type MissingCode =
  | "no-reference"
  | "unfit-reference"
  | "unfit-samples"
  | "missing-weights"
  | "missing-package"
  | "missing-network"
  | "unmatched"
  | "equal"
  | "no-value"
  | "failed";

/** Why something cannot be computed. */
export interface Unavailable {
  /** A sentence for people. */
  readonly reason: string;
  /** The reason for programs; absent where only the sentence is known. */
  readonly code?: MissingCode;
  /** For `missing-weights`: which of `weightFiles`. */
  readonly weights?: WeightName;
}

/** A metric that could not be computed, and why. */
export interface Missing
  extends Unavailable,
    Without<"value" | "std" | "n" | "equal" | "note" | "reference" | "settings"> {
  /** What it would have been called. */
  readonly metric: string;
}

/** A number, or the reason why there is none. */
export type Finding = Measure | Missing;

/** Whether there is a reason in place of a number. */
export const isMissing = (finding: Finding): finding is Missing => "reason" in finding;

/** Whether it was measured: a number, or the word that all pairs are equal. */
export const isMeasured = (finding: Finding): boolean => !isMissing(finding) || finding.code === "equal";
