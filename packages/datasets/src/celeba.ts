// CelebA: the aligned photographs, in the official split.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { quoted } from "@imagefn/base";
import { integerIn, shown } from "./_check.js";
import { digestOf } from "./_digest.js";
import { UnusableImage } from "./_unusable.js";
import { packageVersion } from "./_version.js";
import { type CacheOptions, prepare } from "./cache.js";
import type { Dataset } from "./dataset.js";
import { readImage } from "./image.js";
import { crop, resizeAndCrop } from "./resample.js";

/** Which part of CelebA to load, and how images are cut. */
export interface CelebaOptions extends CacheOptions {
  /** Folder with img_align_celeba and list_eval_partition.txt, or with Img and Eval as in the original. */
  path: string;
  /** Side of the training images in pixels, at most the side of the crop. */
  size: number;
  /**
   * "center": the central square of 178 x 178 pixels. "face": 128 x 128 around the face, rows 57 to 184 and
   * columns 25 to 152, as in DDIM and U-ViT. Default "center".
   */
  crop?: "center" | "face";
  /** Default "train". */
  split?: "train" | "val" | "test";
}

const WIDTH = 178;
const HEIGHT = 218;
const crops = {
  center: { side: 178, left: 0, top: 20 },
  face: { side: 128, left: 25, top: 57 },
};
const splits = ["train", "val", "test"] as const;
const LISTS = ["", "Eval", "Anno"].flatMap((folder) =>
  ["list_eval_partition.txt", "list_eval_partition.csv"].map((name) => join(folder, name)),
);
// Some archives unpack into a folder with the name of their parent, others do not.
const FOLDERS = [
  "img_align_celeba",
  "img_align_celeba/img_align_celeba",
  "Img/img_align_celeba",
  "Img/img_align_celeba/img_align_celeba",
  "Img",
  ".",
];

/**
 * The aligned images of CelebA in one part of the official split, in the order of the list, cut and resized as
 * `resizeAndCrop` does: [count, 3, size, size], no classes. Train holds 162,770 images, val 19,867, test 19,962.
 * Kept in the cache; after that only the list of the split is needed, not the photographs.
 * Throws if the list is missing or broken, if images of it are missing, or if one is not 178 x 218.
 */
export async function celeba({
  path,
  size,
  crop: area = "center",
  split = "train",
  ...options
}: CelebaOptions): Promise<Dataset> {
  oneOf("crop", area, Object.keys(crops));
  oneOf("split", split, splits);
  const { side, left, top } = crops[area];
  integerIn("celeba", "size", size, 1, side);
  const { list, text } = await readList(path);
  const names = namesOf(list, text, split);
  const key = {
    kind: "celeba",
    path: resolve(path),
    list: createHash("sha256").update(text).digest("hex"),
    size,
    crop: area,
    split,
    sharp: packageVersion("sharp"),
  };
  return prepare(`celeba-${size}`, key, options, async () => {
    const folder = await findImages(path, names, split);
    return {
      name: `celeba:${split}`,
      digest: digestOf({ kind: "celeba", size, crop: area, split, names }),
      size,
      count: names.length,
      classes: [],
      warnings: [],
      async image(i) {
        const image = await readImage(join(folder, names[i]));
        if (image.width !== WIDTH || image.height !== HEIGHT) {
          throw new UnusableImage(
            `${quoted(join(folder, names[i]))} is not an aligned image of CelebA (got ${image.width} x ${image.height}, ` +
              `expected ${WIDTH} x ${HEIGHT})`,
            "use the folder img_align_celeba, not the original photographs",
          );
        }
        return resizeAndCrop({ width: side, height: side, data: crop(image, side, left, top) }, size);
      },
    };
  });
}

function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new Error(
      `datasets: celeba has a bad ${name} (got ${shown(value)}, expected ${allowed.join(", ")})`,
    );
  }
}

async function readList(path: string): Promise<{ list: string; text: string }> {
  for (const name of LISTS) {
    const list = join(path, name);
    const text = await readFile(list, "utf8").catch(() => undefined);
    if (text !== undefined) return { list, text };
  }
  throw new Error(
    `datasets: no CelebA in ${quoted(path)} (got no list_eval_partition.txt there or in Eval); ` +
      "put the list of the official split, which is part of the data set, beside img_align_celeba",
  );
}

/** File names of one part of the split. Lines are "000001.jpg 0" or "000001.jpg,0", after a heading or none. */
function namesOf(list: string, text: string, split: (typeof splits)[number]): string[] {
  const part = String(splits.indexOf(split));
  const names: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || (i === 0 && line.startsWith("image_id"))) continue;
    const found = /^(\w+\.\w+)[\s,]+([012])\s*$/.exec(line);
    if (!found) {
      throw new Error(
        `datasets: ${quoted(list)} is not the split of CelebA (got ${shown(line.slice(0, 40))} in line ${i + 1}, expected a file ` +
          "name and 0, 1 or 2); download it again",
      );
    }
    if (found[2] === part) names.push(found[1]);
  }
  if (names.length > 0) return names;
  throw new Error(`datasets: ${quoted(list)} has no images of the ${split} split; download it again`);
}

/** The folder of the images. Throws if there is none, or if some of `names` are not in it. */
async function findImages(path: string, names: string[], split: string): Promise<string> {
  let best = { folder: join(path, "img_align_celeba"), missing: names };
  for (const name of FOLDERS) {
    const folder = join(path, name);
    const there = new Set(await readdir(folder).catch(() => []));
    const missing = names.filter((name) => !there.has(name));
    if (missing.length === 0) return folder;
    if (missing.length < best.missing.length) best = { folder, missing };
  }
  const { folder, missing } = best;
  throw new Error(
    `datasets: CelebA is incomplete (got ${names.length - missing.length} of ${names.length} images of the ${split} split ` +
      `in ${quoted(folder)}, the first one missing is ${quoted(missing[0])}); unpack img_align_celeba.zip there again`,
  );
}
