// Called as `node costScript.js REQUEST`: trains and samples a network for a few steps, and writes what they cost to stdout.
import {
  asParams,
  consistencyTrainer,
  denoiser,
  pretrainer,
  sample,
  scalingOf,
  type Trainer,
} from "@imagefn/consistency";
import { type HostArray, leaves, random } from "@imagefn/ops";
import { distanceOf } from "../distances.js";
import { telling, tells } from "../doctor/tell.js";
import { engineOf, networkOf } from "../sampling/network.js";
import { samplingOf } from "../sampling/steps.js";
import { noDenoising, trainerOptions } from "../training/trainerOptions.js";
import type { NetworkCost, NetworkCostRequest } from "./networkCost.js";

const tell = tells<Partial<NetworkCost>>();

/** Mean seconds of a call, after one that warms up. */
async function secondsOf(calls: number, call: () => Promise<unknown>): Promise<number> {
  await call();
  const began = performance.now();
  for (let i = 0; i < calls; i++) await call();
  return (performance.now() - began) / 1000 / calls;
}

async function stepSeconds(steps: number, trainer: Trainer): Promise<number> {
  const seconds = await secondsOf(steps, () => trainer.step(0, 1000, 0));
  await trainer.dispose();
  return seconds;
}

async function measure({ config, steps }: NetworkCostRequest): Promise<void> {
  const generator = networkOf(config, 0);
  const { engine } = await engineOf(config);
  const { batch } = config.train;
  const images = random(1).normal(batch * 3 * config.data.size ** 2, 0);
  const shared = { ...trainerOptions(config, { engine, generator }), data: () => ({ images }) };
  const initial = () => generator.init(random(config.seed));
  const distance = await distanceOf(config);
  const options = { ...config.train, ...shared, distance, drift: null, denoise: noDenoising };
  tell({ trainStepSeconds: await stepSeconds(steps, await consistencyTrainer(options, initial())) });
  tell({ peakBytes: process.resourceUsage().maxRSS * 1024 });

  const params = initial();
  const weights = new Map(leaves<HostArray>(params));
  const program = denoiser(generator, batch, params, scalingOf(config.train));
  const runnable = await engine.compile(program, asParams(weights));
  const { solver, levels } = samplingOf(config.train);
  const draw = () => sample(runnable, generator, batch, { solver, levels, seed: 0, first: 0 });
  tell({ sampleSeconds: (await secondsOf(steps, draw)) / batch });
  await runnable.dispose();

  if (!generator.reconstruct) return;
  const pretraining = { ...config.pretrain, ...shared, batch };
  tell({ pretrainStepSeconds: await stepSeconds(steps, await pretrainer(pretraining, initial())) });
}

await telling(() => measure(JSON.parse(process.argv[2])));
