// The progress of a long job; showing it is up to the caller.

/** The progress of a job. */
export interface Progress {
  /** Such as `pretrain` or `train`. */
  phase: string;
  /** Steps done. */
  step: number;
  /** Total steps, or null while unknown: then there is no bar and no time left. */
  total: number | null;
  /** What a step is, in the plural. Default "steps". */
  unit?: string;
  loss?: number;
  /** Filled in from the last seconds of updates when left out. */
  stepsPerSecond?: number;
  /** Filled in from the speed when left out. */
  secondsLeft?: number;
}

/** Seconds as `m:ss`, or `h:mm:ss` from an hour on; rounded up, so that 0:00 means done. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(whole / 60);
  const tail = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${tail}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
}

/** Shows progress, for example as a line on a terminal. */
export interface ProgressWriter {
  /** Call it after every step: drawing is throttled. */
  update(progress: Progress): void;
  /** Prints a line above the progress line. */
  message(text: string): void;
  /** Draws the last state and ends the line. */
  done(): void;
}
