// The configuration of a run: every field with its range, its default (the paper's value where it has one)
// and one line of description, from which error messages, the help of the command and the docs are made.
import { ImagefnError } from "@imagefn/base";
import { engineNames } from "@imagefn/ops/names";
import * as z from "zod";
import { dataKindNames, dataKinds } from "../data/kinds.js";
import { generators } from "../generators/index.js";
import { type GeneratorKind, generatorKinds } from "../generators/names.js";
import { choice, field, flag, int, length, real } from "./fieldTypes.js";
import { train } from "./trainSchema.js";

const side = z.int().min(1).max(4096);

const data = z.strictObject({
  kind: field(
    z.enum(dataKindNames),
    `one of ${dataKindNames.join(", ")}`,
    dataKinds.map(({ description }) => description).join("; "),
  ),
  path: field(
    z.string().min(1).nullable().default(null),
    "a path, or null",
    `where the images are (${dataKinds.flatMap(({ name, path }) => (path ? [name] : [])).join(", ")}); in a file, relative to that file`,
  ),
  size: field(z.int().min(4).max(1024), "a whole number from 4 to 1024", "training images are size x size"),
  detail: field(
    z.int().min(8).max(4096).nullable().default(null),
    "data.size times 2, 4, 8 or another power of two, or null",
    `side up to which pictures keep their detail: image functions are compared with them there too (${dataKinds.flatMap((kind) => ((kind.reads as readonly string[]).includes("detail") ? [kind.name] : [])).join(", ")}); null: at data.size alone`,
  ),
  detailShare: real(0, 1, 0.5, "with data.detail: part of the images that are compared at a larger size"),
  detailPoints: choice(
    ["spread", "crop"],
    "spread",
    "with data.detail: the pixels of a larger image that are compared, all over it or neighbours (for lpips)",
  ),
  styles: field(
    z.array(z.string().min(1)).min(1).max(64).default(["pixel-art"]),
    "a list of style names",
    "avatar styles (kind avatars), drawn in turn",
  ),
  count: int(2, 10_000_000, 4000, "avatars to draw, held-out ones included (kind avatars)"),
  crop: choice(
    ["center", "face"],
    "center",
    "part of a CelebA image: the central 178 x 178, or the 128 x 128 around the face",
  ),
  limit: field(
    z.int().min(1).nullable().default(null),
    "a whole number from 1, or null",
    "use only this many images, the first ones (kind lsun)",
  ),
  classes: flag(false, "class-conditional: labels are styles, sub-folders, digits, or CIFAR-10's classes"),
  skipBroken: flag(false, "leave out images that cannot be used, with a warning (kinds folder, lsun)"),
  heldOut: field(
    z
      .number()
      .min(0)
      .max(1_000_000)
      .refine((n) => n < 1 || Number.isInteger(n))
      .default(0),
    "a whole number of images from 0 to 1000000, or a fraction of them below 1",
    "images kept out of training, for the reconstruction PSNR",
  ),
  flip: flag(true, "mirror training images left to right at random"),
});

/** A section for each generator. */
const sections = Object.fromEntries(
  Object.entries(generators).map(([kind, { settings }]) => [kind, settings]),
) as { [K in GeneratorKind]: (typeof generators)[K]["settings"] };

const generator = z
  .strictObject({
    kind: choice(generatorKinds, "func", "which of the generators below is trained"),
    ...sections,
  })
  .prefault({})
  .meta({ description: "the network" });

const pretrain = z
  .strictObject({
    steps: length("30 epochs", "reconstruction pre-training; 0 skips it"),
    batch: int(1, 65_536, 32, "images per pre-training step"),
    learningRate: real(1e-8, 1, 1e-4, "Adam's learning rate"),
    targetScale: real(
      0.1,
      10,
      2,
      "the INR regresses targetScale * x: 1 is Eq. 10, 2 = 1/sigmaData is F's range",
    ),
    decayAt: real(0, 1, 0.8, "fraction of pre-training after which the learning rate drops"),
    decayFactor: real(0, 1, 0.1, "factor that the learning rate drops by"),
  })
  .prefault({})
  .meta({ description: "image reconstruction before consistency training" });

const budget = z
  .strictObject({
    minutes: field(
      z.number().min(0.01).max(1_000_000).nullable().default(null),
      "a number of minutes from 0.01, or null",
      "training time to fit the schedule to, instead of the step counts; null: the step counts apply",
    ),
    pretrainShare: real(0, 0.9, 0.06, "fraction of that time spent on pre-training"),
  })
  .prefault({})
  .meta({ description: "how long to train" });

const engine = z
  .strictObject({
    name: choice(
      engineNames,
      "auto",
      "engine that runs the network; auto compares the CPU with the GPU, if there is one, before long training",
    ),
    threads: int(0, 1024, 0, "CPU threads; 0 is all"),
    spinning: flag(
      true,
      "threads that wait keep their cores busy, which is the fastest alone; false on a machine with other work",
    ),
  })
  .prefault({})
  .meta({ description: "engine and threads" });

const sample = z
  .strictObject({
    count: int(1, 100_000, 64, "image functions to sample"),
    sizes: field(
      z
        .array(z.tuple([side, side]))
        .min(1)
        .max(32)
        .default([
          [32, 32],
          [64, 64],
          [128, 128],
          [96, 160],
        ]),
      "a list of [width, height] pairs from 1 to 4096",
      "sizes to render each of them at, [width, height]",
    ),
    everySeconds: int(1, 1_000_000, 600, "seconds between preview grids"),
    ema: field(
      z.union([z.literal("online"), z.number().gt(0).lt(1)]).default(0.9999),
      "online, or one of train.emaRates",
      "weights to sample with: one of train.emaRates, or online (no average)",
    ),
  })
  .prefault({})
  .meta({ description: "previews and final samples" });

const evaluate = z
  .strictObject({
    everySeconds: field(
      z.int().min(1).max(1_000_000).nullable().default(null),
      "a whole number of seconds from 1, or null",
      "seconds between measurements of the total denoising distance on held-out images; null: none",
    ),
    count: int(1, 100_000, 64, "held-out images to measure on, in whole batches of 16"),
  })
  .prefault({})
  .meta({ description: "measurements of quality in the log" });

const logs = field(
  z.array(z.enum(["csv", "tensorboard"])).default([]),
  "a list of csv and tensorboard",
  "the log in other formats, written beside log.jsonl: log.csv, and tensorboard/ with events for TensorBoard",
);

const checkpoint = z
  .strictObject({
    everySeconds: int(1, 1_000_000, 600, "seconds between checkpoints"),
    keep: int(1, 10_000, 2, "newest checkpoints to keep"),
  })
  .prefault({})
  .meta({ description: "checkpoints" });

/** The schema of a run's configuration. Unknown keys are rejected at every level. */
export const configSchema = z.strictObject({
  name: field(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
      .default("run"),
    "letters, digits, dots, dashes and underscores",
    "the run folder's name begins with it",
  ),
  seed: int(0, 2 ** 32 - 1, 0, "seed of weights, data order and noise"),
  data: data.meta({ description: "what to learn from" }),
  weights: field(
    z.array(z.string().min(1)).max(32).default([]),
    "a list of folders",
    "where to look for weight files first; in a file, relative to that file",
  ),
  generator,
  pretrain,
  train,
  budget,
  engine,
  sample,
  evaluate,
  checkpoint,
  logs,
});

/** A resolved configuration: every field present and checked. */
export type Config = z.output<typeof configSchema>;

/** Input of the schema: all fields except `data.kind` and `data.size` have defaults. */
export type ConfigInput = z.input<typeof configSchema>;

/** Optimiser steps of a `steps` field: the number itself, or epochs over `images` training images, rounded up. */
export function stepCount(
  steps: Config["train"]["steps"],
  { images, batch }: { images?: number; batch: number },
): number {
  if (typeof steps === "number") return steps;
  if (images === undefined)
    throw new ImagefnError(
      "invalid-config",
      `"${steps}" needs a number of images, and images from a function have none: set pretrain.steps and train.steps to numbers`,
    );
  return Math.ceil((Number.parseFloat(steps) * images) / batch);
}
