// What an evaluation finds: a number with all that it depends on, or the reason why there is none.
import type { WeightName } from "../weights/weightFiles.js";

/** One number with everything that it depends on. */
export interface Measure {
  /** What it is called; never the name of another metric. */
  readonly metric: string;
  /** The number; its range depends on the metric. */
  readonly value: number;
  /** Standard deviation over splits, subsets or pictures (divisor n). */
  readonly std?: number;
  /** Images that were measured. */
  readonly n: number;
  /** Images of the reference, for a metric that compares two sets as a whole. */
  readonly reference?: number;
  /** Network, resize rule, weights, constants. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Why a metric has no value, for programs.
 *
 * - `no-reference`: it compares with a reference, and none was given.
 * - `unfit-reference`: the reference lacks something it needs: images, statistics of this network, enough pictures.
 * - `missing-weights`, `missing-package`: something to download or install is not there.
 * - `no-value`: it is infinite or undefined for every picture.
 */
export type MissingCode =
  | "no-reference"
  | "unfit-reference"
  | "missing-weights"
  | "missing-package"
  | "no-value";

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
export interface Missing extends Unavailable {
  /** What it would have been called. */
  readonly metric: string;
}

/** A number, or the reason why there is none. */
export type Finding = Measure | Missing;

/** Whether there is a reason in place of a number. */
export const isMissing = (finding: Finding): finding is Missing => "reason" in finding;
