// The type of every loaded data set.

/** The images of a data set by position, in memory or in a file. */
export interface Images {
  /**
   * Image i as RGB bytes, planar [3, size, size], for i in [0, count). Read-only, and valid until the
   * next call: images from a file share one buffer. Throws if the file is gone or the image is damaged.
   */
  at(i: number): Uint8Array;
  /** Closes the file behind the images, if there is one. The parts of a split share it. */
  close(): void;
}

/** A square image: RGB bytes, planar [3, side, side]. */
export interface SquareImage {
  readonly side: number;
  readonly data: Uint8Array;
}

/** Larger versions of the images of a data set, by the same positions. */
export interface LargerImages {
  /** The largest side that an image has. */
  readonly side: number;
  /**
   * Image i at its own side: the set's `size` times a power of two, `size` itself where the picture has no more pixels.
   * Read-only, and valid until the next call.
   */
  at(i: number): SquareImage;
  /** Closes the files behind the images, if there are any. */
  close(): void;
}

/** A data set, as every loader of this package returns it. */
export interface Dataset {
  /** Short name for logs and run folders, for example "avatars:pixel-art". */
  name: string;
  /** Side of the square images, in pixels. */
  size: number;
  /** Number of images. */
  count: number;
  /** Class names, in label order; [] if the images have no classes. */
  classes: string[];
  /** The images, in memory or in a file of the cache. */
  images: Images;
  /** The same images with more pixels, where they were loaded too. */
  larger?: LargerImages;
  /** Class of each image, [count], indices into `classes`; absent if there are none. */
  labels?: Int32Array;
  /** Group of each image, [count]: `split` keeps images of one group together. Absent if there are no groups. */
  groups?: Int32Array;
  /**
   * SHA-256 in hexadecimal of what determines the images, their order and their labels: names, sizes in bytes and
   * classes of files, or the parameters of drawn images, and the options of the loader; not the content of files or
   * where they are. The digest of a part of a split also depends on which images are in it. Absent from sets that
   * were made without one.
   */
  digest?: string;
  /** Warnings for the user, such as "the cache could not be written"; normally []. */
  warnings: string[];
}

/** A data set without its images. */
export type Description = Omit<Dataset, "images" | "larger">;

/** Called while a set is built: images done and images in total. Not called if the set is in the cache. */
export type OnProgress = (done: number, total: number) => void;

/** Bytes of one image, [3, size, size]. */
export function imageBytes(size: number): number {
  return 3 * size * size;
}

/** For messages: "200000 images at 128 x 128". */
export function shownSize({ count, size }: { count: number; size: number }): string {
  return `${count} images at ${size} x ${size}`;
}

/** For messages: "1 image", "3 images". */
export function shownCount(count: number): string {
  return count === 1 ? "1 image" : `${count} images`;
}

/** For messages: bytes as "9.83 GB", "12.6 MB" or "512 bytes". */
export function shownBytes(bytes: number): string {
  if (bytes < 1e5) return `${bytes} bytes`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
