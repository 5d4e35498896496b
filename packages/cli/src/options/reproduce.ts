// The command line of `imagefn reproduce`.
import { expandHome } from "@imagefn/base";
import type { DataFolder, Scale } from "@imagefn/experiments";
import type { Config } from "@imagefn/runs";
import { InvalidArgumentError, Option } from "commander";
import { UsageError } from "../errors.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { positiveInteger, positiveNumber, repeated, seed } from "./values.js";

/** What `imagefn reproduce` is asked to do. */
export interface ReproduceOptions {
  /** An experiment, or `all`; they are listed if left out. */
  name?: string;
  scale: Scale;
  out: string;
  data: Partial<Record<DataFolder, string>>;
  /** Images of one evaluation. */
  count?: number;
  /** Seconds for which each speed is measured. */
  seconds?: number;
  /** Minutes for all experiments together; the lengths of the runs follow from it. */
  minutes?: number;
  steps?: number;
  set: string[];
  weights: string[];
  seed?: number;
  /** Runs of each kind where a claim depends on the seed. */
  seeds?: number;
  engine?: Config["engine"]["name"];
  threads?: number;
}

// Written here and checked against the types of @imagefn/experiments, so that help needs no optional package.
const scales = Object.keys({ tiny: true, paper: true } satisfies Record<Scale, true>);
const dataFolders = Object.keys({
  cifar10: true,
  celeba: true,
  church: true,
  classroom: true,
} satisfies Record<DataFolder, true>);

export const reproduceLine: CommandLine<ReproduceOptions> = {
  define: (program) =>
    program
      .command("reproduce")
      .summary("rerun the paper's experiments")
      .description(
        "Reruns an experiment of the paper and writes its tables and figures next to the paper's own numbers, with a " +
          "verdict on each claim. Runs are kept, resumed after Ctrl-C, and shared between experiments.",
      )
      .argument("[name]", "an experiment, or all (default: list them)")
      .option("--list", "list the experiments")
      .addOption(
        new Option(
          "--scale <scale>",
          "tiny: avatars and minutes; paper: the paper's data, networks and lengths",
        )
          .choices(scales)
          .default("tiny"),
      )
      .option("--out <folder>", "folder of the results (default: reproduce/<scale>)", expandHome)
      .option(
        "--data <name=folder>",
        `data for --scale paper: ${dataFolders.join(", ")}, such as celeba=DIR; may be repeated`,
        dataFolder,
      )
      .option(
        "--count <number>",
        "images of one evaluation (default: 192; 50,000 with --scale paper)",
        positiveInteger,
      )
      .option("--seconds <number>", "time of each speed measurement", positiveNumber)
      .option(
        "--minutes <number>",
        "total time of all experiments with --scale tiny; sets the number of steps (default: 75)",
        positiveNumber,
      )
      .option("--steps <number>", "train every run this long, for a quick look at all of it", positiveInteger)
      .option("--set <field=value>", "set any field of every run; may be repeated", repeated)
      .option("--weights <folder>", "where to look for weight files first; may be repeated", repeated)
      .option("--seed <number>", "seed of weights, data order and noise", seed)
      .option(
        "--seeds <number>",
        "runs of each kind where a claim depends on the seed (default: 3; 1 with --scale paper)",
        positiveInteger,
      )
      .addOption(engineOption())
      .addOption(threadsOption())
      .addHelpText(
        "after",
        `
Examples:
  imagefn reproduce                                  list the experiments
  imagefn reproduce all                              all of them on avatars, with a report page
  imagefn reproduce interpolation
  imagefn reproduce quality --scale paper --data celeba=~/celeba --data cifar10=~/cifar --weights ~/weights`,
      ),
  options([name], flags) {
    const { list, scale, out, data = {}, count, seconds, set = [], weights = [], ...rest } = flags;
    if (list && name !== undefined)
      throw new UsageError(
        `--list cannot be used with ${name}: it lists all experiments. Leave one of them out.`,
      );
    if (scale === "tiny" && Object.keys(data).length > 0)
      throw new UsageError(
        "--data requires --scale paper: the scale tiny draws its own images. Leave it out.",
      );
    if (rest.minutes !== undefined && (scale !== "tiny" || rest.steps !== undefined))
      throw new UsageError(
        "--minutes sets the number of steps of the scale tiny: it cannot be used with --scale paper or --steps. Leave one of them out.",
      );
    return {
      name,
      scale,
      out: out ?? `reproduce/${scale}`,
      data,
      count,
      seconds,
      minutes: rest.minutes,
      steps: rest.steps,
      set,
      weights,
      seed: rest.seed,
      seeds: rest.seeds,
      engine: rest.engine,
      threads: rest.threads,
    };
  },
};

/** `celeba=DIR`, added to those of earlier uses of the option. */
function dataFolder(text: string, earlier: Partial<Record<DataFolder, string>> = {}) {
  const [name, ...path] = text.split("=");
  if (!dataFolders.includes(name) || path.join("=") === "")
    throw new InvalidArgumentError(`Expected NAME=DIR with a name of ${dataFolders.join(", ")}.`);
  return { ...earlier, [name]: path.join("=") };
}
