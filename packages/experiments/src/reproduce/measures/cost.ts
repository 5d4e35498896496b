// What the paper's own networks cost on this machine: nothing of them is trained for longer than a few steps.
import { join } from "node:path";
import { type NetworkCost, networkCost } from "@imagefn/runs";
import { isRunnable } from "../contender.js";
import type { Measure } from "../experiment.js";

/** Steps that are timed, after one that warms up, and the most seconds that a network may take. */
const STEPS = 1;
const PATIENCE = 420;

/** About how long a step and a sample take on 2 cores, in seconds, by millions of parameters and 64 x 64 pixels. */
const STEP = { parameters: 0.03, pixels: 10 } as const;

/** Memory and time of training steps, and time of samples, of contenders that are only measured. */
export const costMeasure: Measure = {
  name: "cost",
  untrained: true,
  seconds: (_, { config }) => {
    if (!isRunnable(config)) return 0;
    const { kind } = config.generator;
    const pixels = kind === "unet" ? (config.data.size / 64) ** 2 : 0.1;
    const step = STEP.parameters * (kind === "unet" ? 370 : 140) + STEP.pixels * pixels;
    return 15 + 4 * step;
  },
  async measure({ config, contender }, lab) {
    const { data, generator, train, pretrain, engine } = config;
    const about = {
      size: data.size,
      [generator.kind]: generator[generator.kind],
      batch: train.batch,
      state: [train.targetEma, train.emaRates],
      pretrain: pretrain.targetScale,
      engine,
      STEPS,
    };
    lab.progress({ phase: `${contender.label}: cost of a training step`, step: 0, total: null });
    let failed: NetworkCost | undefined;
    const cost = await lab
      .cached(join(lab.out, "costs"), generator.kind, about, async () => {
        const found = await networkCost(config, {
          steps: STEPS,
          seconds: PATIENCE,
          signal: lab.listener.signal,
        });
        if (found.error === undefined) return found;
        // There may be more memory or time on another day, so only what is complete is kept.
        failed = found;
        throw new Error(found.error);
      })
      .catch((error) => {
        if (failed) return failed;
        throw error;
      });
    if (cost.error !== undefined) lab.message(`${contender.label}: ${cost.error}`);
    return { cost, parameters: cost.parameters, batch: train.batch };
  },
};
