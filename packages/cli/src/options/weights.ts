// The command line of `imagefn weights`.
import type { CommandLine } from "./commandLine.js";
import { repeated } from "./values.js";

/** What `imagefn weights` is asked to do. */
export interface WeightsOptions {
  weights: string[];
}

export const weightsLine: CommandLine<WeightsOptions> = {
  define: (program) =>
    program
      .command("weights")
      .summary("list the weight files that metrics need, and which are installed")
      .description(
        "Lists the weight files that each metric needs, the folders searched, which files are installed and whether " +
          "they are the published ones. Nothing is downloaded.",
      )
      .option("--weights <folder>", "where to look first; may be repeated", repeated)
      .addHelpText("after", "\nExamples:\n  imagefn weights\n  imagefn weights --weights ~/weights"),
  options: (_args, flags) => ({ weights: flags.weights ?? [] }),
};
