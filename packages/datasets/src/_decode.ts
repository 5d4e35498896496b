// Decodes the bytes of picture files, with a limit on the pixels that are in memory at the same time.
import { quoted } from "@imagefn/base";
import sharp, { type Sharp } from "sharp";
import { shown } from "./_check.js";
import { gate } from "./_gate.js";
import { kindOf } from "./_kind.js";
import { reasonOf } from "./_reason.js";
import { UnusableImage } from "./_unusable.js";
import type { Pixels } from "./resample.js";

/** What the errors of a picture contain. */
export interface Origin {
  /** A path, or what else tells which picture it is. */
  name: string;
  /** What to do about it. */
  advice: string;
}

/** A picture that has not been decoded yet. */
export interface Picture extends Origin {
  bytes: Uint8Array;
  /** Sides as stored, before EXIF rotation. */
  width: number;
  height: number;
  /** As EXIF numbers it, 1 to 8; 1 is upright. */
  orientation: number;
}

/**
 * The most pixels that are in memory at the same time, over all pictures that are being decoded; and the most of a
 * picture that is decoded whole. At 5 to 8 bytes a pixel that is half a gigabyte.
 */
export const WHOLE = 2 ** 26;

/** The most pixels of a picture that is made smaller row by row while it is decoded. */
export const STREAMED = 2 ** 28;

const pixelsInFlight = gate(WHOLE);

/** Reads the header of a picture. Throws if the file is of another kind or its header is damaged, or if it is too large. */
export async function openPicture(bytes: Uint8Array, origin: Origin): Promise<Picture> {
  checkKind(bytes, origin);
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw broken(origin, decoderReason(error));
    });
  const { width, height, orientation = 1, format, isProgressive } = header;
  const picture = { ...origin, bytes, width, height, orientation };
  // Decoders hold all of such a picture, whatever is wanted of it.
  if (format === "webp") checkArea(picture, WHOLE, " for WebP");
  else if (isProgressive) checkArea(picture, WHOLE, " if interlaced or progressive");
  checkArea(picture, STREAMED);
  return picture;
}

/** Throws if the picture has more pixels than `limit`. */
export function checkArea({ name, width, height, advice }: Picture, limit: number, where = ""): void {
  if (width * height <= limit) return;
  throw new UnusableImage(
    `${quoted(name)} is too large (got ${width} x ${height}, expected at most ${Math.floor(limit / 1e6)} megapixels${where})`,
    `downscale it, or ${advice}`,
  );
}

/**
 * Decodes all of a picture, upright and composited on `background`, and returns what `use` makes of it: while it
 * runs, the pixels count as in memory.
 */
export async function decodeWhole<T>(
  picture: Picture,
  background: string,
  use: (pixels: Pixels) => T,
): Promise<T> {
  return pixelsInFlight(picture.width * picture.height, async () =>
    use(await pixelsOf(picture, (decoder) => decoder.autoOrient(), background)),
  );
}

/**
 * As `decodeWhole`, of the picture with both sides halved `halvings` times. Only a few rows of the original are in
 * memory at a time, so the arithmetic is the decoder's: a reduced transform for JPEG, then boxes and triangles.
 */
export async function decodeShrunk<T>(
  picture: Picture,
  halvings: number,
  background: string,
  use: (pixels: Pixels) => T,
): Promise<T> {
  const width = Math.floor(picture.width / 2 ** halvings);
  const height = Math.floor(picture.height / 2 ** halvings);
  return pixelsInFlight(WHOLE, async () => {
    const lying = await pixelsOf(
      picture,
      (decoder) => decoder.resize(width, height, { fit: "fill", kernel: "linear" }),
      background,
    );
    // Turned afterwards: turning takes all rows into memory.
    return use(picture.orientation === 1 ? lying : await upright(lying, picture.orientation));
  });
}

async function pixelsOf(
  { bytes, ...origin }: Picture,
  step: (decoder: Sharp) => Sharp,
  background: string,
): Promise<Pixels> {
  try {
    return await rawPixels(
      step(sharp(bytes, { failOn: "error", limitInputPixels: STREAMED, sequentialRead: true }))
        .flatten({ background })
        .toColourspace("srgb"),
    );
  } catch (error) {
    throw broken(origin, decoderReason(error));
  }
}

async function rawPixels(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** A mirror image, and then a turn, that set an EXIF orientation upright. */
const turns = [
  [0, false],
  [0, false],
  [0, true],
  [180, false],
  [180, true],
  [270, true],
  [90, false],
  [90, true],
  [270, false],
] as const;

async function upright({ data, ...raw }: Pixels, orientation: number): Promise<Pixels> {
  const [angle, mirror] = turns[orientation] ?? turns[1];
  const channels = raw.channels as 3 | 4;
  return rawPixels(
    sharp(data, { raw: { ...raw, channels } })
      .rotate(angle)
      .flop(mirror),
  );
}

/** Throws unless the file is of a kind that is decoded: the decoder knows more, among them SVG, which can ask for any size. */
function checkKind(bytes: Uint8Array, origin: Origin): void {
  const kind = kindOf(bytes);
  if (kind?.readable) return;
  if (!kind) {
    if (bytes.length === 0) throw broken(origin);
    const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12));
    throw broken(origin, start.toString("latin1"));
  }
  throw new UnusableImage(
    `cannot decode ${quoted(origin.name)} (got ${kind.shown}, expected PNG, JPEG or WebP)`,
    `convert it, or ${origin.advice}`,
  );
}

/** The decoder's reason, which it loses now and then when several pictures fail at the same time. */
function decoderReason(error: unknown): string {
  const reason = reasonOf(error);
  return reason === "Unknown error" ? "damaged data" : reason.replace(/:$/, "");
}

/** @param got a reason, or how the file begins; left out for an empty file */
function broken({ name, advice }: Origin, got?: string): UnusableImage {
  return new UnusableImage(
    `cannot decode ${quoted(name)} (got ${got === undefined ? "an empty file" : shown(got)}, expected a complete PNG, JPEG or WebP image)`,
    `the file is corrupt, truncated or of another kind: ${advice}`,
  );
}
