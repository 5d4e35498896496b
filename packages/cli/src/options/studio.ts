// The command line of `imagefn studio`.
import type { CommandLine } from "./commandLine.js";
import { portNumber } from "./train.js";

/** Options of `imagefn studio`. */
export interface StudioOptions {
  /** Port to serve the page on; any free one if left out. */
  port?: number;
}

export const studioLine: CommandLine<StudioOptions> = {
  define: (program) =>
    program
      .command("studio")
      .summary("train in a browser: drop pictures, watch samples get better, save a run")
      .description(
        "Serves a page on this machine that learns an image-function generator from pictures of yours, or from avatars, " +
          "in the browser. It goes on after a reload, and saves a run that `imagefn train --resume` goes on with. No " +
          "picture leaves the page. Prints the page's address and runs until Ctrl-C. `imagefn export --studio DIR` writes " +
          "the same page as files.",
      )
      .option(
        "--port <number>",
        "port to serve on (default: any free port). What a browser keeps belongs to the port: use the same one to go on later",
        portNumber,
      )
      .addHelpText("after", "\nExamples:\n  imagefn studio\n  imagefn studio --port 8080"),
  options: (_, { port }) => ({ port }),
};
