// A zip file of files as they are: weights do not compress.
import type { PageFile } from "@imagefn/runs/pages";
import { crc32 } from "./crc32.js";

/** Fields of 2 or 4 bytes, the lowest first. */
function fields(list: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(list.reduce((n, [bytes]) => n + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(out.buffer);
}

/** Names are UTF-8. */
const UTF8 = 0x0800;
/** The first of January 1980, the earliest date that a zip file can hold: the same run gives the same file. */
const DATE = 0x21;

/** The parts of a zip file (PKWARE's APPNOTE 6.3, without compression); below 4 GiB in all. */
export function zip(files: readonly PageFile[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let at = 0;
  const add = (list: Uint8Array[], ...more: Uint8Array[]) => {
    list.push(...more);
    if (list === parts) for (const { length } of more) at += length;
  };
  for (const { path, bytes } of files) {
    const name = new TextEncoder().encode(path);
    const about = [
      ...([
        [2, 20],
        [2, UTF8],
        [2, 0],
        [2, 0],
        [2, DATE],
      ] as const),
      ...([
        [4, crc32(bytes)],
        [4, bytes.length],
        [4, bytes.length],
      ] as const),
      ...([
        [2, name.length],
        [2, 0],
      ] as const),
    ] as const;
    const rest = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, at],
    ] as const;
    add(entries, fields([[4, 0x02014b50], [2, 20], ...about, ...rest]), name);
    add(parts, fields([[4, 0x04034b50], ...about]), name, bytes);
  }
  const size = entries.reduce((n, { length }) => n + length, 0);
  const n = files.length;
  return [
    ...parts,
    ...entries,
    fields([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, n],
      [2, n],
      [4, size],
      [4, at],
      [2, 0],
    ]),
  ];
}
