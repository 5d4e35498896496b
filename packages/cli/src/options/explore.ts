// The command line of `imagefn explore`.
import type { CommandLine } from "./commandLine.js";
import { portNumber } from "./train.js";
import { emaName } from "./values.js";

/** What `imagefn explore` is asked to do. */
export interface ExploreOptions {
  /** A run folder. */
  run: string;
  ema?: "online" | number;
  /** Where to serve the page; any free port when left out. */
  port?: number;
}

export const exploreLine: CommandLine<ExploreOptions> = {
  define: (program) =>
    program
      .command("explore")
      .summary("look at a run's image functions in a browser: zoom, mix, save")
      .description(
        "Serves a page on this machine in which the generator of a run makes image functions, and they are drawn as " +
          "you zoom and move. Prints its address, and goes on until Ctrl-C. `imagefn export RUN --web` writes the same " +
          "page as files.",
      )
      .argument("<run>", "run folder of an image-function generator (func)")
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .option("--port <number>", "port of the address (default: any that is free)", portNumber)
      .addHelpText(
        "after",
        "\nExamples:\n  imagefn explore runs/first\n  imagefn explore runs/first --port 8080",
      ),
  options: ([run], { ema, port }) => ({ run, ema, port }),
};
