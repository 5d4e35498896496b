// The command line of `imagefn train`.
import { expandHome, quoted } from "@imagefn/base";

import { InvalidArgumentError, Option } from "commander";
import { flagOf, UsageError } from "../errors.js";
import { RUN } from "../latest.js";
import type { CommandLine } from "./commandLine.js";
import { addConfigOptions, type ConfigRequest, configOrder, configRequest } from "./configOptions.js";

/** What `imagefn train` is asked to do. */
export interface TrainOptions extends ConfigRequest {
  /** A run folder to resume; everything but engine and threads comes from there. */
  resume?: string;
  /** Resume although the images changed. */
  changedData?: boolean;
  /** Resume although settings that training depends on changed. */
  changedSettings?: boolean;
  /** The run folder to create; runs/<name>-<time> when left out. */
  out?: string;
  /** Serve the report on this machine while it trains. */
  watch?: boolean;
  /** The port to serve it on; any free port if left out. */
  port?: number;
  /** Train together with the other processes of an MPI launcher. */
  mpi?: boolean;
  /** Name or path of the MPI library. */
  mpiLibrary?: string;
  /** Seconds that an exchange may take. */
  patience?: number;
  /** The batches of the configuration are those of each process. */
  batchPerRank?: boolean;
  /** Print what training would do, and write nothing. */
  dryRun?: boolean;
}

export const trainLine: CommandLine<TrainOptions> = {
  define: (program) =>
    addConfigOptions(program.command("train"))
      .summary("train a generator and sample it")
      .description(
        "Pre-trains and trains a generator, samples image functions, and writes everything to a run folder.",
      )
      .option("--resume <run>", `resume from the last checkpoint of this ${RUN}`)
      .option("--changed-data", "with --resume: accept images that changed since the last checkpoint")
      .option(
        "--changed-settings",
        "with --resume: accept settings that were changed in its config.yaml since then",
      )
      .option("--out <folder>", "the run folder (default: runs/<name>-<time>)", expandHome)
      .option("--watch", "serve the report on this machine while it trains, and print its address")
      .option("--port <number>", "port of that address (default: any free port)", portNumber)
      .option(
        "--mpi",
        "train one run together with the other processes of mpirun or srun, which share out each batch",
      )
      .option("--batch-per-rank", "with --mpi: the configuration's batches are those of each process")
      .option("--patience <seconds>", "with --mpi: end if an exchange takes longer (default: 600)", seconds)
      .option(
        "--mpi-library <path>",
        "with --mpi: the MPI library (default: that of the launcher)",
        expandHome,
      )
      .addOption(
        new Option(
          "--dry-run",
          "print the configuration, the images found, the network's size, and time and memory; write nothing",
        ).conflicts(["watch", "port", "mpi"]),
      )
      .addHelpText(
        "after",
        `${configOrder}

Examples:
  imagefn train                                     avatars, 8 minutes
  imagefn train --minutes 2 --out runs/first --watch
  imagefn train avatars-small --set train.batch=16 --set 'data.styles=[pixel-art,bottts]'
  imagefn train celeba64-paper --data ~/celeba --engine onnx
  imagefn train my.yaml --seed 7 --dry-run
  imagefn train --resume runs/first
  mpirun -n 8 --map-by ppr:1:node --bind-to none imagefn train my.yaml --mpi`,
      ),
  options(args, flags) {
    const { resume, out, watch, port, changedData, changedSettings, dryRun } = flags;
    const { mpi, mpiLibrary, patience, batchPerRank } = flags;
    const options: TrainOptions = { ...configRequest(args, flags), resume, out, dryRun, batchPerRank };
    if (resume !== undefined) refuseWithResume(options);
    if (port !== undefined && watch === undefined)
      throw new UsageError("--port requires --watch. Add --watch, or leave --port out.");
    if (changedData !== undefined && resume === undefined)
      throw new UsageError(
        "--changed-data requires --resume. Add --resume RUN, or leave --changed-data out.",
      );
    if (changedSettings !== undefined && resume === undefined)
      throw new UsageError(
        "--changed-settings requires --resume. Add --resume RUN, or leave --changed-settings out.",
      );
    const needing = Object.entries({ batchPerRank, patience, mpiLibrary }).find(
      ([, value]) => value !== undefined,
    );
    if (needing && mpi === undefined) {
      const flag = flagOf(needing[0]);
      throw new UsageError(`${flag} requires --mpi. Add --mpi, or leave ${flag} out.`);
    }
    return { ...options, watch, port, changedData, changedSettings, mpi, mpiLibrary, patience };
  },
  runs: ["resume"],
};

export function portNumber(text: string): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (value < 1 || value > 65_535) throw new InvalidArgumentError("Expected a whole number from 1 to 65535.");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("Expected a number of seconds above 0.");
  return value;
}

/** A resumed run keeps its configuration: it could not continue exactly otherwise. */
function refuseWithResume({ resume, engine: _engine, threads: _threads, ...others }: TrainOptions): void {
  const given = Object.entries(others).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const flag = flagOf(given[0]);
  const name = given[0] === "config" ? `the configuration ${quoted(`${given[1]}`)}` : flag;
  throw new UsageError(
    `--resume ${quoted(resume!)} cannot be used with ${name}: a resumed run uses the configuration in its folder ` +
      "(only --engine and --threads may differ). To train with other settings, start a new run.",
  );
}
