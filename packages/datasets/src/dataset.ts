// The one shape that every loaded data set has.

/** The images of a data set by position, wherever they lie. */
export interface Images {
  /**
   * Image i as RGB bytes, planar [3, size, size], for i in [0, count). To be read, not written, and before the
   * next call: images from a file come in the same memory again. Throws when the file is gone or damaged there.
   */
  at(i: number): Uint8Array;
  /** Lets go of the file behind the images, if there is one. The parts of a split share it. */
  close(): void;
}

/** A data set: what every loader of this package returns. */
export interface Dataset {
  /** Short name for logs and run folders, for example "avatars:pixel-art". */
  name: string;
  /** Side of the square images, in pixels. */
  size: number;
  /** Number of images. */
  count: number;
  /** Class names, in label order; [] when the images have no classes. */
  classes: string[];
  /** The images, in memory or in a file of the cache. */
  images: Images;
  /** Class of each image, [count], indices into `classes`; absent when there are none. */
  labels?: Int32Array;
  /** Group of each image, [count]: `split` keeps images of one group together. Absent when each stands alone. */
  groups?: Int32Array;
  /** Sentences that the user should read, such as "the cache could not be written"; [] normally. */
  warnings: string[];
}

/** All of a data set but its images. */
export type Description = Omit<Dataset, "images">;

/** Called while a set is built: images done so far and images in all. Not called when a cache answers. */
export type OnProgress = (done: number, total: number) => void;

/** Bytes of one image, [3, size, size]. */
export function imageBytes(size: number): number {
  return 3 * size * size;
}

/** For messages: "200000 images at 128 x 128". */
export function shownSize({ count, size }: { count: number; size: number }): string {
  return `${count} images at ${size} x ${size}`;
}

/** For messages: bytes as "9.83 GB", "12.6 MB" or "512 bytes". */
export function shownBytes(bytes: number): string {
  if (bytes < 1e5) return `${bytes} bytes`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
