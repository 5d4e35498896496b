// One data set in one file: a checked header, then the image bytes, then the labels.
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { allocateImages, type Dataset, imageBytes } from "./dataset.js";

// Layout: magic [8], format version u32, header length u32, SHA-256 [32] of all that follows,
// header (JSON), images [count, 3, size, size], labels [count] as i32 when there are any. Little endian.
const MAGIC = Buffer.from("IMAGEFN\n", "latin1");
export const CACHE_VERSION = 1;
const PREFIX = 48;
const MAX_HEADER = 1 << 24;
// One read or write call moves at most 2 GiB; pieces also let other work in between.
const PIECE = 1 << 26;

type Header = Omit<Dataset, "images" | "labels"> & { key: string; labels: boolean };

/** Writes to a temporary file beside `file`, syncs, renames: a crash leaves the old file or none. */
export async function writeCacheFile(file: string, key: string, dataset: Dataset): Promise<void> {
  const { images, labels, ...rest } = dataset;
  const header = Buffer.from(JSON.stringify({ ...rest, key, labels: labels !== undefined } satisfies Header));
  const parts = [header, images];
  if (labels) parts.push(bytesOf(labels));
  const prefix = Buffer.alloc(PREFIX);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(CACHE_VERSION, 8);
  prefix.writeUInt32LE(header.length, 12);
  digest(parts).copy(prefix, 16);

  await makeFolder(dirname(file));
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, "wx");
    try {
      for (const part of [prefix, ...parts]) {
        for (let at = 0; at < part.length; at += PIECE) await handle.writeFile(part.subarray(at, at + PIECE));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Makes a folder and those above it. Not mkdir's own `recursive`: that one never returns in places which answer
 * "no such file" to every new name, as /proc does.
 */
async function makeFolder(folder: string): Promise<void> {
  if ((await tryMkdir(folder)) === undefined || dirname(folder) === folder) return;
  await makeFolder(dirname(folder));
  const failure = await tryMkdir(folder);
  if (failure) throw failure;
}

/** Makes one folder; the failure, unless it is that the folder is there already. */
async function tryMkdir(folder: string): Promise<Error | undefined> {
  return mkdir(folder).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? undefined : error),
  );
}

/**
 * The data set in `file` if it is whole and was written for `key`; undefined when the file is missing,
 * unreadable, cut short, damaged, or of another key or format: each means "build it again".
 */
export async function readCacheFile(file: string, key: string): Promise<Dataset | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch {
    return undefined;
  }
  try {
    return await readWhole(handle, key);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

async function readWhole(handle: FileHandle, key: string): Promise<Dataset | undefined> {
  const prefix = new Uint8Array(PREFIX);
  await fill(handle, prefix, 0);
  const view = Buffer.from(prefix.buffer);
  const headerLength = view.readUInt32LE(12);
  if (!view.subarray(0, 8).equals(MAGIC) || view.readUInt32LE(8) !== CACHE_VERSION) return undefined;
  if (headerLength > MAX_HEADER) return undefined;
  const headerBytes = new Uint8Array(headerLength);
  await fill(handle, headerBytes, PREFIX);
  const {
    key: storedKey,
    labels: labelled,
    ...rest
  } = JSON.parse(Buffer.from(headerBytes).toString()) as Header;
  // The length is compared before anything is allocated from numbers that may be damaged.
  const length = rest.count * (imageBytes(rest.size) + (labelled ? 4 : 0));
  if (storedKey !== key || (await handle.stat()).size !== PREFIX + headerLength + length) return undefined;

  const images = allocateImages(rest.count, rest.size);
  await fill(handle, images, PREFIX + headerLength);
  const parts = [headerBytes, images];
  const dataset: Dataset = { ...rest, images };
  if (labelled) {
    dataset.labels = new Int32Array(rest.count);
    const labelBytes = bytesOf(dataset.labels);
    await fill(handle, labelBytes, PREFIX + headerLength + images.length);
    parts.push(labelBytes);
  }
  return digest(parts).equals(view.subarray(16, PREFIX)) ? dataset : undefined;
}

async function fill(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < into.length) {
    const { bytesRead } = await handle.read(into, at, Math.min(PIECE, into.length - at), position + at);
    if (bytesRead === 0) throw new Error("datasets: cache file ends early");
    at += bytesRead;
  }
}

function digest(parts: Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) hash.update(part.subarray(at, at + PIECE));
  }
  return hash.digest();
}

function bytesOf(labels: Int32Array): Uint8Array {
  return new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
}
