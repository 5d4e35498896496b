// Jobs that keep their work when Ctrl-C stops them, for commands that train several runs.
import type { Progress } from "@imagefn/runs";
import { UserError } from "./errors.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { createProgress } from "./progress.js";

/** What a job receives: callbacks that show its progress, and a signal that Ctrl-C aborts. */
export interface JobListener {
  onProgress(progress: Progress): void;
  onMessage(text: string): void;
  readonly signal: AbortSignal;
}

/**
 * Runs a job with its progress on stderr. The first Ctrl-C aborts it: a training run in progress writes its checkpoint.
 * The second one ends the process at once.
 */
export async function stoppable<T>(job: (listener: JobListener) => Promise<T>): Promise<T> {
  const progress = createProgress();
  const { signal, release } = interruptible(() =>
    progress.message("stopping after this step, with a checkpoint (Ctrl-C again stops at once)"),
  );
  try {
    return await job({
      onProgress: progress.update,
      onMessage(text) {
        progress.done();
        progress.message(text);
      },
      signal,
    });
  } catch (error) {
    if (!signal.aborted || (error as Error).name !== "AbortError") throw error;
    process.exitCode = INTERRUPTED;
    throw new UserError("not complete: run the same command again to continue.");
  } finally {
    progress.done();
    release();
  }
}
