// Animated WebP files, by sharp, which reading pictures needs too.
import type { Rows } from "@imagefn/base";

/** Frames in a second, and the size of each. */
interface Shown {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly fps: number;
}

/** 0 to 100: frames of a smooth function show nothing of it below 90. */
const QUALITY = 90;

/** The bytes of an animation without end. All frames are in memory, one below the other. */
export async function webp(
  { width, height, frames, fps }: Shown,
  pictures: AsyncIterable<Rows>,
): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const pixels = new Uint8Array(width * height * 3 * frames);
  let at = 0;
  for await (const rows of pictures)
    for await (const part of rows) {
      pixels.set(part, at);
      at += part.length;
    }
  // WebP counts milliseconds: the frames share the rounding.
  const ends = Array.from({ length: frames + 1 }, (_, f) => Math.round((1000 * f) / fps));
  const delay = ends.slice(1).map((end, f) => end - ends[f]);
  const raw = { width, height: height * frames, channels: 3 as const, pageHeight: height };
  return sharp(pixels, { raw, limitInputPixels: false })
    .webp({ quality: QUALITY, smartSubsample: true, loop: 0, delay })
    .toBuffer();
}
