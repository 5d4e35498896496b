// The speed of a trainer, measured before its first step.

import type { Trainer } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import { agreed, alone, type Ranks } from "./ranks.js";

/** Measure for this long at most, and for at least this many steps after one to warm up. */
const SECONDS = 2;
const STEPS = 3;

/**
 * Seconds per step of a trainer, by the clock of rank 0. The steps leave no trace: the state is restored.
 * @param initial the state before, by path
 */
export async function secondsPerStep(
  trainer: Trainer,
  initial: ReadonlyMap<string, HostArray>,
  ranks: Ranks = alone,
): Promise<number> {
  // All at the start of the schedule: steps that denoise, where there are some.
  await trainer.step(0, 1000, 0);
  const began = performance.now();
  let steps = 0;
  const isEnough = () => steps >= STEPS && (performance.now() - began >= SECONDS * 1000 || steps >= 1000);
  for (let [enough] = [0]; !enough; [enough] = await agreed(ranks, Number(isEnough())))
    await trainer.step(steps++, 1000, 0);
  const [seconds] = await agreed(ranks, (performance.now() - began) / 1000 / steps);
  await trainer.write(initial);
  return seconds;
}
