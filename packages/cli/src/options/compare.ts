// The command line of `imagefn compare`.
import { expandHome } from "@imagefn/base";
import { type GeneratorKind, generatorKinds } from "@imagefn/runs/names";
import type { CommandLine } from "./commandLine.js";
import { addTrainingOptions, type ConfigRequest, configOrder, configRequest } from "./configOptions.js";
import { commaList, positiveInteger, positiveNumber } from "./values.js";

/** What `imagefn compare` is asked to do. */
export interface CompareOptions extends Omit<ConfigRequest, "config" | "generator"> {
  /** A preset or YAML file to train, or finished run folders. */
  what: string[];
  generators?: GeneratorKind[];
  out?: string;
  /** Samples in each row. */
  count: number;
  /** Seconds for which each speed is measured. */
  seconds: number;
}

export const compareLine: CommandLine<CompareOptions> = {
  define: (program) =>
    addTrainingOptions(
      program
        .command("compare")
        .summary("train several generators in the same way and compare them")
        .description(
          "Trains each generator on the same data with the same schedule (or takes finished runs), samples all of " +
            "them from the same noise, and writes one picture, one table and the loss curves.",
        )
        .argument(
          "[what...]",
          "a preset or YAML file (default: avatars-tiny), or run folders to compare (`latest` is the newest in runs/)",
        ),
    )
      .option(
        "--generators <list>",
        `which to train (default: ${generatorKinds.join(",")})`,
        commaList(generatorKinds),
      )
      .option("--count <number>", "samples in each row of the picture", positiveInteger, 10)
      .option("--seconds <number>", "time of each speed measurement", positiveNumber, 3)
      .option(
        "--out <folder>",
        "folder of the results (default: compare/<name>); the same folder resumes",
        expandHome,
      )
      .addHelpText(
        "after",
        `${configOrder}

Examples:
  imagefn compare --minutes 3
  imagefn compare cifar10-tiny --data ~/cifar --generators func,unet --out compare/cifar
  imagefn compare runs/first runs/second`,
      ),
  options(what, flags) {
    const { config: _, generator: __, ...request } = configRequest([], flags);
    return {
      ...request,
      what: [...what],
      generators: flags.generators,
      out: flags.out,
      count: flags.count,
      seconds: flags.seconds,
    };
  },
  runs: ["what"],
};
