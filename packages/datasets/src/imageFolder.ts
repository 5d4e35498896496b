// A folder of PNG, JPEG and WebP files as a data set; optionally each sub-folder is a class.
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { quoted } from "@imagefn/base";
import { integerIn } from "./_check.js";
import { readSquare } from "./_square.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";
import { type ImageFile, listImages } from "./listImages.js";

/** Which folder to load, and how its images are cut. */
export interface ImageFolderOptions extends CacheOptions {
  /** Folder to search, including all sub-folders. */
  path: string;
  /** Side of the training images in pixels. Images are downscaled to fit, never enlarged. */
  size: number;
  /** true: the first sub-folder of each image is its class. Default false. */
  classes?: boolean;
}

/**
 * The images under a folder, in the order of their paths, resized and centre-cropped as `resizeAndCrop` does:
 * [count, 3, size, size]. Kept in the cache until a file changes.
 * Throws if the folder is missing or contains no image, if an image is corrupt, truncated or smaller than
 * `size`, and, with `classes`, if there are no sub-folders or an image is in none.
 */
export async function imageFolder({
  path,
  size,
  classes = false,
  ...options
}: ImageFolderOptions): Promise<Dataset> {
  integerIn("imageFolder", "size", size, 1, 8192);
  const files = await listImages(path);
  if (files.length === 0) {
    throw new Error(
      `datasets: no images in ${quoted(path)} (got no .png, .jpg, .jpeg or .webp file there or below); use the folder that contains them`,
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
  return prepare(`folder-${size}`, key, options, () => ({
    name: `folder:${quoted(path)}`,
    size,
    count: files.length,
    classes: [],
    warnings: [],
    ...groups,
    async image(i) {
      const file = join(path, files[i].relative);
      const advice = "replace it or remove it from the folder";
      return readSquare(file, {
        size,
        name: file,
        advice,
        unreadable: "fix it or remove it from the folder",
      });
    },
  }));
}

type Groups = Pick<Dataset, "classes" | "labels" | "warnings">;

async function groupByFolder(path: string, files: ImageFile[]): Promise<Groups> {
  const tops = files.map(({ relative }) => relative.split("/"));
  const loose = tops.find((parts) => parts.length === 1);
  if (tops.every((parts) => parts.length === 1)) {
    throw new Error(
      `datasets: no classes in ${quoted(path)} (got images but no sub-folder with images, expected one sub-folder per class); ` +
        "sort the images into sub-folders, or train without classes",
    );
  }
  if (loose) {
    throw new Error(
      `datasets: ${quoted(join(path, loose[0]))} has no class (got an image outside of the sub-folders); ` +
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
    (name) => `datasets: sub-folder ${quoted(name)} of ${quoted(path)} contains no images and is not a class`,
  );
  return { classes, labels, warnings };
}
