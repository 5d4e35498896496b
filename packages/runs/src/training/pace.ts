// A schedule that is fitted to a time: how far each step moves along it, at the machine's present speed.

/** The speed is the mean over the last steps that took at least this long together, and of at least so many. */
const SECONDS = 2;
const STEPS = 10;

/** How a phase begins, or goes on in another sitting. */
export interface PaceOptions {
  /** The time of the phase, over all sittings. */
  readonly seconds: number;
  /** Seconds that have gone by of it, pauses for checkpoints and previews included. */
  elapsed(): number;
  /** Seconds of a step, as measured before or as a checkpoint has it. */
  readonly perStep: number;
  /** Where a checkpoint stands. */
  readonly progress?: number;
}

/** Where a phase with a time is in its schedule. */
export interface Pace {
  /** Progress before the next step, from 0 to 1. */
  readonly progress: number;
  /** Seconds of a step at present. */
  readonly perStep: number;
  /** Whole steps that still fit, the next one included: 1 for the last step, 0 after it. */
  readonly left: number;
  /** Moves on by one step, which took so many seconds. */
  advance(seconds: number): void;
}

/**
 * Each step moves the schedule on by (1 - progress) / (steps that still fit), so that it ends when the time does, however
 * the speed changes on the way. The last step is known as such before it begins, so that it is at the very end of the
 * schedule; where the time is over before that, there is one more.
 */
export function paceOf({ seconds, elapsed, perStep: first, progress: start = 0 }: PaceOptions): Pace {
  const recent: number[] = [];
  let sum = 0;
  let progress = start;
  const perStep = () => (recent.length >= STEPS || sum >= SECONDS ? sum / recent.length : first);
  const fitting = (spent: number) => Math.max(1, Math.round((seconds - spent) / perStep()));
  let left = progress >= 1 ? 0 : fitting(elapsed());
  return {
    get progress() {
      return progress;
    },
    get perStep() {
      return perStep();
    },
    get left() {
      return left;
    },
    advance(took) {
      const last = left === 1;
      recent.push(took);
      sum += took;
      while (recent.length > STEPS && sum - recent[0] >= SECONDS) sum -= recent.shift()!;
      // The step was one of those that were left before it: its own time is over now.
      progress = last ? 1 : progress + (1 - progress) / Math.max(2, fitting(elapsed() - took));
      left = last ? 0 : fitting(elapsed());
    },
  };
}
