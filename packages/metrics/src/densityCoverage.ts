// Density and coverage: how many balls of real images hold a generated one, and how many hold any (Naeem et al. 2020).
import { ImagefnError } from "@imagefn/base";
import { checkPair, type Features } from "./features.js";
import { type Block, type EngineChoice, innerProducts } from "./innerProducts.js";
import { meanRow, nearest } from "./neighbours.js";
import { type Points, points, SLACK } from "./points.js";

/** How large the balls round real images are. */
export interface DensityCoverageOptions extends EngineChoice {
  /** The ball round each real image reaches to its k-th nearest other real image. Default 5, as the paper takes. */
  readonly k?: number;
}

/** Density and coverage of generated images. */
export interface DensityCoverage {
  /** How many balls of real images hold a generated one, over k: 0 and above, about 1 for equal distributions. */
  readonly density: number;
  /** The share of real images whose ball holds a generated one, in [0, 1]: about 1 - 2^-k for equal distributions and counts. */
  readonly coverage: number;
}

/**
 * Density and coverage by balls round real images alone (Naeem et al., Reliable fidelity and diversity metrics for
 * generative models, 2020, equations 3 and 4): unlike precision and recall, an outlier among the generated images makes no
 * large ball, and one among the real images counts little.
 *
 * As the paper's package prdc: a point lies in a ball where its distance is below the radius. Each comparison that rounding
 * could decide is repeated in float64, so that the result does not depend on the engine.
 *
 * @param real [count, dims]
 * @param generated [count, dims]
 * @throws unless there are more than k real images and a generated one
 */
export async function densityCoverage(
  real: Features,
  generated: Features,
  { k = 5, engine }: DensityCoverageOptions = {},
): Promise<DensityCoverage> {
  const [nReal, nGenerated, dims] = checkPair("densityCoverage", real, generated);
  if (!Number.isInteger(k) || k < 1 || k >= nReal || nGenerated < 1)
    throw new ImagefnError(
      "invalid-data",
      `metrics: densityCoverage: k must be a whole number below the count of real images (got ${k} of ${nReal} real and ` +
        `${nGenerated} generated images)`,
    );
  const center = meanRow(real, dims);
  const a = points(real, center);
  const b = points(generated, center);
  const work = (nReal * nReal) / 2 + nReal * nGenerated;
  const products = await innerProducts(dims, Math.max(nReal, nGenerated), work * dims, { engine });
  try {
    const near = nearest(a, k);
    await products.each(a, a, near.visit);
    const radii = near.radii();
    const inside = new Float64Array(nReal);
    await products.each(a, b, (block) => count(block, a, radii, b, inside));
    const sum = inside.reduce((total, n) => total + n, 0);
    const covered = inside.reduce((total, n) => total + Number(n > 0), 0);
    return { density: sum / (k * nGenerated), coverage: covered / nReal };
  } finally {
    await products.dispose();
  }
}

/** Adds to each real point how many generated points of a block lie in its ball. */
function count(
  { firstA, endA, firstB, endB, data, stride }: Block,
  a: Points,
  radii: Float64Array,
  b: Points,
  inside: Float64Array,
): void {
  for (let i = firstA; i < endA; i++) {
    const line = (i - firstA) * stride - firstB;
    const radius = radii[i];
    for (let j = firstB; j < endB; j++) {
      const lengths = a.norms[i] + b.norms[j];
      const d = lengths - 2 * data[line + j];
      const slack = SLACK * lengths;
      if (d - slack < radius && (d + slack < radius || a.distance(i, b, j) < radius)) inside[i]++;
    }
  }
}
