// CIFAR-10 in its binary form: records of one label byte and 3072 pixel bytes.

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { quoted } from "@imagefn/base";
import { digestOf } from "./_digest.js";
import { reasonOf } from "./_reason.js";
import { type Dataset, imageBytes } from "./dataset.js";
import { allocateImages, imagesInMemory } from "./images.js";

/** Where CIFAR-10 is, and which part of it to load. */
export interface Cifar10Options {
  /** Folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin, or the parent folder of cifar-10-batches-bin. */
  path: string;
  /** true: the 50,000 training images; false: the 10,000 test images. Default true. */
  train?: boolean;
}

const SIZE = 32;
const RECORD = 1 + imageBytes(SIZE);
const CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/**
 * CIFAR-10 from disk: images [count, 3, 32, 32] with labels and class names.
 * Throws, naming the file, if one is missing, is not a whole number of records, or contains a label above 9.
 */
export async function cifar10({ path, train = true }: Cifar10Options): Promise<Dataset> {
  const names = train ? [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`) : ["test_batch.bin"];
  const folder = await findFolder(path, names[0]);
  const files = names.map((name) => join(folder, name));
  let count = 0;
  for (const file of files) count += await countRecords(file);

  const images = allocateImages(count, SIZE);
  const labels = new Int32Array(count);
  let i = 0;
  for (const file of files) {
    const bytes = await readFile(file).catch(unreadable(file));
    for (let at = 0; at < bytes.length; at += RECORD, i++) {
      if (bytes[at] >= CLASSES.length) {
        throw new Error(
          `datasets: ${quoted(file)} is not CIFAR-10 (got label ${bytes[at]} in record ${at / RECORD}, expected 0 to 9); ` +
            "the file is CIFAR-100 or damaged: unpack the binary version again",
        );
      }
      labels[i] = bytes[at];
      images.set(bytes.subarray(at + 1, at + RECORD), i * imageBytes(SIZE));
    }
  }
  const name = train ? "cifar10" : "cifar10:test";
  return {
    name,
    size: SIZE,
    count,
    classes: [...CLASSES],
    digest: digestOf({ kind: "cifar10", names, count, labels: Array.from(labels) }),
    images: imagesInMemory(images, SIZE),
    labels,
    warnings: [],
  };
}

async function findFolder(path: string, firstFile: string): Promise<string> {
  for (const folder of [path, join(path, "cifar-10-batches-bin")]) {
    if (await isFile(join(folder, firstFile))) return folder;
  }
  throw new Error(
    `datasets: no CIFAR-10 in ${quoted(path)} (got no ${firstFile} there or in cifar-10-batches-bin); ` +
      "unpack the binary version of the data set and use the folder with its .bin files",
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

/** Number of records in a file, from its length. */
async function countRecords(file: string): Promise<number> {
  const { size } = await stat(file).catch(unreadable(file));
  if (size === 0 || size % RECORD !== 0) {
    throw new Error(
      `datasets: ${quoted(file)} has a bad length (got ${size} bytes, expected a multiple of ${RECORD}, ` +
        `${10000 * RECORD} in the original); the file is truncated or of another kind: unpack it again`,
    );
  }
  return size / RECORD;
}

function unreadable(file: string): (error: Error) => never {
  return (error) => {
    throw new Error(
      `datasets: CIFAR-10 is incomplete: cannot read ${quoted(file)} (${reasonOf(error)}); ` +
        "unpack the binary version of the data set again",
    );
  };
}
