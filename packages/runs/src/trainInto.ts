// Training as part of a larger job: a configuration into a folder, in a process of its own, resumed where it stopped.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";
import type { Config } from "./config/schema.js";
import { lastPosition } from "./folder/checkpoint.js";
import { listCheckpoints } from "./folder/checkpoints.js";
import { isLast } from "./folder/position.js";
import { discardRunFolder, openRunFolder } from "./folder/runFolder.js";
import { type SittingOptions, trainNew, trainOn } from "./training/run.js";

/**
 * Trains a configuration into a folder, in a process of its own, so that its peak memory is its own. Resumes where an
 * earlier call stopped; does nothing if the run is finished.
 * @throws ImagefnError `other-settings` if the folder contains another run, `training-failed` if training fails; the
 * signal's reason if that stops it, with a checkpoint
 */
export async function trainInto(
  folder: string,
  config: Config,
  listener: Pick<SittingOptions, "onProgress" | "onMessage" | "signal"> = {},
): Promise<void> {
  const options = { ...listener, isolate: "process" } as const;
  const ending = await (existingRun(folder, config)
    ? resume(folder, options)
    : trainNew(config, { ...options, out: folder }).then(({ ending }) => ending)
  ).catch((error: Error) => {
    if (listener.signal?.aborted) throw error;
    throw Object.assign(new ImagefnError("training-failed", error.message, { path: folder }), {
      stack: error.stack,
      cause: error,
    });
  });
  if (ending !== "stopped") return;
  listener.signal?.throwIfAborted();
  throw new ImagefnError(
    "training-failed",
    `the training process of ${quoted(folder)} was stopped from outside, with a checkpoint.`,
    { path: folder },
  );
}

async function resume(folder: string, options: SittingOptions) {
  return isFinished(folder) ? "finished" : trainOn(openRunFolder(folder), options);
}

/** Whether there is a run to resume. One that was killed before its first checkpoint is removed: it is in the way. */
function existingRun(folder: string, config: Config): boolean {
  if (!existsSync(join(folder, "config.yaml"))) return false;
  const run = openRunFolder(folder);
  if (JSON.stringify(run.config) !== JSON.stringify(config))
    throw new ImagefnError(
      "other-settings",
      `${quoted(folder)} holds a run with other settings. Use the same settings as before, or choose another folder.`,
      { path: folder },
    );
  if (listCheckpoints(run).length > 0) return true;
  discardRunFolder(run, { wasThere: false });
  return false;
}

/** Whether a folder contains a run that has reached its last step. */
export function isFinished(folder: string): boolean {
  if (!existsSync(join(folder, "config.yaml"))) return false;
  const position = lastPosition(openRunFolder(folder));
  return position !== undefined && isLast(position);
}
