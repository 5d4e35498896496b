// `imagefn config`: prints a resolved configuration, or the table of all fields.
import { quoted } from "@imagefn/base";
import { configFields, configYaml, defaultPreset, fieldTable, resolveConfig } from "@imagefn/runs";
import type { ConfigOptions } from "../options/config.js";
import { requestLayers } from "../options/configOptions.js";
import type { Print } from "../output.js";

/** Prints YAML that `imagefn train` accepts, or with `fields` a Markdown table. The document is the configuration. */
export function run(options: ConfigOptions, print: Print): object {
  if (options.fields) {
    print(`${fieldTable()}\n`);
    return {
      fields: configFields()
        .filter(({ section }) => !section)
        .map(({ section: _, ...field }) => field),
    };
  }
  const { config = defaultPreset } = options;
  const resolved = resolveConfig(config, requestLayers(options), { template: true });
  print(configYaml(resolved, [`Resolved from ${quoted(config)}.`]));
  return resolved;
}
