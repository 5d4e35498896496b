// Writes PNG files a few rows at a time, in memory that does not depend on the size of the picture.
import { pipeline } from "node:stream";
import { constants, crc32, createDeflate } from "node:zlib";
import { writeAtomic } from "./writeAtomic.js";

/** The size of a picture in pixels. */
export interface PngSize {
  width: number;
  height: number;
}

/** Pixels from top to bottom, in parts of whole rows: bytes [rows, width, 3], RGB. */
export type Rows = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes an RGB picture, completely or not at all. The same pixels give the same file, however they are divided into
 * parts. @throws Error if there are more or fewer rows than `height`
 */
export async function writePng(path: string, size: PngSize, rows: Rows): Promise<void> {
  await writeAtomic(path, async (handle) => {
    for await (const part of encodePng(size, rows)) await handle.writeFile(part);
  });
}

/** The bytes of a PNG file, in memory. @throws Error if there are more or fewer rows than `height` */
export async function pngBytes(size: PngSize, rows: Rows): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of encodePng(size, rows)) parts.push(part);
  return Buffer.concat(parts);
}

/** The bytes of a PNG file in parts: 8-bit RGB, not interlaced. Source: W3C PNG specification. @throws as `writePng` */
export async function* encodePng(size: PngSize, rows: Rows): AsyncGenerator<Uint8Array> {
  yield* pngStart(size);
  for await (const data of pngData(size, rows)) yield chunk("IDAT", data);
  yield chunk("IEND", new Uint8Array());
}

/** The signature and the header of an RGB picture. */
export function* pngStart(size: PngSize): Generator<Uint8Array> {
  yield Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, size.width);
  header.setUint32(4, size.height);
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  yield chunk("IHDR", new Uint8Array(header.buffer));
}

/** The compressed rows of a picture, in parts. */
export const pngData = (size: PngSize, rows: Rows): AsyncIterable<Uint8Array> =>
  deflated(filteredRows(size, rows));

/** Length, type, data, checksum of type and data. */
export function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

/** Compresses rows as they arrive; an error on either side ends both. */
function deflated(rows: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const deflate = createDeflate({ strategy: constants.Z_FILTERED, chunkSize: 65_536 });
  return pipeline(rows, deflate, () => {});
}

/** Each row after the number of its filter, chosen for the smallest differences. */
async function* filteredRows({ width, height }: PngSize, rows: Rows): AsyncGenerator<Uint8Array> {
  const length = width * 3;
  const choices = FILTERS.map(() => new Uint8Array(length));
  let above: Uint8Array = new Uint8Array(length);
  let count = 0;
  for await (const part of rows) {
    for (let start = 0; start < part.length; start += length) {
      const row = part.subarray(start, start + length);
      if (row.length < length || count === height) throw wrongSize(width, height);
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      FILTERS.forEach((filter, f) => {
        const sum = filter(row, above, choices[f]);
        if (sum < least) [best, least] = [f, sum];
      });
      const line = new Uint8Array(length + 1);
      line[0] = best;
      line.set(choices[best], 1);
      yield line;
      above = row.slice();
      count++;
    }
  }
  if (count < height) throw wrongSize(width, height);
}

const wrongSize = (width: number, height: number) =>
  new Error(`base: the rows of a picture do not add up to its size (expected ${width} x ${height})`);

/** Writes a row minus its prediction, modulo 256, and returns the sum of the absolute differences. */
type Filter = (row: Uint8Array, above: Uint8Array, out: Uint8Array) => number;

/** A filter from the prediction of a byte: a left of it, b above, c above the left one. */
const filter =
  (predict: (a: number, b: number, c: number) => number): Filter =>
  (row, above, out) => {
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      const a = i < 3 ? 0 : row[i - 3];
      const c = i < 3 ? 0 : above[i - 3];
      out[i] = row[i] - predict(a, above[i], c);
      sum += out[i] < 128 ? out[i] : 256 - out[i];
    }
    return sum;
  };

/** None, Sub, Up, Average and Paeth, in the order of their numbers. */
const FILTERS: readonly Filter[] = [
  filter(() => 0),
  filter((a) => a),
  filter((_, b) => b),
  filter((a, b) => (a + b) >> 1),
  filter((a, b, c) => {
    const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
  }),
];
