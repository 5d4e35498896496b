// The nearest neighbours of points within their own set, and the balls that reach to them.
import type { Features } from "./features.js";
import type { Block } from "./innerProducts.js";
import type { Points } from "./points.js";

/** Neighbours that are kept beyond the k-th, so that rounding cannot take its place. */
const SPARE = 4;

/** Distances do not change with the origin, but rounding does: it is least where the points are. */
export function meanRow({ data }: Features, dims: number): Float64Array {
  const mean = new Float64Array(dims);
  const count = data.length / dims;
  for (let i = 0; i < data.length; i += dims) for (let j = 0; j < dims; j++) mean[j] += data[i + j] / count;
  return mean;
}

/** Collects the nearest neighbours of every point within its set, and gives the distances to the k-th. */
export function nearest(p: Points, k: number) {
  const keep = Math.min(k + SPARE, p.count - 1);
  const distances = new Float64Array(p.count * keep).fill(Infinity);
  const neighbours = new Int32Array(p.count * keep);
  const offer = (i: number, j: number, d: number) => {
    const first = i * keep;
    let at = first + keep - 1;
    for (; at > first && distances[at - 1] > d; at--) {
      distances[at] = distances[at - 1];
      neighbours[at] = neighbours[at - 1];
    }
    distances[at] = d;
    neighbours[at] = j;
  };
  return {
    visit({ firstA, endA, firstB, endB, data, stride }: Block) {
      for (let i = firstA; i < endA; i++) {
        const line = (i - firstA) * stride - firstB;
        for (let j = Math.max(firstB, i + 1); j < endB; j++) {
          const d = p.norms[i] + p.norms[j] - 2 * data[line + j];
          if (d < distances[i * keep + keep - 1]) offer(i, j, d);
          if (d < distances[j * keep + keep - 1]) offer(j, i, d);
        }
      }
    },
    /** Squared distances to the k-th nearest, in float64. */
    radii(): Float64Array {
      return Float64Array.from({ length: p.count }, (_, i) => {
        const exact = Array.from(neighbours.subarray(i * keep, (i + 1) * keep), (j) => p.distance(i, p, j));
        return exact.sort((x, y) => x - y)[k - 1];
      });
    },
  };
}
