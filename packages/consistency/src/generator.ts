// What training and sampling need of an architecture; each architecture fits it without importing this package.
import type { Random, Shape, Tensor } from "@imagefn/ops";

/** What a generator may be given besides images and noise levels. */
export interface GeneratorInputs {
  /** Class numbers [batch], for a conditional generator. */
  readonly labels?: Tensor;
  /** Where to render, (row, column) [batch, points, 2], for a generator of functions. */
  readonly coordinates?: Tensor;
}

/** A network that can be trained: any object of this form. Tensors are those of @imagefn/ops. */
export interface Generator {
  /** [3, height, width] of the images it was made for. */
  readonly shape: Shape;
  /** Number of classes; 0 for an unconditional generator. */
  readonly classes: number;
  /** The label that stands for no class, for a conditional generator that has one: `classes`, as in DiT. */
  readonly nullLabel?: number;
  /** Initial parameters: a tree of arrays, the same for the same seed. */
  init(random: Random): unknown;
  /** The free-form network F: (c_in x [batch, 3, h, w], t [batch]) -> [batch, 3, h, w]. */
  apply(params: unknown, x: Tensor, t: Tensor, inputs: GeneratorInputs): Tensor;
  /** For a generator of functions: F without its encoder, as pre-trained to reconstruct (Eq. 10). */
  reconstruct?(params: unknown, x: Tensor, inputs: GeneratorInputs): Tensor;
  /**
   * For a generator of functions: coordinates [batch, points, 2] to render at while training,
   * jittered by N(0,1) numbers [batch, points, 2] where they are given. Those of whole images, or of crops, whose `places`
   * [batch, 5] are those of a `Batch`.
   */
  coordinates?(batch: number, normals?: Float32Array, places?: Float32Array): Float32Array;
}

/** Number of points that a generator of functions renders at while training: h w. */
export const pointsOf = ({ shape }: Generator): number => shape[1] * shape[2];

/** Shapes of the inputs that this generator takes, by name: of `GeneratorInputs`, those that apply. */
export function conditionShapes(generator: Generator, batch: number): Record<string, Shape> {
  const shapes: Record<string, Shape> = {};
  if (generator.coordinates) shapes.coordinates = [batch, pointsOf(generator), 2];
  if (generator.classes > 0) shapes.labels = [batch];
  return shapes;
}
