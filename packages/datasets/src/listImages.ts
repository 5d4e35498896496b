// The image files under a folder, in an order that does not depend on the file system.
import type { ImageFile } from "./_imageFile.js";
import { scanImages } from "./_scan.js";

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
