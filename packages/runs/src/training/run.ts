// One training session of a run: in the caller's thread, in a worker thread or in a process of its own.
import { existsSync } from "node:fs";
import { ImagefnError } from "@imagefn/base";
import type { Config } from "../config/schema.js";
import type { OwnImages } from "../data/ownImages.js";
import { createRunFolder, discardRunFolder, type RunFolder } from "../folder/runFolder.js";
import { invalidOption } from "../invalidOption.js";
import type { Progress } from "../progress.js";
import { type Isolation, inSteps, trainIsolated } from "./isolate.js";
import type { Ending } from "./sitting.js";
import { trainFolder } from "./training.js";

/** Callbacks of training, where it runs, and what may differ from the run's configuration. */
export interface SittingOptions {
  /** Called after each step, and while images are prepared and samples drawn. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with other messages: the engine, the quality of pre-training, warnings. */
  readonly onMessage?: (text: string) => void;
  /**
   * Stops training after its current step, with a checkpoint to resume from. Outside the steps, as while images are
   * prepared or samples drawn, it stops at once, and the promise rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
  /**
   * Where to train. "thread", the default, leaves the caller's thread free; "process" has a peak memory of its own;
   * false trains in the caller's thread and blocks it during each step.
   */
  readonly isolate?: Isolation | false;
  /** The program's own images, for `data.kind` custom. Training then runs in the caller's thread. */
  readonly images?: OwnImages;
  /** The engine for this session only; the run's own if left out. */
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
}

/** Trains a new run. After a failure before the first step, its folder is removed. */
export async function trainNew(
  config: Config,
  {
    out,
    command,
    onStart,
    ...options
  }: SittingOptions & { out?: string; command?: string; onStart?: (run: RunFolder) => Promise<void> | void },
): Promise<{ run: RunFolder; ending: Ending }> {
  requireImages(config, options.images);
  const wasThere = out !== undefined && existsSync(out);
  const run = await createRunFolder(config, { out, command });
  let began = false;
  try {
    await onStart?.(run);
    const ending = await sit(run, false, {
      ...options,
      onProgress(progress) {
        began ||= progress.phase !== "data";
        options.onProgress?.(progress);
      },
    });
    return { run, ending };
  } catch (error) {
    // A new run that has not reached its first step contains nothing to keep, and would be in the way.
    if (!began) discardRunFolder(run, { wasThere });
    throw error;
  }
}

/** Resumes a run from its last checkpoint; a finished run draws its samples again. */
export const trainOn = (run: RunFolder, options: SittingOptions): Promise<Ending> => sit(run, true, options);

/** Requires a program's images exactly if `data.kind` is custom. */
function requireImages({ data }: Config, images: OwnImages | undefined): void {
  const custom = data.kind === "custom";
  if (custom === (images !== undefined)) return;
  throw new ImagefnError(
    "invalid-data",
    custom
      ? "data.kind is custom: this run needs the images of a program, and none were given. Pass them as the option images."
      : `images were given, but data.kind is ${data.kind} (expected custom).`,
  );
}

async function sit(run: RunFolder, resume: boolean, options: SittingOptions): Promise<Ending> {
  const { onProgress = () => {}, onMessage = () => {}, signal, images } = options;
  signal?.throwIfAborted();
  const { isolate = images ? false : "thread" } = options;
  if (images && isolate !== false)
    throw invalidOption("isolate", isolate, "training on a program's own images requires isolate: false.");
  requireImages(run.config, images);
  const { name, threads } = run.config.engine;
  const engine = { name: options.engine ?? name, threads: options.threads ?? threads };
  const here = { ...run, config: { ...run.config, engine } };
  if (isolate !== false)
    return trainIsolated(isolate, here, { progress: onProgress, message: onMessage }, { resume, signal });
  return trainFolder(
    here,
    {
      progress(progress) {
        onProgress(progress);
        if (!inSteps(progress.phase)) signal?.throwIfAborted();
      },
      message: onMessage,
      stopping: () => signal?.aborted === true,
    },
    { resume, images },
  );
}
