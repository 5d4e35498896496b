// What training a configuration would do, found out without writing anything.
import { accessSync, constants, existsSync } from "node:fs";
import { freemem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { inEffect } from "@imagefn/consistency";
import { parameterCount as functionParameters } from "@imagefn/inr";
import { type Config, stepCount } from "../config/schema.js";
import { loadData } from "../data/load.js";
import { distanceOf } from "../distances.js";
import { driftOf } from "../drift.js";
import { isShort } from "../engine/short.js";
import { refuseTaken, timeStamp } from "../folder/runFolder.js";
import { generatorTitle } from "../generators/index.js";
import type { GeneratorKind } from "../generators/names.js";
import { drawsFunctions, networkOf, parameterCount } from "../sampling/network.js";
import { checkBatches } from "../training/checkBatches.js";
import { checkTeacher } from "../training/teacher.js";
import { type Measured, measured } from "./measured.js";

/** What training a configuration would do. */
export interface Plan {
  readonly config: Config;
  /** The run folder; the time in its name is that of the plan. */
  readonly out: string;
  /** The images that were found; none was decoded. */
  readonly data: {
    readonly name: string;
    /** Images to train on, and images kept out of training. */
    readonly train: number;
    readonly heldOut: number;
    /** The images to train on of each class; empty for an unconditional run. */
    readonly classes: readonly { readonly name: string; readonly images: number }[];
    /**
     * Bytes of all images at the training size and, at most, of their larger versions; and the folder in which they are kept once
     * they are prepared.
     */
    readonly bytes: number;
    readonly cache: string;
    readonly warnings: readonly string[];
  };
  readonly generator: {
    readonly kind: GeneratorKind;
    readonly title: string;
    /** Numbers that training changes. */
    readonly parameters: number;
    /** Numbers of one image function; absent where the generator makes images. */
    readonly functionParameters?: number;
  };
  /** Null for what follows from the time, or from the steps. */
  readonly schedule: {
    readonly minutes: number | null;
    readonly pretrainSteps: number | null;
    readonly trainSteps: number | null;
  };
  /** What a few steps cost on this machine; with `error` where that could not be measured. */
  readonly measured: Measured;
  /** What follows from it for the whole run: null where it was not measured. */
  readonly estimate: {
    /** Seconds of all steps: without preparing images and drawing samples. */
    readonly seconds: number | null;
    readonly pretrainSteps: number | null;
    readonly trainSteps: number | null;
    /** Peak memory of training in bytes. */
    readonly memory: number | null;
    /** Bytes that weights, their averages and the optimiser's state take: less than training needs. */
    readonly state: number;
  };
}

/** How to plan. */
export interface PlanOptions {
  /** The run folder; runs/<name>-<time> if left out. */
  readonly out?: string;
  /** Seconds that measuring may take; 0 measures nothing. Default 30. */
  readonly seconds?: number;
}

/** Data sets above this many bytes stay in their file. */
const IN_MEMORY = 2 ** 29;

/**
 * Finds out what training a configuration would do: the images, the size of the network, what a few steps on random
 * images cost, and where it would write. Nothing is written, and images are found but not prepared.
 * @throws ImagefnError as `train` does before its first step: for data, weight files, batches or a folder that cannot
 * be used
 */
export async function planRun(config: Config, { out, seconds = 30 }: PlanOptions = {}): Promise<Plan> {
  const path = out ?? join("runs", `${config.name}-${timeStamp(new Date())}`);
  refuseTaken(path);
  refuseUnwritable(path);
  checkTeacher(config);
  const { train, test, classes, warnings } = await loadData(config, () => {}, { listOnly: true });
  const generator = networkOf(config, classes.length);
  checkBatches(config, train, generator);
  await distanceOf(config);
  await driftOf(config);

  const { defaultCacheFolder } = await import("@imagefn/datasets");
  const parameters = parameterCount(generator);
  const schedule = scheduleOf(config, train.count, generator.reconstruct !== undefined);
  const state = stateBytes(config, parameters);
  const found = await costOf(config, classes.length, { schedule, images: train.count, state, seconds });
  const { size, detail } = config.data;
  const bytes = (train.count + test.count) * 3 * (size ** 2 + (detail ?? 0) ** 2);
  const { kind } = config.generator;
  return {
    config,
    out: path,
    data: {
      name: train.name,
      train: train.count,
      heldOut: test.count,
      classes: classes.map((name, label) => ({
        name,
        images: train.labels?.reduce((n, one) => n + Number(one === label), 0) ?? 0,
      })),
      bytes,
      cache: defaultCacheFolder(),
      warnings,
    },
    generator: {
      kind,
      title: generatorTitle(kind),
      parameters,
      ...(drawsFunctions(generator) ? { functionParameters: functionParameters(generator.config.inr) } : {}),
    },
    schedule,
    measured: found,
    estimate: {
      ...lengthOf(config, schedule, found),
      memory: found.peakBytes === undefined ? null : found.peakBytes + (bytes > IN_MEMORY ? 0 : bytes),
      state,
    },
  };
}

/** Refuses a folder below one in which nothing can be created. @throws the file system's error, with the path */
function refuseUnwritable(path: string): void {
  let nearest = resolve(path);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  accessSync(nearest, constants.W_OK | constants.X_OK);
}

function scheduleOf(config: Config, images: number, reconstructs: boolean): Plan["schedule"] {
  const { pretrain, train, budget } = config;
  const asked = stepCount(pretrain.steps, { images, batch: pretrain.batch });
  const none = asked === 0 || !reconstructs;
  if (budget.minutes !== null)
    return { minutes: budget.minutes, pretrainSteps: none ? 0 : null, trainSteps: null };
  return {
    minutes: null,
    pretrainSteps: none ? 0 : asked,
    trainSteps: stepCount(train.steps, { images, batch: train.batch }),
  };
}

/** Weights, the optimiser's two moments, the target, the teacher and the averages, 4 bytes each. */
export function stateBytes({ train }: Config, parameters: number): number {
  const { targetEma, trajectory, emaRates } = inEffect(train);
  return 4 * parameters * (3 + Number(targetEma) + Number(trajectory === "teacher") + emaRates.length);
}

async function costOf(
  config: Config,
  classes: number,
  {
    schedule,
    images,
    state,
    seconds,
  }: { schedule: Plan["schedule"]; images: number; state: number; seconds: number },
): Promise<Measured> {
  if (seconds <= 0) return { error: "not asked for" };
  // Gradients and activations come on top: a measurement must not take the machine's memory away from others.
  if (3 * state > freemem()) return { error: "the machine may not have the memory for it" };
  const pretrain = schedule.pretrainSteps !== 0;
  return measured({ config, classes, pretrain, long: !isShort(config, images) }, seconds);
}

/** Steps and seconds of the whole run. */
function lengthOf(
  { budget }: Config,
  { minutes, pretrainSteps, trainSteps }: Plan["schedule"],
  { pretrainStepSeconds: before, trainStepSeconds: after }: Measured,
): Pick<Plan["estimate"], "seconds" | "pretrainSteps" | "trainSteps"> {
  if (minutes === null) {
    const first = pretrainSteps === 0 ? 0 : before && pretrainSteps! * before;
    return {
      pretrainSteps,
      trainSteps,
      seconds: first === undefined || after === undefined ? null : first + trainSteps! * after,
    };
  }
  const share = pretrainSteps === 0 ? 0 : budget.pretrainShare;
  const fit = (part: number, step: number | undefined) =>
    step === undefined ? null : Math.max(1, Math.round((minutes * 60 * part) / step));
  return {
    pretrainSteps: pretrainSteps === 0 ? 0 : fit(share, before),
    trainSteps: fit(1 - share, after),
    seconds: minutes * 60,
  };
}
