// Shared by the tests: small images made on the spot, and small data sets.
import type { Dataset, PlanarImage } from "@imagefn/datasets";
import sharp, { type Sharp } from "sharp";

/** An image of one colour with 1 to 4 channels, ready to be encoded by sharp. */
export function plain(color: number[], width = 8, height = 8): Sharp {
  const pixels = Buffer.from(Array.from({ length: width * height }, () => color).flat());
  return sharp(pixels, { raw: { width, height, channels: color.length as 1 | 2 | 3 | 4 } });
}

/** An image whose bytes do not compress, so that cutting the file cuts its pixels. */
export function noisy(width: number, height: number): Sharp {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + i * 7) % 251);
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A planar image from a function of channel, row and column. */
export function planar(
  width: number,
  height: number,
  value: (channel: number, y: number, x: number) => number,
): PlanarImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(Math.floor(i / (width * height)), Math.floor(i / width) % height, i % width);
  }
  return { width, height, data };
}

/** A data set of `count` images of 2 x 2 pixels whose bytes are all different from image to image. */
export function tiny(count: number): Dataset {
  return {
    name: "tiny",
    size: 2,
    count,
    classes: ["even", "odd"],
    images: Uint8Array.from({ length: 12 * count }, (_, i) => (Math.floor(i / 12) * 12 + (i % 12)) % 256),
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    warnings: [],
  };
}

/** Whether two byte arrays are equal; tap's own comparison takes seconds to describe how long ones differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
