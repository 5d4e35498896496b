// A run that trains in a second in this process, and its samples: what the tests of the explorer look at.
import type { ImageFunction } from "@imagefn/inr";
import {
  engineOf,
  type GeneratorKind,
  isFunction,
  labelsOf,
  openTrained,
  type PartialConfig,
  type RunFolder,
  resolveConfig,
  sampler,
  type Trained,
  train,
} from "@imagefn/runs";

/** 64 avatars of 16 pixels, and a network of some thousand numbers. */
const values: PartialConfig = {
  data: { kind: "avatars", size: 16, count: 64, heldOut: 4 },
  generator: {
    func: {
      ...{ dim: 16, heads: 2, encoderDepth: 1, decoderDepth: 1, patch: 8, decoderSelfAttention: false },
      inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 },
    },
    unet: { channels: 8, multipliers: [1, 1, 1, 2], blocks: 1, attention: [8], headChannels: 8, groups: 2 },
  },
  pretrain: { steps: 4, batch: 4 },
  train: { steps: 6, batch: 4, emaRates: [0.9, 0.5] },
  sample: { count: 5, sizes: [[16, 16]], ema: 0.9 },
  engine: { name: "onnx", threads: 1 },
};

export interface TinyRun {
  readonly kind?: GeneratorKind;
  /** Avatar styles, which become the classes. */
  readonly classes?: readonly string[];
  /** Every step ends in an image function. */
  readonly functions?: boolean;
}

/** Trains into a new folder for ten steps. */
export async function tinyRun(
  out: string,
  { kind = "func", classes, functions = false }: TinyRun = {},
): Promise<RunFolder> {
  const data = classes ? { data: { styles: classes, classes: true } } : {};
  const parameterisation = functions ? "function" : "skip";
  const own = { ...data, generator: { kind }, train: { parameterisation } } as const;
  const config = resolveConfig(values, [{ source: "this test", values: own }]);
  return train(config, { out, command: "a test", isolate: false });
}

/** The run's image functions for a seed; classes in turn, or one of them. */
export async function sampled(
  trained: Trained,
  { count, seed = 0, label }: { count: number; seed?: number; label?: number },
): Promise<ImageFunction[]> {
  const { engine } = await engineOf(trained.run.config);
  const own = await sampler(engine, trained.generator, trained.weights, { parameterisation: "skip" });
  const samples = await own.samples({ count, seed, labels: labelsOf(trained.classes, count, label) });
  await own.dispose();
  return samples.filter(isFunction);
}

/** A run of `tinyRun` at its last checkpoint. */
export const trainedRun = async (out: string, options: TinyRun = {}): Promise<Trained> =>
  openTrained((await tinyRun(out, options)).path, {});
