// From picture files to training images: decoded by the browser, then made small as @imagefn/datasets does it.
import { resizeAndCrop } from "@imagefn/datasets";
import type { PictureFile } from "../about.js";

/** The endings of files that the command trains on too. */
const PICTURE = /\.(png|jpe?g|jpe|jfif|pjpeg|pjp|webp)$/i;

const isHidden = (path: string): boolean => path.split("/").some((part) => part.startsWith("."));

export interface Squares {
  /** [count, 3, size, size] */
  readonly bytes: Uint8Array;
  /** The pictures that were used, in the order of their paths. */
  readonly used: readonly PictureFile[];
  /** Sentences on what was left out. */
  readonly leftOut: readonly string[];
}

/** Squares of the files that are pictures, in the order of their paths. */
export async function squaresOf(
  files: readonly PictureFile[],
  size: number,
  onProgress: (done: number, total: number) => void,
): Promise<Squares> {
  const seen = files.filter(({ path }) => !isHidden(path));
  const pictures = seen.filter(({ path }) => PICTURE.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  const squares: Uint8Array[] = [];
  const used: PictureFile[] = [];
  const reasons = new Map<string, string[]>();
  for (const [i, one] of pictures.entries()) {
    const made = await squareOf(one.file, size);
    if (typeof made === "string") reasons.set(made, [...(reasons.get(made) ?? []), one.path]);
    else {
      squares.push(made);
      used.push(one);
    }
    onProgress(i + 1, pictures.length);
  }
  const others = seen.length - pictures.length;
  const bytes = new Uint8Array(squares.length * 3 * size * size);
  squares.forEach((square, i) => bytes.set(square, i * square.length));
  return {
    bytes,
    used,
    leftOut: [
      ...[...reasons].map(([reason, paths]) => `Left out ${listed(paths)}: ${reason}.`),
      ...(others > 0 ? [`Left out ${others} of other kinds (expected PNG, JPEG or WebP).`] : []),
    ],
  };
}

/** The first names, and how many more there are. */
const listed = (paths: readonly string[]): string =>
  paths.slice(0, 3).join(", ") + (paths.length > 3 ? ` and ${paths.length - 3} more` : "");

/** The training image of a file, or why there is none. */
async function squareOf(file: File, size: number): Promise<Uint8Array | string> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    return "the browser cannot decode it";
  }
  const { width, height } = picture;
  try {
    if (Math.min(width, height) < size) return `smaller than ${size} x ${size} pixels`;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return `too large for the browser (${width} x ${height} pixels)`;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const planes = new Uint8Array(3 * width * height);
    for (let p = 0; p < width * height; p++)
      for (let c = 0; c < 3; c++) planes[c * width * height + p] = data[4 * p + c];
    return resizeAndCrop({ width, height, data: planes }, size);
  } catch {
    return `too large for the browser (${width} x ${height} pixels)`;
  } finally {
    picture.close();
  }
}
