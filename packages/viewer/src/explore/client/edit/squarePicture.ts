// The picture of an edit: a square of bytes, from a file, an image function or a result.
import { type ImageFunction, renderBytes } from "@imagefn/inr";

/** A square picture. */
export interface SquarePicture {
  readonly side: number;
  /** RGBA bytes, opaque. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** What it is, and what was done to it, as one line. */
  readonly about: string;
}

/** Longest side of a picture: larger ones are made smaller, or a page would have no room for their numbers. */
const LONGEST = 1024;

/** The picture as numbers [3, side, side] in [-1, 1]. */
export function planesOf({ side, data }: SquarePicture): Float32Array {
  const plane = side * side;
  return Float32Array.from(
    { length: 3 * plane },
    (_, i) => data[4 * (i % plane) + Math.floor(i / plane)] / 127.5 - 1,
  );
}

/** Planes [3, height, width] of bytes as RGBA. */
export function rgbaOf(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let p = 0; 3 * p < rgb.length; p++) for (let c = 0; c < 3; c++) out[4 * p + c] = rgb[3 * p + c];
  return out;
}

/** An image function as a picture. */
export async function functionPicture(fn: ImageFunction, side: number, name: string): Promise<SquarePicture> {
  const { data } = await renderBytes(fn, { width: side, height: side });
  return { side, data, about: `${name}, ${side} x ${side} pixels` };
}

/**
 * The middle square of a picture file, on white.
 * @param least its side, at least: the training size
 * @throws with a sentence for the page
 */
export async function filePicture(file: File, least: number): Promise<SquarePicture> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error(
      `${file.name} cannot be opened: the browser cannot decode it (expected PNG, JPEG or WebP).`,
    );
  });
  try {
    const { width, height } = picture;
    const whole = Math.min(width, height);
    if (whole < least)
      throw new Error(
        `${file.name} has ${width} x ${height} pixels (expected at least ${least} x ${least}, the training size).`,
      );
    const side = Math.min(whole, LONGEST);
    const context = new OffscreenCanvas(side, side).getContext("2d")!;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, (width - whole) / 2, (height - whole) / 2, whole, whole, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    const done = [
      ...(width === height ? [] : ["its middle square"]),
      ...(side === whole ? [] : [`made smaller from ${whole} x ${whole}`]),
    ];
    const notes = done.length > 0 ? ` (${done.join(", ")})` : "";
    return { side, data, about: `${file.name}, ${side} x ${side} pixels${notes}` };
  } finally {
    picture.close();
  }
}
