// The JSON Schema of configurations accepts what resolveConfig accepts, and refuses what an editor should mark.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  configFields,
  configJsonSchema,
  configYaml,
  createRunFolder,
  presets,
  resolveConfig,
} from "@imagefn/runs";
import t from "tap";
import { parse, stringify } from "yaml";

type Schema = { readonly [keyword: string]: unknown };
type Check = (value: unknown, argument: never, schema: Schema) => boolean;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

/** The keywords of draft 7 that the schema uses; each accepts values of types that it says nothing about. */
const keywords: Readonly<Record<string, Check>> = {
  type: (value, name: string) => types[name](value),
  enum: (value, values: unknown[]) => values.includes(value),
  const: (value, only) => value === only,
  pattern: (value, pattern: string) => typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minLength: (value, least: number) => typeof value !== "string" || value.length >= least,
  minimum: (value, least: number) => typeof value !== "number" || value >= least,
  maximum: (value, most: number) => typeof value !== "number" || value <= most,
  exclusiveMinimum: (value, bound: number) => typeof value !== "number" || value > bound,
  exclusiveMaximum: (value, bound: number) => typeof value !== "number" || value < bound,
  minItems: (value, least: number) => !Array.isArray(value) || value.length >= least,
  maxItems: (value, most: number) => !Array.isArray(value) || value.length <= most,
  items: (value, items: Schema | Schema[]) =>
    !Array.isArray(value) ||
    value.every((one, i) => {
      const schema = Array.isArray(items) ? items[i] : items;
      return schema === undefined || fits(one, schema);
    }),
  additionalItems: (value, more: boolean, { items }) =>
    more || !Array.isArray(value) || !Array.isArray(items) || value.length <= items.length,
  anyOf: (value, schemas: Schema[]) => schemas.some((schema) => fits(value, schema)),
  not: (value, schema: Schema) => !fits(value, schema),
  if: (value, schema: Schema, all) => !fits(value, schema) || fits(value, all.then as Schema),
  properties: (value, properties: Record<string, Schema>) =>
    !isMap(value) ||
    Object.entries(properties).every(([key, schema]) => !(key in value) || fits(value[key], schema)),
  required: (value, keys: string[]) => !isMap(value) || keys.every((key) => key in value),
  additionalProperties: (value, more: boolean, { properties }) =>
    more || !isMap(value) || Object.keys(value).every((key) => key in (properties as object)),
};
/** Keywords that check nothing, or that another one takes up. */
const silent = ["$schema", "title", "description", "default", "then"];

function fits(value: unknown, schema: Schema): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    if (silent.includes(keyword)) return true;
    if (!(keyword in keywords)) throw new Error(`this test does not know the keyword ${keyword}`);
    return keywords[keyword](value, argument as never, schema);
  });
}

const schema = configJsonSchema();
const accepted = (yaml: string) => fits(parse(yaml), schema);

t.test("accepts every preset: its name, its fields, and its whole configuration as YAML", async (t) => {
  t.equal(schema.$schema, "http://json-schema.org/draft-07/schema#");
  for (const [name, { config }] of Object.entries(presets)) {
    t.ok(accepted(`preset: ${name}`), name);
    t.ok(accepted(stringify(config)), `${name}: fields`);
    const whole = resolveConfig(name, [], { template: true });
    t.ok(accepted(configYaml(whole)), `${name}: whole`);
  }
  t.ok(accepted("preset: avatars-tiny\ntrain: { steps: 30 epochs }\ndata: { heldOut: 0.1 }"));
});

t.test("refuses what is no configuration", async (t) => {
  for (const [yaml, why] of [
    ["preset: avatars-tiny\nbatch: 4", "an unknown field"],
    ["preset: avatars-tiny\ntrain: { bacth: 4 }", "an unknown field of a section"],
    ["preset: avatars-tiny\ngenerator: { func: { inr: { deep: 4 } } }", "an unknown field further down"],
    ["preset: avatars-tini", "an unknown preset"],
    ["preset: avatars-tiny\nseed: one", "text for a number"],
    ["preset: avatars-tiny\nseed: 1.5", "a fraction for a whole number"],
    ["preset: avatars-tiny\ntrain: { batch: 0 }", "a number below the range"],
    ["preset: avatars-tiny\ntrain: { steps: 30 days }", "a length in other words"],
    ["preset: avatars-tiny\ndata: { flip: 1 }", "a number for true or false"],
    ["preset: avatars-tiny\nengine: { name: cuda }", "none of the words"],
    ["preset: avatars-tiny\nsample: { sizes: [[32]] }", "half a size"],
    ["data: { kind: avatars }", "no size and no preset"],
    ["seed: 3", "no data and no preset"],
    ["- preset: avatars-tiny", "a list"],
  ])
    t.notOk(accepted(yaml), why);
});

t.test("says of every field what the table of fields says", async (t) => {
  for (const { path, description, default: usual } of configFields()) {
    const node = path
      .split(".")
      .reduce<Schema>((at, key) => (at.properties as Record<string, Schema>)[key], schema);
    t.equal(node?.description ?? "", description, path);
    if (usual !== undefined) t.same(node.default, usual, `${path}: default`);
  }
  t.notMatch(JSON.stringify(schema), /"expected"/);
});

t.test("a run's config.yaml begins with a line that refers to the schema beside it", async (t) => {
  const run = await createRunFolder(resolveConfig(), { out: join(t.testdir(), "run") });
  const [first, second] = readFileSync(join(run.path, "config.yaml"), "utf8").split("\n");
  t.equal(first, "# yaml-language-server: $schema=./imagefn.schema.json");
  t.match(second, /^# Versions: /);
  t.same(JSON.parse(readFileSync(join(run.path, "imagefn.schema.json"), "utf8")), schema);
});
