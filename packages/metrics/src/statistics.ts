// Mean and covariance of features, streamed: any number of images in the memory of two covariance matrices.
import { ImagefnError } from "@imagefn/base";
import { checkFeatures, type Features } from "./features.js";
import { addProducts, padded } from "./linear/products.js";

/** A normal distribution: all that a Frechet distance looks at. */
export interface Gaussian {
  /** [dims] */
  readonly mean: Float64Array;
  /** [dims, dims], divisor count - 1 */
  readonly covariance: Float64Array;
}

/** Mean and covariance of the features of some images: a plain object that can be stored anywhere. */
export interface FeatureStatistics extends Gaussian {
  /** How many images. */
  readonly count: number;
}

/** Mean and covariance of features that arrive in batches. */
export interface StatisticsAccumulator {
  /** Numbers per image. */
  readonly dims: number;
  /** Images so far. */
  readonly count: number;
  /** Takes in features [n, dims]. @throws if a number is not finite: then nothing was taken in */
  add(features: Features): void;
  /** Takes in the statistics of other images. */
  merge(other: FeatureStatistics): void;
  /** The statistics of all so far; more may be added afterwards. @throws below two images */
  result(): FeatureStatistics;
}

/** Rows that are taken in together. */
const CHUNK = 256;

/** Mean and sum of the products of deviations from it; `products` [rows, rows] has only its upper triangle. */
interface Moments {
  count: number;
  readonly mean: Float64Array;
  readonly products: Float64Array;
}

/**
 * Mean and covariance in float64, as numpy's `mean(axis=0)` and `cov(rowvar=False)`.
 *
 * Features are gathered into chunks of 256 whatever the batches they come in, so that the result has the same bits for any
 * batch size. Each chunk is centred on its own mean and joined by the formula of Chan, Golub & LeVeque (Updating formulae
 * and a pairwise algorithm for computing sample variances, 1979): no difference of large numbers anywhere, unlike with
 * sums of squares, one pass, and the same formula merges sets.
 * @param dims numbers per image, as 2048
 */
export function featureStatistics(dims: number): StatisticsAccumulator {
  if (!Number.isInteger(dims) || dims < 1)
    throw new Error(`metrics: featureStatistics takes the numbers per image (got ${dims})`);
  const side = padded(dims);
  const moments: Moments = {
    count: 0,
    mean: new Float64Array(dims),
    products: new Float64Array(side * side),
  };
  // Features by column, so that a product runs along memory.
  const pending = new Float64Array(side * CHUNK);
  let rows = 0;

  return {
    dims,
    get count() {
      return moments.count + rows;
    },
    add(features) {
      const [n, given] = checkFeatures("featureStatistics", features);
      if (given !== dims)
        throw new Error(`metrics: featureStatistics: ${given} numbers per image (expected ${dims})`);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < dims; j++) pending[j * CHUNK + rows] = features.data[i * dims + j];
        if (++rows < CHUNK) continue;
        takeIn(moments, pending, rows, dims);
        rows = 0;
      }
    },
    merge({ count, mean, covariance }) {
      if (mean.length !== dims || covariance.length !== dims * dims || !(count >= 2))
        throw new Error(
          `metrics: merge takes statistics of at least two images with ${dims} numbers (got ${count} images, ` +
            `${mean.length} means, ${covariance.length} covariances)`,
        );
      const products = new Float64Array(side * side);
      for (let i = 0; i < dims; i++)
        for (let j = i; j < dims; j++) products[i * side + j] = covariance[i * dims + j] * (count - 1);
      join(moments, { count, mean, products }, dims);
    },
    result() {
      const count = moments.count + rows;
      if (count < 2)
        throw new ImagefnError(
          "invalid-data",
          `metrics: a covariance needs at least two images (got ${count})`,
        );
      const all = { count: moments.count, mean: moments.mean.slice(), products: moments.products.slice() };
      if (rows > 0) takeIn(all, pending.slice(), rows, dims);
      const covariance = new Float64Array(dims * dims);
      for (let i = 0; i < dims; i++)
        for (let j = i; j < dims; j++)
          covariance[i * dims + j] = covariance[j * dims + i] = all.products[i * side + j] / (count - 1);
      return { count, mean: all.mean, covariance };
    },
  };
}

/** Takes in columns [dims, CHUNK], of which the first `rows` numbers count; they are centred in place. */
function takeIn(moments: Moments, columns: Float64Array, rows: number, dims: number): void {
  const mean = new Float64Array(dims);
  for (let j = 0; j < dims; j++) {
    const from = j * CHUNK;
    let sum = 0;
    for (let i = from; i < from + rows; i++) sum += columns[i];
    mean[j] = sum / rows;
    for (let i = from; i < from + rows; i++) columns[i] -= mean[j];
    columns.fill(0, from + rows, from + CHUNK);
  }
  addProducts(moments.products, columns, columns, CHUNK, { upper: true });
  join(moments, { count: rows, mean }, dims);
}

/** Joins the images of b to those of a; b's products may be in a already. */
function join(a: Moments, b: { count: number; mean: Float64Array; products?: Float64Array }, dims: number) {
  const count = a.count + b.count;
  const weight = (a.count * b.count) / count;
  const shift = a.mean.map((m, j) => b.mean[j] - m);
  const side = padded(dims);
  for (let i = 0; i < dims; i++) {
    const f = weight * shift[i];
    for (let j = i; j < dims; j++) a.products[i * side + j] += f * shift[j];
  }
  if (b.products) for (let k = 0; k < a.products.length; k++) a.products[k] += b.products[k];
  for (let j = 0; j < dims; j++) a.mean[j] += shift[j] * (b.count / count);
  a.count = count;
}
