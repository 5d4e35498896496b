// Answers from the cache when it can, builds when it must, and never fails because of the cache.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readCacheFile, writeCacheFile } from "./_cacheFile.js";
import { defaultCacheFolder } from "./cacheFolder.js";
import type { Dataset } from "./dataset.js";

export interface CacheOptions {
  /** Whether to keep the built set on disk and to look there first. */
  cache?: boolean;
  /** Where; default `defaultCacheFolder()`. */
  cacheFolder?: string;
}

/**
 * The data set for `key`, from disk or from `build`. `key` holds everything that the bytes depend on.
 * A cache that cannot be written costs a warning in the set, nothing more.
 */
export async function throughCache(
  name: string,
  key: object,
  { cache, cacheFolder = defaultCacheFolder() }: CacheOptions,
  build: () => Promise<Dataset>,
): Promise<Dataset> {
  if (!cache) return build();
  const hash = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  const file = join(cacheFolder, `${name}-${hash.slice(0, 16)}.bin`);
  const cached = await readCacheFile(file, hash);
  if (cached) return cached;
  const dataset = await build();
  try {
    await writeCacheFile(file, hash, dataset);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const warning =
      `datasets: the cache could not be written (${why}), so this set will be built again next time; ` +
      "set IMAGEFN_CACHE to a folder that can be written";
    return { ...dataset, warnings: [...dataset.warnings, warning] };
  }
  return dataset;
}
