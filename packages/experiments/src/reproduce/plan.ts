// What has to be trained and measured for some experiments, each run once.
import { basename } from "node:path";
import type { Config } from "@imagefn/runs";
import type { Task } from "./clock.js";
import { type Contender, isRunnable } from "./contender.js";
import { trainingSeconds } from "./duration.js";
import { type Experiment, measuresOf } from "./experiment.js";
import type { Lab } from "./lab.js";
import type { Recipes } from "./recipes.js";
import { isTrained, runPlace } from "./runs.js";

/** What of a lab a plan depends on. */
export type Place = Pick<Lab, "out" | "count" | "seconds">;

/** An experiment with what has to be done for it. */
export interface Planned {
  readonly experiment: Experiment;
  readonly contenders: readonly Contender[];
  /** Configurations that no earlier experiment trains, and for each whether its run is finished. */
  readonly train: readonly { readonly task: Task; readonly config: Config; readonly finished: boolean }[];
  readonly measure: readonly Task[];
}

/** What there is to do, each run once. `isDone` tells which runs are finished and take no time. */
export async function plan(
  place: Place,
  recipes: Recipes,
  chosen: readonly Experiment[],
  isDone: typeof isTrained = isTrained,
): Promise<Planned[]> {
  const seen = new Set<string>();
  const all: Planned[] = [];
  for (const experiment of chosen) {
    const contenders = await experiment.contenders(recipes);
    const train = [];
    for (const { config, untrained } of contenders) {
      if (!isRunnable(config) || untrained) continue;
      const folder = runPlace(place.out, config);
      if (seen.has(folder)) continue;
      seen.add(folder);
      const what = `train ${basename(folder)} (${config.train.steps} steps)`;
      const finished = await isDone(place.out, config);
      const seconds = finished ? 0 : trainingSeconds(config, recipes.scale);
      train.push({ task: { what, seconds }, config, finished });
    }
    const measure = contenders.flatMap((contender) => {
      const { config, label, size, steps } = contender;
      if (!isRunnable(config)) return [];
      const seconds = measuresOf(experiment, contender).map((one) => {
        const what = `${one.name} of ${runPlace(place.out, config)} at ${size ?? config.data.size} in ${steps ?? 1}`;
        if (seen.has(what)) return 0;
        seen.add(what);
        return one.seconds(place, contender);
      });
      return [{ what: `${experiment.name}: measure ${label}`, seconds: seconds.reduce((a, b) => a + b, 1) }];
    });
    all.push({ experiment, contenders, train, measure });
  }
  return all;
}
