// The options that change a configuration, shared by `train`, `config` and `compare`.
import type { Settings } from "@imagefn/runs";
import { defaultPreset, engineNames, generatorKinds } from "@imagefn/runs/names";
import { type Command, Option } from "commander";
import { folderName, positiveInteger, positiveNumber, repeated, seed, threadCount } from "./values.js";

/** The parts of a command line that change a configuration. */
export interface ConfigRequest extends Settings {
  /** Preset name or YAML file; the default preset when left out. */
  config?: string;
  quick?: boolean;
  /** `dotted.path=YAML value`, in order. */
  set?: readonly string[];
}

/** Adds [CONFIG] and its options to a command. */
export function addConfigOptions(command: Command): Command {
  return addTrainingOptions(
    command.argument("[config]", `preset name or YAML file (default: ${defaultPreset})`),
  ).addOption(
    new Option(
      "--generator <kind>",
      "the paper's function generator (func) or one of its baselines (generator.kind)",
    ).choices(generatorKinds),
  );
}

/** Adds the options that change a configuration, whatever generator it trains. */
export function addTrainingOptions(command: Command): Command {
  return command
    .option("--minutes <number>", "train for this long: the schedule is fitted to the time", positiveNumber)
    .addOption(
      new Option(
        "--steps <number>",
        "train exactly this many steps after pre-training (pretrain.steps), however long they take",
      )
        .argParser(positiveInteger)
        .conflicts("minutes"),
    )
    .option("--quick", "half a minute of training and few samples, to check that everything works")
    .option("--data <folder>", "folder of the training images (data.path)", folderName)
    .option("--weights <folder>", "where to look for weight files first; may be repeated", repeated)
    .option("--seed <number>", "seed of weights, data order and noise", seed)
    .option("--set <field=value>", "set any field, such as train.batch=16; may be repeated", repeated)
    .addOption(engineOption())
    .addOption(threadsOption());
}

/** `--engine`, as in every command that runs a network. */
export function engineOption(): Option {
  return new Option("--engine <name>", "engine that runs the network").choices(engineNames);
}

/** `--threads`, as in every command that runs a network. */
export function threadsOption(): Option {
  return new Option("--threads <number>", "CPU threads, 0 for all").argParser(threadCount);
}

/** The configuration request in a command's parsed arguments and flags. */
export function configRequest([config]: readonly string[], flags: ConfigRequest): ConfigRequest {
  const { quick, set, generator, data, weights, seed, minutes, steps, engine, threads } = flags;
  return { config, quick, set, generator, data, weights, seed, minutes, steps, engine, threads };
}

/** Precedence of the sources of a configuration, for --help. */
export const configOrder = `
Later wins: defaults < preset < YAML file < --quick < --set < the other options.
A YAML file may begin with "preset: NAME" and contain only the fields that differ;
\`imagefn config CONFIG\` prints the result, \`imagefn presets\` lists the presets.`;
