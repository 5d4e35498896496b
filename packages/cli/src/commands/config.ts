// `imagefn config`: prints a resolved configuration, or the table of all fields.
import { configYaml, defaultPreset, fieldTable, resolveConfig } from "@imagefn/runs";
import type { ConfigOptions } from "../options/config.js";
import { requestLayers } from "../requestLayers.js";

/** Prints YAML that `imagefn train` accepts, or with `fields` a Markdown table. */
export function run(options: ConfigOptions): void {
  if (options.fields) {
    process.stdout.write(`${fieldTable()}\n`);
    return;
  }
  const { config = defaultPreset } = options;
  const resolved = resolveConfig(config, requestLayers(options), { template: true });
  process.stdout.write(configYaml(resolved, [`Resolved from ${config}.`]));
}
