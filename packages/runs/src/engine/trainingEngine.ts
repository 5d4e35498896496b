// The engine of a training: as configured, or for "auto" the one that is the fastest at its own steps.
import { consistencyTrainer, type Distance } from "@imagefn/consistency";
import { defaultCacheFolder } from "@imagefn/datasets";
import { type Engine, engineFor, findAdapter, random } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import type { TrainingData } from "../data/trainingData.js";
import { engineOf, type Network } from "../sampling/network.js";
import { trainerOptions } from "../training/trainerOptions.js";
import { jobOf, keyOf, remember } from "./measured.js";
import { rememberedEngine } from "./rememberedEngine.js";
import { isShort } from "./short.js";

/** What a training consists of, so that some steps of it can be done. */
export interface TrainingJob {
  readonly config: Config;
  readonly generator: Network;
  readonly data: Pick<TrainingData, "batches" | "count">;
  readonly distance: Distance;
}

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
  const known = await rememberedEngine(config, { folder, adapterHere: async () => adapter });
  if (known) return known;

  const initial = generator.init(random(config.seed));
  const { steps: _, ...settings } = config.train;
  const start = async (candidate: Engine) => {
    const trainer = await consistencyTrainer(
      {
        ...settings,
        ...trainerOptions(config, { engine: candidate, generator }),
        distance,
        // The first steps, which do not drift, are measured.
        drift: null,
        data: data.batches(settings.batch, "train"),
      },
      initial,
    );
    return { run: async (k: number) => (await trainer.step(k, 1000)).loss, dispose: () => trainer.dispose() };
  };
  const onEngine = (name: string) => message(`measuring training steps on ${name}`);
  const { times, ...chosen } = await measure(start, { threads, spinning, onEngine });
  if (times.length > 0)
    await remember(folder, keyOf(adapter.name, config), {
      at: new Date().toISOString(),
      adapter: adapter.name,
      job: jobOf(config),
      times,
    });
  return chosen;
}
