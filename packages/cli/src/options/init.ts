// The command line of `imagefn init`.
import { expandHome } from "@imagefn/base";
import { presets, schemaFile } from "@imagefn/runs/names";
import { Option } from "commander";
import type { CommandLine } from "./commandLine.js";
import { folderName } from "./values.js";

/** What `imagefn init` is asked to write. */
export interface InitOptions {
  /** The folder of the file. */
  folder: string;
  preset?: string;
  /** The folder of the pictures. */
  data?: string;
}

export const initLine: CommandLine<InitOptions> = {
  define: (program) =>
    program
      .command("init")
      .summary("write a configuration for your own pictures")
      .description(
        "Writes config.yaml into a folder: a preset, and the fields that people change, with a comment on each. Prints " +
          `the command that trains with it. ${schemaFile} beside it lets editors complete and check the file. An existing ` +
          "config.yaml is kept.",
      )
      .argument("[folder]", "folder of the file", ".")
      .option(
        "--data <folder>",
        "folder of the pictures; they are counted, and small ones are trained at 32 px",
        folderName,
      )
      .addOption(
        new Option("--preset <name>", "preset to start from (default: folder64-tiny)").choices(
          Object.keys(presets),
        ),
      )
      .addHelpText(
        "after",
        "\nExamples:\n  imagefn init mine --data ~/pictures\n  imagefn init faces --preset celeba64-tiny",
      ),
  options: ([folder = "."], { data, preset }) => ({ folder: expandHome(folder), data, preset }),
};
