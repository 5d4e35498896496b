// Decodes an image file to planar RGB bytes at its own size.
import { readFile } from "node:fs/promises";
import { quoted } from "@imagefn/base";
import sharp from "sharp";
import { shown } from "./_check.js";
import { kindOf } from "./_kind.js";
import { reasonOf } from "./_reason.js";
import { UnusableImage } from "./_unusable.js";
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
    throw new UnusableImage(
      `cannot read ${quoted(path)} (${reasonOf(error)})`,
      "check the path and its permissions",
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
  checkKind(file, name, advice);
  try {
    const { data, info } = await sharp(file, { failOn: "error" })
      .autoOrient()
      .flatten({ background })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toPlanes(data, info.channels) };
  } catch (error) {
    throw broken(name, reasonOf(error), advice);
  }
}

/** Throws unless the file is of a kind that is decoded: the decoder knows more, among them SVG, which can ask for any size. */
function checkKind(file: Uint8Array, name: string, advice: string): void {
  const kind = kindOf(file);
  if (kind?.readable) return;
  if (!kind) {
    const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, 12)).toString("latin1");
    throw broken(name, start, advice);
  }
  throw new UnusableImage(
    `cannot decode ${quoted(name)} (got ${kind.shown}, expected PNG, JPEG or WebP)`,
    `convert it, or ${advice}`,
  );
}

function broken(name: string, got: string, advice: string): UnusableImage {
  return new UnusableImage(
    `cannot decode ${quoted(name)} (got ${shown(got)}, expected a complete PNG, JPEG or WebP image)`,
    `the file is corrupt, truncated or of another kind: ${advice}`,
  );
}

/** Returns `image` if both sides are at least `size`; throws otherwise, with `name` in the error. */
export function largeEnough(image: PlanarImage, size: number, name: string, advice: string): PlanarImage {
  if (Math.min(image.width, image.height) >= size) return image;
  throw new UnusableImage(
    `${quoted(name)} is too small (got ${image.width} x ${image.height}, expected at least ${size} x ${size})`,
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
