// The program: parses a command line, runs the command, and turns every failure into a message and an exit code.

import { version } from "@imagefn/runs/names";
import { Command, CommanderError } from "commander";
import { reportError, UsageError } from "./errors.js";
import type { WiredCommand } from "./options/commandLine.js";

/** Builds the commander program. Errors are thrown, not printed. */
export function buildProgram(commands: readonly WiredCommand[]): Command {
  const program = new Command("imagefn")
    .description("Trains one-step generators of image functions and samples them at any size.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are reported in one place, `runProgram`.
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", "\nRun `imagefn COMMAND --help` for the options and examples of a command.");
  for (const { define, run } of commands) {
    const command = define(program);
    command.action(() => run(command.args, command.opts()));
  }
  return program;
}

/** Runs a command line (without node and script) and returns the exit code: 0, 1 for failures, 2 for usage. */
export async function runProgram(
  args: readonly string[],
  commands: readonly WiredCommand[],
): Promise<number> {
  const program = buildProgram(commands);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error);
    if (error.exitCode === 0) return 0;
    // Help shown because no command was given has been printed already.
    if (error.code === "commander.help") return 2;
    const text = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    const stop = /[.?!)]$/.test(text) ? "" : ".";
    const command = program.commands.find((candidate) => candidate.name() === args[0]);
    const help = command === undefined ? "imagefn --help" : `imagefn ${command.name()} --help`;
    return reportError(new UsageError(`${text}${stop} See \`${help}\`.`));
  }
}
