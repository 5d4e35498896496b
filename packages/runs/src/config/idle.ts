// Settings of the caller that the chosen configuration does not read: refused, so that nothing is ignored in silence.
import { isDeepStrictEqual } from "node:util";
import { ImagefnError } from "@imagefn/base";
import { dataFields, dataKind } from "../data/kinds.js";
import { configFields } from "./fields.js";
import { isValues, type Layer, valueAt } from "./layers.js";
import type { Config } from "./schema.js";

/** Fields that something else decides about. */
interface Rule {
  /** Dotted paths of fields or sections. */
  readonly fields: readonly string[];
  /** The field that decides, by dotted path. */
  readonly decider: string;
  /** Why they have no effect, or undefined if they have one. */
  because(config: Config): string | undefined;
}

const fromTeacher = ({ train }: Config): string | undefined =>
  train.objective === "distill"
    ? "train.objective is distill: training starts from train.teacher and its denoiser"
    : undefined;

const rules: readonly Rule[] = [
  ...dataFields.map(
    (field): Rule => ({
      fields: [`data.${field}`],
      decider: "data.kind",
      because: ({ data }) =>
        dataKind(data.kind).reads.includes(field) ? undefined : `data.kind is ${data.kind}`,
    }),
  ),
  {
    fields: ["data.detailShare", "data.detailPoints"],
    decider: "data.detail",
    because: ({ data }) => (data.detail === null ? "data.detail is null" : undefined),
  },
  {
    fields: ["train.mu0"],
    decider: "train.targetEma",
    because: ({ train }) => (train.targetEma ? undefined : "train.targetEma is false"),
  },
  {
    fields: ["train.labelDropout", "train.guidance"],
    decider: "data.classes",
    because: ({ data }) => (data.classes ? undefined : "data.classes is false"),
  },
  {
    fields: ["From", "Weight", "Images", "Real"].map((field) => `train.drift${field}`),
    decider: "train.drift",
    because: ({ train }) => (train.drift === null ? "train.drift is null" : undefined),
  },
  {
    fields: ["train.lpips"],
    decider: "train.distance",
    because: ({ train }) => (train.distance === "lpips" ? undefined : `train.distance is ${train.distance}`),
  },
  {
    fields: ["train.decayTo", "train.decayShape"],
    decider: "train.decayFrom",
    because: ({ train }) =>
      train.decayFrom < 1 ? undefined : "train.decayFrom is 1: the learning rate is constant",
  },
  {
    fields: ["grid", "s0", "s1", "trajectory", "denoise", "levels", "weighting", "targetEma", "mu0"].map(
      (field) => `train.${field}`,
    ),
    decider: "train.objective",
    because: ({ train }) => (train.objective === "diffusion" ? "train.objective is diffusion" : undefined),
  },
  {
    fields: ["train.distance"],
    decider: "train.objective",
    because: ({ train }) =>
      train.objective === "diffusion" && train.distance !== "l2"
        ? "train.objective is diffusion, which takes l2"
        : undefined,
  },
  {
    fields: [
      ...["pretrain.batch", "pretrain.learningRate", "pretrain.targetScale", "pretrain.decayAt"],
      ...["pretrain.decayFactor", "budget.pretrainShare", "train.trajectory", "train.denoise"],
    ],
    decider: "train.objective",
    because: fromTeacher,
  },
  {
    fields: ["pretrain.steps"],
    decider: "train.objective",
    because: (config) => (config.pretrain.steps === 0 ? undefined : fromTeacher(config)),
  },
  {
    fields: ["train.teacher"],
    decider: "train.objective",
    because: ({ train }) =>
      train.objective === "distill" ? undefined : `train.objective is ${train.objective}`,
  },
  {
    fields: ["train.logMean", "train.logStd"],
    decider: "train.levels",
    because: ({ train }) =>
      train.levels === "uniform" && train.objective !== "diffusion" ? "train.levels is uniform" : undefined,
  },
];

/** Whether a field has no effect because of what another decides. */
export const isIdleBy = (decider: string, field: string, config: Config): boolean =>
  rules.some(
    (rule) => rule.decider === decider && rule.fields.includes(field) && rule.because(config) !== undefined,
  );

/**
 * Refuses fields without effect that a layer of the caller sets to something other than the default, together with or
 * after what makes them idle. Presets and what a later layer overrules stay silent.
 * @throws ImagefnError `idle-field`
 */
export function refuseIdleFields(layers: readonly Layer[], config: Config): void {
  for (const { fields, decider, because } of rules) {
    const reason = because(config);
    if (reason === undefined) continue;
    const from = Math.max(
      0,
      layers.findLastIndex(({ values }) => sets(values, decider)),
    );
    for (const { source, values, preset } of layers.slice(from)) {
      if (preset) continue;
      const field = fields.flatMap((path) => given(values, path)).at(0);
      if (field !== undefined)
        throw new ImagefnError("idle-field", `${source}: ${field} has no effect, since ${reason}.`, {
          field,
        });
    }
  }
}

/** Whether a field has no effect in a configuration. */
export const isIdle = (field: string, config: Config): boolean =>
  rules.some(
    ({ fields, because }) =>
      fields.some((path) => field === path || field.startsWith(`${path}.`)) && because(config) !== undefined,
  );

const sets = (values: unknown, path: string): boolean => valueAt(values, path.split(".")) !== undefined;

/** The fields at or under a path that are set to something other than their default. */
function given(values: unknown, path: string): string[] {
  const value = valueAt(values, path.split("."));
  if (isValues(value)) return Object.keys(value).flatMap((key) => given(values, `${path}.${key}`));
  const usual = configFields().find((field) => field.path === path)?.default;
  return value === undefined || isDeepStrictEqual(value, usual) ? [] : [path];
}
