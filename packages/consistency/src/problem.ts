// Rules between settings as data: what a check reports, before anyone decides how to say it.

/** One broken rule. */
export interface Problem {
  /** The setting to look at, relative to its section: "heads", "inr.groups". */
  readonly field: string;
  /** The rest of the sentence that the field begins, with its value and what to change: "is 3, which does not ..". */
  readonly message: string;
}

/**
 * What messages call a field other than their own: a whole path, as "generator.func.dim", where settings are part of a
 * larger configuration. "size" stands for the size of the images.
 */
export type FieldName = (field: string) => string;
