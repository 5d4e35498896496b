// Reads zip archives (stored and deflated entries, zip64), the container of .npz and of newer .pth files.
import { Inflate } from "fflate";
import { crc32 } from "./_crc32.js";
import { type Budget, FormatError, fail, quote } from "./_format.js";
import type { ByteSource } from "./_source.js";

export interface ZipEntry {
  readonly name: string;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly crc: number;
  /** Where its local header is. */
  readonly header: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit length or offset; a hostile one is larger than any file, and is refused where it is used. */
const long = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** All entries by name, as the archive's directory lists them. */
export function zipEntries(source: ByteSource): Map<string, ZipEntry> {
  const { count, size, offset } = findDirectory(source);
  if (offset + size > source.size)
    fail(`its directory should end at byte ${offset + size} of ${source.size} (truncated?)`);
  if (count * 46 > size) fail(`its directory of ${size} bytes cannot list ${count} entries`);
  const bytes = source.view(offset, size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL)
      fail(`entry ${i} of its directory is damaged`);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > size) fail(`entry ${i} of its directory is cut off`);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    if (view.getUint16(at + 8, true) & 1) fail(`${quote(name)} in it is encrypted`);
    if (entries.has(name)) fail(`it has two entries named ${quote(name)}`);
    const [unpacked, packed, header] = longFields(view, nameEnd, extraEnd, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    const method = view.getUint16(at + 10, true);
    entries.set(name, { name, method, packed, size: unpacked, crc: view.getUint32(at + 16, true), header });
    at = next;
  }
  return entries;
}

function findDirectory(source: ByteSource): { count: number; size: number; offset: number } {
  const tailSize = Math.min(source.size, 22 + 0xffff);
  const tail = source.view(source.size - tailSize, tailSize);
  const view = viewOf(tail);
  for (let at = tailSize - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== END || at + 22 + view.getUint16(at + 20, true) !== tailSize) continue;
    const end = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const large = end.count === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff;
    if (!large || at < 20 || view.getUint32(at - 20, true) !== END64_LOCATOR) return end;
    const end64 = viewOf(source.view(long(view, at - 12), 56));
    if (end64.getUint32(0, true) !== END64) fail("its zip64 directory is not where it should be");
    return { count: long(end64, 32), size: long(end64, 40), offset: long(end64, 48) };
  }
  return fail("the end of its zip directory is missing (truncated?)");
}

/** Replaces those fields that overflow 32 bits by the 64-bit ones of the zip64 extra field, which come in order. */
function longFields(view: DataView, start: number, end: number, fields: number[]): number[] {
  if (!fields.includes(0xffffffff)) return fields;
  for (let at = start; at + 4 <= end; ) {
    const stop = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) {
      let field = at + 4;
      return fields.map((value) => {
        if (value !== 0xffffffff) return value;
        if (field + 8 > Math.min(stop, end)) return fail("a zip64 field of its directory is cut off");
        field += 8;
        return long(view, field - 8);
      });
    }
    at = stop;
  }
  return fields;
}

/** Reads an entry from front to back. The checksum is compared when the last byte has been read. */
export interface EntryReader {
  readonly remaining: number;
  /** The next bytes [length] in a buffer of their own. */
  read(length: number): Uint8Array<ArrayBuffer>;
}

/** Deflate makes of n bytes at most 1032 n. */
const DEFLATE_LIMIT = 1032;
const LEAST_CHUNK = 1 << 10;
const LARGEST_CHUNK = 1 << 15;

export function openEntry(source: ByteSource, entry: ZipEntry): EntryReader {
  const name = quote(entry.name);
  if (entry.method !== 0 && entry.method !== 8)
    fail(`${name} in it is packed by method ${entry.method} (expected 0, stored, or 8, deflated)`);
  const local = viewOf(source.view(entry.header, 30));
  if (local.getUint32(0, true) !== LOCAL) fail(`${name} in it is not where the directory says`);
  const start = entry.header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + entry.packed > source.size) fail(`${name} in it is cut off (truncated?)`);
  if (entry.method === 0 ? entry.size !== entry.packed : entry.size > DEFLATE_LIMIT * entry.packed)
    fail(`${name} in it cannot be ${entry.size} bytes long (${entry.packed} in the archive)`);

  const packed = { source, start, end: start + entry.packed };
  const next = entry.method === 0 ? stored(packed) : inflated(packed, name);
  let remaining = entry.size;
  let crc = 0;
  return {
    get remaining() {
      return remaining;
    },
    read(length) {
      if (length > remaining) fail(`${name} in it ends ${length - remaining} bytes too soon`);
      if (length > 2 ** 32) fail(`${name} in it is too large to be read at once (${length} bytes)`);
      const out = next(length);
      remaining -= length;
      crc = crc32(out, crc);
      if (remaining === 0 && crc !== entry.crc) fail(`${name} in it does not match its checksum (damaged?)`);
      return out;
    },
  };
}

interface Packed {
  readonly source: ByteSource;
  readonly start: number;
  readonly end: number;
}

function stored({ source, start }: Packed): (length: number) => Uint8Array<ArrayBuffer> {
  let at = start;
  return (length) => {
    at += length;
    return source.copy(at - length, length);
  };
}

function inflated({ source, start, end }: Packed, name: string): (length: number) => Uint8Array<ArrayBuffer> {
  let at = start;
  const ready: Uint8Array[] = [];
  const inflate = new Inflate((chunk) => ready.push(chunk));
  const more = (wanted: number) => {
    if (at >= end) fail(`${name} in it unpacks to less than the directory says`);
    // A chunk unpacks as a whole, to far more than is wanted where the directory lies: small ones for small wants.
    const size = Math.min(Math.max(LEAST_CHUNK, wanted >> 4), LARGEST_CHUNK);
    const chunk = source.copy(at, Math.min(size, end - at));
    at += chunk.length;
    try {
      inflate.push(chunk, at >= end);
    } catch (error) {
      throw new FormatError(`${name} in it cannot be unpacked (${(error as Error).message})`);
    }
  };
  return (length) => {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const chunk = ready.shift();
      if (!chunk) {
        more(length - filled);
        continue;
      }
      const part = chunk.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) ready.unshift(chunk.subarray(part.length));
    }
    return out;
  };
}

/** A whole entry. */
export function readEntry(source: ByteSource, entry: ZipEntry, budget: Budget): Uint8Array<ArrayBuffer> {
  if (entry.method !== 0) budget.take(entry.size, `unpacking ${quote(entry.name)}`);
  return openEntry(source, entry).read(entry.size);
}
