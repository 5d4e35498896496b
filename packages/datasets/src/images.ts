// Images in memory, and selections of the images of another set.
import { type Images, imageBytes, shownBytes, shownSize } from "./dataset.js";

/** The images in `bytes`, [count, 3, size, size], RGB and planar. The bytes are not copied. */
export function imagesInMemory(bytes: Uint8Array, size: number): Images {
  const length = imageBytes(size);
  if (bytes.length % length !== 0) {
    throw new Error(
      `datasets: imagesInMemory needs whole images (got ${bytes.length} bytes, expected a multiple ` +
        `of ${length} for images [3, ${size}, ${size}])`,
    );
  }
  return { at: (i) => bytes.subarray(i * length, (i + 1) * length), close() {} };
}

/** Image `indices[i]` of `images` as image i. Nothing is copied. */
export function selectImages(images: Images, indices: ArrayLike<number>): Images {
  return { at: (i) => images.at(indices[i]), close: () => images.close() };
}

/**
 * Zeroed storage for [count, 3, size, size] bytes.
 * Throws, with the size, if the memory cannot be allocated.
 */
export function allocateImages(count: number, size: number): Uint8Array {
  const bytes = count * imageBytes(size);
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new Error(
      `datasets: not enough memory for ${shownSize({ count, size })} (could not allocate ${shownBytes(bytes)}); ` +
        "use fewer images or a smaller size",
    );
  }
}
