// MANIQA: a vision transformer on crops of a picture.
import type { HostArray } from "@imagefn/ops";
import { interpolate } from "./interpolate.js";
import { normalize, type QualityNetwork, type RgbPicture } from "./network.js";

const CROP = 224;
/** The crops lie in four rows of five; steps are a quarter of what is left of a side, in both directions. */
const ROWS = 4;
const COLUMNS = 5;
const STEPS = 4;

/** One of the crops that MANIQA's network sees. */
export interface ManiqaCrop {
  /** How many of the twenty crops coincide with it. */
  readonly times: number;
  /** [1, 3, 224, 224] in [-1, 1] */
  readonly crop: HostArray;
}

/**
 * What MANIQA's network is given: twenty crops at even steps, of the picture in [-1, 1]. Where a side is not above 224,
 * the picture is first resized (bilinear, not antialiased) until the shorter one is 225. Crops that coincide, as all
 * twenty of a small square picture, are returned once. From a picture in [0, 1].
 */
export function maniqaCrops(picture: RgbPicture): ManiqaCrop[] {
  const { height, width, data } = enlarged(picture);
  const down = Math.floor((height - CROP) / STEPS);
  const right = Math.floor((width - CROP) / STEPS);
  const crops: ManiqaCrop[] = [];
  for (let row = 0; row < (down > 0 ? ROWS : 1); row++)
    for (let column = 0; column < (right > 0 ? COLUMNS : 1); column++) {
      const crop = new Float32Array(3 * CROP * CROP);
      for (let line = 0; line < 3 * CROP; line++) {
        const [channel, y] = [Math.floor(line / CROP), (line % CROP) + row * down];
        const at = (channel * height + y) * width + column * right;
        crop.set(data.subarray(at, at + CROP), line * CROP);
      }
      const times = (down > 0 ? 1 : ROWS) * (right > 0 ? 1 : COLUMNS);
      crops.push({ times, crop: { shape: [1, 3, CROP, CROP], data: crop } });
    }
  return crops;
}

/** In [-1, 1], with a shorter side of 225 if it was not above 224. */
function enlarged(picture: RgbPicture): RgbPicture {
  const { height, width } = picture;
  const { data } = normalize(picture, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
  const shorter = Math.min(height, width);
  if (shorter > CROP) return { height, width, data };
  // PyTorch reads at multiples of the factor that it was given, and not of the ratio of the whole sizes.
  const factor = (CROP + 1) / shorter;
  const side = (from: number) => ({ from, to: Math.floor(from * factor), step: 1 / factor });
  const [rows, columns] = [side(height), side(width)];
  return { height: rows.to, width: columns.to, data: interpolate("bilinear", data, rows, columns) };
}

/**
 * Yang et al., MANIQA: multi-dimension attention network for no-reference image quality assessment (2022), as `maniqa`
 * of pyiqa 0.1.15: trained on KonIQ-10k. About 0 to 1, higher is better. Before 0.1.12 its crops were random.
 *
 * The network gives every patch a score and a weight, and the metric is the weighted mean over the patches of all
 * crops together. The file sums over those of one crop: weight x score, and weight.
 */
export const maniqa: QualityNetwork = {
  input: { name: "crop", shape: [1, 3, CROP, CROP] },
  output: { name: "sums", shape: [1, 2] },
  async score(picture, run) {
    let weighted = 0;
    let weights = 0;
    for (const { times, crop } of maniqaCrops(picture)) {
      const [ws, w] = await run(crop);
      weighted += times * ws;
      weights += times * w;
    }
    return weighted / (weights + 1e-8);
  },
};
