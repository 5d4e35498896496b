// Zero-shot editing: a consistency model fills in what is not known of a picture (Song et al. 2023, algorithm 4).
import { type Known, knownPart, withKnown } from "./known.js";
import type { ConsistencyModel } from "./model.js";
import { clamped } from "./sample.js";
import { sigmaMax, sigmaMin } from "./scalings.js";

/** How a picture is edited. */
export interface EditOptions {
  /** t_1 > .. > t_N, all above sigmaMin and at most sigmaMax. */
  readonly levels: readonly number[];
  /** N(0, 1) numbers [batch, 3, h, w] of step 0, 1, ..; `stepNoise` of a seed, for one. */
  readonly noise: (step: number) => Float32Array;
  /**
   * The picture [3, h, w] that noise of t_1 is added to: what is known of the picture if left out, as line 2 of the algorithm
   * has it. Strokes start from themselves, of which nothing has to stay.
   */
  readonly start?: Float32Array;
}

/**
 * Images [batch, 3, h, w] in which everything that is known of a picture is the picture's, and the rest fits it: Song et al.
 * 2023, algorithm 4. As in their code, each f is clamped to [-1, 1] before the known part is put back.
 * @param f the model: noisy images [batch, 3, h, w] at the level sigma to images
 * @param known which part of the picture is known: `inpainting`, `colorisation`, `superResolution`, `nothingKnown`
 * @param picture [3, h, w] in [-1, 1]
 * @throws if the levels do not fall, or are not above sigmaMin and at most sigmaMax; if the picture is not of the shape
 */
export async function edit(
  f: ConsistencyModel,
  known: Known,
  picture: Float32Array,
  options: EditOptions,
): Promise<Float32Array> {
  const { x, sigma } = await beforeLastEdit(f, known, picture, options);
  return restored(known, picture, await f(x, sigma));
}

/**
 * What the last step of `edit` denoises: noisy images x [batch, 3, h, w] at the level sigma. For a generator of functions
 * whose last step ends in them: they are drawn at any size, and `withKnown` puts back what is known at that size.
 */
export async function beforeLastEdit(
  f: ConsistencyModel,
  known: Known,
  picture: Float32Array,
  { levels, noise, start = knownPart(known, picture) }: EditOptions,
): Promise<{ x: Float32Array; sigma: number }> {
  const falling = levels.every((s, i) => s > sigmaMin && s <= (i === 0 ? sigmaMax : levels[i - 1]));
  if (!falling || levels.length === 0 || new Set(levels).size < levels.length)
    throw new Error(
      `consistency: levels of an edit must fall from at most ${sigmaMax} and stay above ${sigmaMin} (got ${levels.join(", ") || "none"})`,
    );
  for (const one of [picture, start])
    if (one.length !== known.unknown.length)
      throw new Error(
        `consistency: a picture to edit must have [${known.shape.join(", ")}] = ${known.unknown.length} numbers (got ${one.length})`,
      );
  const n = picture.length;
  const first = noise(0);
  let x = first.map((z, i) => start[i % n] + levels[0] * z);
  for (const [i, next] of levels.slice(1).entries()) {
    const clean = restored(known, picture, await f(x, levels[i]));
    const z = noise(i + 1);
    const scale = Math.sqrt(next ** 2 - sigmaMin ** 2);
    x = clean.map((v, k) => v + scale * z[k]);
  }
  return { x, sigma: levels[levels.length - 1] };
}

/** Images with what is known of the picture. */
function restored(known: Known, picture: Float32Array, images: Float32Array): Float32Array {
  const n = picture.length;
  const out = new Float32Array(images.length);
  for (let at = 0; at < images.length; at += n) {
    out.set(withKnown(known, picture, clamped(images.subarray(at, at + n))), at);
  }
  return out;
}
