// Runs the same asynchronous work for 0..count-1, a few at a time, and reports progress.
import type { OnProgress } from "./dataset.js";

/** About this many progress reports for a whole set. */
const REPORTS = 200;

/**
 * Calls `work(i)` for every i below `count`, at most `limit` unfinished at once.
 * Stops starting new work at the first failure, waits for what runs, and throws the failure of the lowest i,
 * so that nothing goes on behind the caller's back.
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
