// One sitting of a run: in the caller's thread, in a worker thread or in a process of its own.
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

/** How a training speaks to its caller, where it happens, and what may differ from the run's configuration. */
export interface SittingOptions {
  /** Told of each step, and of the images, samples and rows before and after them. */
  readonly onProgress?: (progress: Progress) => void;
  /** Told of what has no place in progress: the engine, the quality of pre-training, warnings. */
  readonly onMessage?: (text: string) => void;
  /**
   * Stops training after its current step, with a checkpoint to resume from. Outside the steps, as while images are
   * prepared or samples drawn, it stops at once, and the promise rejects with the signal's reason.
   */
  readonly signal?: AbortSignal;
  /**
   * Where to train. "thread", the default, leaves the caller's thread free; "process" has a peak memory of its own;
   * false trains in the caller's thread, which is blocked during each step.
   */
  readonly isolate?: Isolation | false;
  /** Images of the program's own, where `data.kind` is custom. Training is in the caller's thread then. */
  readonly images?: OwnImages;
  /** Differs from the run's own engine for this sitting only. */
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
}

/** Trains a new run from its start. What a failure before the first step leaves behind is removed. */
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
    // A new run that has not reached its first step holds nothing to keep, and would only be in the way.
    if (!began) discardRunFolder(run, { wasThere });
    throw error;
  }
}

/** Goes on with a run from its last checkpoint; draws its samples again where it is finished. */
export const trainOn = (run: RunFolder, options: SittingOptions): Promise<Ending> => sit(run, true, options);

/** Images of a program go with `data.kind` custom, and it with them. */
function requireImages({ data }: Config, images: OwnImages | undefined): void {
  const custom = data.kind === "custom";
  if (custom === (images !== undefined)) return;
  throw new ImagefnError(
    "invalid-data",
    custom
      ? "data.kind is custom: a program gives the images of this run, and none were given. Pass them as images."
      : `images were given, and data.kind is ${data.kind} (expected custom).`,
  );
}

async function sit(run: RunFolder, resume: boolean, options: SittingOptions): Promise<Ending> {
  const { onProgress = () => {}, onMessage = () => {}, signal, images } = options;
  signal?.throwIfAborted();
  const { isolate = images ? false : "thread" } = options;
  if (images && isolate !== false)
    throw invalidOption(
      "isolate",
      isolate,
      "images of a program are trained on in its own thread (isolate: false).",
    );
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
