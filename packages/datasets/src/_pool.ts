// Runs the same asynchronous work for 0..count-1, a few at a time, and reports progress.
import { UnusableImage } from "./_unusable.js";
import type { OnProgress } from "./dataset.js";

/** Approximate number of progress reports for a set. */
const REPORTS = 200;

/**
 * Calls `work(i)` for every i below `count`, at most `limit` at a time.
 * After the first failure it starts no new work, waits for the rest, and throws the failure of the lowest i,
 * so that nothing runs on after it returns.
 */
export async function forEachIndex(
  count: number,
  limit: number,
  work: (i: number) => Promise<void>,
  onProgress?: OnProgress,
): Promise<void> {
  const every = Math.ceil(count / REPORTS);
  let next = 0;
  let done = 0;
  const failures: { i: number; error: unknown }[] = [];
  async function lane() {
    while (next < count && failures.length === 0) {
      const i = next++;
      try {
        await work(i);
        done++;
        if (done % every === 0 || done === count) onProgress?.(done, count);
      } catch (error) {
        failures.push({ i, error });
        return;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, count) }, lane));
  failures.sort((a, b) => a.i - b.i);
  if (failures.length > 0) throw failures[0].error;
}

/**
 * As `forEachIndex`, but goes on after an UnusableImage. Returns those that were thrown, by their index.
 */
export async function forEachImage(
  count: number,
  limit: number,
  work: (i: number) => Promise<void>,
  onProgress?: OnProgress,
): Promise<Map<number, UnusableImage>> {
  const faults = new Map<number, UnusableImage>();
  const each = async (i: number) => {
    try {
      await work(i);
    } catch (error) {
      if (!(error instanceof UnusableImage)) throw error;
      faults.set(i, error);
    }
  };
  await forEachIndex(count, limit, each, onProgress);
  return faults;
}
