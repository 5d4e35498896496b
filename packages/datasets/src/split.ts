// A held-out split that depends only on the seed, the number of images and their groups.
import { seedOf } from "./_check.js";
import { partDigest } from "./_digest.js";
import { hash32, permute, words } from "./_hash.js";
import type { Dataset } from "./dataset.js";
import { selectImages } from "./images.js";

const SPLIT = 3;

/**
 * Splits a data set into training images and held-out images for measuring.
 * `heldOut` below 1 is a fraction of the images (rounded), otherwise their number; at least one image stays in
 * `train`, and `heldOut` 0 leaves `test` empty. In a set with `groups`, whole groups are held out, as few as give
 * `heldOut` images. Both parts keep the order of the set and share its images: nothing is copied.
 */
export function split(dataset: Dataset, heldOut: number, seed: number): { train: Dataset; test: Dataset } {
  const { count, groups } = dataset;
  seedOf("split", seed);
  const size = heldOut < 1 ? Math.round(count * heldOut) : heldOut;
  const key = hash32(SPLIT, ...words(seed));
  const whole = Number.isInteger(size) && size >= 0 && size < count;
  const held = whole ? (groups ? heldGroups(groups, size, key) : heldImages(count, size, key)) : undefined;
  const all = Array.from({ length: count }, (_, i) => i);
  const kept = all.filter((i) => !held?.has(i));
  if (!held || kept.length === 0) {
    throw new Error(
      `datasets: split has a bad held-out part (got ${heldOut} of ${count} images${groups ? " in groups" : ""}, ` +
        "expected a fraction below 1 or a whole number, leaving at least one image to train on)",
    );
  }
  const test = all.filter((i) => held.has(i));
  return { train: pick(dataset, kept), test: pick(dataset, test) };
}

function heldImages(count: number, size: number, key: number): Set<number> {
  const held = new Set<number>();
  for (let i = 0; i < size; i++) held.add(permute(i, count, key));
  return held;
}

/** Images of whole groups, until there are `size`. */
function heldGroups(groups: Int32Array, size: number, key: number): Set<number> {
  const members = new Map<number, number[]>();
  groups.forEach((group, i) => {
    if (!members.has(group)) members.set(group, []);
    members.get(group)!.push(i);
  });
  const lists = [...members.values()];
  const held = new Set<number>();
  for (let g = 0; held.size < size; g++) for (const i of lists[permute(g, lists.length, key)]) held.add(i);
  return held;
}

function pick(dataset: Dataset, indices: number[]): Dataset {
  const { labels, groups, larger } = dataset;
  const chosen = (table: Int32Array) => Int32Array.from(indices, (i) => table[i]);
  const part: Dataset = {
    ...dataset,
    count: indices.length,
    images: selectImages(dataset.images, Uint32Array.from(indices)),
  };
  const digest = partDigest(dataset.digest, indices);
  if (digest) part.digest = digest;
  if (larger) part.larger = { ...larger, at: (i) => larger.at(indices[i]) };
  if (labels) part.labels = chosen(labels);
  if (groups) part.groups = chosen(groups);
  return part;
}
