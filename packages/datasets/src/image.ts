// One image file to planar RGB bytes at its own size.
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { PlanarImage } from "./resample.js";

/**
 * Decodes a PNG, JPEG or WebP file to RGB bytes, planar [3, height, width].
 * Grey becomes RGB, CMYK and embedded profiles become sRGB, 16 bits become 8, alpha is composited on white,
 * and the picture is turned upright when its EXIF data says so; of an animation the first frame is taken.
 * Throws, naming the file, when it is missing, corrupt, truncated or not an image.
 */
export async function readImage(path: string): Promise<PlanarImage> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch (error) {
    throw new Error(`datasets: cannot read ${path} (${reason(error)}); check the path and its permissions`);
  }
  try {
    const { data, info } = await sharp(file, { failOn: "error" })
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toPlanes(data, info.channels) };
  } catch (error) {
    throw new Error(
      `datasets: cannot decode ${path} (got "${reason(error)}", expected a whole PNG, JPEG or WebP image); ` +
        `the file is corrupt, truncated or of another kind: replace it or take it out of the folder`,
    );
  }
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

function reason(error: unknown): string {
  // libvips repeats itself over several lines; the first says what happened.
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
