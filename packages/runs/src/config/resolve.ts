// From a preset, a YAML file or an object to one checked configuration.
//
// Order, later over earlier: defaults (schema.ts) < preset < YAML file or object < the layers of the caller.
// A file or object may name a preset and contain only the fields that differ.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve as resolvePath } from "node:path";
import { didYouMean, expandHome, ImagefnError, quoted } from "@imagefn/base";
import { dataKinds } from "../data/kinds.js";
import type { GeneratorKind } from "../generators/names.js";
import { show } from "../show.js";
import { requireDataPath } from "./checks.js";
import { refuseIdleFields } from "./idle.js";
import {
  deepMerge,
  isValues,
  type Layer,
  parseConfig,
  refusePrototype,
  type Values,
  valueAt,
  valuesAt,
} from "./layers.js";
import { defaultPreset, presets, QUICK_PRETRAIN, quick } from "./presets.js";
import { readYaml } from "./read.js";
import type { Config, ConfigInput } from "./schema.js";
import { settled } from "./settled.js";

/** A configuration as a program writes it: the fields that differ from a preset, or from the defaults. */
export type ConfigSource = string | (PartialConfig & { readonly preset?: string });

/** Any part of a configuration, to override a preset. */
export type PartialConfig = DeepPartial<ConfigInput>;

type DeepPartial<T> = T extends readonly unknown[]
  ? Readonly<T>
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Settings with options of their own, which can be changed for any configuration. */
export interface Settings {
  /** The generator to train; each has its section of the configuration. */
  readonly generator?: GeneratorKind;
  /** The folder or file of the training images. */
  readonly data?: string;
  /** Folders of weight files. */
  readonly weights?: readonly string[];
  readonly seed?: number;
  /** Fit the schedule to this many minutes. */
  readonly minutes?: number;
  /** Train exactly this many steps: turns the time budget off. */
  readonly steps?: number;
  readonly engine?: Config["engine"]["name"];
  /** CPU threads; 0 is all. */
  readonly threads?: number;
}

/**
 * Resolves a preset, a YAML file or an object to one checked configuration; later layers win.
 * Paths in the object and in the layers are relative to the working folder, those in a file to the file's folder.
 * `template` allows `data.path` to be missing: a configuration to be filled in, not run.
 * @throws ImagefnError that names the source of each problem
 */
export function resolveConfig(
  config: ConfigSource = defaultPreset,
  layers: readonly Layer[] = [],
  { template = false } = {},
): Config {
  for (const { source, values } of layers) refusePrototype(values, source);
  const own = layers.map(({ source, values }) => ({ source, values: absolutePaths(values, ".") }));
  const base = baseLayers(config);
  const asked = layers.findIndex(({ values }) => values === quick);
  const given = withFolder([...base, ...own]);
  const all = asked < 0 ? given : withShortPretraining(given, base.length + asked);
  refuseIdleSteps(all);
  const resolved = parseConfig(all);
  refuseIdleFields(all, resolved);
  if (!template) requireDataPath(resolved);
  return settled(resolved);
}

/**
 * A path given for a preset whose data need none is that of a folder of images. Where the caller names the kind of data,
 * it stays.
 */
function withFolder(layers: readonly Layer[]): readonly Layer[] {
  const last = (field: string) =>
    layers.findLastIndex(({ values }) => valueAt(values, ["data", field]) !== undefined);
  const [path, kind] = [last("path"), last("kind")];
  const drawn =
    kind >= 0 && dataKinds.find(({ name }) => name === valueAt(layers[kind].values, ["data", "kind"]));
  if (!drawn || drawn.reads.includes("path") || !layers[kind].preset || path < kind) return layers;
  if (valueAt(layers[path].values, ["data", "path"]) === null) return layers;
  return [...layers, { source: layers[path].source, values: { data: { kind: "folder" } } }];
}

/**
 * A quick run by steps has few of pre-training too: at most as many as of training, unless a later layer sets their number.
 * @param from the layer that makes it quick
 */
function withShortPretraining(layers: readonly Layer[], from: number): readonly Layer[] {
  const later = layers.slice(from + 1);
  const last = (among: readonly Layer[], ...path: string[]) =>
    among.map(({ values }) => valueAt(values, path)).findLast((value) => value !== undefined);
  const steps = last(later, "train", "steps");
  if (typeof steps !== "number" || last(later, "pretrain", "steps") !== undefined) return layers;
  if (last(layers, "budget", "minutes") !== null) return layers;
  const before = last(layers, "pretrain", "steps");
  const pretrain = Math.min(steps, QUICK_PRETRAIN, typeof before === "number" ? before : steps);
  return [...layers, { source: layers[from].source, values: { pretrain: { steps: pretrain } } }];
}

/** Named settings as values of a layer. */
export function settingsValues(settings: Settings): Values {
  const { generator, data, weights, seed, minutes, steps, engine, threads } = settings;
  const fields: [string, unknown][] = [
    ["generator.kind", generator],
    ["data.path", data],
    ["weights", weights],
    ["seed", seed],
    ["budget.minutes", steps === undefined ? minutes : null],
    ["train.steps", steps],
    ["engine.name", engine],
    ["engine.threads", threads],
  ];
  return fieldValues(Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
}

/** Fields by dotted path as nested values: `{ "train.batch": 16 }`. */
export const fieldValues = (fields: Readonly<Record<string, unknown>>): Values =>
  Object.entries(fields).reduce<Values>(
    (merged, [path, value]) => deepMerge(merged, valuesAt(path.split("."), value)),
    {},
  );

/** The layers of a configuration: a preset, a file, an object, or a file or object over its preset. */
function baseLayers(config: ConfigSource): Layer[] {
  if (typeof config === "string") return configLayers(config);
  if (!isValues(config))
    throw new ImagefnError(
      "invalid-config",
      `the configuration is ${show(config)}; expected the name of a preset, a YAML file or an object of fields.`,
    );
  refusePrototype(config, "the configuration");
  return onPreset(config, "the configuration", ".");
}

/** The layers of a name: a preset, or a YAML file, which may name a preset. */
function configLayers(config: string): Layer[] {
  if (Object.hasOwn(presets, config)) return [presetLayer(config)];
  const names = Object.keys(presets);
  if (!existsSync(config))
    throw new ImagefnError(
      "unknown-preset",
      `there is no preset and no file called ${quoted(config)}${didYouMean(config, names)}. ` +
        `Presets: ${names.join(", ")}. A configuration file is YAML.`,
      { name: config },
    );
  if (statSync(config).isDirectory())
    throw new ImagefnError(
      "invalid-config",
      `${quoted(config)} is a folder (expected a preset or a YAML file).`,
      {
        folder: config,
      },
    );
  return onPreset({ name: runName(config), ...readYaml(config) }, quoted(config), dirname(config));
}

/** Values that may name the preset they differ from. */
function onPreset({ preset, ...values }: Values, source: string, folder: string): Layer[] {
  const layer = { source, values: absolutePaths(values, folder) };
  if (preset === undefined) return [layer];
  const names = Object.keys(presets);
  if (typeof preset !== "string" || !Object.hasOwn(presets, preset))
    throw new ImagefnError(
      "unknown-preset",
      `${source}: preset is ${show(preset)}${typeof preset === "string" ? didYouMean(preset, names) : ""}; ` +
        `expected one of ${names.join(", ")}.`,
      { name: preset },
    );
  return [presetLayer(preset), layer];
}

/** The run's name if the file sets none: the file's name, with only the characters a run's name may have. */
export function runName(path: string): string {
  const stem = basename(path).replace(/\.ya?ml$/i, "");
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return name.slice(0, 100) || "run";
}

function presetLayer(name: string): Layer {
  return { source: `preset ${name}`, values: presets[name].config, preset: true };
}

/** Makes `data.path`, `train.teacher` and `weights` absolute: relative paths start at the folder of the file they are written in. */
function absolutePaths(values: Values, folder: string): Values {
  const path = valueAt(values, ["data", "path"]);
  const teacher = valueAt(values, ["train", "teacher"]);
  const weights = valueAt(values, ["weights"]);
  const own: Values = {
    ...(typeof path === "string" ? { data: { path: resolvePath(folder, expandHome(path)) } } : {}),
    ...(typeof teacher === "string" ? { train: { teacher: resolvePath(folder, expandHome(teacher)) } } : {}),
    ...(Array.isArray(weights)
      ? {
          weights: weights.map((one) =>
            typeof one === "string" ? resolvePath(folder, expandHome(one)) : one,
          ),
        }
      : {}),
  };
  return deepMerge(values, own);
}

/**
 * Step counts over a time budget from an earlier layer would be silently ignored: reject them.
 * Steps of 0 are allowed, since they skip pre-training whatever the time.
 */
function refuseIdleSteps(layers: readonly Layer[]): void {
  const minutesOf = (layer: Layer) => valueAt(layer.values, ["budget", "minutes"]);
  const budget = layers.findLastIndex((layer) => minutesOf(layer) !== undefined);
  if (budget < 0 || minutesOf(layers[budget]) === null) return;
  for (const phase of ["pretrain", "train"]) {
    const layer = layers.slice(budget + 1).findLast((later) => valueAt(later.values, [phase, "steps"]));
    if (layer === undefined) continue;
    throw new ImagefnError(
      "idle-steps",
      `${layer.source}: ${phase}.steps has no effect, since ${layers[budget].source} sets a time ` +
        `(budget.minutes ${minutesOf(layers[budget])}) and the steps are fitted to it. ` +
        "Set budget.minutes to null to train by steps.",
      { field: `${phase}.steps`, minutes: minutesOf(layers[budget]) },
    );
  }
}
