// How a long job reports to its caller, and how the caller stops it.
import type { Progress } from "@imagefn/runs";

/** Callbacks of a long job, and the signal that stops it. */
export interface Listener {
  /** The position of the job, often: many times a second in training. */
  readonly onProgress?: (progress: Progress) => void;
  /** One line of text for people, such as the choice of the engine or what is trained next. */
  readonly onMessage?: (text: string) => void;
  /**
   * Stops the job. A training run in progress writes a checkpoint first. The job then rejects with an error whose name
   * is `AbortError`; the same call resumes it.
   */
  readonly signal?: AbortSignal;
}

/** Reports progress, or throws the reason of an abort. */
export function report({ onProgress, signal }: Listener, progress: Progress): void {
  signal?.throwIfAborted();
  onProgress?.(progress);
}
