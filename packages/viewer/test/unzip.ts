// Unpacks what the studio saves.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes the files of a zip file without compression, and gives the folder that they are in. */
export function unzip(bytes: Buffer, to: string): string {
  let [at, first] = [0, ""];
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    const [size, length] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)];
    const path = join(to, bytes.toString("utf8", at + 30, at + 30 + length));
    mkdirSync(dirname(path), { recursive: true });
    at += 30 + length + size;
    writeFileSync(path, bytes.subarray(at - size, at));
    first ||= dirname(path);
  }
  return first;
}
