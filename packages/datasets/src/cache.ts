// Loads a set from the cache or builds it: in memory if it is small, else in its file.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { quoted } from "@imagefn/base";
import { keptIndices, withoutBroken } from "./_broken.js";
import { numberIn } from "./_check.js";
import { openPacked } from "./_packedRead.js";
import { StorageError, writePacked } from "./_packedWrite.js";
import { forEachImage } from "./_pool.js";
import { reasonOf } from "./_reason.js";
import type { Source } from "./_source.js";
import { defaultCacheFolder } from "./cacheFolder.js";
import {
  type Dataset,
  type Description,
  imageBytes,
  type OnProgress,
  shownBytes,
  shownSize,
} from "./dataset.js";
import { allocateImages, imagesInMemory } from "./images.js";

/** Where a set that takes long to build is kept. Every loader of such a set takes these options too. */
export interface CacheOptions {
  /** Whether to store the built set on disk and to look there first. Default true. */
  cache?: boolean;
  /** Where; default `defaultCacheFolder()`. */
  cacheFolder?: string;
  /**
   * Sets of more bytes than this are not held in memory: they are built into their file in the cache, and each
   * image is read from there when it is asked for. Default 512 MiB.
   */
  memory?: number;
  /**
   * Only finds the images and their classes: none is decoded, drawn or stored, and `images.at` throws. Images that
   * cannot be used count too, since nothing is known of them yet. Default false.
   */
  listOnly?: boolean;
  /** Called while the set is built. */
  onProgress?: OnProgress;
}

const MEMORY = 2 ** 29;

/** Decoding runs on the thread pool; a few more than it has threads keep it busy. */
const IN_FLIGHT = 8;

/**
 * The data set for `key`, from the cache or from the source that `open` returns. `key` contains everything that the
 * bytes depend on. If the cache cannot be written, a small set gets a warning; a set too large for memory is an
 * error that says how much disk space it needs.
 */
export async function prepare(
  fileName: string,
  key: object,
  {
    cache = true,
    cacheFolder = defaultCacheFolder(),
    memory = MEMORY,
    listOnly = false,
    onProgress,
  }: CacheOptions,
  open: () => Promise<Source> | Source,
): Promise<Dataset> {
  numberIn("the loading of a set", "memory", memory, 0, Infinity);
  const hash = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  const file = join(cacheFolder, `${fileName}-${hash.slice(0, 16)}.bin`);
  if (listOnly) return listed(await open());
  const cached = cache ? openPacked(file, hash, memory) : undefined;
  if (cached) return cached;

  const source = await open();
  try {
    return await build(source, { file, hash, memory, cache, cacheFolder, onProgress });
  } finally {
    await source.close?.();
  }
}

/** A set without its images. */
async function listed(source: Source): Promise<Dataset> {
  await source.close?.();
  const at = () => {
    throw new Error(`datasets: ${quoted(source.name)} was only listed: load it without listOnly`);
  };
  return { ...descriptionOf(source), images: { at, close() {} } };
}

interface Place extends Required<Pick<CacheOptions, "cache" | "cacheFolder" | "memory">> {
  file: string;
  hash: string;
  onProgress?: OnProgress;
}

async function build(source: Source, place: Place): Promise<Dataset> {
  const { file, hash, memory, cache, cacheFolder, onProgress } = place;
  const description = descriptionOf(source);
  if (description.count * imageBytes(description.size) > memory) {
    if (!cache) throw tooLarge(description, cacheFolder, "the cache is turned off");
    const faults = await writePacked(file, hash, description, source.image, IN_FLIGHT, onProgress).catch(
      (error) => {
        throw error instanceof StorageError ? tooLarge(description, cacheFolder, error.message) : error;
      },
    );
    // The number of images precedes them in the file, so those that are left are made again.
    if (faults.size > 0) return build(withoutBroken(source, faults), place);
    const packed = openPacked(file, hash, memory);
    if (!packed)
      throw tooLarge(description, cacheFolder, "the file reads back differently from what was written");
    return packed;
  }
  const dataset = await inMemory(source, onProgress);
  if (!cache) return dataset;
  try {
    await writePacked(file, hash, dataset, (i) => dataset.images.at(i), 1);
    return dataset;
  } catch (error) {
    return { ...dataset, warnings: [...dataset.warnings, notKept(reasonOf(error))] };
  }
}

function descriptionOf(source: Source): Description {
  const { image, close, skipBroken, digestOf, ...description } = source;
  return description;
}

async function inMemory(source: Source, onProgress?: OnProgress): Promise<Dataset> {
  const { count, size } = source;
  const length = imageBytes(size);
  const bytes = allocateImages(count, size);
  const faults = await forEachImage(
    count,
    IN_FLIGHT,
    async (i) => bytes.set(await source.image(i), i * length),
    onProgress,
  );
  if (faults.size === 0) return { ...descriptionOf(source), images: imagesInMemory(bytes, size) };
  const description = descriptionOf(withoutBroken(source, faults));
  keptIndices(count, faults).forEach((from, i) => {
    bytes.copyWithin(i * length, from * length, (from + 1) * length);
  });
  return { ...description, images: imagesInMemory(bytes.subarray(0, description.count * length), size) };
}

function notKept(why: string): string {
  return (
    `datasets: the cache could not be written (${why}), so this set will be built again next time; ` +
    "set IMAGEFN_CACHE to a writable folder"
  );
}

function tooLarge(description: Description, folder: string, why: string): Error {
  const bytes = shownBytes(description.count * imageBytes(description.size));
  return new Error(
    `datasets: no place for ${quoted(description.name)} (${why}): ${shownSize(description)} are too many for memory and ` +
      `need ${bytes} of disk space in the cache ${quoted(folder)}; set IMAGEFN_CACHE to a folder with that much room, ` +
      "or use fewer images or a smaller size",
  );
}
