// `imagefn sample`: image functions of a run's last checkpoint, drawn as grids at any size and written as files.
import { type Machine, quoted } from "@imagefn/base";
import { openRun } from "@imagefn/runs";
import { UsageError } from "../errors.js";
import { cleanInterrupt } from "../interrupt.js";
import type { SampleOptions } from "../options/sample.js";
import type { Print } from "../output.js";
import { createProgress } from "../progress.js";
import { placeOf } from "../shippedRun.js";

/** Draws samples, and prints the path of each picture. */
export async function run(
  { run: path, searchLevels, ...options }: SampleOptions,
  print: Print,
): Promise<object> {
  const place = placeOf(path);
  const run = await openRun(place.path);
  const progress = createProgress();
  cleanInterrupt();
  if (searchLevels) {
    if (place.folder !== undefined)
      throw new UsageError(
        `--search-levels keeps levels in the run folder, and ${quoted(path)} belongs to an installed package.`,
      );
    const { steps, seed, ema, engine, threads } = options;
    const { update: onProgress, message: onMessage } = progress;
    await run.searchLevels({ steps, seed, ema, engine, threads, onProgress, onMessage });
    progress.done();
  }
  const functions: string[] = [];
  let machine: Machine | undefined;
  const pictures = await run.draw({
    ...options,
    out: options.out ?? place.folder,
    onProgress: progress.update,
    onMessage: progress.message,
    onMachine: (used) => {
      machine = used;
    },
    onFunctions: (paths) => functions.push(...paths),
    onPicture(picture) {
      progress.done();
      print(`${quoted(picture)}\n`);
    },
  });
  progress.done();
  return { run: path, shard: options.shard ?? null, pictures, functions, ...machine };
}
