// The head of a packed file, the format of data sets in the cache.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type Description, imageBytes } from "./dataset.js";

// Layout, little endian:
//   prefix   magic [8], format version u32, header length u32, SHA-256 [32] of header and tables
//   header   JSON: name, size, count, classes, digest, warnings, key, which tables follow
//   tables   labels [count] i32, groups [count] i32, each only if the header says so
//   records  [count], each an image [3, size, size] and its CRC-32 u32
// Each record has its own checksum: 10 GB need not be read at every start, and after an interrupted preparation
// every image can be checked.
const MAGIC = Buffer.from("IMAGEFN\n", "latin1");
const VERSION = 3;
export const PREFIX = 48;
const MAX_HEADER = 1 << 24;

type Header = Omit<Description, "labels" | "groups"> & { key: string; labels: boolean; groups: boolean };

/** Bytes of one record. */
export function recordBytes(size: number): number {
  return imageBytes(size) + 4;
}

/** Whether the checksum at the end of a record matches its image. */
export function isWhole(record: Uint8Array): boolean {
  const length = record.length - 4;
  const sum = new DataView(record.buffer, record.byteOffset + length, 4).getUint32(0, true);
  return crc32(record.subarray(0, length)) === sum;
}

/** Prefix, header and tables of a set. */
export function encodeHead(
  key: string,
  { name, size, count, classes, digest, warnings, labels, groups }: Description,
): Buffer {
  const tables = { labels: labels !== undefined, groups: groups !== undefined };
  const header: Header = { name, size, count, classes, digest, warnings, key, ...tables };
  const headerBytes = Buffer.from(JSON.stringify(header));
  const body = [headerBytes, ...[labels, groups].flatMap((table) => (table ? [bytesOf(table)] : []))];
  const prefix = Buffer.alloc(PREFIX);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(VERSION, 8);
  prefix.writeUInt32LE(headerBytes.length, 12);
  sha256(body).copy(prefix, 16);
  return Buffer.concat([prefix, ...body]);
}

/**
 * The head of a packed file of `length` bytes, and where its records start; undefined if it is
 * damaged, of another key or format, or if the file has the wrong length.
 * `read` returns that many bytes from that position in a new array, and throws at the end of the file.
 */
export function decodeHead(
  read: (bytes: number, position: number) => Uint8Array<ArrayBuffer>,
  length: number,
  key: string,
): { description: Description; start: number } | undefined {
  const prefix = Buffer.from(read(PREFIX, 0));
  const headerLength = prefix.readUInt32LE(12);
  if (!prefix.subarray(0, 8).equals(MAGIC) || prefix.readUInt32LE(8) !== VERSION) return undefined;
  if (headerLength > MAX_HEADER) return undefined;
  const headerBytes = Buffer.from(read(headerLength, PREFIX));
  const { key: storedKey, labels, groups, ...rest } = JSON.parse(headerBytes.toString()) as Header;
  // The length is checked before anything is allocated from numbers that may be damaged.
  const tableBytes = 4 * rest.count;
  const start = PREFIX + headerLength + tableBytes * (Number(labels) + Number(groups));
  if (storedKey !== key || length !== start + rest.count * recordBytes(rest.size)) return undefined;

  const description: Description = { ...rest };
  const body: Uint8Array[] = [headerBytes];
  let position = PREFIX + headerLength;
  const table = () => {
    const bytes = read(tableBytes, position);
    position += tableBytes;
    body.push(bytes);
    return new Int32Array(bytes.buffer, bytes.byteOffset, rest.count);
  };
  if (labels) description.labels = table();
  if (groups) description.groups = table();
  return sha256(body).equals(prefix.subarray(16)) ? { description, start } : undefined;
}

function sha256(parts: Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function bytesOf(table: Int32Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}
