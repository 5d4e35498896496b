// The settings that training depends on: a checkpoint holds them, and a run goes on with the same ones.
import { isDeepStrictEqual } from "node:util";
import { ImagefnError, quoted } from "@imagefn/base";
import { configFields } from "../config/fields.js";
import { isIdle } from "../config/idle.js";
import { valueAt } from "../config/layers.js";
import type { Config } from "../config/schema.js";
import { shownValue } from "../show.js";
import type { Checkpoint } from "./checkpoint.js";
import type { RunFolder } from "./runFolder.js";

/** What may change between sessions: names, places, how often something is written, what is drawn. */
const free = [
  ...["name", "weights", "data.path", "engine", "sample", "evaluate", "checkpoint"],
  // The same step up to rounding.
  "train.accumulate",
];

/** What has a check of its own: the network, and how long a run is. */
const checkedElsewhere = ["generator", "data.size", "budget.minutes", "pretrain.steps", "train.steps"];

/** What is over once consistency training begins. */
const pretraining = ["pretrain", "budget.pretrainShare"];

const isUnder = (path: string, sections: readonly string[]): boolean =>
  sections.some((section) => path === section || path.startsWith(`${section}.`));

/** The settings of a run that its training depends on, by dotted path; without those that nothing reads. */
export function trainingSettings(config: Config): Record<string, unknown> {
  const paths = configFields().flatMap(({ path, section }) =>
    section || isUnder(path, [...free, ...checkedElsewhere]) || isIdle(path, config) ? [] : [path],
  );
  // The only setting of a generator that its weights do not depend on.
  if (config.generator.kind === "func") paths.push("generator.func.variationalCoordinates");
  return Object.fromEntries(paths.map((path) => [path, valueAt(config, path.split("."))]));
}

/** A setting that was changed since a checkpoint. */
export interface ChangedSetting {
  readonly field: string;
  readonly was: unknown;
  readonly is: unknown;
}

/** The settings of a configuration that differ from those of a checkpoint and matter to what is left of training. */
function changedSettings({ position }: Checkpoint, config: Config): ChangedSetting[] {
  const { settings, phase } = position;
  // Checkpoints of earlier versions hold none.
  if (settings === undefined) return [];
  return Object.entries(trainingSettings(config)).flatMap(([field, is]) => {
    const was = Object.hasOwn(settings, field) ? settings[field] : undefined;
    const over = phase === "train" && isUnder(field, pretraining);
    return was === undefined || over || isDeepStrictEqual(was, is) ? [] : [{ field, was, is }];
  });
}

/**
 * The settings that were changed since a checkpoint, if that is accepted.
 * @throws ImagefnError `changed-settings` that names each with both values, if it is not
 */
export function checkSettings(
  run: RunFolder,
  checkpoint: Checkpoint,
  { accepted }: { accepted: boolean },
): ChangedSetting[] {
  const changed = changedSettings(checkpoint, run.config);
  if (changed.length === 0 || accepted) return changed;
  throw new ImagefnError(
    "changed-settings",
    `settings of ${quoted(run.path)} were changed since its last checkpoint: ${changedText(changed)}. ` +
      "Restore them in its config.yaml, or start a new run with the new ones.",
    { path: run.path, checkpoint: checkpoint.path, fields: changed.map(({ field }) => field) },
  );
}

/** Such as "seed was 0, is now 1; train.batch was 16, is now 8". */
export const changedText = (changed: readonly ChangedSetting[]): string =>
  changed.map(({ field, was, is }) => `${field} was ${shownValue(was)}, is now ${shownValue(is)}`).join("; ");

/** Whether one of the settings decides which images there are, and which of them are held out. */
export const changesImages = (changed: readonly ChangedSetting[]): boolean =>
  changed.some(({ field }) => field === "seed" || (field.startsWith("data.") && field !== "data.flip"));
