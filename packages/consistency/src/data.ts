// What a training step takes its images from.

/** Images and, for a conditional generator, their classes. */
export interface Batch {
  /** [batch, 3, h, w] in [-1, 1] */
  readonly images: Float32Array;
  /** Class numbers [batch], 0 .. classes - 1. */
  readonly labels?: Float32Array;
}

/** The batch of step k = 0, 1, ..; the same k must always give the same batch, or a resumed run differs. */
export type Data = (k: number) => Batch | Promise<Batch>;
