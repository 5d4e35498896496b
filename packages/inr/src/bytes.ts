// Pictures as bytes, for screens and files.

/** Bytes row by row, three (RGB) or four (RGBA) a pixel. A browser's ImageData is one. */
export interface ImageBytes {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Bytes of an RGBA picture, as `new ImageData(data, width, height)` takes them. */
export interface RgbaImage extends ImageBytes {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** floor(clamp((s + 1) 127.5, 0, 255)), the byte of a value s: truncated, not rounded, as for the consistency models. */
export const toByte = (s: number): number => Math.floor(Math.min(Math.max((s + 1) * 127.5, 0), 255));
