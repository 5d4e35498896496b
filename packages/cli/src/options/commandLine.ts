// How a command is declared, and how its arguments become its options.
import type { Command } from "commander";

/** The declaration of one command without its implementation. */
export interface CommandLine<Options> {
  /** Adds the command with its arguments, flags and help to the program. */
  define(program: Command): Command;
  /** Its options from parsed arguments and flags. Throws a `UsageError` for combinations that make no sense. */
  // biome-ignore lint/suspicious/noExplicitAny: commander's flags are untyped; `define` gives each its parser.
  options(args: readonly string[], flags: any): Options;
}

/** A command with its implementation, loaded only when the command runs. */
export interface WiredCommand {
  define(program: Command): Command;
  run(args: readonly string[], flags: unknown): Promise<void>;
}

/** Joins a command line to the module whose `run(options)` does the work. */
export function wire<Options>(
  line: CommandLine<Options>,
  load: () => Promise<{ run(options: Options): Promise<void> | void }>,
): WiredCommand {
  return {
    define: line.define,
    async run(args, flags) {
      const options = line.options(args, flags);
      const module = await load();
      await module.run(options);
    },
  };
}
