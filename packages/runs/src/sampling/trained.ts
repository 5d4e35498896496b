// The generator of a run with the weights of its last checkpoint, for sampling and export.
import { basename } from "node:path";
import { didYouMean, ImagefnError, quoted } from "@imagefn/base";
import type { HostArray } from "@imagefn/ops";
import { readCheckpoint } from "../folder/checkpoint.js";
import { isLast } from "../folder/position.js";
import { openRunFolder, type RunFolder } from "../folder/runFolder.js";
import { invalidOption, notInRun } from "../invalidOption.js";
import { type Network, networkOf } from "./network.js";
import { weightsOf } from "./weights.js";

/** A run at its last checkpoint, with the weights that were asked for. */
export interface Trained {
  readonly run: RunFolder;
  readonly generator: Network;
  /** By the generator's own paths. */
  readonly weights: ReadonlyMap<string, HostArray>;
  /** Which weights: the decay rate of an average, or the online ones. */
  readonly ema: "online" | number;
  /** Class names; empty for an unconditional run. */
  readonly classes: readonly string[];
  /** Steps of both phases, as in the checkpoint's name. */
  readonly step: number;
  /** Whether training is finished. */
  readonly finished: boolean;
  /** One line on where the weights come from. */
  readonly origin: string;
}

/**
 * Opens a run at its last checkpoint; it may still be training.
 * @throws ImagefnError `only-pretrained` if consistency training has not begun: such a network cannot make samples.
 */
export async function openTrained(path: string, asked: { ema?: "online" | number }): Promise<Trained> {
  const run = openRunFolder(path);
  const checkpoint = await readCheckpoint(run);
  const { phase, step, pretrainSteps, trainSteps, classes } = checkpoint.position;
  if (phase === "pretrain")
    throw new ImagefnError(
      "only-pretrained",
      `${quoted(path)} has only been pre-trained so far (step ${step} of ${pretrainSteps}): its network reconstructs images, ` +
        "but cannot make them from noise yet.",
      { path },
    );
  const finished = isLast(checkpoint.position);
  const ema = asked.ema ?? run.config.sample.ema;
  const file = basename(checkpoint.path);
  return {
    run,
    generator: networkOf(run.config, classes.length),
    weights: weightsOf(checkpoint.state, run.config, ema),
    ema,
    classes,
    step: (pretrainSteps ?? 0) + step,
    finished,
    origin:
      `${file}: step ${step} of ${trainSteps}, ${ema === "online" ? "online weights" : `average of rate ${ema}`}` +
      (finished ? "" : "; training is not finished"),
  };
}

/** The number of a class given by name or number. @throws ImagefnError with the nearest name if there is none */
export function classNumber(asked: string | number, classes: readonly string[], run: string): number {
  const text = String(asked);
  if (classes.length === 0)
    throw invalidOption(
      "class",
      text,
      `the run ${quoted(run)} was trained without classes (data.classes is false).`,
    );
  const named = classes.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  if (named >= 0) return named;
  if (/^\d+$/.test(text) && Number(text) < classes.length) return Number(text);
  throw notInRun(
    "class",
    text,
    `this run has no such class${didYouMean(text, classes)}. Expected a name or a number: ${listed(classes)}.`,
  );
}

/** A class in the parts of a file's name: class1-thumbs. A folder's name can be as long as a file's name may be. */
export const classPart = (one: number | undefined, classes: readonly string[]): string[] =>
  one === undefined ? [] : [`class${one}-${classes[one].replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 60)}`];

/** The weights that were asked for in the parts of a file's name. */
export const emaPart = (ema: "online" | number | undefined): string[] =>
  ema === undefined ? [] : [ema === "online" ? "online" : `ema${ema}`];

/** The first classes with their numbers. */
function listed(classes: readonly string[]): string {
  const some = classes.slice(0, 20).map((name, i) => `${i} ${quoted(name)}`);
  return some.join(", ") + (classes.length > some.length ? `, ... ${classes.length} in all` : "");
}

/** Classes of `count` samples from `first` on: all the same, or each in turn; undefined for an unconditional run. */
export function labelsOf(
  classes: readonly string[],
  count: number,
  one?: number,
  first = 0,
): number[] | undefined {
  if (classes.length === 0) return undefined;
  return Array.from({ length: count }, (_, i) => one ?? (first + i) % classes.length);
}
