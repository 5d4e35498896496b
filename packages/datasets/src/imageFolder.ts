// A folder of PNG, JPEG and WebP files as a data set; optionally each sub-folder is a class.
import { join, resolve } from "node:path";
import { quoted } from "@imagefn/base";
import { integerIn } from "./_check.js";
import { digestOf } from "./_digest.js";
import { entriesOf, isHidden } from "./_folderEntries.js";
import type { ImageFile } from "./_imageFile.js";
import { largerFolder } from "./_largerFolder.js";
import { type LeaveOut, scanImages } from "./_scan.js";
import { readSquare } from "./_square.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";
import { checkSide } from "./larger.js";

/** Which folder to load, and how its images are cut. */
export interface ImageFolderOptions extends CacheOptions {
  /** Folder to search, including all sub-folders. */
  path: string;
  /** Side of the training images in pixels. Images are downscaled to fit, never enlarged. */
  size: number;
  /**
   * `larger` of the set holds each picture at the largest of size 2, size 4, .. up to this side that it has pixels for, a power
   * of two times `size`. Not with `skipBroken`.
   */
  detail?: number;
  /** true: the first sub-folder of each image is its class. Default false. */
  classes?: boolean;
  /** true: images that cannot be used are left out, with a warning that counts them. Default false: an error. */
  skipBroken?: boolean;
  /** Folders at or below `path` whose images are not used; a warning counts them. */
  leaveOut?: LeaveOut;
}

/**
 * The images under a folder, in the order of their paths, resized and centre-cropped as `resizeAndCrop` does:
 * [count, 3, size, size]. Kept in the cache until a file changes. `warnings` count what is left out: hidden images,
 * images of other kinds or endings, those of `leaveOut`, sub-folders that cannot be read.
 * Throws if the folder is missing or contains no image, if images cannot be used (corrupt, truncated, of another
 * kind, too large, smaller than `size`; all are listed), and, with `classes`, if there are no sub-folders or an
 * image is in none.
 */
export async function imageFolder({
  path,
  size,
  detail,
  classes = false,
  skipBroken = false,
  leaveOut,
  ...options
}: ImageFolderOptions): Promise<Dataset> {
  integerIn("imageFolder", "size", size, 1, 8192);
  if (detail !== undefined) checkDetail({ size, detail, skipBroken });
  const { files, warnings, note } = await scanImages(path, leaveOut);
  if (files.length === 0) {
    throw new Error(
      `datasets: no images in ${quoted(path)} (got no PNG, JPEG or WebP file there or below); use the folder that contains them${note && `.${note}`}`,
    );
  }
  const groups = classes ? await groupByFolder(path, files) : undefined;
  const keyOf = (used: ImageFile[]) => ({
    kind: "imageFolder",
    path: resolve(path),
    files: used.map(({ relative, bytes, modified }) => ({ relative, bytes, modified })),
    size,
    classes,
    skipBroken,
    sharp: packageVersion("sharp"),
  });
  const origin = ({ relative }: ImageFile) => ({
    name: join(path, relative),
    advice: "replace it or remove it from the folder",
    unreadable: "fix it or remove it from the folder",
  });
  // The classes are the first parts of the paths.
  const digest = (used: ImageFile[]) =>
    digestOf({ kind: "folder", size, classes, files: used.map(({ relative, bytes }) => [relative, bytes]) });
  const dataset = await prepare(`folder-${size}`, keyOf(files), options, () => ({
    name: `folder:${quoted(path)}`,
    size,
    count: files.length,
    classes: groups?.classes ?? [],
    ...(groups && { labels: groups.labels }),
    warnings: [],
    digest: digest(files),
    digestOf: (kept) => digest(kept.map((i) => files[i])),
    skipBroken,
    image: (i) => readSquare(files[i].path, { size, ...origin(files[i]) }),
  }));
  const shown = { ...dataset, warnings: [...warnings, ...(groups?.warnings ?? []), ...dataset.warnings] };
  if (detail === undefined) return shown;
  if (options.listOnly) {
    const at = (i: number) => ({ side: detail, data: dataset.images.at(i) });
    return { ...shown, larger: { side: detail, at, close() {} } };
  }
  const larger = await largerFolder(
    files.map((file) => ({ path: file.path, ...origin(file) })),
    { images: dataset.images, size, detail, key: (indices) => keyOf(indices.map((i) => files[i])) },
    options,
  );
  if (larger.side === size)
    throw new Error(
      `datasets: no picture in ${quoted(path)} has ${2 * size} x ${2 * size} pixels (detail is ${detail}); use larger pictures, or leave detail out`,
    );
  return { ...shown, larger };
}

function checkDetail({
  size,
  detail,
  skipBroken,
}: {
  size: number;
  detail: number;
  skipBroken: boolean;
}): void {
  checkSide("imageFolder", size, detail);
  if (skipBroken)
    throw new Error(
      "datasets: imageFolder takes detail without skipBroken (got both); remove the images that cannot be used",
    );
}

interface Groups {
  classes: string[];
  labels: Int32Array;
  warnings: string[];
}

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
  const order = new Map(classes.map((name, i) => [name, i]));
  const labels = Int32Array.from(tops, (parts) => order.get(parts[0])!);
  const empty = (await entriesOf(path))
    .filter(({ name, entry }) => entry.isDirectory() && !isHidden(name) && !classes.includes(name))
    .map(({ name }) => name)
    .sort();
  const warnings = empty.map(
    (name) => `datasets: sub-folder ${quoted(name)} of ${quoted(path)} contains no images and is not a class`,
  );
  return { classes, labels, warnings };
}
