// The configuration as a JSON Schema, by which editors complete and check YAML files while they are written.
import * as z from "zod";
import { presets } from "./presets.js";
import { configSchema } from "./schema.js";

interface Node {
  properties?: Record<string, Node>;
  required?: string[];
  [keyword: string]: unknown;
}

/**
 * The JSON Schema (draft 7, which editors know best) of a configuration file: the fields with their descriptions, values
 * and defaults. A file may name a `preset` and contain only the fields that differ. Rules between fields are not in it.
 */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, properties, required, ...rest } = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-7",
    // Words for error messages, which the other keywords say already.
    override: ({ jsonSchema }) => {
      delete jsonSchema.expected;
    },
  }) as Node;
  const { required: ofData, ...data } = properties!.data;
  return {
    $schema,
    title: "Configuration of imagefn",
    ...rest,
    properties: {
      preset: {
        description: "the preset that this file differs from",
        enum: Object.keys(presets),
      },
      ...properties,
      data,
    },
    // A preset has what is required.
    if: { not: { required: ["preset"] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required, properties: { data: { required: ofData } } },
  };
}

/** Its text, as it is stored. */
export const schemaText = (): string => `${JSON.stringify(configJsonSchema(), null, 1)}\n`;
