// Decodes an image file to planar RGB bytes at its own size.
import { readFile } from "node:fs/promises";
import { quoted } from "@imagefn/base";
import sharp from "sharp";
import { reasonOf } from "./_reason.js";
import type { PlanarImage } from "./resample.js";

/**
 * Decodes a PNG, JPEG or WebP file to RGB bytes, planar [3, height, width].
 * Grey becomes RGB, CMYK and embedded profiles become sRGB, 16 bits become 8, alpha is composited on the
 * background ("#rrggbb", default white), EXIF rotation is applied; of an animation, the first frame is used.
 * Throws, naming the file, if it is missing, corrupt, truncated or not an image.
 */
export async function readImage(path: string, background?: string): Promise<PlanarImage> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (error) {
    throw new Error(
      `datasets: cannot read ${quoted(path)} (${reasonOf(error)}); check the path and its permissions`,
    );
  }
  return decodeImage(file, path, "replace it or remove it from the folder", background);
}

/**
 * Decodes the bytes of a PNG, JPEG or WebP file as `readImage` does, transparency composited on `background`.
 * If it cannot be decoded, the error contains `name` and `advice`.
 */
export async function decodeImage(
  file: Uint8Array,
  name: string,
  advice: string,
  background = "#ffffff",
): Promise<PlanarImage> {
  try {
    const { data, info } = await sharp(file, { failOn: "error" })
      .autoOrient()
      .flatten({ background })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toPlanes(data, info.channels) };
  } catch (error) {
    throw new Error(
      `datasets: cannot decode ${quoted(name)} (got "${reasonOf(error)}", expected a complete PNG, JPEG or WebP image); ` +
        `the file is corrupt, truncated or of another kind: ${advice}`,
    );
  }
}

/** Returns `image` if both sides are at least `size`; throws otherwise, with `name` in the error. */
export function largeEnough(image: PlanarImage, size: number, name: string, advice: string): PlanarImage {
  if (Math.min(image.width, image.height) >= size) return image;
  throw new Error(
    `datasets: ${quoted(name)} is too small (got ${image.width} x ${image.height}, expected at least ${size} x ${size}); ` +
      advice,
  );
}

function toPlanes(pixels: Uint8Array, channels: number): Uint8Array {
  const area = pixels.length / channels;
  const planes = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    planes[i] = pixels[i * channels];
    planes[area + i] = pixels[i * channels + 1];
    planes[2 * area + i] = pixels[i * channels + 2];
  }
  return planes;
}
