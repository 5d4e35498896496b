// What all readers of files share: one kind of error for a file that is damaged or of another format.
import { ImagefnError } from "@imagefn/base";

/** The file is at fault: damaged, hostile or of a kind that is not read. */
export class FormatError extends Error {}

/** Throws a FormatError: `what` is wrong, without the name of the format, which `reading` puts before it. */
export function fail(what: string): never {
  throw new FormatError(what);
}

/** Runs a reader of bytes; its FormatErrors become `metrics: not a readable FORMAT: WHAT`. */
export function reading<T>(format: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ImagefnError("invalid-data", `metrics: not a readable ${format}: ${error.message}`);
  }
}

/** A name out of a file, safe to print: quoted, escaped and cut. */
export const quote = (name: unknown): string => {
  // Only what prints in bounded time: a list out of a file may hold itself many times over.
  if (typeof name !== "string" && typeof name !== "number" && typeof name !== "bigint")
    return "an unnamed value";
  const text = String(name);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text).replace(
    // What JSON leaves as it is and a terminal may obey, or turn the line round for.
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
};

/** [2, 3] */
export const show = (shape: readonly number[]): string =>
  shape.length > 12 ? `[${shape.slice(0, 12).join(", ")}, ...]` : `[${shape.join(", ")}]`;

/**
 * Number of elements of a shape out of a file.
 * @throws FormatError where it is no list of whole numbers, or too large to be counted
 */
export function sizeOf(shape: readonly unknown[], what: string): number {
  if (shape.length > 32) fail(`${what} has ${shape.length} axes (expected at most 32)`);
  let size = 1;
  for (const d of shape) {
    if (!Number.isSafeInteger(d) || (d as number) < 0)
      fail(`${what} has a shape that is not of whole numbers`);
    size *= d as number;
  }
  if (!Number.isSafeInteger(size))
    fail(`${what} has the shape ${show(shape as number[])}, which is too large`);
  return size;
}

/** Counts the bytes that a file makes its reader allocate. */
export interface Budget {
  /** @throws FormatError where the file would take more than a file of its size can honestly need */
  take(bytes: number, what: string): void;
}

const FLOOR = 32 * 1024 * 1024;

/** A budget of 32 MiB and `factor` times the size of the file: what stands between a small file and all memory. */
export function budgetFor(fileSize: number, factor: number): Budget {
  const limit = FLOOR + factor * fileSize;
  let taken = 0;
  return {
    take(bytes, what) {
      taken += bytes;
      if (!(taken <= limit))
        fail(
          `${what} would bring it to ${taken} bytes in memory, too much for a file of ${fileSize} ` +
            `(expected at most ${limit}); it is damaged or made to exhaust memory`,
        );
    },
  };
}
