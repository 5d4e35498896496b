// The command line of `imagefn sample`.
import { expandHome, type Shard } from "@imagefn/base";

import type { Config, Size } from "@imagefn/runs";
import { precisions } from "@imagefn/runs/names";
import { Option } from "commander";
import { UsageError } from "../errors.js";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { engineOption, threadsOption } from "./configOptions.js";
import { emaName, GUIDANCE, guidanceScale, positiveInteger, seed, shard, sizes } from "./values.js";

/** What `imagefn sample` is asked to do; omitted options come from the run's configuration. */
export interface SampleOptions {
  run: string;
  count?: number;
  sizes?: Size[];
  seed?: number;
  /** Class by name or number. */
  class?: string;
  /** One row of `count` samples for each class, all rows from the same noise. */
  byClass: boolean;
  out?: string;
  saveFunctions: boolean;
  /** Of the functions' files. */
  precision?: (typeof precisions)[number];
  /** A file for each picture, in place of grids. */
  separate: boolean;
  /** Only this share of the samples. */
  shard?: Shard;
  /** Steps of the sampler: 1 is one-step, more is multistep (Song et al. 2023, algorithm 1), or Heun's method for a diffusion model. */
  steps?: number;
  /** Search the levels of the steps first, and keep them in the run. */
  searchLevels?: boolean;
  /** Use the usual levels, even if others were found. */
  plainLevels?: boolean;
  /** Scale of classifier-free guidance. */
  guidance?: number;
  ema?: "online" | number;
  engine?: Config["engine"]["name"];
  threads?: number;
}

export const sampleLine: CommandLine<SampleOptions> = {
  define: (program) =>
    program
      .command("sample")
      .summary("sample image functions of a run, at any size")
      .description(
        "Samples image functions from a run's last checkpoint and renders each at the given sizes. Runs of the " +
          "other generators (unet, dit, uvit) make images of the training size.",
      )
      .argument("<run>", RUN)
      .option("--count <number>", "samples to draw; with --by-class, for each class", positiveInteger)
      .option("--size <list>", "WIDTHxHEIGHT, or one number for a square; comma list; may be repeated", sizes)
      .option("--seed <number>", "seed of the noise", seed)
      .option("--class <name>", "class by name or number, for class-conditional runs")
      .addOption(
        new Option("--by-class", "one row of samples for each class, from the same noise").conflicts("class"),
      )
      .option(
        "--steps <number>",
        "1 is one-step, more is multistep; for a diffusion model steps of Heun's method (default: 1, or 18)",
        positiveInteger,
      )
      .option("--search-levels", "first search the levels of 2 to --steps steps, and keep them in the run")
      .addOption(
        new Option("--plain-levels", "use the usual levels, not those that a search found").conflicts(
          "searchLevels",
        ),
      )
      .option("--guidance <scale>", GUIDANCE, guidanceScale)
      .option("--ema <rate>", "weights: one of the run's averages, or online", emaName)
      .option("--out <folder>", "folder of the pictures (default: the run's samples/)", expandHome)
      .option("--separate", "write a file for each picture instead of a grid, for use with other tools")
      .option(
        "--shard <number/shares>",
        "with --separate: only this share of the samples, such as 3/16, for several processes or machines",
        shard,
      )
      .option("--save-functions", "also write each image function as .safetensors")
      .addOption(
        new Option(
          "--precision <type>",
          "with --save-functions: how numbers are stored; int8 takes a third of float32's bytes",
        ).choices(precisions),
      )
      .addOption(engineOption())
      .addOption(threadsOption())
      .addHelpText(
        "after",
        `
Examples:
  imagefn sample runs/first
  imagefn sample avatars --count 4                    # the model that comes with the command, into this folder
  imagefn sample runs/first --count 16 --size 32,128,96x160 --seed 3
  imagefn sample runs/styles --by-class --count 8
  imagefn sample runs/first --count 1 --size 1024 --save-functions --out ./pictures
  imagefn sample runs/first --steps 3 --search-levels   # the levels whose samples are nearest to the data
  imagefn sample runs/first --count 50000 --separate --out generated --shard 3/16   # one of 16 processes`,
      ),
  options([run], flags) {
    const { count, seed, out, shard, steps, guidance, ema, engine, threads } = flags;
    if (shard !== undefined && flags.separate !== true)
      throw new UsageError("--shard requires --separate: a grid cannot be cut into shares.");
    if (flags.searchLevels && (steps ?? 1) < 2)
      throw new UsageError("--search-levels requires --steps 2 or more: one step has no further levels.");
    if (flags.searchLevels && guidance !== undefined && guidance !== 1)
      throw new UsageError(
        "--search-levels and --guidance cannot be used together: levels are searched without guidance.",
      );
    const saveFunctions = flags.saveFunctions === true;
    if (flags.precision !== undefined && !saveFunctions)
      throw new UsageError("--precision requires --save-functions: pictures have bytes.");
    return {
      run,
      count,
      sizes: flags.size,
      seed,
      class: flags.class,
      byClass: flags.byClass === true,
      out,
      saveFunctions,
      precision: flags.precision,
      separate: flags.separate === true,
      shard,
      steps,
      searchLevels: flags.searchLevels,
      plainLevels: flags.plainLevels,
      guidance,
      ema,
      engine,
      threads,
    };
  },
  runs: ["run"],
};
