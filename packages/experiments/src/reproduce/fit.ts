// How long the runs of the tiny scale are: as long as the time for all experiments allows on this machine.
import { openRunFolder, readLog } from "@imagefn/runs";
import type { Listener } from "../listener.js";
import { isRunnable } from "./contender.js";
import { stepSeconds } from "./duration.js";
import { experiments } from "./experiments/index.js";
import { trainingOf } from "./measures/training.js";
import { type Place, plan } from "./plan.js";
import { type Fit, type RecipeOptions, recipesOf } from "./recipes.js";
import { runPlace, trainRun } from "./runs.js";

/** Steps that are measured: enough for a steady median. */
const STEPS = 60;

/** Limits of the length: shorter runs show nothing, longer ones nothing new. */
const SHORTEST = 0.05;
const LONGEST = 20;

/** Minutes that all experiments take at a length, as planned. */
async function plannedMinutes(place: Place, options: RecipeOptions): Promise<number> {
  // Finished runs count too, so that a call that resumes finds the same length.
  const planned = await plan(place, recipesOf(options), experiments, async () => false);
  const tasks = planned.flatMap(({ train, measure }) => [...train.map(({ task }) => task), ...measure]);
  return tasks.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
}

/** The length at which all experiments take so many minutes at a pace. */
export async function lengthFor(
  minutes: number,
  pace: number,
  place: Place,
  options: RecipeOptions,
): Promise<number> {
  const of = (length: number) => plannedMinutes(place, { ...options, fit: { length, pace } });
  /** Where a line through two lengths has the minutes. */
  const between = async (a: number, b: number) => {
    const [one, two] = [await of(a), await of(b)];
    return a + ((b - a) * (minutes / pace - one)) / (two - one);
  };
  const first = await between(1, 2);
  // Some runs have a largest length, so that longer ones grow more slowly.
  const length = first > 2 ? await between(first, 1.5 * first) : first;
  return Math.min(LONGEST, Math.max(SHORTEST, Number(length.toPrecision(2))));
}

/**
 * Measures a training step and fits the lengths to it. The measurement is a run of its own, kept like any other, so that
 * the next call with the same folder gets the same lengths.
 */
export async function fitLengths(
  minutes: number,
  place: Place,
  options: RecipeOptions,
  listener: Listener,
): Promise<Fit> {
  const config = recipesOf({ ...options, steps: STEPS }).run({ set: { name: "pace", "pretrain.steps": 0 } });
  if (!isRunnable(config)) throw new Error(`experiments: no data to measure a step with: ${config.missing}`);
  await trainRun(place.out, config, listener);
  const { msPerStep } = trainingOf(readLog(openRunFolder(runPlace(place.out, config)).log));
  const pace = Number((msPerStep / 1000 / stepSeconds(config)).toPrecision(2));
  return { pace, length: await lengthFor(minutes, pace, place, options) };
}
