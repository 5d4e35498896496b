// Writes numpy's .npz archives: statistics, and samples of any number without holding them all.
import { writeSync } from "node:fs";
import { writeAtomic } from "@imagefn/base";
import { Deflate } from "fflate";
import { crc32 } from "./_crc32.js";
import type { NumberArray } from "./_numbers.js";
import { npyHeader, typeOfArray, type WrittenType } from "./npy.js";

/** An array to write, row-major. */
export interface NpzArray {
  /** [] for a single number. */
  readonly shape: readonly number[];
  /** As many numbers as `shape` says; their type is that of the array. */
  readonly data: NumberArray;
}

/** An array to write that comes in pieces: together they hold as many numbers as `shape`. */
export interface NpzStream {
  /** Of the whole array. */
  readonly shape: readonly number[];
  /** Of every block. */
  readonly type: WrittenType;
  /** The numbers in order. */
  readonly blocks: Iterable<NumberArray> | AsyncIterable<NumberArray>;
}

/** How arrays are stored. */
export interface NpzOptions {
  /** Deflate the numbers, as np.savez_compressed does. Default false: they are stored. */
  readonly compress?: boolean;
}

/**
 * The bytes of a .npz file that np.load reads, arrays in the order given. Equal arrays give equal bytes.
 * @throws where an array does not hold as many numbers as its shape needs
 */
export function writeNpz(
  arrays: Iterable<readonly [string, NpzArray]>,
  options: NpzOptions = {},
): Uint8Array {
  let out = new Uint8Array(1 << 16);
  let length = 0;
  const zip = zipWriter((bytes, at) => {
    if (at + bytes.length > out.length) {
      const larger = new Uint8Array(Math.max(2 * out.length, at + bytes.length));
      larger.set(out.subarray(0, length));
      out = larger;
    }
    out.set(bytes, at);
    length = Math.max(length, at + bytes.length);
  });
  for (const [name, { shape, data }] of arrays) {
    const entry = beginArray(zip, name, shape, typeOfArray(data), options);
    entry.push(data);
    entry.end();
  }
  zip.end();
  return out.slice(0, length);
}

/**
 * Writes a .npz file, whole or not at all. Arrays may come in blocks, of which one is held at a time.
 * @throws as writeNpz does, and Node's error where the file cannot be written; a file at `path` is then as it was
 */
export async function writeNpzFile(
  path: string,
  arrays: Iterable<readonly [string, NpzArray | NpzStream]>,
  options: NpzOptions = {},
): Promise<void> {
  await writeAtomic(path, async ({ fd }) => {
    const zip = zipWriter((bytes, at) => {
      for (let from = 0; from < bytes.length; )
        from += writeSync(fd, bytes, from, Math.min(bytes.length - from, 2 ** 30), at + from);
    });
    for (const [name, array] of arrays) {
      const stream =
        "blocks" in array ? array : { ...array, type: typeOfArray(array.data), blocks: [array.data] };
      const entry = beginArray(zip, name, stream.shape, stream.type, options);
      for await (const block of stream.blocks) entry.push(block);
      entry.end();
    }
    zip.end();
  });
}

interface ArrayEntry {
  push(data: NumberArray): void;
  end(): void;
}

function beginArray(
  zip: ZipWriter,
  name: string,
  shape: readonly number[],
  type: WrittenType,
  { compress = false }: NpzOptions,
): ArrayEntry {
  const expected = shape.reduce((n, d) => n * d, 1);
  let count = 0;
  const entry = zip.begin(`${name}.npy`, compress);
  entry.push(npyHeader(type, shape));
  return {
    push(data) {
      if (typeOfArray(data) !== type)
        throw new Error(
          `metrics: .npz: "${name}" is of ${type}, and a block of it is of ${typeOfArray(data)}`,
        );
      count += data.length;
      entry.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    },
    end() {
      if (count !== expected)
        throw new Error(
          `metrics: .npz: "${name}" holds ${count} numbers (expected ${expected} for [${shape.join(", ")}])`,
        );
      entry.end();
    },
  };
}

interface ZipWriter {
  begin(name: string, compress: boolean): { push(bytes: Uint8Array): void; end(): void };
  end(): void;
}

/** 1 January 1980, where a zip's calendar begins. */
const DATE = 0x21;
const VERSION = 45;

/** A zip written front to back, but for lengths and checksums that are put in when an entry ends. Always zip64. */
function zipWriter(write: (bytes: Uint8Array, at: number) => void): ZipWriter {
  let at = 0;
  const append = (bytes: Uint8Array) => {
    write(bytes, at);
    at += bytes.length;
  };
  const directory: Uint8Array[] = [];
  return {
    begin(entryName, compress) {
      const name = new TextEncoder().encode(entryName);
      const header = at;
      let size = 0;
      let packed = 0;
      let crc = 0;
      const put = (bytes: Uint8Array) => {
        packed += bytes.length;
        append(bytes);
      };
      const deflate = compress ? new Deflate({ level: 6 }, put) : undefined;
      const record = (central: boolean) =>
        entryRecord({ name, method: compress ? 8 : 0, size, packed, crc, header }, central);
      append(record(false));
      return {
        push(bytes) {
          size += bytes.length;
          crc = crc32(bytes, crc);
          if (deflate) deflate.push(bytes);
          else put(bytes);
        },
        end() {
          deflate?.push(new Uint8Array(0), true);
          write(record(false), header);
          directory.push(record(true));
        },
      };
    },
    end() {
      const start = at;
      directory.forEach(append);
      append(endRecord(directory.length, start, at - start));
    },
  };
}

interface EntryFields {
  readonly name: Uint8Array;
  readonly method: number;
  readonly size: number;
  readonly packed: number;
  readonly crc: number;
  readonly header: number;
}

/** The header before an entry's bytes, or its record in the directory at the end. */
function entryRecord({ name, method, size, packed, crc, header }: EntryFields, central: boolean): Uint8Array {
  const fixed = central ? 46 : 30;
  const out = new Uint8Array(fixed + name.length + (central ? 28 : 20));
  const view = new DataView(out.buffer);
  view.setUint32(0, central ? 0x02014b50 : 0x04034b50, true);
  const common = central ? 6 : 4;
  if (central) view.setUint16(4, VERSION, true);
  view.setUint16(common, VERSION, true);
  view.setUint16(common + 2, 0x800, true); // names are UTF-8
  view.setUint16(common + 4, method, true);
  view.setUint16(common + 8, DATE, true);
  view.setUint32(common + 10, crc, true);
  view.setUint32(common + 14, 0xffffffff, true);
  view.setUint32(common + 18, 0xffffffff, true);
  view.setUint16(common + 22, name.length, true);
  view.setUint16(common + 24, central ? 28 : 20, true);
  if (central) view.setUint32(42, 0xffffffff, true);
  out.set(name, fixed);
  const extra = fixed + name.length;
  view.setUint16(extra, 1, true);
  view.setUint16(extra + 2, central ? 24 : 16, true);
  view.setBigUint64(extra + 4, BigInt(size), true);
  view.setBigUint64(extra + 12, BigInt(packed), true);
  if (central) view.setBigUint64(extra + 20, BigInt(header), true);
  return out;
}

/** The zip64 end of the directory, its locator, and the end that all zips have. */
function endRecord(count: number, start: number, size: number): Uint8Array {
  const out = new Uint8Array(56 + 20 + 22);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true);
  view.setUint16(12, VERSION, true);
  view.setUint16(14, VERSION, true);
  view.setBigUint64(24, BigInt(count), true);
  view.setBigUint64(32, BigInt(count), true);
  view.setBigUint64(40, BigInt(size), true);
  view.setBigUint64(48, BigInt(start), true);
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(start + size), true);
  view.setUint32(72, 1, true);
  view.setUint32(76, 0x06054b50, true);
  view.setUint16(84, 0xffff, true);
  view.setUint16(86, 0xffff, true);
  view.setUint32(88, 0xffffffff, true);
  view.setUint32(92, 0xffffffff, true);
  return out;
}
