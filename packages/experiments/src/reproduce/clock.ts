// The tasks of a job in their order, and the time left for all of them.
import { formatDuration } from "@imagefn/runs";

/** A piece of work. */
export interface Task {
  readonly what: string;
  /** About how long it takes at the tiny scale on 2 cores. Only the ratios matter: the rest follows from the clock. */
  readonly seconds: number;
}

export interface Clock {
  /** A line before a task: its number, and the time left for all tasks. */
  next(task: Task): string;
  /** Ends the task that was begun; `skipped` where it was done before, so that its time does not count as speed. */
  done(task: Task, skipped?: boolean): void;
}

/** Follows the tasks. The time left is the plan's, in proportion to how long the tasks so far have taken. */
export function planClock(tasks: readonly Task[], now: () => number = () => performance.now()): Clock {
  let left = tasks.reduce((sum, { seconds }) => sum + seconds, 0);
  let done = 0;
  let planned = 0;
  let taken = 0;
  let began = 0;
  return {
    next({ what }) {
      began = now();
      const pace = planned > 0 ? taken / planned : 1;
      return `${done + 1} of ${tasks.length}: ${what} (about ${formatDuration(left * pace)} left in all)`;
    },
    done({ seconds }, skipped = false) {
      done++;
      left = Math.max(0, left - seconds);
      if (skipped) return;
      planned += seconds;
      taken += (now() - began) / 1000;
    },
  };
}
