// `train`: a preset or configuration to a trained run.

import type { Layer } from "./config/layers.js";
import { quick } from "./config/presets.js";
import { type ConfigSource, resolveConfig, settingsValues } from "./config/resolve.js";
import type { RunFolder } from "./folder/runFolder.js";
import type { GeneratorKind } from "./generators/names.js";
import { invalidOption } from "./invalidOption.js";
import { type Run, runOf } from "./run.js";
import { leads, perRank } from "./training/ranks.js";
import { follow, type SittingOptions, trainNew } from "./training/run.js";

export interface TrainOptions extends SittingOptions {
  /** The run folder to create; runs/<name>-<time> if left out. */
  readonly out?: string;
  /** Fit the schedule to this many minutes. */
  readonly minutes?: number;
  /** Train exactly this many steps: turns the time budget off. */
  readonly steps?: number;
  readonly seed?: number;
  /** The generator to train; each has its section of the configuration. */
  readonly generator?: GeneratorKind;
  /** The folder or file of the training images: `data.path`. */
  readonly data?: string;
  /** Folders to look for weight files in first. */
  readonly weights?: readonly string[];
  /** With `ranks`: the batches of the configuration are those of each rank, and the run's are as many times larger. */
  readonly batchPerRank?: boolean;
  /** Half a minute of training and few samples, to check that everything works. */
  readonly quick?: boolean;
  /** Written into config.yaml as the command that made the run. */
  readonly command?: string;
  /** Called with the run folder before anything else happens in it; awaited. */
  readonly onStart?: (run: RunFolder) => Promise<void> | void;
}

/**
 * Pre-trains and trains a generator, samples it, and writes everything to a run folder.
 * @param config a preset such as "avatars-tiny", a YAML file, or an object: `{ preset, ..fields that differ }`
 * @returns the run; `finished` is false if `signal` stopped it with a checkpoint
 * @throws ImagefnError for a configuration, data or a folder that cannot be used; the signal's reason if it aborts
 * before the first step; what a callback threw
 */
export async function train(config?: ConfigSource, options: TrainOptions = {}): Promise<Run> {
  if (options.minutes !== undefined && options.steps !== undefined)
    throw invalidOption("minutes", options.minutes, `steps ${options.steps} is given too: give one of them.`);
  if (options.images && options.data !== undefined)
    throw invalidOption("data", options.data, "images are given too: give one of them.");
  const { ranks, batchPerRank = false } = options;
  if (batchPerRank && !ranks) throw invalidOption("batchPerRank", true, "it has no effect without ranks.");
  if (ranks && !leads(ranks)) return runOf((await follow(options)).run);
  const layers: Layer[] = [
    ...(options.images !== undefined ? [{ source: "images", values: { data: { kind: "custom" } } }] : []),
    ...(options.quick ? [{ source: "quick", values: quick }] : []),
    { source: "the options of train", values: settingsValues(options) },
  ];
  const resolved = resolveConfig(config, layers);
  const { run } = await trainNew(batchPerRank && ranks ? perRank(resolved, ranks) : resolved, options);
  return runOf(run);
}
