// Pictures in memory as a source.
import { ImagefnError } from "@imagefn/base";
import { batched, type ImageSource, type PlanarBytes } from "./source.js";

/** A picture as bytes [height, width, 3] (RGB) or [height, width, 4] (RGBA), as in a browser's ImageData. */
export interface PictureBytes {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Row by row; 3 or 4 bytes a pixel. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** What pairs it with its partner, as "001.png"; all pictures of a source have different names, or none has one. */
  readonly name?: string;
}

/**
 * Pictures in memory, in their order; sizes may differ. Transparent pixels are shown on white.
 * The pictures are not copied, and an iterable is read once, at the call.
 *
 * @param about what a report says of them; `name` is what messages call them, in the plural
 * @throws ImagefnError `invalid-data` where there are no pictures, the bytes of one do not fit its size, or only some have
 *   names or two have the same
 */
export function imagesSource(
  images: Iterable<PictureBytes>,
  { name = "images in memory", ...about }: { readonly name?: string; readonly [key: string]: unknown } = {},
): ImageSource {
  const all = [...images];
  if (all.length === 0)
    throw new ImagefnError("invalid-data", "metrics: imagesSource got no images (expected one or more)");
  for (const [i, { width, height, data }] of all.entries()) {
    const pixels = width * height;
    if (!(pixels > 0) || (data.length !== 3 * pixels && data.length !== 4 * pixels))
      throw new ImagefnError(
        "invalid-data",
        `metrics: imagesSource: the bytes of image ${i} do not fit its size (got ${data.length} bytes for ` +
          `${width} x ${height}, expected ${3 * pixels} or ${4 * pixels})`,
        { index: i },
      );
  }
  function* pictures(chosen: readonly PictureBytes[]) {
    for (const picture of chosen) yield planes(picture);
  }
  const names = namesOf(all);
  return {
    name,
    count: all.length,
    about: { images: all.length, ...about },
    batches: (count) => batched(pictures(all.slice(0, count))),
    ...(names && {
      named: { names, pick: (indices: readonly number[]) => batched(pictures(indices.map((i) => all[i]))) },
    }),
  };
}

function namesOf(pictures: readonly PictureBytes[]): readonly string[] | undefined {
  const names = pictures.flatMap(({ name }) => name ?? []);
  if (names.length === 0) return undefined;
  const different = new Set(names).size;
  if (different !== pictures.length)
    throw new ImagefnError(
      "invalid-data",
      `metrics: imagesSource: pictures have names of their own, or none has (got ${different} different names of ` +
        `${pictures.length} pictures)`,
    );
  return names;
}

function planes({ width, height, data }: PictureBytes): PlanarBytes {
  const pixels = width * height;
  const step = data.length / pixels;
  const out = new Uint8Array(3 * pixels);
  for (let p = 0; p < pixels; p++) {
    const alpha = step === 4 ? data[p * step + 3] / 255 : 1;
    for (let c = 0; c < 3; c++)
      out[c * pixels + p] = Math.round(alpha * data[p * step + c] + (1 - alpha) * 255);
  }
  return { width, height, data: out };
}
