// The one shape that every loaded data set has, and the making of its storage.

/** A data set held in memory as bytes: what every loader of this package returns. */
export interface Dataset {
  /** Short name for logs and run folders, for example "avatars:pixel-art". */
  name: string;
  /** Side of the square images, in pixels. */
  size: number;
  /** Number of images. */
  count: number;
  /** Class names, in label order; [] when the images have no classes. */
  classes: string[];
  /** RGB bytes, planar: [count, 3, size, size]. */
  images: Uint8Array;
  /** Class of each image, [count], indices into `classes`; absent when there are none. */
  labels?: Int32Array;
  /** Sentences that the user should read, such as "the cache could not be written"; [] normally. */
  warnings: string[];
}

/** Called while a set is built: images done so far and images in all. Not called when a cache answers. */
export type OnProgress = (done: number, total: number) => void;

/** Bytes of one image, [3, size, size]. */
export function imageBytes(size: number): number {
  return 3 * size * size;
}

/**
 * Zeroed storage for [count, 3, size, size] bytes.
 * Throws with the size in GiB when the machine cannot give that much memory.
 */
export function allocateImages(count: number, size: number): Uint8Array {
  const bytes = count * imageBytes(size);
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new Error(
      `datasets: no memory for ${count} images at ${size} x ${size} (got a refusal for ` +
        `${(bytes / 2 ** 30).toFixed(1)} GiB); use fewer images or a smaller size`,
    );
  }
}
