// The command line of `imagefn report`.
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";

/** Options of `imagefn report`. */
export interface ReportOptions {
  /** A run folder. */
  run: string;
}

export const reportLine: CommandLine<ReportOptions> = {
  define: (program) =>
    program
      .command("report")
      .summary("write a run's curves, samples and settings as a page")
      .description(
        "Writes report.html into a run folder: curves, samples along training, metrics, configuration and environment " +
          "in one file that loads nothing from the network. Training writes it at the end; this command rewrites it.",
      )
      .argument("<run>", RUN)
      .addHelpText("after", "\nExamples:\n  imagefn report runs/first"),
  options: ([run]) => ({ run }),
  runs: ["run"],
};
