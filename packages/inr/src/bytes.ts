// Pictures as bytes, for screens and files.

/** Bytes row by row, three (RGB) or four (RGBA) a pixel. A browser's ImageData is one. */
export interface ImageBytes {
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** [height, width, 3 or 4] */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Bytes of an RGBA picture, as `new ImageData(data, width, height)` takes them. */
export interface RgbaImage extends ImageBytes {
  /** [height, width, 4] */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * The byte of a value s in [-1, 1]: (s + 1) 127.5, cut off at 0 and 255 and rounded, halves up, so that 0 becomes 128.
 * All 256 levels v return from v / 127.5 - 1 in float32. The samplers of Consistency Models truncate instead: then more
 * than a third of the levels come back one lower, and pictures become a little darker each time.
 */
export const toByte = (s: number): number => Math.round(Math.min(Math.max((s + 1) * 127.5, 0), 255));

/** `toByte` of every value, in the same order. */
export function valuesToBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = toByte(values[i]);
  return bytes;
}

/** `toByte` of planes [3, height, width], as pixels [height, width, 3]. */
export function planesToBytes(planes: Float32Array): Uint8Array<ArrayBuffer> {
  const pixels = planes.length / 3;
  const bytes = new Uint8Array(planes.length);
  for (let channel = 0; channel < 3; channel++)
    for (let pixel = 0; pixel < pixels; pixel++)
      bytes[pixel * 3 + channel] = toByte(planes[channel * pixels + pixel]);
  return bytes;
}
