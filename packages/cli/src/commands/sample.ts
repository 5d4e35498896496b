// `imagefn sample`: image functions of a run's last checkpoint, drawn as grids at any size and written as files.
import { openRun } from "@imagefn/runs";
import { cleanInterrupt } from "../interrupt.js";
import type { SampleOptions } from "../options/sample.js";
import { createProgress } from "../progress.js";
import { placeOf } from "../shippedRun.js";

/** Draws samples, and prints the path of each picture. */
export async function run({ run: path, ...options }: SampleOptions): Promise<void> {
  const place = placeOf(path);
  const run = await openRun(place.path);
  const progress = createProgress();
  cleanInterrupt();
  await run.draw({
    ...options,
    out: options.out ?? place.folder,
    onProgress: progress.update,
    onMessage: progress.message,
    onPicture(picture) {
      progress.done();
      process.stdout.write(`${picture}\n`);
    },
  });
  progress.done();
}
