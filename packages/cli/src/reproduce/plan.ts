// The work of a command in the order in which it is done, and how much time is left of it.

import type { Config } from "../config.js";
import { stepCount } from "../config.js";
import { formatDuration } from "../progress.js";

/** A piece of work. */
export interface Task {
  readonly what: string;
  /** About how long it takes at the tiny scale on 2 cores. Only the ratios matter: the rest follows from the clock. */
  readonly seconds: number;
}

/** Milliseconds of a training step at 32 pixels and a batch of 16 on 2 cores, as measured with the tiny networks. */
const MS_PER_STEP = { func: 160, unet: 200, dit: 150, uvit: 150 } as const;

/** Seconds that a run takes besides its steps: to start, to compile, to draw previews and to measure along the way. */
const OVERHEAD = 12;

/**
 * About how long a run takes. At the paper's scale the steps cost another number of milliseconds, but about the same
 * multiple of each other.
 */
export function trainingSeconds(config: Config): number {
  const { data, generator, train, pretrain } = config;
  const pixels = (data.size / 32) ** 2;
  // Functions: tokens stay as patches grow, drawing does not.
  const growth = generator.kind === "unet" ? pixels : 1 + 0.4 * (pixels - 1);
  const perStep = (MS_PER_STEP[generator.kind] / 1000) * growth;
  const count = (steps: Config["train"]["steps"], batch: number) =>
    stepCount(steps, { images: 160_000, batch }) * (0.15 + (0.85 * batch) / 16);
  const pretraining = generator.kind === "func" ? 0.4 * count(pretrain.steps, pretrain.batch) : 0;
  return OVERHEAD + perStep * (count(train.steps, train.batch) + pretraining);
}

export interface Clock {
  /** A line before a task: which of how many, and the time left of all. */
  next(task: Task): string;
  /** Ends the task that was begun; `skipped` where it was done before, so that it says nothing of the speed. */
  done(task: Task, skipped?: boolean): void;
}

/** Follows the tasks; the time left is that of the plan, in proportion to how long the tasks so far have taken. */
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
