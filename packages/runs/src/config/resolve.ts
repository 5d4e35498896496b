// From what the command line asks to one checked configuration.
//
// Order, later over earlier:
//   defaults (config.ts) < preset < YAML file < --quick < --set < the flags with names of their own
// CONFIG is the name of a preset or the path of a YAML file; a file may say `preset: NAME` and give differences.
import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve as resolvePath } from "node:path";
import { didYouMean, ImagefnError } from "@imagefn/base";
import { parseDocument } from "yaml";
import { requireDataPath } from "./checks.js";
import { configFields } from "./fields.js";
import {
  deepMerge,
  type Layer,
  parseConfig,
  unknownField,
  type Values,
  valueAt,
  valuesAt,
} from "./layers.js";
import { presets, quick } from "./presets.js";
import { readYaml } from "./read.js";
import type { Config, GeneratorKind } from "./schema.js";

/** The preset of a run that names no configuration. */
export const defaultPreset = "avatars-tiny";

/** The parts of a command line that decide a configuration. */
export interface ConfigRequest {
  /** Preset name or YAML file; `defaultPreset` when left out. */
  config?: string;
  quick?: boolean;
  /** `dotted.path=YAML value`, in order. */
  set?: readonly string[];
  /** Which of the four generators, with its section of the configuration. */
  generator?: GeneratorKind;
  data?: string;
  /** Folders of weight files. */
  weights?: readonly string[];
  seed?: number;
  /** Fit the schedule to this many minutes. */
  minutes?: number;
  /** Train exactly this many steps: turns the time budget off. */
  steps?: number;
  engine?: Config["engine"]["name"];
  threads?: number;
}

/**
 * Resolves a request to a configuration. Throws `ImagefnError`s that say which source is wrong and how.
 * `template` allows `data.path` to be missing still: a configuration to be filled in, not to be run.
 */
export function resolveConfig(request: ConfigRequest, { template = false } = {}): Config {
  const base = configLayers(request.config ?? defaultPreset);
  const layers = [...base, ...(request.quick ? [{ source: "--quick", values: quick }] : [])];
  const overrides = (request.set ?? []).map(parseOverride);
  if (overrides.length > 0) {
    const values = overrides.reduce<Values>((merged, override) => deepMerge(merged, override), {});
    layers.push({ source: "--set", values: absolutePaths(values, ".") });
  }
  const flags = flagValues(request);
  if (Object.keys(flags).length > 0) layers.push({ source: "the command line", values: flags });
  refuseIdleSteps(layers);
  const config = parseConfig(layers);
  if (!template) requireDataPath(config);
  return config;
}

/** The layers of CONFIG alone: a preset, a file, or a file on its preset. */
function configLayers(config: string): Layer[] {
  if (Object.hasOwn(presets, config)) return [presetLayer(config)];
  if (!existsSync(config)) {
    throw new ImagefnError(
      "invalid-config",
      `there is neither a preset nor a file called ${config}${didYouMean(config, Object.keys(presets))}. ` +
        `Presets: ${Object.keys(presets).join(", ")}. A configuration file is YAML; ` +
        "`imagefn config PRESET > my.yaml` writes one to start from.",
    );
  }
  if (statSync(config).isDirectory()) {
    throw new ImagefnError(
      "invalid-config",
      `${config} is a folder, and a configuration is a YAML file or a preset. ` +
        `To go on with a run, say --resume ${config}; to use its settings anew, ${config}/config.yaml.`,
    );
  }
  const { preset, ...values } = readYaml(config);
  const named = { name: runName(config), ...values };
  const file = { source: config, values: absolutePaths(named, dirname(config)) };
  if (preset === undefined) return [file];
  if (typeof preset !== "string" || !Object.hasOwn(presets, preset)) {
    throw new ImagefnError(
      "invalid-config",
      `${config}: preset is ${JSON.stringify(preset)}${didYouMean(String(preset), Object.keys(presets))}; ` +
        `expected one of ${Object.keys(presets).join(", ")}.`,
    );
  }
  return [presetLayer(preset), file];
}

/** The run's name when the file gives none: the file's own, in the characters a name may have. */
function runName(path: string): string {
  const stem = basename(path).replace(/\.ya?ml$/i, "");
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return name.slice(0, 100) || "run";
}

function presetLayer(name: string): Layer {
  return { source: `preset ${name}`, values: presets[name].config };
}

/** `train.batch=16` as nested values. The value is YAML, so lists and null work too. */
function parseOverride(text: string): Values {
  const equals = text.indexOf("=");
  if (equals <= 0) {
    throw new ImagefnError(
      "invalid-option",
      `--set ${text}: expected FIELD=VALUE, such as --set train.batch=16.`,
    );
  }
  const path = text.slice(0, equals).trim();
  if (!configFields().some((field) => field.path === path)) {
    throw new ImagefnError("invalid-option", `--set ${text}: ${unknownField(path)}`);
  }
  const document = parseDocument(text.slice(equals + 1));
  if (document.errors.length > 0) {
    throw new ImagefnError(
      "invalid-option",
      `--set ${text}: the value is not valid YAML. Quote text with special characters.`,
    );
  }
  return valuesAt(path.split("."), document.toJS());
}

function flagValues({
  generator,
  data,
  weights,
  seed,
  minutes,
  steps,
  engine,
  threads,
}: ConfigRequest): Values {
  const flags: [string, unknown][] = [
    ["generator.kind", generator],
    ["data.path", data === undefined ? undefined : resolvePath(data)],
    ["weights", weights?.map((folder) => resolvePath(folder))],
    ["seed", seed],
    ["budget.minutes", steps === undefined ? minutes : null],
    ["train.steps", steps],
    ["engine.name", engine],
    ["engine.threads", threads],
  ];
  return flags
    .filter(([, value]) => value !== undefined)
    .reduce<Values>((merged, [path, value]) => deepMerge(merged, valuesAt(path.split("."), value)), {});
}

/** Relative paths in `data.path` and `weights` start at the folder that holds the file they are written in. */
function absolutePaths(values: Values, folder: string): Values {
  const path = valueAt(values, ["data", "path"]);
  const weights = valueAt(values, ["weights"]);
  const own: Values = {
    ...(typeof path === "string" ? { data: { path: resolvePath(folder, path) } } : {}),
    ...(Array.isArray(weights)
      ? { weights: weights.map((one) => (typeof one === "string" ? resolvePath(folder, one) : one)) }
      : {}),
  };
  return deepMerge(values, own);
}

/**
 * Step counts laid over a time budget from an earlier layer would be ignored in silence: refuse them.
 * Steps of 0 stay, since they leave pre-training out whatever the time.
 */
function refuseIdleSteps(layers: readonly Layer[]): void {
  const minutesOf = (layer: Layer) => valueAt(layer.values, ["budget", "minutes"]);
  const budget = layers.findLastIndex((layer) => minutesOf(layer) !== undefined);
  if (budget < 0 || minutesOf(layers[budget]) === null) return;
  for (const phase of ["pretrain", "train"]) {
    const layer = layers.slice(budget + 1).findLast((later) => valueAt(later.values, [phase, "steps"]));
    if (layer === undefined) continue;
    throw new ImagefnError(
      "invalid-config",
      `${layer.source}: ${phase}.steps has no effect, since ${layers[budget].source} sets a time ` +
        `(budget.minutes ${minutesOf(layers[budget])}) and the steps are fitted to it. ` +
        "Set budget.minutes to null to train by steps; `--steps N` sets train.steps and does that too.",
    );
  }
}
