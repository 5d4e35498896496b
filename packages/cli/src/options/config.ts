// The command line of `imagefn config`.
import type { CommandLine } from "./commandLine.js";
import { addConfigOptions, type ConfigRequest, configOrder, configRequest } from "./configOptions.js";

/** What `imagefn config` is asked to print. */
export interface ConfigOptions extends ConfigRequest {
  /** A table of all fields in place of a configuration. */
  fields: boolean;
}

export const configLine: CommandLine<ConfigOptions> = {
  define: (program) =>
    addConfigOptions(program.command("config"))
      .summary("print the resolved configuration of a preset or file")
      .description("Prints the configuration that `imagefn train` would use, with a comment on every field.")
      .option("--fields", "print a table of all fields: default, range, meaning")
      .addHelpText(
        "after",
        `${configOrder}

Examples:
  imagefn config avatars-tiny > my.yaml
  imagefn config my.yaml --set generator.func.dim=192
  imagefn config --fields`,
      ),
  options: (args, flags) => ({ ...configRequest(args, flags), fields: flags.fields === true }),
};
