// Shared by the tests: small images made on the spot, and small data sets.

import { crc32, deflateSync } from "node:zlib";
import { type Dataset, imagesInMemory, type PlanarImage, readBytes } from "@imagefn/datasets";
import sharp, { type Sharp } from "sharp";

/** An image of one colour with 1 to 4 channels, ready to be encoded by sharp. */
export function plain(color: number[], width = 8, height = 8): Sharp {
  const pixels = Buffer.from(Array.from({ length: width * height }, () => color).flat());
  return sharp(pixels, { raw: { width, height, channels: color.length as 1 | 2 | 3 | 4 } });
}

/** An image whose bytes do not compress, so that cutting the file cuts its pixels. */
export function noisy(width: number, height: number): Sharp {
  let state = 1;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
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
    images: imagesInMemory(
      Uint8Array.from({ length: 12 * count }, (_, i) => i % 256),
      2,
    ),
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    warnings: [],
  };
}

/** Whether two byte arrays are equal; tap's own comparison takes seconds to describe how long ones differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** All bytes of a set, [count, 3, size, size]. */
export function allBytes(set: Dataset): Uint8Array {
  return readBytes(
    set,
    Uint32Array.from({ length: set.count }, (_, i) => i),
  );
}

/** All of a set in one comparable value: what it says of itself, and its bytes in hexadecimal. */
export function contents(set: Dataset): object {
  return { ...set, images: Buffer.from(allBytes(set)).toString("hex") };
}

/** A black PNG of one bit a pixel: thousands of times smaller than its pixels. With `interlaced` only its header is right. */
export function bitPng(width: number, height: number, interlaced = false): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type, "latin1"), data, Buffer.alloc(4)]);
    bytes.writeUInt32BE(data.length, 0);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  header[12] = Number(interlaced);
  const rows = Buffer.alloc(height * (1 + Math.ceil(width / 8)));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
