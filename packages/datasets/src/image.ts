// Decodes an image file to planar RGB bytes at its own size.
import { checkArea, decodeWhole, type Origin, openPicture, WHOLE } from "./_decode.js";
import { readPicture } from "./_pictureFile.js";
import { type PlanarImage, planes } from "./resample.js";

/**
 * Decodes a PNG, JPEG or WebP file to RGB bytes, planar [3, height, width].
 * Grey becomes RGB, CMYK and embedded profiles become sRGB, 16 bits become 8, alpha is composited on the
 * background ("#rrggbb", default white), EXIF rotation is applied; of an animation, the first frame is used.
 * However many are asked for at once, at most 16 files are open and 67 million pixels in memory at a time.
 * The path may be bytes, as `listImages` returns them for names that are not UTF-8.
 * Throws, naming the file, if it is missing, corrupt, truncated, not such an image or above 67 million pixels.
 */
export async function readImage(path: string | Buffer, background = "#ffffff"): Promise<PlanarImage> {
  const origin: Origin = { name: path.toString(), advice: "replace it or remove it from the folder" };
  const bytes = await readPicture(path, origin, "check the path and its permissions");
  const picture = await openPicture(bytes, origin);
  checkArea(picture, WHOLE, " at its own size");
  return decodeWhole(picture, background, planes);
}
