// What a distance is, and the record by which configuration, help and tables know it.
import type { Tensor } from "@imagefn/ops";

/**
 * How far the student's images are from the target's: a, b [batch, 3, h, w] in [-1, 1] -> [batch], one number per image,
 * at least 0.
 */
export type Distance = (a: Tensor, b: Tensor) => Tensor;

/**
 * All that is known of one distance. A list of records makes a schema's choices, its help text and the distance itself.
 * Records of other packages join such a list: `[...distances, lpipsRecord]`.
 */
export interface DistanceRecord<Context = unknown> {
  /** The name in a configuration, as "pseudo-huber". */
  readonly name: string;
  /** The name in tables and figures, as "Pseudo-Huber". */
  readonly title: string;
  /** One clause in plain text: the formula, and what the distance needs. */
  readonly description: string;
  /**
   * The distance, ready for use. One that needs files, as the weights of a network, reads them here, as `context` says.
   * @throws if something that it needs is missing
   */
  make(context: Context): Distance | Promise<Distance>;
}

/** A record of a distance that needs nothing: `make` takes no context and returns at once. */
export interface PlainDistanceRecord<Name extends string = string> extends DistanceRecord {
  readonly name: Name;
  make(): Distance;
}

/** The axes of one image in [batch, 3, h, w]. */
export const perImage = [1, 2, 3] as const;
