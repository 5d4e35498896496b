// What is trained at each scale: the paper's presets on the paper's data, or small networks on drawn avatars for minutes.
import { resolve as resolvePath } from "node:path";
import { findWeights, type WeightName } from "@imagefn/metrics";
import {
  type Config,
  fieldValues,
  type GeneratorKind,
  type Layer,
  resolveConfig,
  settingsValues,
} from "@imagefn/runs";
import { trainingSeconds } from "./duration.js";
import type { DataFolder, DataName, Fields, Scale } from "./names.js";
import {
  isolated,
  isTiny,
  LITERAL_STEPS,
  literal,
  ownStart,
  sized,
  smallest,
  tinyLength,
  tinyPreset,
  tinyShort,
  tinySide,
} from "./tinyRecipe.js";

/** A run as an experiment requests it. */
export interface RunSpec {
  readonly kind?: GeneratorKind;
  readonly data?: DataName;
  /** The paper's training at the tiny scale too, in place of one that learns much in minutes. */
  readonly literal?: boolean;
  /** Part of the scale's usual number of steps. */
  readonly share?: number;
  /** Added to the seed of the others. */
  readonly seed?: number;
  /** What differs from the scale's recipe. */
  readonly set?: Fields;
}

/** The lengths of the tiny scale's runs on this machine. */
export interface Fit {
  /** Factor on the number of steps of every run. */
  readonly length: number;
  /** Seconds here for a second of the plan. */
  readonly pace: number;
}

/** What the caller changes in every run. */
export interface RecipeOptions {
  readonly scale: Scale;
  readonly data?: Readonly<Partial<Record<DataFolder, string>>>;
  readonly steps?: number;
  /** How far the tiny scale's lengths are from those of `tinyLength`. */
  readonly fit?: Fit;
  /** Laid over the recipe of each run. */
  readonly layers?: readonly Layer[];
  readonly weights?: readonly string[];
  readonly seed?: number;
  /** Runs of each kind where seeds decide. */
  readonly seeds?: number;
  readonly engine?: Config["engine"]["name"];
  readonly threads?: number;
}

/** The runs of a scale. */
export interface Recipes {
  readonly scale: Scale;
  /** The run's configuration, or the reason its data are unavailable. */
  run(spec: RunSpec): Config | { readonly missing: string };
  /** A run of a few steps on a few avatars of any size: for memory and speed, which do not depend on the data. */
  brief(kind: GeneratorKind, side: 32 | 64 | 128): Config;
  /**
   * The paper's own network for images of a size, at a batch of one: to be measured, not trained. Left out of a quick look, which
   * `steps` asks for: it takes minutes and much memory.
   */
  paperNetwork(kind: GeneratorKind, side: 32 | 64 | 128): Config | { readonly missing: string };
  /** The data of a run as its label names them. */
  short(data: DataName): string;
  /** The sides in pixels that replace the paper's 64 and 128. */
  readonly sides: readonly [base: number, large: number];
  /** What is added to the seed of each run that is trained several times, the first one left out: `most` runs at most. */
  seeds(most: number): readonly (number | undefined)[];
  /** The first network of LPIPS whose weights are installed, or the reason there is none. */
  lpips(): Promise<Fields | { readonly missing: string }>;
}

/** Previews and measurements of the denoising distance every so many seconds, and 16 samples at the end. */
const along = (seconds: number, evaluated: number): Fields => ({
  "evaluate.everySeconds": seconds,
  "evaluate.count": evaluated,
  "sample.everySeconds": seconds,
  "sample.count": 16,
});

const paperShort: Readonly<Record<DataName, string>> = {
  cifar10: "CIFAR-10",
  celeba64: "CelebA-64",
  celeba128: "CelebA-128",
  church: "Church-128",
  classroom: "Classroom-128",
};

const paperPreset: Readonly<Record<DataName, string>> = {
  cifar10: "cifar10-paper",
  celeba64: "celeba64-paper",
  celeba128: "celeba128-paper",
  church: "lsun128-paper",
  classroom: "lsun128-paper",
};

const folderOf: Readonly<Record<DataName, DataFolder>> = {
  cifar10: "cifar10",
  celeba64: "celeba",
  celeba128: "celeba",
  church: "church",
  classroom: "classroom",
};

/** The paper's presets train with LPIPS. */
const presetDistance = (preset: string) => (preset.endsWith("-paper") ? "lpips" : undefined);

/** What differs between the runs of a recipe besides fields. */
interface RunOptions {
  readonly kind: GeneratorKind;
  readonly steps?: number;
  readonly data?: string;
  readonly seed?: number;
}

/** Moments along training at which a run is measured, if its course matters; more where setbacks are looked for. */
const MOMENTS = { usual: 10, literal: 24 } as const;

/** Whether the course of a run is measured; previews and distances take up to a fifth of the time of such a run. */
const isFollowed = ({ kind, data, literal, seed, set = {} }: RunSpec): boolean =>
  literal === true ||
  (kind === "func" &&
    seed === undefined &&
    data === "celeba64" &&
    Object.keys(set).every((field) => field.startsWith("pretrain.")));

/** The recipes of a scale, with what the caller changes. */
export function recipesOf(options: RecipeOptions): Recipes {
  const { scale, data: places = {}, steps, layers = [], weights = [], seed, engine, threads } = options;
  const { length: factor, pace } = options.fit ?? { length: 1, pace: 1 };
  const folders = weights.map((folder) => resolvePath(folder));

  const resolve = (
    preset: string,
    fields: Fields,
    { kind, data, steps, seed: more }: RunOptions,
    over: readonly Layer[] = layers,
  ): Config =>
    resolveConfig(preset, [
      { source: "the experiment's recipe", values: fieldValues(fields) },
      ...over,
      {
        source: "the options",
        values: settingsValues({
          generator: kind,
          data,
          steps,
          // Weights are part of a configuration only where training uses them: otherwise they would only change its digest.
          weights: (fields["train.distance"] ?? presetDistance(preset)) === "lpips" ? folders : [],
          seed: more === undefined ? seed : (seed ?? 0) + more,
          engine,
          threads,
        }),
      },
      // Last, so that what it leaves without effect, in the recipe or in all runs of the caller, is no mistake.
      ...("train.objective" in fields
        ? [
            {
              source: "the experiment",
              values: fieldValues({ "train.objective": fields["train.objective"] }),
            },
          ]
        : []),
    ]);

  const tinyRun = ({ kind = "func", data = "celeba64", share = 1, ...spec }: RunSpec) => {
    if (!isTiny(data)) return { missing: "no data at this scale" };
    const own = spec.literal ? "literal" : data === "celeba64" ? "train" : data;
    const fitted = Math.round(tinyLength[own] * share * factor);
    const length = steps ?? (spec.literal ? Math.min(fitted, LITERAL_STEPS) : fitted);
    const fields: Fields = {
      name: `${kind}-${data === "cifar10" ? "classes" : spec.literal ? smallest["data.size"] : tinySide[data]}`,
      ...sized(tinyPreset[data], tinySide[data]),
      ...isolated,
      ...ownStart[kind],
      ...along(60, 16),
      "checkpoint.everySeconds": 120,
      "pretrain.steps": Math.min(steps ?? Math.round(tinyLength.pretrain * factor), length),
      ...(spec.literal ? literal : {}),
      ...spec.set,
    };
    const run = (more: Fields) =>
      resolve(tinyPreset[data], { ...fields, ...more }, { steps: length, kind, seed: spec.seed });
    const plain = run({});
    if (!isFollowed({ kind, data, ...spec })) return plain;
    const moments = MOMENTS[spec.literal ? "literal" : "usual"];
    return run(along(Math.max(2, Math.round((pace * trainingSeconds(plain, scale)) / moments)), 16));
  };

  const paperRun = ({ kind = "func", data = "celeba64", share = 1, seed: more, set: own = {} }: RunSpec) => {
    const folder = places[folderOf[data]];
    if (folder === undefined) return { missing: `data missing (data.${folderOf[data]})` };
    const path = { source: "the options", values: settingsValues({ data: folder }) };
    const usual = resolveConfig(paperPreset[data], [path]).train.steps as number;
    const length = steps ?? Math.round(usual * share);
    return resolve(
      paperPreset[data],
      {
        name: `${kind}-${data}`,
        // Held out for the total denoising distance: a six-hundredth of CelebA.
        "data.heldOut": 256,
        ...along(3600, 256),
        "checkpoint.everySeconds": 1800,
        ...(steps === undefined ? {} : { "pretrain.steps": steps }),
        ...own,
      },
      { steps: length, data: folder, kind, seed: more },
    );
  };

  return {
    scale,
    sides: scale === "tiny" ? [tinySide.celeba64, tinySide.celeba128] : [64, 128],
    run: scale === "tiny" ? tinyRun : paperRun,
    short: (data) => (scale === "tiny" && isTiny(data) ? tinyShort[data] : paperShort[data]),
    brief(kind, side) {
      const avatars: Fields = {
        name: `brief-${kind}-${side}`,
        "data.kind": "avatars",
        "data.size": side,
        "data.count": 64,
        "data.heldOut": 0,
        "data.classes": false,
        "pretrain.steps": 0,
        "train.distance": "pseudo-huber",
        "sample.count": 2,
        "sample.sizes": [[side, side]],
      };
      if (scale === "paper")
        return resolve(`celeba${side === 128 ? 128 : 64}-paper`, avatars, { steps: steps ?? 30, kind });
      const grown: Record<32 | 64 | 128, Fields> = {
        32: {},
        64: { "generator.func.patch": 16 },
        128: { "generator.func.patch": 32 },
      };
      return resolve(
        "avatars-tiny",
        { ...avatars, ...grown[side], ...isolated, "train.batch": 8 },
        { steps: steps ?? 8, kind },
      );
    },
    seeds: (most) =>
      Array.from({ length: Math.min(most, options.seeds ?? 1) }, (_, i) => (i === 0 ? undefined : i)),
    paperNetwork: (kind, side) => {
      if (steps !== undefined) return { missing: "not measured with a given number of steps" };
      return resolve(
        `celeba${side === 128 ? 128 : 64}-paper`,
        {
          name: `paper-${kind}-${side}`,
          "data.kind": "avatars",
          "data.size": side,
          "data.classes": false,
          "train.distance": "pseudo-huber",
          "train.batch": 1,
          // Averages add as much for each parameter, more for the larger network; without them it fits into 16 GB.
          "train.targetEma": false,
          "train.emaRates": [],
          "sample.ema": "online",
        },
        { kind },
        // It is nobody's run: what is laid over runs does not change it.
        [],
      );
    },
    async lpips() {
      // The tiny scale takes the cheapest network, at a size that is bearable on two cores.
      const networks =
        scale === "tiny"
          ? ([
              ["squeeze", "squeezenet"],
              ["alex", "alexnet"],
              ["vgg", "vgg16"],
            ] as const)
          : ([["vgg", "vgg16"]] as const);
      for (const [network, trunk] of networks) {
        const names: WeightName[] = [trunk, `lpips-${network}`];
        const found = await Promise.all(names.map((name) => findWeights(name, { folders: weights })));
        if (found.every(({ path }) => path !== undefined))
          return {
            "train.distance": "lpips",
            "train.lpips.network": network,
            "train.lpips.size": scale === "tiny" ? 64 : 224,
          };
      }
      return { missing: "weights missing" };
    },
  };
}
