// numpy's .npz archives: named arrays in a zip, read whole or, from disk, some rows at a time.
import { ImagefnError, quoted } from "@imagefn/base";
import { type Budget, budgetFor, FormatError, fail, quote, reading } from "./_format.js";
import { decode, gather, WIDTH } from "./_numbers.js";
import { type ByteSource, bytesSource, type FileSource, fileSource } from "./_source.js";
import { openEntry, type ZipEntry, zipEntries } from "./_zip.js";
import {
  fortranStrides,
  type NpyArray,
  type NpyHeader,
  parseNpy,
  parseNpyHeader,
  toNpyArray,
} from "./npy.js";

const FORMAT = "numpy archive (.npz)";

/**
 * All arrays of a .npz file, as np.savez and np.savez_compressed write it, by name ("arr_0").
 * @throws with what is wrong, where the file is damaged, holds Python objects, or unpacks to far more than its size
 */
export function readNpz(bytes: Uint8Array): Map<string, NpyArray> {
  return reading(FORMAT, () => parseNpz(bytesSource(bytes)));
}

export function parseNpz(
  source: ByteSource,
  keep: (name: string) => boolean = () => true,
): Map<string, NpyArray> {
  const budget = budgetFor(source.size, 100);
  const kept = [...arrayEntries(source)].filter(([name]) => keep(name));
  return new Map(kept.map(([name, entry]) => [name, readArray(source, name, entry, budget)]));
}

/** The entries that are arrays, by their names without ".npy". */
function arrayEntries(source: ByteSource): Map<string, ZipEntry> {
  const out = new Map<string, ZipEntry>();
  for (const [name, entry] of zipEntries(source))
    if (name.endsWith(".npy")) out.set(name.slice(0, -4), entry);
  if (out.size === 0) fail("it holds no arrays");
  return out;
}

function readArray(source: ByteSource, name: string, entry: ZipEntry, budget: Budget): NpyArray {
  budget.take(entry.size, `the array ${quote(name)}`);
  return about(name, () => parseNpy(entry.size, openEntry(source, entry).read));
}

/** Runs a reader of one array; its errors name the array. */
function about<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) fail(`the array ${quote(name)}: ${error.message}`);
    throw error;
  }
}

function openSource(path: string): FileSource {
  try {
    return fileSource(path);
  } catch (error) {
    throw new ImagefnError(
      "invalid-data",
      `metrics: cannot open ${quoted(path)} (${(error as Error).message})`,
    );
  }
}

/** A .npz file that stays open. */
export interface NpzFile {
  /** The names of its arrays, without ".npy". */
  readonly names: readonly string[];
  /** Shape and type without reading the numbers. */
  header(name: string): Pick<NpyHeader, "shape" | "type">;
  /** A whole array. */
  read(name: string): NpyArray;
  /**
   * The array `rows` at a time along its first axis (the last block may have fewer), each in memory of its own.
   * An array in Fortran order is read whole, since the numbers of a row lie apart in the file; its blocks are row-major.
   * A damaged file may show only when the last block is asked for, which carries the checksum's error.
   */
  blocks(name: string, rows?: number): Generator<NpyArray>;
  /** Closes the file; nothing can be read afterwards. */
  close(): void;
}

/**
 * Opens a .npz file on disk, of any size: `for (const block of npz.blocks("arr_0", 500))` never holds more than a
 * block of it, unless it is in Fortran order. Close it when done.
 */
export function openNpz(path: string): NpzFile {
  const at = `${FORMAT} at ${quoted(path)}`;
  const source = openSource(path);
  let entries: Map<string, ZipEntry>;
  try {
    entries = reading(at, () => arrayEntries(source));
  } catch (error) {
    source.close();
    throw error;
  }
  const budget = () => budgetFor(source.size, 100);
  const entryOf = (name: string): ZipEntry => {
    const entry = entries.get(name);
    if (entry) return entry;
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${quoted(path)} has no array ${quote(name)} (it has ${[...entries.keys()].map(quote).join(", ")})`,
    );
  };
  const open = (name: string) => {
    const entry = entryOf(name);
    const reader = openEntry(source, entry);
    const header = parseNpyHeader(entry.size, reader.read);
    return { header, reader };
  };
  return {
    names: [...entries.keys()],
    header(name) {
      const { shape, type } = reading(at, () => about(name, () => open(name))).header;
      return { shape, type };
    },
    read: (name) => reading(at, () => readArray(source, name, entryOf(name), budget())),
    *blocks(name, rows = 256) {
      if (!Number.isInteger(rows) || rows < 1)
        throw new Error(`metrics: blocks of a .npz are of at least one row (got ${rows})`);
      const { header, reader } = reading(at, () => about(name, () => open(name)));
      const [count, ...row] = header.shape;
      if (count === undefined)
        throw new ImagefnError(
          "invalid-data",
          `metrics: the array ${quote(name)} of ${quoted(path)} cannot be read in blocks of rows (it is one number): read it whole`,
          { path },
        );
      if (header.fortran && row.length > 0) {
        const whole = reading(at, () => {
          budget().take(header.bytes, `the array ${quote(name)}, which is in Fortran order`);
          return about(name, () => decode(header.type, reader.read(header.bytes), header.bigEndian));
        });
        for (let first = 0; first < count; first += rows) {
          const shape = [Math.min(rows, count - first), ...row];
          yield { shape, type: header.type, data: gather(whole, shape, fortranStrides(header.shape), first) };
        }
        return;
      }
      const rowBytes = row.reduce((n, d) => n * d, WIDTH[header.type]);
      for (let first = 0; first < count; first += rows) {
        const n = Math.min(rows, count - first);
        reading(at, () => budget().take(n * rowBytes, `${n} rows of the array ${quote(name)}`));
        yield reading(at, () =>
          about(name, () => toNpyArray(header, [n, ...row], reader.read(n * rowBytes))),
        );
      }
    },
    close: () => source.close(),
  };
}
