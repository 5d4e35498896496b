// Configuration layers: plain nested values from a preset, a file or the caller, merged and then checked.

import { didYouMean, ImagefnError, quoted } from "@imagefn/base";
import type * as z from "zod";
import { show } from "../show.js";
import { checkConfig } from "./checks.js";
import { configFields, fieldAt } from "./fields.js";
import type { Problem } from "./problem.js";
import { type Config, configSchema } from "./schema.js";

/** A nested object of plain values, as parsed from YAML. */
export type Values = Record<string, unknown>;

/** Part of a configuration and where it comes from (`preset avatars-tiny`, `faces.yaml`). */
export interface Layer {
  source: string;
  values: Values;
  /** Whether a preset ships it: what it sets is nobody's wish. */
  preset?: boolean;
}

/** Refuses a key that JavaScript takes for the prototype of an object: merging would set values by it unseen. */
export function refusePrototype(value: unknown, source: string, seen = new Set<unknown>()): void {
  // Objects of a program, and aliases of YAML, may contain themselves.
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") throw new ImagefnError("invalid-config", `${source}: __proto__ is not a field.`);
    refusePrototype(inner, source, seen);
  }
}

/** True for a nested object: not null, not a list. */
export function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `over` merged into `under`: objects merge key by key at every depth; anything else, lists included, is replaced. Values
 * that are undefined are left out, as in `{ seed: options.seed }`.
 */
export function deepMerge(under: Values, over: Values): Values {
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    if (value !== undefined)
      merged[key] = isValues(below) && isValues(value) ? deepMerge(below, value) : value;
  }
  return merged;
}

/** The value at a path; undefined if any part of the path is missing. */
export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    values,
  );
}

/** The nested object with one value at a path. */
export function valuesAt(path: readonly string[], value: unknown): Values {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}

/**
 * Merges the layers, later over earlier, fills in the defaults and checks everything.
 * @throws ImagefnError `invalid-config` that lists every problem with the layer it comes from
 */
export function parseConfig(layers: readonly Layer[]): Config {
  const values = layers.reduce<Values>((merged, layer) => deepMerge(merged, layer.values), {});
  const result = configSchema.safeParse(values);
  const problems = result.success
    ? checkConfig(result.data).map((problem) => describeProblem(problem, layers))
    : result.error.issues.flatMap((issue) => describeIssue(issue, values, layers));
  if (result.success && problems.length === 0) return result.data;
  throw new ImagefnError(
    "invalid-config",
    problems.length === 1
      ? problems[0]
      : `the configuration has ${problems.length} problems:\n${problems.map((text) => `  - ${text}`).join("\n")}`,
    { unknownField: result.error?.issues.some(({ code }) => code === "unrecognized_keys") ?? false },
  );
}

/** A rule between fields, which may come from different layers: all are named. */
const describeProblem = ({ path, message }: Problem, layers: readonly Layer[]): string =>
  `${layers.map(({ source }) => source).join(" + ")}: ${path} ${message}.`;

/** Unknown fields that are named one by one: the nearest of each takes time to find, and nobody reads thousands. */
const MOST_NAMED = 20;

function describeIssue(issue: z.core.$ZodIssue, values: Values, layers: readonly Layer[]): string[] {
  if (issue.code === "unrecognized_keys") {
    const named = issue.keys.slice(0, MOST_NAMED).map((key) => {
      const path = [...issue.path, key];
      return `${sourceOf(path, layers)}: ${unknownField(path.map((part) => quoted(String(part))).join("."))}`;
    });
    const more = issue.keys.length - named.length;
    return more > 0 ? [...named, `and ${more} more that are not fields.`] : named;
  }
  const name = issue.path.join(".");
  const got = valueAt(values, issue.path);
  const field = fieldAt(issue.path);
  const expected = field?.expected ?? "a section with fields of its own";
  const meaning = field?.description ? `: ${field.description}` : "";
  const source = sourceOf(issue.path, layers);
  if (got === undefined) return [`${source}: ${name} is missing; expected ${expected}${meaning}.`];
  const hint =
    issue.code === "invalid_value" && typeof got === "string"
      ? didYouMean(got, issue.values.map(String))
      : "";
  return [`${source}: ${name} is ${show(got)}${hint}; expected ${expected}${meaning}.`];
}

/** The message for a dotted path that names no field, with the nearest field that exists. */
export function unknownField(path: string): string {
  const paths = configFields().map((field) => field.path);
  const last = path.slice(path.lastIndexOf(".") + 1);
  // Right name, wrong section: `batch` for `train.batch`.
  const namesakes = paths.filter((known) => known.endsWith(`.${last}`));
  const hint =
    namesakes.length > 0
      ? ` (did you mean ${namesakes.join(" or ")}?)`
      : didYouMean(path, ["preset", ...paths]);
  return `${path} is not a field of the configuration${hint}.`;
}

/** The last layer that sets a value at `path` or at its start; all layers if none does. */
function sourceOf(path: readonly PropertyKey[], layers: readonly Layer[]): string {
  const owner = layers.findLast((layer) => valueAt(layer.values, path) !== undefined);
  return owner?.source ?? layers.map((layer) => layer.source).join(" + ");
}
