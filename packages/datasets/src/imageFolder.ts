// A folder of PNG, JPEG and WebP files as a data set; each sub-folder is a class when asked.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { integerIn } from "./_check.js";
import { type ImageFile, listImages } from "./_listImages.js";
import { forEachIndex } from "./_pool.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, throughCache } from "./cache.js";
import { allocateImages, type Dataset, imageBytes, type OnProgress } from "./dataset.js";
import { readImage } from "./image.js";
import { resizeAndCrop } from "./resample.js";

export interface ImageFolderOptions extends CacheOptions {
  /** Folder to search, with all its sub-folders. */
  path: string;
  /** Side of the training images in pixels. Images are made smaller to fit, never larger. */
  size: number;
  /** true: the first sub-folder of each image is its class. Default false. */
  classes?: boolean;
  onProgress?: OnProgress;
}

/** Decoding runs on the thread pool; a few more than it has threads keep it busy. */
const IN_FLIGHT = 8;

/**
 * The images under a folder, in the order of their paths, resized and centre-cropped as SPEC section 11 says:
 * [count, 3, size, size]. With `cache: true` the result is kept on disk until a file changes (default false).
 * Throws when the folder is missing or holds no image, when an image is corrupt, truncated or smaller than
 * `size`, and, with `classes`, when there are no sub-folders or an image lies in none.
 */
export async function imageFolder({
  path,
  size,
  classes = false,
  cache = false,
  cacheFolder,
  onProgress,
}: ImageFolderOptions): Promise<Dataset> {
  integerIn("imageFolder", "size", size, 1, 8192);
  const files = await listImages(path);
  if (files.length === 0) {
    throw new Error(
      `datasets: no images in ${path} (got no .png, .jpg, .jpeg or .webp file there or below); give the folder that holds them`,
    );
  }
  const groups = classes ? await groupByFolder(path, files) : undefined;
  const key = {
    kind: "imageFolder",
    path: resolve(path),
    files,
    size,
    classes,
    sharp: packageVersion("sharp"),
  };

  return throughCache(`folder-${size}`, key, { cache, cacheFolder }, async () => {
    const images = allocateImages(files.length, size);
    await forEachIndex(
      files.length,
      IN_FLIGHT,
      async (i) => images.set(await trainingImage(join(path, files[i].relative), size), i * imageBytes(size)),
      onProgress,
    );
    return {
      name: `folder:${path}`,
      size,
      count: files.length,
      classes: [],
      images,
      warnings: [],
      ...groups,
    };
  });
}

async function trainingImage(file: string, size: number): Promise<Uint8Array> {
  const image = await readImage(file);
  if (Math.min(image.width, image.height) < size) {
    throw new Error(
      `datasets: ${file} is too small (got ${image.width} x ${image.height}, expected at least ${size} x ${size}); ` +
        "train at a smaller size, or take the image out of the folder",
    );
  }
  return resizeAndCrop(image, size);
}

type Groups = Pick<Dataset, "classes" | "labels" | "warnings">;

async function groupByFolder(path: string, files: ImageFile[]): Promise<Groups> {
  const tops = files.map(({ relative }) => relative.split("/"));
  const loose = tops.find((parts) => parts.length === 1);
  if (tops.every((parts) => parts.length === 1)) {
    throw new Error(
      `datasets: no classes in ${path} (got images but no sub-folder with images, expected one sub-folder per class); ` +
        "sort the images into sub-folders, or train without classes",
    );
  }
  if (loose) {
    throw new Error(
      `datasets: ${join(path, loose[0])} has no class (got an image outside of the sub-folders); ` +
        "move it into a sub-folder, or train without classes",
    );
  }
  const classes = [...new Set(tops.map((parts) => parts[0]))];
  const labels = Int32Array.from(tops, (parts) => classes.indexOf(parts[0]));
  const empty = (await readdir(path, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !classes.includes(entry.name))
    .map((entry) => entry.name)
    .sort();
  const warnings = empty.map(
    (name) => `datasets: sub-folder ${name} of ${path} holds no image and is no class`,
  );
  return { classes, labels, warnings };
}
