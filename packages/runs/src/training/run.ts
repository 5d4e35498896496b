// One training session of a run: in the caller's thread, in a worker thread or in a process of its own.
import { existsSync } from "node:fs";
import { ImagefnError, removeAbandoned } from "@imagefn/base";
import type { Config } from "../config/schema.js";
import { isImages } from "../data/isImages.js";
import type { OwnImages } from "../data/ownImages.js";
import { lockRun } from "../folder/lock.js";
import {
  createRunFolder,
  discardRunFolder,
  makeSubFolders,
  type RunFolder,
  runFolder,
} from "../folder/runFolder.js";
import { invalidOption } from "../invalidOption.js";
import { checkOptions, unusable } from "../options.js";
import type { Progress } from "../progress.js";
import { guarded } from "./callbacks.js";
import { type Isolation, trainIsolated } from "./isolate.js";
import { checkShares, leads, type Ranks, told } from "./ranks.js";
import { type Accepted, type Ending, inSteps, type Listener } from "./sitting.js";
import { checkTeacher } from "./teacher.js";

/** Callbacks of training, where it runs, and what may differ from the run's configuration. */
export interface SittingOptions {
  /**
   * Called after each step, and while images are prepared and samples drawn. A callback that throws stops training as
   * `signal` does, and the promise rejects with what it threw.
   */
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
  /** Resume although the training images changed since the checkpoint, which is refused by default. */
  readonly changedData?: boolean;
  /**
   * Resume although settings that training depends on were changed in config.yaml since the checkpoint, which is refused
   * by default. The network and the length of training cannot be changed.
   */
  readonly changedSettings?: boolean;
  /** The engine for this session only; the run's own if left out. */
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
  /**
   * The processes that train this run together, of which this is one, as `joinMpi` of @imagefn/distributed gives them. Each
   * makes the same call. Rank 0 alone reads the configuration and writes the folder; the others are told. Training then runs
   * in the caller's thread. A call that throws leaves the others waiting: end them with `abort`.
   */
  readonly ranks?: Ranks;
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
  checkSitting(config, { ...options, out });
  if (options.ranks) checkShares(config, options.ranks);
  checkTeacher(config);
  options.signal?.throwIfAborted();
  const wasThere = out !== undefined && existsSync(out);
  const run = await createRunFolder(config, { out, command });
  let began = false;
  try {
    await onStart?.(run);
    const ending = await sit(run, false, {
      ...options,
      onProgress(progress) {
        began ||= progress.phase !== "data";
        return options.onProgress?.(progress);
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
export async function trainOn(run: RunFolder, options: SittingOptions): Promise<Ending> {
  if (options.ranks && !leads(options.ranks)) return (await follow(options)).ending;
  checkSitting(run.config, options);
  return sit(run, true, options);
}

/**
 * Trains what rank 0 trains, whether that begins a run or resumes one: for the other ranks, which need neither its
 * configuration nor its folder.
 * @throws ImagefnError `invalid-option` without `ranks`, or on rank 0
 */
export async function trainAlong(
  options: Pick<SittingOptions, "ranks" | "images" | "onProgress" | "signal">,
): Promise<void> {
  if (!options.ranks || leads(options.ranks))
    throw unusable("ranks", options.ranks?.rank, "a rank from 1: rank 0 calls train or resume");
  await follow(options);
}

/** What rank 0 tells the others before training begins. */
interface Told extends Accepted {
  readonly path: string;
  readonly config: Config;
  readonly resume: boolean;
}

export async function follow(options: SittingOptions): Promise<{ run: RunFolder; ending: Ending }> {
  const ranks = options.ranks!;
  const { path, config, ...how } = await told<Told>(ranks, undefined as never);
  requireImages(config, options.images);
  const run = runFolder(path, config);
  const { progress, signal, check } = guarded(options);
  const ending = await trainHere(
    run,
    { progress, message() {} },
    { ...how, images: options.images, ranks, signal },
  );
  check();
  return { run, ending };
}

const isolations: readonly unknown[] = ["thread", "process", false];

/** Refuses what cannot be used before anything is made. */
function checkSitting(config: Config, options: SittingOptions & { readonly out?: string }): void {
  const { images, isolate, engine, threads, out, ranks } = options;
  checkOptions({ engine, threads, out });
  if (isolate !== undefined && !isolations.includes(isolate))
    throw unusable("isolate", isolate, "thread, process or false");
  if (images && isolate)
    throw invalidOption("isolate", isolate, "training on a program's own images requires isolate: false.");
  if (ranks && isolate)
    throw invalidOption("isolate", isolate, "training on several ranks requires isolate: false.");
  requireImages(config, images);
}

/** Requires a program's images exactly if `data.kind` is custom. */
function requireImages({ data }: Config, images: OwnImages | undefined): void {
  if (images !== undefined && !isImages(images))
    throw unusable("images", images, "an iterable or async iterable of pictures, or a function of the step");
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
  const { images, ranks, changedData = false, changedSettings = false } = options;
  const { isolate = images || ranks ? false : "thread" } = options;
  const { progress, message, signal, check } = guarded(options);
  signal.throwIfAborted();
  const { name, threads } = run.config.engine;
  const engine = {
    ...run.config.engine,
    name: options.engine ?? name,
    threads: options.threads ?? threads,
  };
  const here = { ...run, config: { ...run.config, engine } };
  const how = { resume, signal, changedData, changedSettings };
  const unlock = lockRun(run.path);
  const tidy = () => {
    for (const folder of [run.path, run.checkpoints, run.samples, run.functions]) removeAbandoned(folder);
  };
  tidy();
  // As after a second Ctrl-C.
  const atExit = () => {
    tidy();
    unlock();
  };
  process.once("exit", atExit);
  try {
    makeSubFolders(run);
    if (ranks)
      await told<Told>(ranks, { path: run.path, config: here.config, resume, changedData, changedSettings });
    const ending =
      isolate === false
        ? await trainHere(here, { progress, message }, { ...how, images, ranks })
        : await trainIsolated(isolate, here, { progress, message }, how);
    check();
    return ending;
  } finally {
    // A thread or process that was stopped at once leaves what it was writing.
    process.off("exit", atExit);
    tidy();
    unlock();
  }
}

/** Trains in the caller's thread. */
async function trainHere(
  run: RunFolder,
  { progress, message }: Omit<Listener, "stopping">,
  {
    signal,
    ...options
  }: { resume: boolean; signal: AbortSignal; images?: OwnImages; ranks?: Ranks } & Accepted,
): Promise<Ending> {
  // Loaded on use: what trains in a thread or process of its own is not needed here.
  const { trainFolder } = await import("./training.js");
  let phase: string | undefined;
  const stopAtOnce = () => {
    if (!inSteps(phase)) signal.throwIfAborted();
  };
  return trainFolder(
    run,
    {
      progress(state) {
        phase = state.phase;
        progress(state);
        stopAtOnce();
      },
      message(text) {
        message(text);
        stopAtOnce();
      },
      stopping: () => signal.aborted,
    },
    options,
  );
}
