// The command line of `imagefn explore`.
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { portNumber } from "./train.js";
import { emaName } from "./values.js";

/** Options of `imagefn explore`. */
export interface ExploreOptions {
  /** A run folder. */
  run: string;
  ema?: "online" | number;
  /** Port to serve the page on; any free one if left out. */
  port?: number;
}

export const exploreLine: CommandLine<ExploreOptions> = {
  define: (program) =>
    program
      .command("explore")
      .summary("view a run's image functions in a browser: zoom, mix, save")
      .description(
        "Serves a page on this machine in which a run's generator makes image functions and draws them as you zoom and " +
          "pan. Prints the page's address and runs until Ctrl-C. `imagefn export RUN --web` writes the same page as files.",
      )
      .argument("<run>", `${RUN}, of an image-function generator (func)`)
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .option("--port <number>", "port to serve on (default: any free port)", portNumber)
      .addHelpText(
        "after",
        "\nExamples:\n  imagefn explore avatars              # a small trained model that comes with the command\n" +
          "  imagefn explore runs/first\n  imagefn explore runs/first --port 8080",
      ),
  options: ([run], { ema, port }) => ({ run, ema, port }),
  runs: ["run"],
};
