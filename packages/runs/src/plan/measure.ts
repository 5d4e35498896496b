// Called as `node measure.js REQUEST`: takes a few steps and writes what they cost to stdout, one line of JSON at a time.
import {
  consistencyTrainer,
  inEffect,
  pretrainer,
  type Trainer,
  type TrainSettings,
} from "@imagefn/consistency";
import { random } from "@imagefn/ops";
import { distanceOf } from "../distances.js";
import { telling, tells } from "../doctor/tell.js";
import { driftOf } from "../drift.js";
import { rememberedEngine } from "../engine/rememberedEngine.js";
import { engineOf, networkOf } from "../sampling/network.js";
import { secondsPerStep } from "../training/speed.js";
import { noDenoising, trainerOptions } from "../training/trainerOptions.js";
import { meanStepSeconds } from "./meanStep.js";
import type { Measured, MeasureRequest } from "./measured.js";

const tell = tells<Measured>();

async function cost(trainer: Trainer): Promise<number> {
  const seconds = await secondsPerStep(trainer, await trainer.read());
  await trainer.dispose();
  return seconds;
}

async function measure({ config, classes, pretrain, long }: MeasureRequest): Promise<void> {
  const generator = networkOf(config, classes);
  const { engine, why } = (long ? await rememberedEngine(config) : undefined) ?? (await engineOf(config));
  tell({ engine: engine.name, why });
  const initial = generator.init(random(config.seed));
  const { size } = config.data;
  // The cost of a step does not depend on what the images show.
  const batches = (batch: number) => {
    const images = random(1).normal(batch * 3 * size * size, 0);
    const whole = Float32Array.from({ length: 5 * batch }, (_, i) => [0, 0, size, size, 1][i % 5]);
    return () => ({
      images,
      ...(config.data.detail === null ? {} : { crops: images, places: whole }),
      ...(classes > 0 ? { labels: new Float32Array(batch) } : {}),
    });
  };
  const shared = trainerOptions(config, { engine, generator });
  if (pretrain) {
    const data = batches(config.pretrain.batch);
    tell({
      pretrainStepSeconds: await cost(await pretrainer({ ...config.pretrain, ...shared, data }, initial)),
    });
  }
  const data = batches(config.train.batch);
  const [distance, drift] = [await distanceOf(config), await driftOf(config)];
  const driftData = batches(config.train.driftReal);
  const stepSeconds = async (changes: Partial<TrainSettings>) =>
    cost(
      await consistencyTrainer(
        { ...config.train, ...shared, distance, drift: null, data, driftData, ...changes },
        initial,
      ),
    );
  const { denoise } = inEffect(config.train);
  const driftFrom = drift === null ? 1 : config.train.driftFrom;
  const kinds = [
    { part: driftFrom - denoise, changes: { denoise: noDenoising } },
    { part: denoise, changes: { denoise: 1 } },
    { part: 1 - driftFrom, changes: { denoise: noDenoising, drift, driftFrom: noDenoising } },
  ].filter(({ part }) => part > 0);
  const parts = [];
  for (const { part, changes } of kinds) parts.push({ part, seconds: await stepSeconds(changes) });
  tell({ trainStepSeconds: meanStepSeconds(parts, config.budget.minutes !== null) });
  tell({ peakBytes: process.resourceUsage().maxRSS * 1024 });
}

await telling(() => measure(JSON.parse(process.argv[2])));
