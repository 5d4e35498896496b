// Random access to bytes, in memory or on disk, so that a reader takes from a large file only what it needs.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { fail } from "./_format.js";

export interface ByteSource {
  readonly size: number;
  /** Bytes [length] in a buffer of their own. */
  copy(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** Bytes [length] to look at, perhaps of a buffer that is shared. */
  view(offset: number, length: number): Uint8Array;
}

/** @throws FormatError where the range does not lie in the source */
function checkRange(size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size))
    fail(`it ends at byte ${size}, and bytes ${offset} to ${offset + length} are needed (truncated?)`);
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  const view = (offset: number, length: number) => {
    checkRange(bytes.length, offset, length);
    return bytes.subarray(offset, offset + length);
  };
  return {
    size: bytes.length,
    view,
    copy(offset, length) {
      const from = view(offset, length);
      const out = new Uint8Array(length);
      out.set(from);
      return out;
    },
  };
}

export interface FileSource extends ByteSource {
  close(): void;
}

/** Opens a file. Node's own errors (no such file) pass through. */
export function fileSource(path: string): FileSource {
  // Before it is opened: opening a pipe would wait for a writer.
  if (!statSync(path).isFile()) throw new Error("it is a folder, or no regular file");
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const copy = (offset: number, length: number) => {
    checkRange(size, offset, length);
    const out = new Uint8Array(length);
    // One read returns at most 2 GiB, and may return less.
    for (let at = 0; at < length; ) {
      const got = readSync(file, out, at, Math.min(length - at, 2 ** 30), offset + at);
      if (got === 0) fail(`it ended at byte ${offset + at} while it was read`);
      at += got;
    }
    return out;
  };
  return { size, copy, view: copy, close: () => closeSync(file) };
}

/** Reads a source from front to back. */
export interface Cursor {
  readonly position: number;
  byte(): number;
  /** The next bytes [length], to be used before the next call. */
  bytes(length: number): Uint8Array;
}

const CHUNK = 1 << 16;

export function cursorOf(source: ByteSource): Cursor {
  let chunk: Uint8Array = new Uint8Array(0);
  let start = 0; // of the chunk in the source
  let at = 0; // in the chunk
  const need = (length: number) => {
    if (at + length <= chunk.length) return;
    start += at;
    at = 0;
    checkRange(source.size, start, length);
    chunk = source.view(start, Math.min(Math.max(length, CHUNK), source.size - start));
  };
  return {
    get position() {
      return start + at;
    },
    byte() {
      if (at === chunk.length) need(1);
      return chunk[at++];
    },
    bytes(length) {
      need(length);
      at += length;
      return chunk.subarray(at - length, at);
    },
  };
}
