// Features as points: shifted to a common centre for products in float32, and their exact distances.
import type { Features } from "./features.js";
import type { Rows } from "./innerProducts.js";

/**
 * How far |u|^2 + |v|^2 - 2 u v may be from the squared distance, over |u|^2 + |v|^2, with products in float32: sums of a
 * few thousand rounded numbers come out some 1e-6 wrong.
 */
export const SLACK = 1e-5;

export interface Points extends Rows {
  /** Squared lengths of the shifted points. */
  readonly norms: Float64Array;
  /** The squared Euclidean distance from point i to point j of another set, in float64 from differences. */
  distance(i: number, other: Points, j: number): number;
  readonly features: Features;
}

/** The rows of `features` as points about `center` [dims]. */
export function points(features: Features, center: Float64Array): Points {
  const dims = center.length;
  const { data } = features;
  const count = data.length / dims;
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (let j = 0; j < dims; j++) squares += Math.fround(data[i * dims + j] - center[j]) ** 2;
    norms[i] = squares;
  }
  return {
    count,
    norms,
    features,
    read(out, first, n) {
      for (let i = 0; i < n; i++) {
        const from = (first + i) * dims;
        for (let j = 0; j < dims; j++) out[i * dims + j] = Math.fround(data[from + j] - center[j]);
      }
    },
    distance(i, other, j) {
      const there = other.features.data;
      let squares = 0;
      for (let l = 0; l < dims; l++) squares += (data[i * dims + l] - there[j * dims + l]) ** 2;
      return squares;
    },
  };
}
