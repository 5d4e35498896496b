// Writes a packed file, image by image as they are made; what a killed process left is gone on with.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { readAt, writeAt } from "./_file.js";
import { makeFolder } from "./_makeFolder.js";
import { encodeHead, isWhole, PREFIX, recordBytes } from "./_packedHead.js";
import { forEachIndex } from "./_pool.js";
import { claimUnfinished, newUnfinished, release } from "./_unfinished.js";
import { type Description, imageBytes, type OnProgress, shownBytes } from "./dataset.js";

/** The disk did not take it, as opposed to an image that could not be made. */
export class StorageError extends Error {}

/**
 * Makes `image(i)` [3, size, size] for every image of a set, at most `limit` at a time, and leaves them packed in
 * `file`. Written beside it, synced and renamed, so that `file` is whole or absent. Whole images of a damaged
 * `file`, or of one that a killed process began, are kept; a failure leaves nothing.
 * Throws a StorageError when there is no room or no permission, and whatever `image` throws.
 */
export async function writePacked(
  file: string,
  key: string,
  description: Description,
  image: (i: number) => Promise<Uint8Array> | Uint8Array,
  limit: number,
  onProgress?: OnProgress,
): Promise<void> {
  const { count, size } = description;
  const head = encodeHead(key, description);
  const stride = recordBytes(size);
  const position = (i: number) => head.length + i * stride;
  const path = await claim(file);
  try {
    const fd = stored(() => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644));
    try {
      stored(() => checkRoom(fd, dirname(file), position(count)));
      const missing = await missingImages(fd, head, count, stride);
      stored(() => {
        // Without its prefix the file is nothing, whatever its name.
        writeAt(fd, Buffer.alloc(PREFIX), 0);
        writeAt(fd, head.subarray(PREFIX), PREFIX);
      });
      const store = async (k: number) => {
        const record = sealed(await image(missing[k]), size);
        stored(() => writeAt(fd, record, position(missing[k])));
      };
      const before = count - missing.length;
      await forEachIndex(missing.length, limit, store, (done) => onProgress?.(before + done, count));
      stored(() => {
        ftruncateSync(fd, position(count));
        writeAt(fd, head.subarray(0, PREFIX), 0);
      });
      await promisify(fsync)(fd).catch(cannotStore);
    } finally {
      closeSync(fd);
    }
    stored(() => renameSync(path, file));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    release(path);
  }
}

/** A path to write to, with the images of a damaged `file` or of a killed process in it if there are any. */
async function claim(file: string): Promise<string> {
  try {
    await makeFolder(dirname(file));
    if (existsSync(file) && statSync(file).isFile()) renameSync(file, newUnfinished(file));
    return await claimUnfinished(file);
  } catch (error) {
    return cannotStore(error);
  }
}

/** The images that are not in the file as they were written: all of them if it was begun for another set. */
async function missingImages(fd: number, head: Uint8Array, count: number, stride: number): Promise<number[]> {
  const begun = new Uint8Array(head.length - PREFIX);
  const same = readAt(fd, begun, PREFIX) && Buffer.compare(begun, head.subarray(PREFIX)) === 0;
  if (!same) stored(() => ftruncateSync(fd, 0));
  const missing: number[] = [];
  const record = new Uint8Array(stride);
  for (let i = 0; i < count; i++) {
    // Gigabytes may be read here; let other work in between.
    if (same && i % 256 === 0) await setImmediate();
    if (!same || !readAt(fd, record, head.length + i * stride) || !isWhole(record)) missing.push(i);
  }
  return missing;
}

/** The record of an image: its bytes and their CRC-32. */
function sealed(image: Uint8Array, size: number): Buffer {
  const record = Buffer.allocUnsafe(recordBytes(size));
  record.set(image);
  record.writeUInt32LE(crc32(image), imageBytes(size));
  return record;
}

function checkRoom(fd: number, folder: string, bytes: number): void {
  const { blocks: all, bavail, bsize } = statfsSync(folder);
  // Some file systems do not know their size.
  if (all === 0) return;
  // Where the system does not say how much is there already, all of it counts as needed.
  const needed = bytes - 512 * (fstatSync(fd).blocks ?? 0);
  if (needed > bavail * bsize) throw new Error(`only ${shownBytes(bavail * bsize)} of the disk are free`);
}

function stored<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return cannotStore(error);
  }
}

function cannotStore(error: unknown): never {
  throw new StorageError(error instanceof Error ? error.message : String(error), { cause: error });
}
