// Reads and writes all bytes at a position of an open file.
import { readSync, writeSync } from "node:fs";

/** Fills `into` from `position`; false if the file ends before. */
export function readAt(fd: number, into: Uint8Array, position: number): boolean {
  let at = 0;
  while (at < into.length) {
    const read = readSync(fd, into, at, into.length - at, position + at);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

/** Writes all of `bytes` at `position`. */
export function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(fd, bytes, at, bytes.length - at, position + at);
}
