// `imagefn animate`: image functions of a run along a closed path of noise, as an animated picture.
import { quoted } from "@imagefn/base";
import { openRun } from "@imagefn/runs";
import { cleanInterrupt } from "../interrupt.js";
import type { AnimateOptions } from "../options/animate.js";
import type { Print } from "../output.js";
import { createProgress } from "../progress.js";
import { placeOf } from "../shippedRun.js";

/** Draws the animation, and prints its path. */
export async function run({ run: name, ...options }: AnimateOptions, print: Print): Promise<object> {
  const { path, folder } = placeOf(name);
  const run = await openRun(path);
  const progress = createProgress();
  cleanInterrupt();
  const animation = await run.animate({
    ...options,
    folder,
    onProgress: progress.update,
    onMessage: progress.message,
  });
  progress.done();
  print(`${quoted(animation)}\n`);
  return { run: name, animation };
}
