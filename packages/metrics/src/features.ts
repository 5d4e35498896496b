// Features of images, the input of all statistics.
import { ImagefnError } from "@imagefn/base";

/**
 * One row per image: data [count, dims], row by row. An ndarray as it comes out of an engine fits when it is two-dimensional
 * and contiguous.
 */
export interface Features {
  /** [count, dims] */
  readonly shape: readonly number[];
  /** count * dims finite numbers. */
  readonly data: Float32Array | Float64Array;
}

/**
 * [count, dims] of features, after a look at every number.
 * @throws if they are no matrix, or hold a number that is not finite
 */
export function checkFeatures(what: string, { shape, data }: Features): [count: number, dims: number] {
  const [count, dims] = shape;
  if (shape.length !== 2 || count * dims !== data.length || dims === 0)
    throw new Error(
      `metrics: ${what}: features are [count, dims] numbers (got shape [${shape}] with ${data.length} numbers)`,
    );
  checkFinite(what, data, dims);
  return [count, dims];
}

/** @throws if one of the rows holds a number that is not finite */
export function checkFinite(what: string, data: ArrayLike<number>, dims: number): void {
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      throw new ImagefnError(
        "invalid-data",
        `metrics: ${what}: number ${i % dims} of row ${Math.floor(i / dims)} is ${data[i]} (expected finite numbers); ` +
          "look at the image it comes from",
      );
}

/**
 * [count of a, count of b, dims] of two sets of features of one network.
 * @throws if they have different dims
 */
export function checkPair(what: string, a: Features, b: Features): [na: number, nb: number, dims: number] {
  const [na, dims] = checkFeatures(what, a);
  const [nb, other] = checkFeatures(what, b);
  if (other !== dims)
    throw new Error(
      `metrics: ${what}: both sets need features of one network (got ${dims} and ${other} numbers per image)`,
    );
  return [na, nb, dims];
}

/** The first n rows, or all where there are fewer; in the same memory. */
export const firstRows = ({ shape: [count, dims], data }: Features, n: number): Features => ({
  shape: [Math.min(n, count), dims],
  data: data.subarray(0, Math.min(n, count) * dims),
});
