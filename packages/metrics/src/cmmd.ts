// CMMD: the maximum mean discrepancy of CLIP embeddings with a Gaussian kernel (Jayasumana et al. 2024).
import { ImagefnError } from "@imagefn/base";
import { checkPair, type Features } from "./features.js";
import { type EngineChoice, type InnerProducts, innerProducts, type Rows } from "./innerProducts.js";
import { unitRows } from "./unitRows.js";

/** Bandwidth of the kernel, and what the distance is multiplied by: Jayasumana et al. 2024, section 4 and its code. */
const SIGMA = 10;
const SCALE = 1000;

/**
 * 1,000 times the squared maximum mean discrepancy of embeddings of unit length, with the kernel exp(-|x - y|^2 / (2 10^2)):
 * Jayasumana et al., Rethinking FID: towards a better evaluation metric for image generation, 2024, equation 4. It is the
 * estimate of least variance (Gretton et al. 2012, equation 5), in which each embedding is also compared with itself: 0 for equal
 * sets, and never below. The name belongs to embeddings of CLIP ViT-L/14 at 336 pixels; the kernel is no wiser over others.
 *
 * As google-research's cmmd, which divides each embedding by its length likewise.
 *
 * @param a [count, dims], of any length above 0
 * @param b [count, dims]
 * @throws ImagefnError `invalid-data` for a set without embeddings or an embedding of length 0
 */
export async function clipMmd(a: Features, b: Features, { engine }: EngineChoice = {}): Promise<number> {
  const [na, nb, dims] = checkPair("clipMmd", a, b);
  if (Math.min(na, nb) < 1)
    throw new ImagefnError(
      "invalid-data",
      `metrics: clipMmd compares two sets of images (got ${na} and ${nb})`,
    );
  const [x, y] = [unitRows("clipMmd", a, dims), unitRows("clipMmd", b, dims)];
  const work = ((na * na + nb * nb) / 2 + na * nb) * dims;
  const products = await innerProducts(dims, Math.max(na, nb), work, { engine });
  try {
    const within = (await gaps(products, x, x)) / na ** 2 + (await gaps(products, y, y)) / nb ** 2;
    const between = (await gaps(products, x, y)) / (na * nb);
    return Math.max(SCALE * (2 * between - within), 0);
  } finally {
    await products.dispose();
  }
}

/** The sum of 1 - k over all pairs: k itself is close to 1 throughout, and sums of it would lose the digits that count. */
async function gaps(products: InnerProducts, a: Rows, b: Rows): Promise<number> {
  let sum = 0;
  await products.each(a, b, ({ firstA, endA, firstB, endB, data, stride }) => {
    for (let i = firstA; i < endA; i++) {
      const line = (i - firstA) * stride - firstB;
      // A set with itself comes as its upper triangle, and its diagonal has the kernel 1.
      for (let j = a === b ? Math.max(firstB, i + 1) : firstB; j < endB; j++)
        sum -= Math.expm1((data[line + j] - 1) / SIGMA ** 2);
    }
  });
  return a === b ? 2 * sum : sum;
}
