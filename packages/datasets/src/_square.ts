// Picture files to the square training images of a data set.
import { quoted } from "@imagefn/base";
import {
  checkArea,
  decodeShrunk,
  decodeWhole,
  type Origin,
  openPicture,
  type Picture,
  WHOLE,
} from "./_decode.js";
import { readPicture } from "./_pictureFile.js";
import { UnusableImage } from "./_unusable.js";
import { type Pixels, squareOf } from "./resample.js";

export interface SquareOptions extends Origin {
  /** Side of the square in pixels. */
  size: number;
  /** Behind transparent pixels, "#rrggbb". Default white. */
  background?: string;
  /** Pictures of more pixels are made smaller while they are decoded. */
  whole?: number;
}

/** What to do about a file that cannot be read. */
interface FileOptions extends SquareOptions {
  unreadable: string;
}

/** The image [3, size, size] of a file, as `decodeSquare` makes it. */
export async function readSquare(path: string | Buffer, options: FileOptions): Promise<Uint8Array> {
  return decodeSquare(await readPicture(path, options, options.unreadable), options);
}

/**
 * The image [3, size, size] of the bytes of a PNG, JPEG or WebP file: what `resizeAndCrop` makes of it, bit for bit
 * for pictures of up to 67 million pixels. Of larger ones the first halvings are the decoder's.
 * Throws an UnusableImage if it cannot be decoded, is smaller than the square, or too large.
 */
export async function decodeSquare(
  bytes: Uint8Array,
  { size, background = "#ffffff", whole = WHOLE, name, advice }: SquareOptions,
): Promise<Uint8Array> {
  const picture = await openPicture(bytes, { name, advice });
  const { width, height } = picture;
  if (Math.min(width, height) < size) {
    const [across, down] = picture.orientation > 4 ? [height, width] : [width, height];
    throw new UnusableImage(
      `${quoted(name)} is too small (got ${across} x ${down}, expected at least ${size} x ${size})`,
      `use a smaller size, or ${advice}`,
    );
  }
  const square = (pixels: Pixels) => squareOf(pixels, size);
  if (width * height <= whole) return decodeWhole(picture, background, square);
  const halvings = halvingsOf(picture, size, whole);
  if (halvings === 0) {
    checkArea(picture, WHOLE, ` at size ${size}`);
    return decodeWhole(picture, background, square);
  }
  return decodeShrunk(picture, halvings, background, square);
}

/** Halvings that leave at most a quarter of `whole`, but no more than `resizeAndCrop` would do. */
function halvingsOf({ width, height }: Picture, size: number, whole: number): number {
  let halvings = 0;
  const side = () => Math.floor(Math.min(width, height) / 2 ** halvings);
  while (side() >= 2 * size && (width * height) / 4 ** halvings > whole / 4) halvings++;
  return halvings;
}
