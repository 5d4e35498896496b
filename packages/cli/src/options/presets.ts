// The command line of `imagefn presets`.
import type { CommandLine } from "./commandLine.js";

export const presetsLine: CommandLine<object> = {
  define: (program) =>
    program
      .command("presets")
      .summary("list the presets")
      .description("Lists the configurations that come with imagefn."),
  options: () => ({}),
};
