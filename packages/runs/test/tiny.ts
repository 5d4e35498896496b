// A run so small that it trains in a second, and what tests read of it.
import type { PartialConfig, Progress } from "@imagefn/runs";
import { tinyRun } from "@imagefn/testing/tinyRun";

/** The shared tiny run, as a configuration. */
export const tiny = tinyRun as typeof tinyRun & PartialConfig;

/** A signal that aborts at the first progress that fits, and the callback that watches for it. */
export function abortAt(fits: (progress: Progress) => boolean) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress(progress: Progress) {
      if (fits(progress)) controller.abort();
    },
  };
}
