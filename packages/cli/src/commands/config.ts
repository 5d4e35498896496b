// `imagefn config`: prints a resolved configuration, or the table of all fields.
import { configYaml, defaultPreset, fieldTable, resolveConfig } from "@imagefn/runs";
import type { ConfigOptions } from "../options/config.js";

/** Prints YAML that `imagefn train` accepts, or with `fields` a Markdown table. */
export function run(options: ConfigOptions): void {
  if (options.fields) {
    process.stdout.write(`${fieldTable()}\n`);
    return;
  }
  const header = [`Resolved from ${options.config ?? defaultPreset}.`];
  process.stdout.write(configYaml(resolveConfig(options, { template: true }), header));
}
