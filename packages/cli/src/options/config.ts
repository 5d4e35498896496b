// The command line of `imagefn config`.
import { quoted } from "@imagefn/base";
import { schemaFile } from "@imagefn/runs/names";
import { Option } from "commander";
import { UsageError } from "../errors.js";
import type { CommandLine } from "./commandLine.js";
import { addConfigOptions, type ConfigRequest, configOrder, configRequest } from "./configOptions.js";

/** What `imagefn config` is asked to print. */
export interface ConfigOptions extends ConfigRequest {
  /** A table of all fields in place of a configuration. */
  fields: boolean;
  /** The JSON Schema of configuration files. */
  schema: boolean;
}

export const configLine: CommandLine<ConfigOptions> = {
  define: (program) =>
    addConfigOptions(program.command("config"))
      .summary("print the resolved configuration of a preset or file")
      .description("Prints the configuration that `imagefn train` would use, with a comment on every field.")
      .option("--fields", "print a table of all fields: default, range, meaning")
      .addOption(
        new Option(
          "--schema",
          `print a JSON Schema, by which editors complete and check YAML files; where ${schemaFile} is in this ` +
            "folder, the YAML printed here refers to it",
        ).conflicts("fields"),
      )
      .addHelpText(
        "after",
        `${configOrder}

Examples:
  imagefn config avatars-tiny > my.yaml
  imagefn config my.yaml --set generator.func.dim=192
  imagefn config --fields
  imagefn config --schema > ${schemaFile}`,
      ),
  options(args, flags) {
    const request = configRequest(args, flags);
    for (const whole of ["fields", "schema"] as const) if (flags[whole]) refuseWith(whole, request);
    return { ...request, fields: flags.fields === true, schema: flags.schema === true };
  },
};

/** What is printed is the same for every configuration. */
function refuseWith(whole: string, request: ConfigRequest): void {
  const given = Object.entries(request).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const name = given[0] === "config" ? `the configuration ${quoted(`${given[1]}`)}` : `--${given[0]}`;
  throw new UsageError(
    `--${whole} cannot be used with ${name}: it prints all fields. Leave one of them out.`,
  );
}
