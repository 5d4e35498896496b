// Improved precision and recall: which images lie on the other set's manifold (Kynkaanniemi et al. 2019).
import { ImagefnError } from "@imagefn/base";
import { checkPair, type Features } from "./features.js";
import { type Block, type EngineChoice, innerProducts } from "./innerProducts.js";
import { meanRow, nearest } from "./neighbours.js";
import { type Points, points, SLACK } from "./points.js";

/** How large the balls round images are. */
export interface PrecisionRecallOptions extends EngineChoice {
  /** The ball round each image reaches to its k-th nearest other image. Default 3. */
  readonly k?: number;
  /** Whether the radii of the balls are returned too. Default false. */
  readonly radii?: boolean;
}

/** The radius of the ball round each image: its distance to the k-th nearest other image of its set. */
export interface BallRadii {
  /** [count of the real images] */
  readonly real: Float64Array;
  /** [count of the generated images] */
  readonly generated: Float64Array;
}

/** Precision and recall of generated images, each in [0, 1]. */
export interface PrecisionRecall {
  /** The share of generated images inside a ball of a real one: fidelity. */
  readonly precision: number;
  /** The share of real images inside a ball of a generated one: diversity. */
  readonly recall: number;
  /** Only where they were asked for. */
  readonly radii?: BallRadii;
}

/**
 * Precision and recall in [0, 1] by balls round each image that reach to its k-th nearest other image of its own set
 * (Kynkaanniemi et al., Improved precision and recall metric for assessing generative models, 2019).
 *
 * As guided-diffusion's evaluator, which compares 10,000 real with 50,000 generated images for k = 3: the numbers depend on
 * how many there are of each. Unlike there, no number is rounded to 16 or 32 bits on the way: whatever multiplies, each
 * comparison that its rounding could decide is repeated in float64, so that the result does not depend on the engine.
 *
 * Time goes as (real + generated)^2 dims; memory is bounded whatever the sets (some 100 MB besides the features).
 *
 * @param real [count, dims]
 * @param generated [count, dims]
 * @throws unless both sets have more than k images
 */
export function precisionRecall(
  real: Features,
  generated: Features,
  options: PrecisionRecallOptions & { readonly radii: true },
): Promise<Required<PrecisionRecall>>;
export function precisionRecall(
  real: Features,
  generated: Features,
  options?: PrecisionRecallOptions,
): Promise<PrecisionRecall>;
export async function precisionRecall(
  real: Features,
  generated: Features,
  { k = 3, radii = false, engine }: PrecisionRecallOptions = {},
): Promise<PrecisionRecall> {
  const [nReal, nGenerated, dims] = checkPair("precisionRecall", real, generated);
  if (!Number.isInteger(k) || k < 1 || k >= Math.min(nReal, nGenerated))
    throw new ImagefnError(
      "invalid-data",
      `metrics: precisionRecall: k must be a whole number below both counts (got ${k} of ${nReal} real and ` +
        `${nGenerated} generated images)`,
    );
  const center = meanRow(real, dims);
  const a = points(real, center);
  const b = points(generated, center);
  const work = (nReal * nReal + nGenerated * nGenerated) / 2 + nReal * nGenerated;
  const products = await innerProducts(dims, Math.max(nReal, nGenerated), work * dims, { engine });
  try {
    const nearA = nearest(a, k);
    await products.each(a, a, nearA.visit);
    const radiiA = nearA.radii();
    const nearB = nearest(b, k);
    await products.each(b, b, nearB.visit);
    const radiiB = nearB.radii();
    const inside = { a: new Uint8Array(nReal), b: new Uint8Array(nGenerated) };
    await products.each(a, b, (block) => cover(block, a, radiiA, inside.a, b, radiiB, inside.b));
    return {
      precision: share(inside.b),
      recall: share(inside.a),
      ...(radii ? { radii: { real: radiiA.map(Math.sqrt), generated: radiiB.map(Math.sqrt) } } : {}),
    };
  } finally {
    await products.dispose();
  }
}

const share = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;

/** Marks the points of a block that lie in a ball of the other set. */
function cover(
  { firstA, endA, firstB, endB, data, stride }: Block,
  a: Points,
  radiiA: Float64Array,
  insideA: Uint8Array,
  b: Points,
  radiiB: Float64Array,
  insideB: Uint8Array,
): void {
  for (let i = firstA; i < endA; i++) {
    const line = (i - firstA) * stride - firstB;
    for (let j = firstB; j < endB; j++) {
      if (insideA[i] && insideB[j]) continue;
      const lengths = a.norms[i] + b.norms[j];
      const d = lengths - 2 * data[line + j];
      const slack = SLACK * lengths;
      const toA = radiiA[i];
      const toB = radiiB[j];
      if (!insideA[i] && d - slack <= toB && (d + slack <= toB || a.distance(i, b, j) <= toB)) insideA[i] = 1;
      if (!insideB[j] && d - slack <= toA && (d + slack <= toA || a.distance(i, b, j) <= toA)) insideB[j] = 1;
    }
  }
}
