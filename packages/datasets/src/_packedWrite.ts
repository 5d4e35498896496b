// Writes a packed file image by image, and continues the file of a killed process.
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
import { forEachImage } from "./_pool.js";
import { reasonOf } from "./_reason.js";
import { claimUnfinished, newUnfinished, release } from "./_unfinished.js";
import type { UnusableImage } from "./_unusable.js";
import { type Description, imageBytes, type OnProgress, shownBytes } from "./dataset.js";

/** The file could not be written, as opposed to an image that could not be made. */
export class StorageError extends Error {}

/**
 * Makes `image(i)` [3, size, size] for every image of a set, at most `limit` at a time, and packs them into
 * `file`. It is written under another name, synced and renamed, so that `file` is complete or absent. Intact images
 * of a damaged `file`, or of one that a killed process began, are kept; a failure leaves nothing.
 * Throws a StorageError if there is no room or no permission, and whatever `image` throws, except an UnusableImage:
 * all of them are returned, by their index, and if there is one, no file is written.
 */
export async function writePacked(
  file: string,
  key: string,
  description: Description,
  image: (i: number) => Promise<Uint8Array> | Uint8Array,
  limit: number,
  onProgress?: OnProgress,
): Promise<Map<number, UnusableImage>> {
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
        // Without its prefix the file is invalid, whatever its name.
        writeAt(fd, Buffer.alloc(PREFIX), 0);
        writeAt(fd, head.subarray(PREFIX), PREFIX);
      });
      const store = async (k: number) => {
        const record = sealed(await image(missing[k]), size);
        stored(() => writeAt(fd, record, position(missing[k])));
      };
      const before = count - missing.length;
      const faults = await forEachImage(missing.length, limit, store, (done) =>
        onProgress?.(before + done, count),
      );
      if (faults.size > 0) {
        rmSync(path, { force: true });
        return new Map([...faults].map(([k, fault]) => [missing[k], fault]));
      }
      stored(() => {
        ftruncateSync(fd, position(count));
        writeAt(fd, head.subarray(0, PREFIX), 0);
      });
      await promisify(fsync)(fd).catch(cannotStore);
    } finally {
      closeSync(fd);
    }
    stored(() => renameSync(path, file));
    return new Map();
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    release(path);
  }
}

/** A path to write to. It may contain images of a damaged `file` or of a killed process. */
async function claim(file: string): Promise<string> {
  try {
    await makeFolder(dirname(file));
    if (existsSync(file) && statSync(file).isFile()) renameSync(file, newUnfinished(file));
    return await claimUnfinished(file);
  } catch (error) {
    return cannotStore(error);
  }
}

/** The images that are missing or damaged in the file: all of them if it was begun for another set. */
async function missingImages(fd: number, head: Uint8Array, count: number, stride: number): Promise<number[]> {
  const begun = new Uint8Array(head.length - PREFIX);
  const same = readAt(fd, begun, PREFIX) && Buffer.compare(begun, head.subarray(PREFIX)) === 0;
  if (!same) stored(() => ftruncateSync(fd, 0));
  const missing: number[] = [];
  const record = new Uint8Array(stride);
  for (let i = 0; i < count; i++) {
    // This may read gigabytes; let other work run in between.
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
  // If the system does not report the allocated blocks, all bytes count as needed.
  const needed = bytes - 512 * (fstatSync(fd).blocks ?? 0);
  if (needed > bavail * bsize) throw new Error(`only ${shownBytes(bavail * bsize)} of disk space free`);
}

function stored<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return cannotStore(error);
  }
}

function cannotStore(error: unknown): never {
  throw new StorageError(reasonOf(error), { cause: error });
}
