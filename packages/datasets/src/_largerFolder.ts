// Larger versions of the pictures of a folder, each at the largest size that it has pixels for.
import { openPicture } from "./_decode.js";
import { readPicture } from "./_pictureFile.js";
import { readSquare } from "./_square.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Images, LargerImages } from "./dataset.js";

/** A picture file, and what messages say of it. */
interface File {
  readonly path: string | Buffer;
  readonly name: string;
  readonly advice: string;
  readonly unreadable: string;
}

/** What the pictures are, and how far up they go. */
interface LargerOptions {
  /** The images at the size of the set. */
  readonly images: Images;
  /** Their side. */
  readonly size: number;
  /** The largest side: `size` times a power of two. */
  readonly detail: number;
  /** What the bytes of these files depend on, for the cache. */
  key(indices: readonly number[]): object;
}

/**
 * Each picture at its own side: the largest of size, size 2, size 4, .. `detail` of which it has as many pixels across and down.
 * Those of one side are one set of the cache.
 */
export async function largerFolder(
  files: readonly File[],
  { images, size, detail, key }: LargerOptions,
  options: CacheOptions,
): Promise<LargerImages> {
  const all = files.map((_, i) => i);
  const setOf = (
    { name, side, indices }: { name: string; side: number; indices: readonly number[] },
    image: (file: File) => Promise<Uint8Array>,
  ) =>
    prepare(`folder-${name}`, { ...key(indices), detail, name }, options, () => ({
      ...{ name, size: side, count: indices.length, classes: [], warnings: [] },
      image: (i) => image(files[indices[i]]),
    }));
  // Kept as images of one pixel, so that the headers of all files are read only once.
  const pixels = await setOf({ name: `doublings-${size}`, side: 1, indices: all }, async (file) =>
    new Uint8Array(3).fill(await doublings(file, size, detail)),
  );
  const levels = all.map((i) => pixels.images.at(i)[0]);
  pixels.images.close();
  const sets = new Map<number, Images>();
  const places = new Uint32Array(files.length);
  for (const level of [...new Set(levels)].filter((level) => level > 0)) {
    const side = size * 2 ** level;
    const indices = all.filter((i) => levels[i] === level);
    indices.forEach((i, place) => {
      places[i] = place;
    });
    const set = await setOf({ name: `larger-${side}`, side, indices }, ({ path, ...file }) =>
      readSquare(path, { size: side, ...file }),
    );
    sets.set(level, set.images);
  }
  return {
    side: size * 2 ** Math.max(...levels),
    at(i) {
      const set = sets.get(levels[i]);
      return set
        ? { side: size * 2 ** levels[i], data: set.at(places[i]) }
        : { side: size, data: images.at(i) };
    },
    close() {
      for (const set of sets.values()) set.close();
    },
  };
}

/** How often the size can be doubled, up to `detail`, within the pixels of a picture. */
async function doublings({ path, ...file }: File, size: number, detail: number): Promise<number> {
  const { width, height } = await openPicture(await readPicture(path, file, file.unreadable), file);
  return Math.floor(Math.log2(Math.min(width, height, detail) / size));
}
