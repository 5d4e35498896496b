// LSUN: one unpacked category, an LMDB file of WebP images.
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { quoted } from "@imagefn/base";
import { integerIn } from "./_check.js";
import { digestOf } from "./_digest.js";
import { openLmdb } from "./_lmdb.js";
import { decodeSquare } from "./_square.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";

/** Which LSUN database to load, and how many of its images. */
export interface LsunOptions extends CacheOptions {
  /** The unpacked folder, for example church_outdoor_train_lmdb, or the data.mdb in it. */
  path: string;
  /** Side of the training images in pixels, at most 256: LSUN's shorter sides. */
  size: number;
  /** Use only this many images, the first ones: keys are hashes, so they are a fair sample. Default: all. */
  limit?: number;
  /** true: images that cannot be used are left out, with a warning that counts them. Default false: an error. */
  skipBroken?: boolean;
}

/**
 * The images of an LSUN category in the order of their keys, resized and centre-cropped as `resizeAndCrop` does:
 * [count, 3, size, size], no classes. Kept in the cache until the file changes.
 * Throws, naming the file, if it is missing, truncated, damaged, of another format or empty, and if an image
 * in it cannot be decoded or is smaller than `size`: all such images are listed.
 */
export async function lsun({
  path,
  size,
  limit,
  skipBroken = false,
  ...options
}: LsunOptions): Promise<Dataset> {
  integerIn("lsun", "size", size, 1, 8192);
  if (limit !== undefined) integerIn("lsun", "limit", limit, 1, 2 ** 32);
  const { file, bytes, modified } = await findFile(path);
  const key = {
    kind: "lsun",
    file,
    bytes,
    modified,
    size,
    limit,
    skipBroken,
    sharp: packageVersion("sharp"),
  };
  return prepare(`lsun-${size}`, key, options, async () => {
    const lmdb = await openLmdb(file, limit);
    if (lmdb.count === 0) {
      await lmdb.close();
      throw new Error(`datasets: ${quoted(file)} contains no images; unpack the category again`);
    }
    return {
      digest: digestOf({ kind: "lsun", bytes, size, count: lmdb.count }),
      name: `lsun:${quoted(category(file))}`,
      size,
      count: lmdb.count,
      classes: [],
      warnings: [],
      skipBroken,
      async image(i) {
        const name = `image ${i} of ${quoted(file)}`;
        return decodeSquare(await lmdb.value(i), {
          size,
          name,
          advice: "unpack or download the category again",
        });
      },
      close: () => lmdb.close(),
    };
  });
}

async function findFile(path: string): Promise<{ file: string; bytes: number; modified: number }> {
  for (const file of [join(path, "data.mdb"), path]) {
    const info = await stat(file).catch(() => undefined);
    if (info?.isFile()) return { file: resolve(file), bytes: info.size, modified: info.mtimeMs };
  }
  throw new Error(
    `datasets: no LSUN category in ${quoted(path)} (got no data.mdb there); unpack the category and use its folder, ` +
      "for example church_outdoor_train_lmdb",
  );
}

/** "church_outdoor_train" for .../church_outdoor_train_lmdb/data.mdb. */
function category(file: string): string {
  const folder = basename(file) === "data.mdb" ? basename(dirname(file)) : basename(file, ".mdb");
  return folder.replace(/_lmdb$/, "");
}
