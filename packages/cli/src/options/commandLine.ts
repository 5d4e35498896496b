// How a command is declared, and how its arguments become its options.
import type { Command } from "commander";
import { withLatest } from "../latest.js";
import { jsonText, type Print, printer } from "../output.js";

/** The declaration of one command without its implementation. */
export interface CommandLine<Options> {
  /** Adds the command with its arguments, flags and help to the program. */
  define(program: Command): Command;
  /** Its options from parsed arguments and flags. Throws a `UsageError` for combinations that make no sense. */
  // biome-ignore lint/suspicious/noExplicitAny: commander's flags are untyped; `define` gives each its parser.
  options(args: readonly string[], flags: any): Options;
  /** Options that name a run, or several: `latest` is the newest one. */
  readonly runs?: readonly string[];
}

/** A command with its implementation, loaded only when the command runs. */
export interface WiredCommand {
  define(program: Command): Command;
  run(args: readonly string[], flags: object): Promise<void>;
}

/**
 * The module of a command: it prints its results as text, and returns them as the document of --json; undefined in a process
 * that works for another one.
 */
export interface CommandModule<Options> {
  run(options: Options, print: Print, program: Command): Promise<object | undefined> | object;
}

/** Joins a command line to the module that does the work, and gives it --json. */
export function wire<Options>(
  line: CommandLine<Options>,
  load: () => Promise<CommandModule<Options>>,
): WiredCommand {
  let whole: Command;
  return {
    define(program) {
      whole = program;
      return line
        .define(program)
        .option("--json", "print the results as one JSON document, and everything else on standard error");
    },
    async run(args, flags) {
      const { json = false, ...own } = flags as { json?: boolean };
      const options = await withLatest(line.options(args, own), line.runs ?? []);
      const module = await load();
      const document = await module.run(options, printer(json), whole);
      if (json && document) process.stdout.write(jsonText(document));
    },
  };
}
