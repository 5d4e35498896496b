// Which noise goes with which image: at random, or by optimal transport within a pool of images.

/** Side of the coarse images on which couplings are compared. */
const COARSE = 8;

/** Rows are filled up with zeros to a multiple of this: products are added up in as many sums. */
const LANES = 4;

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
      const sums = new Float32Array(Math.ceil(coarse / LANES) * LANES);
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
    const { length } = members;
    const cost = new Float64Array(length * length);
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++) cost[i * length + j] = -dot(a[members[i]], b[members[j]]);
    assign(cost, length).forEach((j, i) => {
      partner[members[i]] = members[j];
    });
  }
  return partner;
}

/** Four sums at once: with one, each addition would wait for the one before it. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += LANES) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  return s0 + s1 + s2 + s3;
}

/**
 * The column for each row of a square cost matrix [n, n], all different, with the smallest total cost: the first row that
 * wants a column has it, and the others find shortest augmenting paths with potentials (Jonker & Volgenant 1987), O(n^3).
 * @throws if a cost is not finite
 */
export function assign(cost: Float64Array, n: number): Int32Array {
  const rowPotential = new Float64Array(n);
  const columnPotential = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const rowOf = new Int32Array(n).fill(-1);
  const columnOf = new Int32Array(n).fill(-1);
  for (let row = 0; row < n; row++)
    for (let j = 0; j < n; j++)
      if (cost[row * n + j] < columnPotential[j]) columnPotential[j] = cost[row * n + j];
  for (let row = 0; row < n; row++) {
    let least = Number.POSITIVE_INFINITY;
    let column = 0;
    for (let j = 0; j < n; j++) {
      const reduced = cost[row * n + j] - columnPotential[j];
      if (reduced < least) {
        least = reduced;
        column = j;
      }
    }
    // NaN is below nothing.
    if (least === Number.POSITIVE_INFINITY)
      throw new Error(
        "consistency: optimal transport pairs images of finite numbers (got one with NaN or infinity)",
      );
    rowPotential[row] = least;
    if (rowOf[column] >= 0) continue;
    rowOf[column] = row;
    columnOf[row] = column;
  }

  const shortest = new Float64Array(n);
  const previous = new Int32Array(n);
  const done = new Uint8Array(n);
  for (let start = 0; start < n; start++) {
    if (columnOf[start] >= 0) continue;
    shortest.fill(Number.POSITIVE_INFINITY);
    done.fill(0);
    let length = 0;
    let end = -1;
    for (let row = start; end < 0; ) {
      const before = length - rowPotential[row];
      let nearest = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 0; j < n; j++) {
        if (done[j]) continue;
        const through = before + cost[row * n + j] - columnPotential[j];
        if (through < shortest[j]) {
          shortest[j] = through;
          previous[j] = row;
        }
        if (shortest[j] < nearest) {
          nearest = shortest[j];
          next = j;
        }
      }
      length = nearest;
      if (rowOf[next] < 0) end = next;
      else {
        done[next] = 1;
        row = rowOf[next];
      }
    }
    rowPotential[start] += length;
    for (let j = 0; j < n; j++) {
      if (!done[j]) continue;
      rowPotential[rowOf[j]] += length - shortest[j];
      columnPotential[j] += shortest[j] - length;
    }
    // Along the path found, every column goes to the row before it.
    for (let column = end, row = -1; row !== start; ) {
      row = previous[column];
      rowOf[column] = row;
      [columnOf[row], column] = [column, columnOf[row]];
    }
  }
  return columnOf;
}
