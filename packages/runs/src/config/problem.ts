// A rule of a configuration that is broken.

/** The field to look at and a sentence about it. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}
