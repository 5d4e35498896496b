// Images held in memory, and a choice of the images of another set.
import { type Images, imageBytes, shownBytes, shownSize } from "./dataset.js";

/** The images in `bytes`, [count, 3, size, size], RGB and planar. The bytes are not copied. */
export function imagesInMemory(bytes: Uint8Array, size: number): Images {
  const length = imageBytes(size);
  if (bytes.length % length !== 0) {
    throw new Error(
      `datasets: imagesInMemory got a broken number of images (got ${bytes.length} bytes, expected a multiple ` +
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
 * Throws with the size when the machine cannot give that much memory.
 */
export function allocateImages(count: number, size: number): Uint8Array {
  const bytes = count * imageBytes(size);
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new Error(
      `datasets: no memory for ${shownSize({ count, size })} (got a refusal for ${shownBytes(bytes)}); ` +
        "use fewer images or a smaller size",
    );
  }
}
