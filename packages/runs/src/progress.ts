// How a long job says where it stands; showing it is for the caller.

/** Where a job stands. */
export interface Progress {
  /** Such as `pretrain` or `train`. */
  phase: string;
  /** Steps done. */
  step: number;
  /** Steps in all, null while unknown: no bar and no time left then. */
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

/** Shows progress: a line on a terminal, or what a program makes of it. */
export interface ProgressWriter {
  /** Call as often as you like, once a step: drawing is limited. */
  update(progress: Progress): void;
  /** A line of its own above the progress line. */
  message(text: string): void;
  /** Draws the last state and ends the line. */
  done(): void;
}
