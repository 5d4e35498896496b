// Networks so small that they train in a second, and what tests read of the runs.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@imagefn/ops";
import { type Config, resolveConfig, type Values } from "@imagefn/runs";

/** Avatars of 32 pixels, and networks of some thousand numbers. */
const tiny = {
  name: "tiny",
  data: { count: 64, heldOut: 4 },
  generator: {
    func: {
      dim: 16,
      heads: 2,
      encoderDepth: 1,
      decoderDepth: 1,
      patch: 8,
      decoderSelfAttention: false,
      inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 },
    },
    unet: { channels: 8, multipliers: [1, 1, 1, 2], blocks: 1, attention: [8], headChannels: 8, groups: 2 },
    dit: { dim: 16, heads: 2, depth: 2, patch: 8 },
    uvit: { dim: 16, heads: 2, depth: 3, patch: 8 },
  },
  budget: { minutes: null },
  pretrain: { steps: 3, batch: 4 },
  train: { steps: 6, batch: 4, emaRates: [0.9, 0.5] },
  sample: { count: 5, sizes: [[32, 32]], ema: 0.9 },
  engine: { name: "onnx", threads: 1 },
};

export const kinds = ["func", "unet", "dit", "uvit"] as const;

/** The tiny configuration of a generator, with values laid over it. */
export const tinyConfig = (kind: (typeof kinds)[number], values: Values = {}): Config =>
  resolveConfig("avatars-tiny", [
    { source: "tiny", values: tiny },
    { source: "a test", values: { generator: { kind } } },
    { source: "a test", values },
  ]);

/** Paths of a run's checkpoints, oldest first. */
export function checkpoints(run: string): string[] {
  const folder = join(run, "checkpoints");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Checkpoints of all runs in a folder, with the time they were written. */
export const written = (runs: string): [path: string, ms: number][] =>
  readdirSync(runs)
    .filter((name) => existsSync(join(runs, name, "config.yaml")))
    .flatMap((name) => checkpoints(join(runs, name)))
    .map((path) => [path, statSync(path).mtimeMs]);

/** Where a checkpoint stands. */
export const positionOf = (path: string) =>
  JSON.parse(readSafetensors(readFileSync(path)).metadata.position) as { pretrainSteps: number };
