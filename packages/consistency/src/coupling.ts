// Which noise goes with which image: at random, or by optimal transport within a pool of images.

/** Side of the coarse images on which couplings are compared. */
const COARSE = 8;

/** Which cell of a COARSE x COARSE grid (or of the pixels themselves where images are smaller) each number lies in. */
function cellsOf([channels, height, width]: readonly number[]): { cells: Int32Array; count: number } {
  const [h, w] = [Math.min(COARSE, height), Math.min(COARSE, width)];
  const cells = new Int32Array(channels * height * width);
  for (let c = 0, at = 0; c < channels; c++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++, at++)
        cells[at] = (c * h + Math.floor((i * h) / height)) * w + Math.floor((j * w) / width);
  return { cells, count: channels * h * w };
}

/**
 * For each of n images (rows of `images`, [n, 3, h, w]) the number of the noise it is paired with, so that the
 * sum of squared distances is smallest (minibatch optimal transport: Pooladian et al. 2023, Tong et al. 2024).
 * Compared on the sums over coarse cells, since fine noise tells nothing about an image. With labels, only within each class:
 * noise must stay independent of the class.
 */
export function optimalCoupling(
  images: Float32Array,
  noise: Float32Array,
  shape: readonly number[],
  labels?: Float32Array,
): Int32Array {
  const n = shape.reduce((a, b) => a * b, 1);
  const count = images.length / n;
  const { cells, count: coarse } = cellsOf(shape);
  const rows = (x: Float32Array) =>
    Array.from({ length: count }, (_, i) => {
      const sums = new Float32Array(coarse);
      for (let k = 0; k < n; k++) sums[cells[k]] += x[i * n + k];
      return sums;
    });
  const [a, b] = [rows(images), rows(noise)];
  const classes = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const label = labels?.[i] ?? 0;
    classes.set(label, [...(classes.get(label) ?? []), i]);
  }
  const partner = new Int32Array(count);
  for (const members of classes.values()) {
    // ||x - z||^2 differs from -2 <x, z> by what no pairing changes.
    const cost = members.map((i) => Float64Array.from(members, (j) => -dot(a[i], b[j])));
    assign(cost).forEach((j, i) => {
      partner[members[i]] = members[j];
    });
  }
  return partner;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * The column for each row of a square cost matrix, all different, with the smallest total cost:
 * shortest augmenting paths with potentials (Jonker & Volgenant 1987), O(n^3).
 */
export function assign(cost: readonly Float64Array[]): Int32Array {
  const n = cost.length;
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(n + 1);
  // Index 0 stands for "none": rows and columns count from 1.
  const rowOf = new Int32Array(n + 1);
  const previous = new Int32Array(n + 1);
  for (let row = 1; row <= n; row++) {
    rowOf[0] = row;
    const shortest = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const done = new Uint8Array(n + 1);
    let column = 0;
    while (rowOf[column] !== 0) {
      done[column] = 1;
      const from = rowOf[column];
      let nearest = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= n; j++) {
        if (done[j]) continue;
        const length = cost[from - 1][j - 1] - rowPotential[from] - columnPotential[j];
        if (length < shortest[j]) {
          shortest[j] = length;
          previous[j] = column;
        }
        if (shortest[j] < nearest) {
          nearest = shortest[j];
          next = j;
        }
      }
      for (let j = 0; j <= n; j++) {
        if (done[j]) {
          rowPotential[rowOf[j]] += nearest;
          columnPotential[j] -= nearest;
        } else shortest[j] -= nearest;
      }
      column = next;
    }
    // Along the path found, every column goes to the row before it.
    while (column !== 0) {
      const before = previous[column];
      rowOf[column] = rowOf[before];
      column = before;
    }
  }
  const columns = new Int32Array(n);
  for (let j = 1; j <= n; j++) columns[rowOf[j] - 1] = j - 1;
  return columns;
}
