// The callbacks of a caller: one that throws stops training as the caller's signal does.
import type { Progress } from "../progress.js";

/** The callbacks and the signal of a caller. */
interface Given {
  readonly onProgress?: (progress: Progress) => void;
  readonly onMessage?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Callbacks that never throw, and a signal that also aborts where one of them would have. */
export interface Callbacks {
  progress: NonNullable<Given["onProgress"]>;
  message: NonNullable<Given["onMessage"]>;
  readonly signal: AbortSignal;
  /** Throws what a callback threw. */
  check(): void;
}

/** A callback that throws, or whose promise rejects, is not called again. */
export function guarded({ onProgress, onMessage, signal }: Given): Callbacks {
  const failed = new AbortController();
  const fail = (error: unknown) => failed.abort(error);
  const safe =
    <T>(callback: ((value: T) => unknown) | undefined) =>
    (value: T) => {
      if (failed.signal.aborted) return;
      try {
        const answer = callback?.(value);
        if (answer instanceof Promise) answer.catch(fail);
      } catch (error) {
        fail(error);
      }
    };
  return {
    progress: safe(onProgress),
    message: safe(onMessage),
    signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
    check: () => failed.signal.throwIfAborted(),
  };
}
