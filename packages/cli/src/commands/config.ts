// `imagefn config`: prints a resolved configuration, the table of all fields, or their JSON Schema.
import { existsSync } from "node:fs";
import {
  configJsonSchema,
  configYaml,
  defaultPreset,
  fieldTable,
  resolveConfig,
  schemaFile,
} from "@imagefn/runs";
import type { ConfigOptions } from "../options/config.js";
import { requestLayers } from "../requestLayers.js";

/** Prints YAML that `imagefn train` accepts; with `fields` a Markdown table, with `schema` JSON. */
export function run(options: ConfigOptions): void {
  if (options.fields) {
    process.stdout.write(`${fieldTable()}\n`);
    return;
  }
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return;
  }
  const { config = defaultPreset } = options;
  const resolved = resolveConfig(config, requestLayers(options), { template: true });
  // A line that refers to no file would only make editors complain.
  const schema = existsSync(schemaFile) ? `./${schemaFile}` : undefined;
  process.stdout.write(configYaml(resolved, [`Resolved from ${config}.`], { schema }));
}
