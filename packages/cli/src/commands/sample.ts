// `imagefn sample`: image functions of a run's last checkpoint, drawn as grids at any size and written as files.
import { quoted } from "@imagefn/base";
import { drawingOf } from "../drawing.js";
import { UsageError } from "../errors.js";
import type { SampleOptions } from "../options/sample.js";
import type { Print } from "../output.js";

/** Draws samples, and prints the path of each picture. */
export async function run(
  { run: path, searchLevels, ...options }: SampleOptions,
  print: Print,
): Promise<object> {
  const { run, folder, listener, done } = await drawingOf(path, print);
  if (searchLevels) {
    if (folder !== undefined)
      throw new UsageError(
        `--search-levels keeps levels in the run folder, and ${quoted(path)} belongs to an installed package.`,
      );
    const { steps = 1, seed, ema, engine, threads } = options;
    const { onProgress, onMessage } = listener;
    await run.searchLevels({ steps, seed, ema, engine, threads, onProgress, onMessage });
    done();
  }
  const functions: string[] = [];
  const pictures = await run.draw({
    ...options,
    out: options.out ?? folder,
    ...listener,
    onFunctions: (paths) => functions.push(...paths),
  });
  return { run: path, shard: options.shard ?? null, pictures, functions, ...done() };
}
