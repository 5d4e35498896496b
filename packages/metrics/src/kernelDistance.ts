// The kernel distance (KID): an unbiased estimate of how far two sets of features are apart.
import { ImagefnError } from "@imagefn/base";
import { random } from "@imagefn/ops";
import { checkPair, type Features } from "./features.js";
import { type EngineChoice, type InnerProducts, innerProducts, type Rows } from "./innerProducts.js";

/** Which subsets the kernel distance is averaged over. */
export interface KernelDistanceOptions extends EngineChoice {
  /** Number of subsets. Default 100. */
  readonly subsets?: number;
  /** Images of each set in a subset. Default 1,000. */
  readonly subsetSize?: number;
  /** Which images make the subsets. Default 0. */
  readonly seed?: number;
}

/** The kernel distance of two sets of features. */
export interface KernelDistance {
  /** Mean over the subsets: about 0 for equal distributions, and as often below as above it. */
  readonly mean: number;
  /** Standard deviation over the subsets (divisor n). */
  readonly std: number;
}

/**
 * The unbiased squared maximum mean discrepancy with the kernel (x y / dims + 1)^3, averaged over random subsets (Binkowski
 * et al., Demystifying MMD GANs, 2018). KID where the features are those of the Inception network of 2015.
 *
 * As torch-fidelity (100 subsets of 1,000, drawn without replacement); the images are drawn by our own random numbers, so
 * that the last digits differ from its own as they do between its seeds.
 *
 * @param a [count, dims]
 * @param b [count, dims]
 * @throws if a set has fewer images than a subset
 */
export async function kernelDistance(
  a: Features,
  b: Features,
  { subsets = 100, subsetSize = 1000, seed = 0, engine }: KernelDistanceOptions = {},
): Promise<KernelDistance> {
  const [na, nb, dims] = checkPair("kernelDistance", a, b);
  if (!(subsetSize >= 2 && subsetSize <= Math.min(na, nb) && subsets >= 1))
    throw new ImagefnError(
      "invalid-data",
      `metrics: kernelDistance: cannot draw ${subsets} subsets of ${subsetSize} from ${na} and ${nb} images; ` +
        "use a smaller subsetSize, and say so beside the number",
    );
  const from = random(seed).stream("kernel");
  const work = subsets * 2 * subsetSize * subsetSize * dims;
  const products = await innerProducts(dims, subsetSize, work, { engine });
  const values: number[] = [];
  try {
    for (let s = 0; s < subsets; s++) {
      const x = chosen(a, draw(from.stream("a").uniform(subsetSize, s), na), dims);
      const y = chosen(b, draw(from.stream("b").uniform(subsetSize, s), nb), dims);
      const within = (await kernelSum(products, x, x, dims)) + (await kernelSum(products, y, y, dims));
      const between = await kernelSum(products, x, y, dims);
      values.push(within / (subsetSize * (subsetSize - 1)) - (2 * between) / (subsetSize * subsetSize));
    }
  } finally {
    await products.dispose();
  }
  const mean = values.reduce((sum, v) => sum + v, 0) / subsets;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / subsets;
  return { mean, std: Math.sqrt(variance) };
}

/** As many different numbers below n as there are uniform ones: the beginning of a shuffle. */
function draw(uniform: Float32Array, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (const [i, u] of uniform.entries()) {
    const j = i + Math.floor(u * (n - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.subarray(0, uniform.length);
}

function chosen({ data }: Features, which: Int32Array, dims: number): Rows {
  return {
    count: which.length,
    read(out, first, n) {
      for (let i = 0; i < n; i++) {
        const from = which[first + i] * dims;
        for (let j = 0; j < dims; j++) out[i * dims + j] = data[from + j];
      }
    },
  };
}

/** The sum of the kernel over all pairs; of a set with itself, over all pairs of different images. */
async function kernelSum(products: InnerProducts, a: Rows, b: Rows, dims: number): Promise<number> {
  let sum = 0;
  await products.each(a, b, ({ firstA, endA, firstB, endB, data, stride }) => {
    for (let i = firstA; i < endA; i++) {
      const line = (i - firstA) * stride - firstB;
      // A set with itself comes as its upper triangle.
      for (let j = a === b ? Math.max(firstB, i + 1) : firstB; j < endB; j++) {
        const k = data[line + j] / dims + 1;
        sum += k * k * k;
      }
    }
  });
  return a === b ? 2 * sum : sum;
}
