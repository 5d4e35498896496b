// `imagefn edit`: pictures that a run fills in, colours, refines or redraws.
import { type Machine, quoted } from "@imagefn/base";
import { openRun } from "@imagefn/runs";
import { cleanInterrupt } from "../interrupt.js";
import type { EditOptions } from "../options/edit.js";
import type { Print } from "../output.js";
import { createProgress } from "../progress.js";
import { placeOf } from "../shippedRun.js";

/** Edits a picture, and prints the path of each result. */
export async function run({ run: path, ...options }: EditOptions, print: Print): Promise<object> {
  const place = placeOf(path);
  const run = await openRun(place.path);
  const progress = createProgress();
  cleanInterrupt();
  let machine: Machine | undefined;
  const pictures = await run.edit({
    ...options,
    out: options.out ?? place.folder,
    onProgress: progress.update,
    onMessage: progress.message,
    onMachine: (used) => {
      machine = used;
    },
    onPicture(picture) {
      progress.done();
      print(`${quoted(picture)}\n`);
    },
  });
  progress.done();
  return { run: path, pictures, ...machine };
}
