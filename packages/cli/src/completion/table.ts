// What a shell can complete, read from the commands as --help shows them.
import { presets } from "@imagefn/runs/names";
import type { Argument, Command, Option } from "commander";

/** Words that complete a value; files and folders complete every other. */
export interface Values {
  readonly words: readonly string[];
  /** Run folders too, and `latest`. */
  readonly runs: boolean;
}

/** A command: its options by their long names, and what its arguments can be. */
export interface Completed extends Values {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
}

/** An option. One without `values` takes none. */
export interface CompletedOption {
  readonly flag: string;
  readonly description: string;
  readonly values?: Values;
}

/** All commands of a program. */
export const completedCommands = (program: Command): Completed[] =>
  program.commands.map((command) => {
    const values = command.registeredArguments.map((one) => valuesOf(one.name(), one));
    return {
      name: command.name(),
      summary: command.summary(),
      options: [...command.options.map(optionOf), { flag: "--help", description: "display help" }],
      words: values.flatMap(({ words }) => words),
      runs: values.some(({ runs }) => runs),
    };
  });

const optionOf = (option: Option): CompletedOption => ({
  flag: option.long!,
  description: option.description,
  values: option.required || option.optional ? valuesOf(placeholder(option), option) : undefined,
});

/** `run` of `--resume <run>`. */
const placeholder = ({ flags }: Option): string => /[<[]([\w-]+)/.exec(flags)?.[1] ?? "";

/** The values of an argument or option, by its name in the help text unless its choices are known. */
function valuesOf(name: string, { argChoices }: Argument | Option): Values {
  const takesPreset = ["config", "what", "reference"].includes(name);
  return {
    words: argChoices ?? (takesPreset ? Object.keys(presets) : []),
    runs: ["run", "what", "samples", "reference"].includes(name),
  };
}
