// Opens a packed file: small sets are read into memory, large ones stay in the file and are read image by image.
import { closeSync, fstatSync, openSync, renameSync } from "node:fs";
import { quoted } from "@imagefn/base";
import { readAt } from "./_file.js";
import { decodeHead, isWhole, recordBytes } from "./_packedHead.js";
import { reasonOf } from "./_reason.js";
import { newUnfinished } from "./_unfinished.js";
import { type Dataset, type Images, imageBytes } from "./dataset.js";
import { allocateImages, imagesInMemory } from "./images.js";

/** About this many bytes per read of a set that is read into memory. */
const PIECE = 1 << 22;

interface Records {
  fd: number;
  /** Where the first record starts. */
  start: number;
  count: number;
  size: number;
}

/**
 * The data set in `file` if it was written for `key`; undefined if the file is missing, unreadable, truncated,
 * damaged, or of another key or format: each means "build it again". Sets of at most `memory` bytes are read and
 * checked whole; of larger ones the head is checked now, and each image when it is first read.
 */
export function openPacked(file: string, key: string, memory: number): Dataset | undefined {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return undefined;
  }
  let kept = false;
  try {
    const head = decodeHead((bytes, position) => fresh(fd, bytes, position), fstatSync(fd).size, key);
    if (!head) return undefined;
    const { description, start } = head;
    const { count, size } = description;
    const records = { fd, start, count, size };
    kept = count * imageBytes(size) > memory;
    const images = kept ? imagesInFile(file, records) : loadRecords(records);
    return images && { ...description, images };
  } catch {
    return undefined;
  } finally {
    if (!kept) closeSync(fd);
  }
}

/** All images in memory; undefined if one is damaged. */
function loadRecords({ fd, start, count, size }: Records): Images | undefined {
  const length = imageBytes(size);
  const stride = recordBytes(size);
  const perPiece = Math.max(1, Math.floor(PIECE / stride));
  const bytes = allocateImages(count, size);
  for (let first = 0; first < count; first += perPiece) {
    const n = Math.min(perPiece, count - first);
    const piece = fresh(fd, n * stride, start + first * stride);
    for (let i = 0; i < n; i++) {
      const record = piece.subarray(i * stride, (i + 1) * stride);
      if (!isWhole(record)) return undefined;
      bytes.set(record.subarray(0, length), (first + i) * length);
    }
  }
  return imagesInMemory(bytes, size);
}

function imagesInFile(file: string, { fd, start, count, size }: Records): Images {
  const record = new Uint8Array(recordBytes(size));
  const image = record.subarray(0, imageBytes(size));
  const checked = new Uint8Array(count);
  let open = true;
  return {
    at(i) {
      if (!open)
        throw new Error(`datasets: the images in ${quoted(file)} are closed; load the data set again`);
      let there: boolean;
      try {
        there = readAt(fd, record, start + i * record.length);
      } catch (error) {
        throw new Error(`datasets: cannot read ${quoted(file)} (${reasonOf(error)}); check its disk`);
      }
      if (!there || (checked[i] === 0 && !isWhole(record))) throw damaged(file, i);
      checked[i] = 1;
      return image;
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Renames the file to an unfinished one, so that the next start repairs what is damaged. */
function damaged(file: string, i: number): Error {
  try {
    renameSync(file, newUnfinished(file));
  } catch {
    // Another reader has moved it, or we may not move it.
  }
  return new Error(
    `datasets: image ${i} in ${quoted(file)} is damaged (got other bytes than were written); ` +
      "start again to rebuild the damaged images; if it happens again, delete the file",
  );
}

function fresh(fd: number, bytes: number, position: number): Uint8Array<ArrayBuffer> {
  const array = new Uint8Array(bytes);
  if (!readAt(fd, array, position)) throw new Error("datasets: a packed file ends early");
  return array;
}
