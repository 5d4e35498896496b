// What the commands that write pictures of a run share: its progress, the path of each picture, and what drew them.
import { type Machine, quoted } from "@imagefn/base";
import { type DrawOptions, openRun, type Run } from "@imagefn/runs";
import { cleanInterrupt } from "./interrupt.js";
import type { Print } from "./output.js";
import { createProgress } from "./progress.js";
import { placeOf } from "./shippedRun.js";

/** A run that is drawn from. */
export interface Drawing {
  readonly run: Run;
  /** Where pictures of a run go that belongs to an installed package; undefined: into the run. */
  readonly folder: string | undefined;
  /** Callbacks of `draw`, `edit` and the like: pictures are printed as they are written. */
  readonly listener: Required<Pick<DrawOptions, "onProgress" | "onMessage" | "onMachine" | "onPicture">>;
  /** Ends the line of progress. Returns what drew the pictures. */
  done(): Machine | undefined;
}

/** Opens a run to draw from it. Ctrl-C ends the command without half-written files. */
export async function drawingOf(name: string, print: Print): Promise<Drawing> {
  const { path, folder } = placeOf(name);
  const run = await openRun(path);
  const progress = createProgress();
  cleanInterrupt();
  let machine: Machine | undefined;
  return {
    run,
    folder,
    listener: {
      onProgress: progress.update,
      onMessage: progress.message,
      onMachine(used) {
        machine = used;
      },
      onPicture(picture) {
        progress.done();
        print(`${quoted(picture)}\n`);
      },
    },
    done() {
      progress.done();
      return machine;
    },
  };
}
