// The work of a command in the order in which it is done, and how much time is left of it.

import { type Config, formatDuration, stepCount } from "@imagefn/runs";
import { trainingHours } from "./published.js";
import type { Scale } from "./scales.js";

/** A piece of work. */
export interface Task {
  readonly what: string;
  /** About how long it takes at the tiny scale on 2 cores. Only the ratios matter: the rest follows from the clock. */
  readonly seconds: number;
}

/** Milliseconds of a training step at 32 pixels and a batch of 16 on 2 cores without AVX-512, with the tiny networks. */
const TINY_MS = { func: 160, unet: 500, dit: 220, uvit: 210 } as const;

/** Channels of the U-Net that these are of. */
const TINY_CHANNELS = 16;

/** Seconds that a run takes besides its steps: to start, to compile, to draw previews and to measure along the way. */
const OVERHEAD = 12;

/** Growth of a step's time with the image: transformers keep their tokens as patches grow, and only draw more. */
const growth = ({ data, generator }: Config, side: number): number =>
  generator.kind === "unet" ? (data.size / side) ** 2 : 1 + 0.75 * ((data.size / side) ** 2 - 1);

/** About how long a training step of the tiny scale takes. */
export function stepSeconds(config: Config, batch = config.train.batch): number {
  const { kind, unet } = config.generator;
  const width = kind === "unet" ? unet.channels / TINY_CHANNELS : 1;
  return (TINY_MS[kind] / 1000) * growth(config, 32) * width * (0.45 + (0.55 * batch) / 16);
}

/** About how long a run takes: at the tiny scale as measured, at the paper's as the paper says of 64 pixels. */
export function trainingSeconds(config: Config, scale: Scale): number {
  const { train, pretrain } = config;
  const { kind } = config.generator;
  const count = ({ steps, batch }: Config["train"] | Config["pretrain"]) =>
    stepCount(steps, { images: 160_000, batch });
  if (scale === "paper") return (trainingHours[kind] * 3600 * growth(config, 64) * count(train)) / 900_000;
  const before = kind === "func" ? 0.4 * count(pretrain) * stepSeconds(config, pretrain.batch) : 0;
  return OVERHEAD + before + count(train) * stepSeconds(config);
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
