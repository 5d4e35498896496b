// CLIP-IQA: which word of five pairs, as "Good image" and "bad image", CLIP finds nearer to a picture.
import { ImagefnError } from "@imagefn/base";
import type { HostArray } from "@imagefn/ops";
import { normalize, type QualityNetwork, type RgbPicture } from "./network.js";

const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];
/** The network halves its input five times. */
const SMALLEST = 31;

/**
 * What CLIP's image encoder is given: the picture [1, 3, height, width] at its own size, normalised by CLIP's mean and
 * deviation. From a picture in [0, 1].
 * @throws if a side is below 31, where nothing would be left of it
 */
export function clipiqaImage(picture: RgbPicture): HostArray {
  const { height, width } = picture;
  if (Math.min(height, width) < SMALLEST)
    throw new ImagefnError(
      "invalid-data",
      `metrics: clipiqa: a picture has at least ${SMALLEST} x ${SMALLEST} pixels (got ${width} x ${height}); ` +
        "make it larger first, and say so beside the number",
    );
  return { shape: [1, 3, height, width], data: normalize(picture, MEAN, STD).data };
}

/**
 * The mean over five pairs of prompts of the probability of the first, the softmax taken within the pair.
 * @param logits [10] 100 times the cosine of the picture and each prompt, in the order good, bad, good, bad, ..
 */
export function clipiqaScore(logits: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i += 2) sum += 1 / (1 + Math.exp(logits[i + 1] - logits[i]));
  return sum / (logits.length / 2);
}

/**
 * Wang, Chan & Loy, Exploring CLIP for assessing the look and feel of images (2023), as `clipiqa` of pyiqa 0.1.15:
 * CLIP's ResNet-50 without its position embedding, and five pairs of prompts. 0 to 1, higher is better.
 */
export const clipiqa: QualityNetwork = {
  input: { name: "image", shape: [1, 3, "height", "width"] },
  output: { name: "logits", shape: [1, 10] },
  score: async (picture, run) => clipiqaScore(await run(clipiqaImage(picture))),
};
