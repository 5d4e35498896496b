// `imagefn config`: prints a resolved configuration, the table of all fields, or their JSON Schema.
import { existsSync } from "node:fs";
import { quoted } from "@imagefn/base";
import {
  configFields,
  configJsonSchema,
  configYaml,
  defaultPreset,
  fieldTable,
  resolveConfig,
  schemaFile,
} from "@imagefn/runs";
import type { ConfigOptions } from "../options/config.js";
import { jsonText, type Print } from "../output.js";
import { requestLayers } from "../requestLayers.js";

/** Prints YAML that `imagefn train` accepts; with `fields` a Markdown table, with `schema` JSON. The document is the configuration. */
export function run(options: ConfigOptions, print: Print): object {
  if (options.fields) {
    print(`${fieldTable()}\n`);
    return {
      fields: configFields()
        .filter(({ section }) => !section)
        .map(({ section: _, ...field }) => field),
    };
  }
  if (options.schema) {
    const schema = configJsonSchema();
    print(jsonText(schema));
    return schema;
  }
  const { config = defaultPreset } = options;
  const resolved = resolveConfig(config, requestLayers(options), { template: true });
  // A line that refers to no file would only make editors complain.
  const schema = existsSync(schemaFile) ? `./${schemaFile}` : undefined;
  print(configYaml(resolved, [`Resolved from ${quoted(config)}.`], { schema }));
  return resolved;
}
