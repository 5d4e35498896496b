// The engine of a training: as configured, or for "auto" the one that is the fastest at its own steps.
import { consistencyTrainer, type Distance } from "@imagefn/consistency";
import { defaultCacheFolder } from "@imagefn/datasets";
import { type Engine, engine, engineFor, fastest, findAdapter, random, reasonOf } from "@imagefn/ops";
import { type Config, stepCount } from "../config/schema.js";
import type { TrainingData } from "../data/trainingData.js";
import { engineOf, type Network } from "../sampling/network.js";
import { trainerOptions } from "../training/trainerOptions.js";
import { jobOf, keyOf, measuredJobs, remember } from "./measured.js";

/** What a training consists of, so that some steps of it can be done. */
export interface TrainingJob {
  readonly config: Config;
  readonly generator: Network;
  readonly data: Pick<TrainingData, "batches" | "count">;
  readonly distance: Distance;
}

/** Training shorter than this many minutes, or steps, is not worth half a minute of measuring. */
const SHORT = { minutes: 5, steps: 1000 };

/**
 * The engine for a job. Where the configuration says "auto", there is a GPU and the training is long, a few steps of it
 * run on each engine, once for the same adapter, driver, versions and settings.
 * @param message told what is measured
 * @param from where times are kept, and what measures: for tests
 */
export async function trainingEngine(
  { config, generator, data, distance }: TrainingJob,
  message: (text: string) => void,
  { folder = defaultCacheFolder(), adapterHere = findAdapter, measure = engineFor } = {},
): Promise<{ engine: Engine; why: string }> {
  const { name, threads, spinning } = config.engine;
  if (name !== "auto" || isShort(config, data.count)) return engineOf(config);
  const adapter = await adapterHere();
  if (!("name" in adapter) || adapter.software) return engineOf(config);

  const key = keyOf(adapter.name, config);
  const known = measuredJobs(folder)[key];
  if (known) {
    const best = fastest(known.times).name as Config["engine"]["name"];
    // What worked then may not now; then it is measured again.
    const found = await engine({ name: best, threads, spinning }).catch(() => undefined);
    if (found)
      return { engine: found.engine, why: `${reasonOf(known.times)}, measured on ${known.at.slice(0, 10)}` };
  }

  const initial = generator.init(random(config.seed));
  const { steps: _, ...settings } = config.train;
  const start = async (candidate: Engine) => {
    const trainer = await consistencyTrainer(
      {
        ...settings,
        ...trainerOptions(config, { engine: candidate, generator }),
        distance,
        data: data.batches(settings.batch, "train"),
      },
      initial,
    );
    return { run: async (k: number) => (await trainer.step(k, 1000)).loss, dispose: () => trainer.dispose() };
  };
  const onEngine = (name: string) => message(`measuring training steps on ${name}`);
  const { times, ...chosen } = await measure(start, { threads, spinning, onEngine });
  if (times.length > 0)
    await remember(folder, key, {
      at: new Date().toISOString(),
      adapter: adapter.name,
      job: jobOf(config),
      times,
    });
  return chosen;
}

function isShort({ budget, train }: Config, images: number | undefined): boolean {
  if (budget.minutes !== null) return budget.minutes < SHORT.minutes;
  return stepCount(train.steps, { images, batch: train.batch }) < SHORT.steps;
}
