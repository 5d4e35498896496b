// An image file in a folder of images.

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
