// The image files under a folder, in an order that does not depend on the file system.
import { scanImages } from "./_scan.js";

/** An image file below a folder. */
export interface ImageFile {
  /** Path below the folder, with "/" between its parts; bytes that are not UTF-8 are shown as "\xE9". */
  relative: string;
  /** What to open the file with: a path, or its bytes if they are not UTF-8. */
  path: string | Buffer;
  /** Size of the file. */
  bytes: number;
  /** Time of the last change, ms since 1970. */
  modified: number;
}

/**
 * All files under `root` whose names end like those of PNG, JPEG and WebP images (.png, .jpg, .jpeg, .jpe, .jfif,
 * .pjpeg, .pjp, .webp), sorted by relative path; links are followed.
 * Hidden files and folders are skipped (names with a dot at the start), and what systems put among pictures, such as
 * `@eaDir` and `__MACOSX`. Sub-folders that cannot be read are skipped too. Files are not opened: reading one may
 * still fail.
 * Throws if `root` is missing or not a folder.
 */
export async function listImages(root: string): Promise<ImageFile[]> {
  return (await scanImages(root)).files;
}
