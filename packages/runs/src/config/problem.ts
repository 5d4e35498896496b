// A rule that a configuration breaks.

/** The field and a sentence about it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}
